"""What workflows do in Jira."""

from collections.abc import Mapping

from incidentio.core.vocabulary import STRING
from integrations.base import Args, Param, StepFailed
from integrations.jira.account import ISSUE_TYPE, jira
from integrations.jira.issues import TRACKER
from integrations.jira.statuses import STATUSES
from integrations.told import text_of
from integrations.tracker_steps import TrackerSteps

_PROJECT = Param("project", "Project", STRING)
_ISSUE_TYPE = Param("issue_type", "Type of issue", STRING)


def _where(args: Args) -> Mapping[str, str]:
    there = jira()
    project = text_of(args, _PROJECT.name) or there["project"]
    if not project:
        raise StepFailed("Neither the step nor the connection says in which project of Jira")
    return {
        "project": project,
        "issue_type": text_of(args, _ISSUE_TYPE.name) or there["issue_type"] or ISSUE_TYPE,
    }


TRACKING = TrackerSteps(TRACKER, STATUSES, (_PROJECT, _ISSUE_TYPE), _where)
STEPS = TRACKING.all
