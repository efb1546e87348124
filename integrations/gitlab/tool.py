"""GitLab as the hub knows it."""

from integrations.base import Integration, Rehearsal
from integrations.gitlab.account import SETTINGS, TOOL, check
from integrations.gitlab.hooks import HOOK
from integrations.gitlab.people import id_of
from integrations.gitlab.steps import STEPS, TRACKING

INTEGRATION = Integration(
    name=TOOL,
    label="GitLab",
    settings=SETTINGS,
    check=check,
    steps=STEPS,
    hook=HOOK,
    id_of=id_of,
    rehearsals=(Rehearsal(STEPS[0]),),
    tidy_up=TRACKING.tidy_up,
    docs="docs/integrations/gitlab.md",
)
