"""What a subject's events add up to, and what its rows say: the two must be the same."""

from typing import Any

from django.db import models

from events.models import Event
from events.record import fold, plain
from incidents.attachments import told as attachment_told
from incidents.changing import child, own_state
from incidents.models import Action, FollowUp, Incident, Relationship
from incidents.postmortems import told as document_told
from incidents.work import SUBJECT
from incidents.work import own_state as work_state


def events_of(subject: models.Model) -> list[Event]:
    """The events of an incident, an action or a follow-up, in their order."""
    subject_type = SUBJECT.get(type(subject), "incident")  # type: ignore[arg-type]
    return list(Event.objects.filter(subject_type=subject_type, subject_id=subject.pk).order_by("number"))


def folded(subject: models.Model) -> dict[str, Any]:
    """The state the events of `subject` add up to."""
    return _said(fold(events_of(subject)))


def stored(subject: Incident | Action | FollowUp) -> dict[str, Any]:
    """The state of `subject` as its rows have it now."""
    subject = type(subject).objects.get(pk=subject.pk)
    if isinstance(subject, Incident):
        return _said(own_state(subject) | _children(subject))
    return _said(work_state(subject))


def _said(state: dict[str, Any]) -> dict[str, Any]:
    """`state` as JSON has it, without what says nothing; values of a multi-select have no order."""
    kept = {name: plain(value) for name, value in state.items() if value not in (None, {}, [])}
    return {name: sorted(value) if isinstance(value, list) else value for name, value in kept.items()}


def _children(incident: Incident) -> dict[str, Any]:
    state: dict[str, Any] = {}
    for value in incident.field_values.all():
        chosen = value.value_option_id or value.value_catalog_entry_id
        literal = chosen or value.value_text or value.value_link or value.value_numeric
        state.setdefault(child("custom_field_entries", value.custom_field_id), []).append(literal)
    for assignment in incident.role_assignments.all():
        state[child("incident_role_assignments", assignment.incident_role_id)] = assignment.assignee_id
    for stamp in incident.timestamp_values.all():
        state[child("incident_timestamp_values", stamp.incident_timestamp_id)] = stamp.value
    for membership in incident.memberships.all():
        state[child("memberships", membership.user_id)] = membership.id
    for attachment in incident.attachments.all():
        state[child("attachments", attachment.id)] = attachment_told(attachment)
    for document in incident.postmortem_documents.all():
        state[child("postmortem_documents", document.id)] = document_told(document)
    for row in Relationship.objects.filter(models.Q(incident=incident) | models.Q(related_incident=incident)):
        other = row.related_incident_id if row.incident_id == incident.id else row.incident_id
        state[child("relationships", row.id)] = other
    return state | _updates(incident)


def _updates(incident: Incident) -> dict[str, Any]:
    names = ("new_incident_status_id", "new_severity_id", "message")
    return {
        child("updates", update.id): {name: value for name in names if (value := getattr(update, name))}
        for update in incident.updates.all()
    }
