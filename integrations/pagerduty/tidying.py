"""Resolving what a fire drill opened at PagerDuty."""

from integrations.asking import Clock, ask
from integrations.base import Remains, StepFailed
from integrations.connections import Account, account_of
from integrations.models import RemoteObject
from integrations.pagerduty.account import TOOL, event_request, rest_request
from integrations.pagerduty.paging import ESCALATE, PAGE
from integrations.pagerduty.remote_incidents import KIND


def tidy_up(remains: Remains) -> str:
    """Resolve the alert by which people were paged, and the incident that was made there.

    Raises:
        StepFailed: PagerDuty does not do it.
    """
    account, clock, did = account_of(TOOL), Clock(remains.seconds), []
    if any(one.step in (PAGE.name, ESCALATE.name) for one in remains.made):
        _resolve_alert(account, remains.incident.pk, clock)
        did.append("Resolved the alert")
    rows = RemoteObject.objects.filter(tool=TOOL, kind=KIND, subject_type="incident", subject_id=remains.incident.pk)
    for remote_id in rows.values_list("remote_id", flat=True):
        _resolve_incident(account, remote_id, clock)
        did.append(f"Resolved {remote_id}")
    return "; ".join(did)


def _resolve_alert(account: Account, key: str, clock: Clock) -> None:
    answer = ask(TOOL, event_request(account, {"event_action": "resolve", "dedup_key": key}), clock.left)
    if answer.status != 202:
        raise StepFailed(f"PagerDuty did not resolve the alert ({answer.status})")


def _resolve_incident(account: Account, remote_id: str, clock: Clock) -> None:
    """One that somebody deleted is gone as well."""
    body = {"incident": {"type": "incident_reference", "status": "resolved"}}
    answer = ask(TOOL, rest_request(account, "PUT", f"/incidents/{remote_id}", body=body), clock.left)
    if answer.status not in (200, 404):
        raise StepFailed(f"PagerDuty did not resolve its incident {remote_id} ({answer.status})")
