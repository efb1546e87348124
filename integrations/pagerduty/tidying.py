"""Resolving what was opened at PagerDuty for an incident that was a rehearsal."""

from incidents.models import Incident
from integrations.asking import ask
from integrations.base import StepFailed
from integrations.connections import account_of
from integrations.models import RemoteObject
from integrations.pagerduty.account import TOOL, event_request, rest_request
from integrations.pagerduty.remote_incidents import KIND


def tidy_up(incident: Incident, seconds: float) -> str:
    """Resolve the alert, which is none if nobody was paged, and the incident that was made there.

    Raises:
        StepFailed: PagerDuty does not do it.
    """
    account, did = account_of(TOOL), []
    if account["routing_key"]:
        event = {"event_action": "resolve", "dedup_key": incident.pk}
        answer = ask(TOOL, event_request(account, event), seconds / 2)
        if answer.status != 202:
            raise StepFailed(f"PagerDuty did not resolve the alert ({answer.status})")
        did.append("Resolved the alert, if there was one")
    rows = RemoteObject.objects.filter(tool=TOOL, kind=KIND, subject_type="incident", subject_id=incident.pk)
    for remote_id in rows.values_list("remote_id", flat=True):
        change = {"incident": {"type": "incident_reference", "status": "resolved"}}
        answer = ask(TOOL, rest_request(account, "PUT", f"/incidents/{remote_id}", body=change), seconds / 2)
        if answer.status not in (200, 404):
            raise StepFailed(f"PagerDuty did not resolve its incident {remote_id} ({answer.status})")
        did.append(f"Resolved {remote_id}")
    return "; ".join(did)
