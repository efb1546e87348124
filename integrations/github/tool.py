"""GitHub as the hub knows it."""

from integrations.base import Integration, Rehearsal
from integrations.github.account import SETTINGS, TOOL, check
from integrations.github.hooks import HOOK
from integrations.github.people import login_of
from integrations.github.steps import STEPS, TRACKING

INTEGRATION = Integration(
    name=TOOL,
    label="GitHub",
    settings=SETTINGS,
    check=check,
    steps=STEPS,
    hook=HOOK,
    id_of=login_of,
    rehearsals=(Rehearsal(STEPS[0]),),
    tidy_up=TRACKING.tidy_up,
    docs="docs/integrations/github.md",
)
