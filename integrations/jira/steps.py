"""What workflows do in Jira."""

from collections.abc import Mapping

from incidentio.core.vocabulary import STRING
from integrations import issue_statuses, tracking
from integrations.base import Args, Attempt, Call, Doing, Param, Repeat, Sent, Step, StepFailed
from integrations.jira.account import ISSUE_TYPE, TOOL, jira
from integrations.jira.issues import TRACKER
from integrations.jira.statuses import STATUSES
from integrations.tracking import (
    DESCRIPTION,
    FOLLOW_UP_PARAM,
    INCIDENT_PARAM,
    LABELS,
    PRIVATE_TOO,
    TITLE,
    text_of,
)

_PROJECT = Param("project", "Project", STRING)
_ISSUE_TYPE = Param("issue_type", "Type of issue", STRING)


def _where(args: Args) -> Mapping[str, str]:
    """The project, and the type of issue: what the step says, else what the account says."""
    there = jira()
    project = text_of(args, _PROJECT.name).strip() or there["project"]
    if not project:
        raise StepFailed("Neither the step nor the connection says in which project of Jira")
    return {
        "project": project,
        "issue_type": text_of(args, _ISSUE_TYPE.name).strip() or there["issue_type"] or ISSUE_TYPE,
    }


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
    "jira.create_issue",
    "Create an issue in Jira",
    (INCIDENT_PARAM, TITLE, DESCRIPTION, _PROJECT, _ISSUE_TYPE, LABELS, PRIVATE_TOO),
    plan=_plan_issue,
    make=_make,
    find=_find,
    repeats=Repeat.LOOKUP,
)
EXPORT_FOLLOW_UPS = Step(
    "jira.export_follow_ups",
    "Export follow-ups to Jira",
    (INCIDENT_PARAM, FOLLOW_UP_PARAM, _PROJECT, _ISSUE_TYPE, LABELS, PRIVATE_TOO),
    plan=_plan_follow_ups,
    make=_make,
    find=_find,
    repeats=Repeat.LOOKUP,
)
SYNC_STATUS = Step(
    "jira.sync_status",
    "Move follow-ups' issues in Jira to where the follow-ups are",
    (INCIDENT_PARAM, FOLLOW_UP_PARAM),
    plan=_plan_status,
    make=_move,
    repeats=Repeat.HANDLE,
)
