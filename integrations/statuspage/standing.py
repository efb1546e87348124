"""Which incident on the status page stands for one of the hub's, and who may open it: of rivals, one does.

Statuspage has no key by which it would know a call again. So whoever opens first claims the incident, in a row of the
hub's; and what may have arrived is looked for by the hub's own IDs, in the metadata of incidents on the page.
"""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from django.db import transaction

from events.actors import Actor
from incidentio.core.errors import Invalid, NotFound
from incidents.attachments import Resource, attach
from incidents.models import ResourceType
from integrations import claims
from integrations.models import RemoteObject
from integrations.statuspage.account import TOOL

KIND, CLAIM = "incident", "incident_claim"
MARK = "incidentio"  # whose metadata it is
RESOLVED = "resolved"


def mark_of(incident_id: str, key: str) -> dict[str, Any]:
    """The metadata that tells whose incident it is, and which call made or changed it last."""
    return {MARK: {"incident_id": incident_id, "key": key}}


def marked(remote: Any, name: str) -> str:
    """What the metadata of an incident on the page says of ours; nothing if it is not ours."""
    metadata = remote.get("metadata") if isinstance(remote, dict) else None
    mark = metadata.get(MARK) if isinstance(metadata, dict) else None
    return str(mark.get(name) or "") if isinstance(mark, dict) else ""


def standing_for(incident_id: str) -> RemoteObject | None:
    """What stands on the page for the incident, resolved or not."""
    return RemoteObject.objects.filter(**_row(KIND, incident_id)).first()


def open_for(incident_id: str) -> RemoteObject | None:
    """What stands on the page for the incident, and is not resolved."""
    row = standing_for(incident_id)
    return row if row is not None and row.state.get("status") != RESOLVED else None


def claim(incident_id: str, key: str) -> bool:
    """Claim the incident for the call `key`; whether somebody else may have opened it and never said so.

    Raises:
        StepFailed: somebody else is opening it.
    """
    busy = "Another step is opening this incident on the status page"
    return claims.claim(_row(CLAIM, incident_id), key, busy).taken_over


def give_up(incident_id: str) -> None:
    """It was surely not opened: others may try."""
    RemoteObject.objects.filter(**_row(CLAIM, incident_id)).delete()


@dataclass(frozen=True)
class Said:
    """What a call tells of an incident: its status on the page, and the states of components by their IDs."""

    incident_id: str
    status: str
    components: Mapping[str, str]
    by: Mapping[str, Any]

    @classmethod
    def of(cls, order: Mapping[str, Any]) -> "Said":
        return cls(order["incident_id"], order["status"], order["components"], order["by"])


def keep_opened(said: Said, remote: Mapping[str, Any]) -> str:
    """Write down that `remote` stands for the incident, and show it there; its ID. Safe to repeat."""
    url = str(remote.get("shortlink") or "")
    resource = {"url": url} if url else {"external_id": str(remote["id"])}
    state = {"status": str(remote.get("status") or said.status), "components": dict(said.components)}
    with transaction.atomic():
        with suppress(NotFound, Invalid):  # it is there, whatever became of the hub's
            attached = Resource(ResourceType.ATLASSIAN_STATUSPAGE_INCIDENT, **resource)
            attach(Actor(**said.by), said.incident_id, attached)
        RemoteObject.objects.update_or_create(
            **_row(KIND, said.incident_id),
            defaults={"remote_id": str(remote["id"]), "url": url, "state": state},
        )
        give_up(said.incident_id)
    return str(remote["id"])


def keep_changed(said: Said, remote_id: str) -> None:
    """Write down what the page says now. Safe to repeat."""
    with transaction.atomic():
        rows = RemoteObject.objects.select_for_update()
        row = rows.filter(**_row(KIND, said.incident_id), remote_id=remote_id).first()
        if row is not None:
            components = {**row.state.get("components", {}), **said.components}
            row.state = row.state | {"components": components, "status": said.status or row.state.get("status", "")}
            row.save(update_fields=["state"])


def forget(incident_id: str, remote_id: str) -> None:
    """It was deleted on the page."""
    RemoteObject.objects.filter(**_row(KIND, incident_id), remote_id=remote_id).delete()


def _row(kind: str, incident_id: str) -> dict[str, Any]:
    return {"tool": TOOL, "kind": kind, "subject_type": "incident", "subject_id": incident_id}
