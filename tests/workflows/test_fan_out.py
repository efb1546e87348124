"""Which webhooks an event makes, and for whom."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from accounts.models import User
from catalog import snapshot
from catalog.incident_roles import create_role
from catalog.models import RoleType
from events.models import Event
from incidents.actions import ActionEdit, create_action, delete_action, update_action
from incidents.changing import changing
from incidents.edit import Edit, edit_incident
from incidents.follow_ups import FollowUpEdit, create_follow_up, update_follow_up
from incidents.memberships import grant, revoke
from incidents.models import Incident
from tests.conftest import SYSTEM
from tests.incidents.alerting import calm, fire, move, source
from tests.receiver import Receiver
from workflows.fan_out import OF_ALERTS, OF_WORK, webhooks_of
from workflows.models import Delivery, EventType, WebhookEndpoint
from workflows.webhooks import NewEndpoint, archive_endpoint, create_endpoint

Declare = Callable[..., Incident]
Run = Callable[[], None]


def arrived(receiver: Receiver, after: int = 0) -> list[str]:
    """The names of what arrived, without their rooms."""
    bodies = [json.loads(arrival.body) for arrival in receiver.arrivals[after:]]
    return [body["event_type"].partition(".")[2] for body in bodies]


def payload(receiver: Receiver, event_type: str) -> Any:
    """What the last webhook of this type told."""
    bodies = [json.loads(arrival.body) for arrival in receiver.arrivals]
    return [body[event_type] for body in bodies if body["event_type"] == event_type][-1]


def test_an_event_goes_to_those_who_asked_for_it(receiver: Receiver, declare: Declare, drain: Run, nora: User) -> None:
    for event_type in EventType:
        create_endpoint(SYSTEM, name=event_type.name, url=receiver.url, event_types=[event_type])
    public, private = declare(), declare(visibility="private")
    with changing(SYSTEM, public.pk) as change:
        change.incident.name = "Worse"
    grant(SYSTEM, private.pk, nora.pk)
    drain()
    told = {(delivery.endpoint.name, delivery.incident_id) for delivery in Delivery.objects.all()}
    assert told == {
        ("PUBLIC_CREATED", public.pk),
        ("PUBLIC_UPDATED", public.pk),
        ("PRIVATE_CREATED", private.pk),
        ("PRIVATE_UPDATED", private.pk),
        ("MEMBERSHIP_GRANTED", private.pk),
    }


@pytest.mark.parametrize("visibility", ["public", "private"])
def test_work_on_an_incident_is_told(warehouse: Receiver, declare: Declare, drain: Run, visibility: str) -> None:
    incident = declare(visibility=visibility)
    drain()
    action = create_action(SYSTEM, incident.pk, description="Restart it")
    update_action(SYSTEM, action.pk, ActionEdit(status="completed"))
    delete_action(SYSTEM, action.pk)
    follow_up = create_follow_up(SYSTEM, incident.pk, title="Add an alarm")
    update_follow_up(SYSTEM, follow_up.pk, FollowUpEdit(status="completed"))
    drain()
    names = [name for made in ("created", "updated") for name in (f"follow_up_{made}_v1", f"follow_up_{made}_v2")]
    assert arrived(warehouse, 1) == ["action_created_v1", "action_updated_v1", "action_updated_v1", *names]
    rooms = {json.loads(arrival.body)["event_type"].partition(".")[0] for arrival in warehouse.arrivals}
    assert rooms == {f"{visibility}_incident"}


def test_a_move_is_told_as_an_update_and_as_a_move(warehouse: Receiver, declare: Declare, drain: Run) -> None:
    incident = declare()
    move(incident, "Fixing")
    move(incident, "Monitoring")
    drain()
    told = payload(warehouse, EventType.PUBLIC_STATUS_UPDATED)
    assert arrived(warehouse)[1:] == ["incident_updated_v2", "incident_status_updated_v2"] * 2
    assert (told["previous_status"]["name"], told["new_status"]["name"]) == ("Fixing", "Monitoring")
    assert told["incident"]["id"] == incident.pk


def test_each_webhook_of_an_event_has_an_id_of_its_own(warehouse: Receiver, declare: Declare, drain: Run) -> None:
    move(declare(), "Fixing")
    drain()
    ids = [arrival.message_id for arrival in warehouse.arrivals]
    assert len(set(ids)) == 3
    assert not any("." in one for one in ids)


def test_a_private_move_is_an_update_only(warehouse: Receiver, declare: Declare, drain: Run) -> None:
    move(declare(visibility="private"), "Fixing")
    drain()
    assert arrived(warehouse) == ["incident_created_v2", "incident_updated_v2"]


def test_who_is_let_in_and_out_is_told(warehouse: Receiver, declare: Declare, drain: Run, nora: User) -> None:
    incident = declare(visibility="private")
    grant(nora.actor, incident.pk, nora.pk)
    revoke(SYSTEM, incident.pk, nora.pk)
    drain()
    told = {"incident_id": incident.pk, "user_id": nora.pk}
    assert payload(warehouse, EventType.MEMBERSHIP_GRANTED) == told | {"actor_user_id": nora.pk}
    assert payload(warehouse, EventType.MEMBERSHIP_REVOKED) == told


def test_whoever_is_let_in_by_a_role_is_told_each_by_one(
    warehouse: Receiver, declare: Declare, drain: Run, nora: User, omar: User
) -> None:
    scribe = create_role(SYSTEM, name="Scribe", description="Writes", instructions="", shortform="scribe")
    incident, words = declare(visibility="private"), snapshot.current()
    lead = next(role for role in words.roles.values() if role.role_type == RoleType.LEAD)
    assigned = [
        {"incident_role_id": role_id, "assignee": {"id": user.pk}}
        for role_id, user in ((lead.id, nora), (scribe.id, omar))
    ]
    edit_incident(SYSTEM, incident.pk, Edit(incident_role_assignments=assigned), words)
    drain()
    assert arrived(warehouse) == ["incident_created_v2", "incident_updated_v2", *["membership_granted_v1"] * 2]
    last = [json.loads(arrival.body)[EventType.MEMBERSHIP_GRANTED]["user_id"] for arrival in warehouse.arrivals[2:]]
    assert set(last) == {nora.pk, omar.pk}


@pytest.mark.parametrize("private", [False, True])
def test_alerts_are_told_when_they_come_and_when_they_are_resolved(
    warehouse: Receiver, drain: Run, private: bool
) -> None:
    template = {"title": {"literal": ""}, "description": {"literal": ""}, "attributes": [], "is_private": private}
    sender = source(template=template, creates_incidents=False)
    alert = fire(sender)
    fire(sender, title="Still trouble")
    calm(sender)
    drain()
    room = "private" if private else "public"
    created, resolved = f"{room}_alert.alert_created_v1", f"{room}_alert.alert_resolved_v1"
    assert [json.loads(arrival.body)["event_type"] for arrival in warehouse.arrivals] == [created, resolved]
    told = payload(warehouse, resolved)
    assert told == {"id": alert.pk} if private else told["status"] == "resolved"


@pytest.mark.parametrize("off", ["disabled", "archived"])
def test_an_endpoint_that_is_off_gets_nothing(endpoint: NewEndpoint, declare: Declare, drain: Run, off: str) -> None:
    if off == "archived":
        archive_endpoint(SYSTEM, endpoint.endpoint)
    else:
        WebhookEndpoint.objects.update(enabled=False)
    declare()
    drain()
    assert not Delivery.objects.exists()


def test_of_a_private_incident_only_the_id_leaves(warehouse: Receiver, declare: Declare, drain: Run) -> None:
    incident = declare(visibility="private", name="The CEO's laptop")
    action = create_action(SYSTEM, incident.pk, description="Call the CEO")
    drain()
    first, second = (json.loads(arrival.body) for arrival in warehouse.arrivals)
    created, acted = EventType.PRIVATE_CREATED, EventType.PRIVATE_ACTION_CREATED
    assert first == {"event_type": created, created: {"id": incident.pk}}
    assert second == {"event_type": acted, acted: {"id": action.pk}}


@pytest.mark.parametrize("private", [False, True])
def test_every_type_there_is_can_be_made(private: bool) -> None:
    types = ["incident.created", "incident.updated", *OF_WORK, *OF_ALERTS]
    changes = {"incident_status_id": ["a", "b"], "memberships.a": [None, "m"], "memberships.b": ["m", None]}
    events = [Event(type=type, subject_id="x", changes=changes) for type in types]
    made = {webhook.event_type for event in events for webhook in webhooks_of(event, private=private)}
    assert made == {event_type for event_type in EventType if event_type.startswith("private") == private}
