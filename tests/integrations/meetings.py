"""What tests of tools of meetings share: rivals, and what became of the call."""

from django.utils import timezone

from catalog import snapshot
from incidents.edit import Edit, edit_incident
from incidents.models import Incident
from integrations.meetings import ANY_TOOL, CLAIM
from integrations.models import RemoteObject
from tests.conftest import SYSTEM

DONE, FAILED, REFUSED, UNKNOWN = "done", "failed", "refused", "unknown"
LONG_AGO = "2020-01-01T00:00:00Z"


def rival(incident: Incident, tried_at: str = "") -> None:
    """Somebody else claimed the incident's meeting, and never said how it went."""
    state = {"key": "rival", "tried_at": tried_at or timezone.now().isoformat()}
    subject = {"subject_type": "incident", "subject_id": incident.pk}
    RemoteObject.objects.create(tool=ANY_TOOL, kind=CLAIM, remote_id="", state=state, **subject)


def enter_call(incident: Incident, url: str) -> None:
    """Somebody enters where people talk about the incident."""
    edit_incident(SYSTEM, incident.pk, Edit(call_url=url), snapshot.current())


def claims() -> int:
    """How many meetings are being made."""
    return RemoteObject.objects.filter(kind=CLAIM).count()


def call_of(incident: Incident) -> str:
    """Where people talk about the incident now."""
    incident.refresh_from_db()
    return incident.call_url
