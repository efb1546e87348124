"""What workflows do at GitLab."""

from collections.abc import Mapping

from incidentio.core.vocabulary import STRING
from integrations.base import Args, Param
from integrations.gitlab.account import gitlab, project_of
from integrations.gitlab.issues import TRACKER
from integrations.gitlab.statuses import STATUSES
from integrations.told import text_of
from integrations.tracker_steps import TrackerSteps

_PROJECT = Param("project", "Project", STRING)


def _where(args: Args) -> Mapping[str, str]:
    return {"project": project_of(text_of(args, _PROJECT.name) or gitlab()["project"])}


TRACKING = TrackerSteps(TRACKER, STATUSES, (_PROJECT,), _where)
STEPS = TRACKING.all
