"""Closing the alert that a fire drill made at Opsgenie."""

from integrations.base import Outcome, Remains, StepFailed
from integrations.connections import account_of
from integrations.opsgenie.account import TOOL
from integrations.opsgenie.alerts import CREATE, close


def tidy_up(remains: Remains) -> str:
    """Close the alert, if one was made.

    Raises:
        StepFailed: Opsgenie does not do it.
    """
    if not any(one.step == CREATE.name for one in remains.made):
        return ""
    attempt = close(account_of(TOOL).values, remains.incident.pk, remains.seconds)
    if attempt.outcome is not Outcome.DONE:
        raise StepFailed(attempt.error)
    return str((attempt.detail or {}).get("did", ""))
