"""Microsoft Teams, as the hub knows it."""

from integrations.base import Integration, Rehearsal
from integrations.microsoft_teams.steps import POST_MESSAGE, SETTINGS, TOOL, check
from integrations.rehearsing import WORDS, staying

INTEGRATION = Integration(
    name=TOOL,
    label="Microsoft Teams",
    settings=SETTINGS,
    check=check,
    steps=(POST_MESSAGE,),
    rehearsals=(Rehearsal(POST_MESSAGE, {"message": WORDS}),),
    tidy_up=staying("message", "what a webhook posted cannot be taken away"),
    docs="docs/integrations/microsoft_teams.md",
)
