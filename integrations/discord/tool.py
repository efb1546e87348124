"""Discord, as the hub knows it."""

from integrations.base import Integration, Rehearsal
from integrations.discord.account import SETTINGS, TOOL, check
from integrations.discord.steps import POST_MESSAGE, UPDATE_MESSAGE
from integrations.discord.tidying import tidy_up
from integrations.rehearsing import WORDS

INTEGRATION = Integration(
    name=TOOL,
    label="Discord",
    settings=SETTINGS,
    check=check,
    steps=(POST_MESSAGE, UPDATE_MESSAGE),
    rehearsals=(Rehearsal(POST_MESSAGE, {"message": WORDS}),),
    tidy_up=tidy_up,
    docs="docs/integrations/discord.md",
)
