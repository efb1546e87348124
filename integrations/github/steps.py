"""What workflows do at GitHub."""

from collections.abc import Mapping

from incidentio.core.vocabulary import STRING
from integrations import issue_statuses, tracking
from integrations.base import Args, Attempt, Call, Doing, Param, Repeat, Sent, Step
from integrations.github.account import TOOL, github, repository_of
from integrations.github.issues import TRACKER
from integrations.github.statuses import STATUSES
from integrations.tracking import (
    DESCRIPTION,
    FOLLOW_UP_PARAM,
    INCIDENT_PARAM,
    LABELS,
    PRIVATE_TOO,
    TITLE,
    text_of,
)

_REPOSITORY = Param("repository", "Repository", STRING)


def _where(args: Args) -> Mapping[str, str]:
    """The repository: what the step says, else what the account says."""
    there = github()
    return {"repository": repository_of(text_of(args, _REPOSITORY.name).strip() or there["repository"])}


def _plan_issue(doing: Doing, args: Args) -> list[Call]:
    return [tracking.order_for_incident(doing, args, _where(args)).call(TOOL)]


def _plan_follow_ups(doing: Doing, args: Args) -> list[Call]:
    return [order.call(TOOL) for order in tracking.orders_for_follow_ups(doing, args, _where(args))]


def _make(sent: Sent) -> Attempt:
    return tracking.make(TRACKER, sent)


def _find(sent: Sent) -> Attempt | None:
    return tracking.find(TRACKER, sent)


def _plan_status(doing: Doing, args: Args) -> list[Call]:
    return issue_statuses.plan(STATUSES, doing, args)


def _move(sent: Sent) -> Attempt:
    return issue_statuses.make(STATUSES, sent)


CREATE_ISSUE = Step(
    "github.create_issue",
    "Create an issue at GitHub",
    (INCIDENT_PARAM, TITLE, DESCRIPTION, _REPOSITORY, LABELS, PRIVATE_TOO),
    plan=_plan_issue,
    make=_make,
    find=_find,
    repeats=Repeat.LOOKUP,
)
EXPORT_FOLLOW_UPS = Step(
    "github.export_follow_ups",
    "Export follow-ups to GitHub",
    (INCIDENT_PARAM, FOLLOW_UP_PARAM, _REPOSITORY, LABELS, PRIVATE_TOO),
    plan=_plan_follow_ups,
    make=_make,
    find=_find,
    repeats=Repeat.LOOKUP,
)
SYNC_STATUS = Step(
    "github.sync_status",
    "Close and reopen follow-ups' issues at GitHub",
    (INCIDENT_PARAM, FOLLOW_UP_PARAM),
    plan=_plan_status,
    make=_move,
    repeats=Repeat.HANDLE,
)
