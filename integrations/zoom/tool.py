"""Zoom, as the hub knows it."""

from integrations.base import Integration, Rehearsal
from integrations.rehearsing import NAME
from integrations.zoom.account import SETTINGS, TOOL, check
from integrations.zoom.steps import CREATE_MEETING
from integrations.zoom.tidying import tidy_up

INTEGRATION = Integration(
    name=TOOL,
    label="Zoom",
    settings=SETTINGS,
    check=check,
    steps=(CREATE_MEETING,),
    rehearsals=(Rehearsal(CREATE_MEETING, {"topic": NAME, "replace": "true"}),),
    tidy_up=tidy_up,
    docs="docs/integrations/zoom.md",
)
