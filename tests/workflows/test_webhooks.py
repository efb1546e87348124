"""Endpoints, which deliveries an event makes, and sending one again."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from standardwebhooks import Webhook

from accounts.models import User
from events.models import Event
from events.record import config_version
from incidentio.core.errors import Conflict, Invalid, NotFound
from incidents.actions import create_action
from incidents.changing import changing
from incidents.memberships import grant
from incidents.models import Incident
from tests.conftest import SYSTEM
from tests.receiver import Receiver, answer
from workflows import ledger
from workflows.models import CallState, Delivery, EventType, WebhookEndpoint
from workflows.webhooks import NewEndpoint, archive_endpoint, create_endpoint, resend, update_endpoint

Declare = Callable[..., Incident]
Run = Callable[[], None]
SAID: dict[str, Any] = {
    "name": "Data",
    "url": "https://data.example.com/hooks",
    "event_types": [EventType.PUBLIC_CREATED],
}


def test_an_endpoint_gets_a_secret_of_its_own_that_no_event_tells() -> None:
    one, other = create_endpoint(SYSTEM, **SAID), create_endpoint(SYSTEM, **SAID)
    assert one.secret != other.secret
    assert len(Webhook(one.secret)._whsecret) == 24
    assert WebhookEndpoint.objects.get(pk=one.endpoint.pk).secret == one.secret
    event = Event.objects.get(subject_id=one.endpoint.pk)
    assert event.type == "webhook_endpoint.created"
    assert event.changes["url"] == [None, SAID["url"]]
    assert "secret" not in event.changes
    assert one.secret not in repr(one)


@pytest.mark.parametrize(
    ("wrong", "pointer"),
    [
        ({"name": "  "}, "name"),
        ({"name": "x" * 201}, "name"),
        ({"url": "ftp://data.example.com"}, "url"),
        ({"url": "http://169.254.169.254/latest"}, "url"),
        ({"event_types": []}, "event_types"),
        ({"event_types": ["public_incident.eaten_v1"]}, "event_types"),
    ],
)
def test_what_cannot_work_is_refused(wrong: dict[str, Any], pointer: str) -> None:
    with pytest.raises(Invalid) as refusal:
        create_endpoint(SYSTEM, **(SAID | wrong))
    assert [problem.pointer for problem in refusal.value.problems] == [pointer]
    assert not WebhookEndpoint.objects.exists()


def test_a_change_is_recorded_once_and_a_change_of_nothing_not_at_all() -> None:
    endpoint = create_endpoint(SYSTEM, **SAID).endpoint
    update_endpoint(SYSTEM, endpoint, **(SAID | {"name": "Lake"}), enabled=False)
    version = config_version()
    update_endpoint(SYSTEM, endpoint, **(SAID | {"name": "Lake"}), enabled=False)
    changes = Event.objects.get(type="webhook_endpoint.updated").changes
    assert (changes["name"], changes["enabled"]) == (["Data", "Lake"], [True, False])
    assert config_version() == version


def test_an_archived_endpoint_stays_as_it_was() -> None:
    endpoint = create_endpoint(SYSTEM, **SAID).endpoint
    archive_endpoint(SYSTEM, endpoint)
    with pytest.raises(NotFound):
        update_endpoint(SYSTEM, endpoint, **SAID, enabled=True)


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
    }


def test_what_is_not_an_incident_event_makes_no_delivery(warehouse: Receiver, declare: Declare, drain: Run) -> None:
    create_action(SYSTEM, declare().pk, description="Restart it")
    drain()
    assert [delivery.event_type for delivery in Delivery.objects.all()] == [EventType.PUBLIC_CREATED]


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
    drain()
    (arrival,) = warehouse.arrivals
    event_type = "private_incident.incident_created_v2"
    assert json.loads(arrival.body) == {"event_type": event_type, event_type: {"id": incident.pk}}


def test_sent_again_it_is_the_same_message(warehouse: Receiver, declare: Declare, drain: Run) -> None:
    declare()
    drain()
    delivery = Delivery.objects.get()
    resend(SYSTEM, delivery)
    drain()
    first, second = warehouse.arrivals
    assert (first.body, first.message_id) == (second.body, second.message_id)
    delivery.refresh_from_db()
    assert (delivery.state, delivery.attempts, len(delivery.log)) == (CallState.DONE, 1, 2)
    assert Event.objects.get(type="delivery.resent").changes == {"state": ["done", "pending"]}


def test_sending_again_does_not_wait_for_a_resting_endpoint(warehouse: Receiver, declare: Declare, drain: Run) -> None:
    warehouse.script = [answer(429, retry_after="3600")]
    declare()
    drain()
    resend(SYSTEM, Delivery.objects.get())
    drain()
    assert Delivery.objects.get().state == CallState.DONE


def test_nothing_is_sent_again_to_an_endpoint_that_is_off(warehouse: Receiver, declare: Declare, drain: Run) -> None:
    declare()
    drain()
    WebhookEndpoint.objects.update(enabled=False)
    with pytest.raises(Conflict, match="switched off"):
        resend(SYSTEM, Delivery.objects.get())


def test_what_is_being_sent_is_not_sent_again(endpoint: NewEndpoint, declare: Declare, drain: Run) -> None:
    declare()
    drain()
    Delivery.objects.update(state=CallState.PENDING)
    ledger.take(Delivery.objects.all(), endpoint.endpoint.target)
    with pytest.raises(Conflict, match="being sent"):
        resend(SYSTEM, Delivery.objects.get())
