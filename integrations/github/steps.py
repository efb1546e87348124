"""What workflows do at GitHub."""

from collections.abc import Mapping

from incidentio.core.vocabulary import STRING
from integrations.base import Args, Param
from integrations.github.account import github, repository_of
from integrations.github.deployments import ATTACH_DEPLOYMENTS
from integrations.github.issues import TRACKER
from integrations.github.statuses import STATUSES
from integrations.told import text_of
from integrations.tracker_steps import TrackerSteps

_REPOSITORY = Param("repository", "Repository", STRING)


def _where(args: Args) -> Mapping[str, str]:
    there = github()
    return {"repository": repository_of(text_of(args, _REPOSITORY.name) or there["repository"])}


TRACKING = TrackerSteps(TRACKER, STATUSES, (_REPOSITORY,), _where)
STEPS = (*TRACKING.all, ATTACH_DEPLOYMENTS)
