"""What workflows do at Linear."""

from collections.abc import Mapping

from incidentio.core.vocabulary import STRING
from integrations.base import Args, Param, Repeat, StepFailed
from integrations.linear.account import linear
from integrations.linear.issues import TRACKER
from integrations.linear.statuses import STATUSES
from integrations.told import text_of
from integrations.tracker_steps import TrackerSteps

_TEAM = Param("team", "Team", STRING)


def _where(args: Args) -> Mapping[str, str]:
    team = text_of(args, _TEAM.name) or linear()["team"].strip()
    if not team:
        raise StepFailed("Neither the step nor the connection says in which team of Linear")
    return {"team": team}


TRACKING = TrackerSteps(TRACKER, STATUSES, (_TEAM,), _where, repeats=Repeat.HANDLE)
STEPS = TRACKING.all
