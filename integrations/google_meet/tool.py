"""Google Meet, as the hub knows it."""

from integrations.base import Integration, Rehearsal
from integrations.google_meet.account import SETTINGS, TOOL, check
from integrations.google_meet.steps import CREATE_SPACE
from integrations.google_meet.tidying import tidy_up

INTEGRATION = Integration(
    name=TOOL,
    label="Google Meet",
    settings=SETTINGS,
    check=check,
    steps=(CREATE_SPACE,),
    rehearsals=(Rehearsal(CREATE_SPACE, {"replace": "true"}),),
    tidy_up=tidy_up,
    docs="docs/integrations/google_meet.md",
)
