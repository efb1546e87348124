"""Starting a fire drill, as a scheduled workflow does."""

from integrations.base import Args, Doing, Step
from workflows.drills import open_drill


def _start(doing: Doing, args: Args) -> str:
    open_drill(doing.actor)
    return "Started a fire drill"


START = Step("fire_drill.start", "Start a fire drill", (), do=_start)
