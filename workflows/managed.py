"""Who looks after what: claims on things of the hub's, as their annotations say (API behaviour, section 7.8)."""

from typing import Any

from catalog.words import configuring
from events.actors import Actor
from events.record import changed, created, record_configuration, state_of
from incidentio.core.errors import Invalid
from incidentio.core.ids import is_id
from incidents.models import AlertSource
from workflows.models import ManagedBy, ManagedResource, Workflow

SUBJECT = "managed_resource"
WORKFLOW = "workflow"
KINDS = {WORKFLOW: Workflow.objects, "alert_source": AlertSource.objects}
OF_TERRAFORM = "incident.io/terraform/version"


def claim_resource(
    actor: Actor, *, resource_type: str, resource_id: str, annotations: dict[str, str]
) -> ManagedResource:
    """Note who looks after something: the annotations say so, and replace those there were.

    Raises:
        Invalid: there is no such thing.
    """
    with configuring():
        rows = KINDS.get(resource_type)
        if rows is None or not is_id(resource_id) or not rows.active().filter(pk=resource_id).exists():
            what = resource_type.replace("_", " ")
            raise Invalid("not_found", f"There is no {what} with the ID {resource_id!r}", "resource_id")
        return claim(actor, resource_type, resource_id, annotations)


def claim(actor: Actor, resource_type: str, resource_id: str, annotations: dict[str, str]) -> ManagedResource:
    """The same of something that is known to be there. Call inside `configuring()`."""
    row = claim_on(resource_type, resource_id) or ManagedResource(resource_type=resource_type, resource_id=resource_id)
    before = _state(row)
    row.annotations, row.managed_by = annotations, _manager(annotations)
    if row._state.adding:
        row.save(force_insert=True)
        record_configuration(actor, f"{SUBJECT}.created", SUBJECT, row, created(_state(row)))
    elif _state(row) != before:
        row.save()
        record_configuration(actor, f"{SUBJECT}.updated", SUBJECT, row, changed(before, _state(row)))
    return row


def claim_on(resource_type: str, resource_id: str) -> ManagedResource | None:
    """The claim on something, if there is one."""
    return ManagedResource.objects.filter(resource_type=resource_type, resource_id=resource_id).first()


def _manager(annotations: dict[str, str]) -> ManagedBy:
    if OF_TERRAFORM in annotations:
        return ManagedBy.TERRAFORM
    return ManagedBy.EXTERNAL if annotations else ManagedBy.DASHBOARD


def _state(row: ManagedResource) -> dict[str, Any]:
    return {name: value for name, value in state_of(row).items() if name != "updated_at"}
