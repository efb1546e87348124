"""Outgoing webhooks: each payload has the shape its resource has in the document."""

import importlib
import json
from collections.abc import Callable
from typing import Any

import pytest

from accounts.models import User
from events.models import Event
from incidents.actions import ActionEdit, create_action, update_action
from incidents.follow_ups import FollowUpEdit, create_follow_up, update_follow_up
from incidents.memberships import grant, revoke
from incidents.models import Incident
from tests.conftest import SYSTEM
from tests.contract.contract import assert_no_null, contracts
from tests.incidents.alerting import calm, fire, move, source
from workflows.fan_out import Webhook, webhooks_of
from workflows.models import EventType
from workflows.payloads import body

Declare = Callable[..., Incident]
# What a payload is, by the end of its name; of what is private it is its ID. The documents know no webhooks.
SHAPES = {
    "incident_created_v2": "IncidentV2",
    "incident_updated_v2": "IncidentV2",
    "action_created_v1": "ActionV1",
    "action_updated_v1": "ActionV1",
    "follow_up_created_v1": "ActionV1",
    "follow_up_updated_v1": "ActionV1",
    "follow_up_created_v2": "FollowUpV2",
    "follow_up_updated_v2": "FollowUpV2",
    "alert_created_v1": "AlertV2",
    "alert_resolved_v1": "AlertV2",
}
TEXT = {"type": "string"}
STATUS_UPDATED = {
    "type": "object",
    "required": ["incident", "previous_status", "new_status"],
    "additionalProperties": False,
    "properties": {
        "incident": {"$ref": "#/components/schemas/IncidentV2"},
        "previous_status": {"$ref": "#/components/schemas/IncidentStatusV2"},
        "new_status": {"$ref": "#/components/schemas/IncidentStatusV2"},
        "message": TEXT,
    },
}


def schema_of(event_type: str) -> dict[str, Any]:
    room, _, name = event_type.partition(".")
    if name == "incident_status_updated_v2":
        return STATUS_UPDATED
    if name.startswith("membership"):
        names = {"incident_id": TEXT, "user_id": TEXT, "actor_user_id": TEXT}
        required = ["incident_id", "user_id"]
        return {"type": "object", "required": required, "additionalProperties": False, "properties": names}
    if room.startswith("private"):
        return {"type": "object", "required": ["id"], "additionalProperties": False, "properties": {"id": TEXT}}
    return {"$ref": f"#/components/schemas/{SHAPES[name]}"}


def everything_happens(incident: Incident, private: bool, nora: User) -> None:
    """All that webhooks tell of."""
    move(incident, "Fixing")
    action = create_action(SYSTEM, incident.pk, description="Restart it", assignee_id=nora.pk)
    update_action(SYSTEM, action.pk, ActionEdit(status="completed"))
    follow_up = create_follow_up(SYSTEM, incident.pk, title="Add an alarm", description="Loud", labels=["loud"])
    update_follow_up(SYSTEM, follow_up.pk, FollowUpEdit(status="completed", assignee_id=nora.pk))
    if private:
        grant(nora.actor, incident.pk, nora.pk)
        revoke(SYSTEM, incident.pk, nora.pk)
    template = {"title": {"literal": ""}, "description": {"literal": ""}, "attributes": [], "is_private": private}
    sender = source(template=template)
    fire(sender, description="95% full", source_url="https://monitoring.example.com/1")
    calm(sender)


@pytest.fixture(params=[False, True], ids=["public", "private"])
def made(request: pytest.FixtureRequest, declare: Declare, nora: User) -> list[Webhook]:
    """The webhooks of everything that can happen to what is public, or private."""
    private = request.param
    everything_happens(declare(visibility="private" if private else "public"), private, nora)
    events = [event for event in Event.objects.order_by("id") if event.subject_type in ("incident", "alert")]
    events += Event.objects.filter(subject_type__in=("action", "follow_up"))
    told = ("alert.created", "alert.resolved")
    events = [event for event in events if event.subject_type != "alert" or event.type in told]
    return [webhook for event in events for webhook in webhooks_of(event, private=private)]


def text_of(webhook: Webhook) -> str:
    return webhook.body or body(webhook.event_type, webhook.event)


def test_payloads_are_as_documented(made: list[Webhook]) -> None:
    for webhook in made:
        told = json.loads(text_of(webhook))
        assert list(told) == ["event_type", str(webhook.event_type)]
        payload = told[webhook.event_type]
        assert_no_null(payload)
        for contract in contracts():
            if "IncidentStatusV2" in contract.document["components"]["schemas"] or "status_" not in webhook.event_type:
                assert contract.problems(schema_of(webhook.event_type), payload) == [], webhook.event_type


def test_the_official_client_reads_them(made: list[Webhook]) -> None:
    for webhook in made:
        room, _, name = webhook.event_type.partition(".")
        own = f"webhooks_{room}_{name.removeprefix('alert_') if 'alert' in room else name}_response_body"
        module = importlib.import_module(f"incident_io.models.{own}")
        model = getattr(module, "".join(part.capitalize() for part in own.split("_")))
        read = model.from_dict(json.loads(text_of(webhook)))
        assert read.event_type == webhook.event_type
        assert not read.additional_properties


def test_all_there_are_were_looked_at(made: list[Webhook]) -> None:
    seen = {webhook.event_type for webhook in made}
    private = any(event_type.startswith("private") for event_type in seen)
    assert seen == {event_type for event_type in EventType if event_type.startswith("private") == private}
