"""Linear as the hub knows it."""

from integrations.base import Integration, Rehearsal
from integrations.linear.account import SETTINGS, TOOL, check
from integrations.linear.hooks import HOOK
from integrations.linear.people import id_of
from integrations.linear.steps import STEPS, TRACKING

INTEGRATION = Integration(
    name=TOOL,
    label="Linear",
    settings=SETTINGS,
    check=check,
    steps=STEPS,
    hook=HOOK,
    id_of=id_of,
    rehearsals=(Rehearsal(STEPS[0]),),
    tidy_up=TRACKING.tidy_up,
    docs="docs/integrations/linear.md",
)
