"""Updates: what everybody who follows an incident is told."""

from incidents.changing import Change
from incidents.models import IncidentUpdate


def add_update(change: Change, message: str, idempotency_key: str | None = None) -> IncidentUpdate:
    """Say in the incident's history what its status and severity are now, with `message` if there is one."""
    incident = change.incident
    update = IncidentUpdate.objects.create(
        incident=incident,
        new_incident_status_id=incident.incident_status_id,
        new_severity_id=incident.severity_id,
        message=message,
        idempotency_key=idempotency_key,
        updater_kind=change.actor.kind,
        updater_id=change.actor.id,
        updater_label=change.actor.label[:300],
        created_at=change.moment,
    )
    told = {
        "new_incident_status_id": update.new_incident_status_id,
        "new_severity_id": update.new_severity_id,
        "message": message or None,
    }
    change.note("updates", update.id, None, {name: value for name, value in told.items() if value is not None})
    return update
