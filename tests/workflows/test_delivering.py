"""Webhooks on the wire: signed, in order, repeated until they are answered."""

import hashlib
import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

import pytest
from django.utils import timezone
from standardwebhooks import Webhook, WebhookVerificationError

from events.models import Event
from incidentio.core.errors import Conflict
from incidents.changing import changing
from incidents.models import Incident
from tests.conftest import SYSTEM
from tests.receiver import Behaviour, Receiver, answer, receiving, reset_in_mid_answer, silence
from workflows import ledger
from workflows.delivering import resend
from workflows.models import CallState, Delivery, EventType, Target, WebhookEndpoint
from workflows.webhooks import NewEndpoint, create_endpoint, update_endpoint

Declare = Callable[..., Incident]
Run = Callable[[], None]


def rename(incident: Incident, name: str) -> None:
    with changing(SYSTEM, incident.pk) as change:
        change.incident.name = name


def only() -> Delivery:
    return Delivery.objects.get()


def test_a_declared_incident_arrives_signed(
    warehouse: Receiver, endpoint: NewEndpoint, declare: Declare, drain: Run
) -> None:
    incident = declare(name="Checkout is down")
    drain()
    (arrival,) = warehouse.arrivals
    told = Webhook(endpoint.secret).verify(arrival.body, arrival.headers)
    assert told["event_type"] == "public_incident.incident_created_v2"
    assert told["public_incident.incident_created_v2"]["id"] == incident.pk
    assert arrival.headers["content-type"] == "application/json"
    with pytest.raises(WebhookVerificationError):
        Webhook(endpoint.secret).verify(arrival.body + b" ", arrival.headers)


def test_the_row_tells_what_was_sent_and_answered(warehouse: Receiver, declare: Declare, drain: Run) -> None:
    warehouse.script = [answer(202, b"thanks \0 " + b"x" * 5000)]
    declare()
    drain()
    delivery, (arrival,) = only(), warehouse.arrivals
    assert (delivery.state, delivery.attempts, delivery.lease_token) == (CallState.DONE, 1, None)
    assert delivery.request_body.encode() == arrival.body
    assert delivery.request_digest == hashlib.sha256(arrival.body).hexdigest()
    assert delivery.key == arrival.message_id
    (entry,) = delivery.log
    assert entry["status"] == 202
    assert entry["outcome"] == "done"
    assert entry["duration_ms"] >= 0
    assert entry["answer"].startswith("thanks  xxx")
    assert entry["request_headers"]["webhook-id"] == delivery.key
    assert entry["request_headers"]["webhook-signature"] == "[redacted]"
    assert entry["answer_headers"]["content-length"] == "5009"
    assert len(entry["answer"]) <= 1024


def test_the_log_keeps_no_secret_of_the_answer_and_no_endless_headers(
    warehouse: Receiver, declare: Declare, drain: Run
) -> None:
    warehouse.script = [answer(200, set_cookie="s3cr3t", **{f"x_{number}": "y" * 2000 for number in range(40)})]
    declare()
    drain()
    headers = only().log[0]["answer_headers"]
    assert "s3cr3t" not in json.dumps(headers)
    assert len(headers) <= 30
    assert max(len(value) for value in headers.values()) <= 300


def test_the_secret_stands_in_no_row_in_clear(endpoint: NewEndpoint, declare: Declare, drain: Run) -> None:
    declare()
    drain()
    rows: list[dict[str, Any]] = [
        *Delivery.objects.values(),
        *Event.objects.values(),
        *WebhookEndpoint.objects.values(),
    ]
    assert endpoint.secret.removeprefix("whsec_") not in json.dumps(rows, default=str)


def test_changes_of_one_incident_arrive_in_their_order(warehouse: Receiver, declare: Declare, drain: Run) -> None:
    incidents = [declare() for _ in range(3)]
    for number in range(4):
        for incident in incidents:
            rename(incident, f"Name {number}")
    drain()
    arrived = [arrival.message_id.removeprefix("msg_") for arrival in warehouse.arrivals]
    for incident in incidents:
        events = Event.objects.filter(incident_id=incident.pk)
        in_order = list(events.order_by("position").values_list("pk", flat=True))
        assert [pk for pk in arrived if pk in in_order] == in_order


def test_what_failed_is_sent_again_with_the_same_bytes_and_id(
    warehouse: Receiver, declare: Declare, drain: Run, later: Run
) -> None:
    warehouse.script = [answer(500, b"broken")]
    incident = declare(name="Before")
    drain()
    failed = only()
    assert (failed.state, failed.attempts) == (CallState.PENDING, 1)
    assert timedelta(seconds=4) < failed.due_at - timezone.now() < timedelta(seconds=6)
    rename(incident, "After")
    later()
    first, second, _ = warehouse.arrivals
    assert (first.body, first.message_id) == (second.body, second.message_id)
    delivery = Delivery.objects.get(pk=failed.pk)
    assert [entry["status"] for entry in delivery.log] == [500, 200]
    assert delivery.state == CallState.DONE


def test_a_later_change_waits_for_the_earlier_one_that_failed(
    warehouse: Receiver, declare: Declare, drain: Run, later: Run
) -> None:
    warehouse.script = [answer(503)]
    incident = declare()
    rename(incident, "Later")
    declare(name="Another incident")
    drain()
    assert [json.loads(arrival.body)["event_type"] for arrival in warehouse.arrivals] == [
        "public_incident.incident_created_v2"
    ] * 2
    later()
    assert json.loads(warehouse.arrivals[-1].body)["event_type"] == "public_incident.incident_updated_v2"
    assert set(Delivery.objects.values_list("state", flat=True)) == {CallState.DONE}


def test_after_the_last_attempt_it_is_not_done_and_the_next_change_goes_out(
    warehouse: Receiver, declare: Declare, drain: Run, later: Run
) -> None:
    warehouse.script = [answer(500)] * 8
    incident = declare()
    rename(incident, "Later")
    drain()
    for _ in range(8):
        later()
    first, second = Delivery.objects.order_by("position")
    assert (first.state, first.attempts, len(first.log)) == (CallState.NOT_DONE, 8, 8)
    assert second.state == CallState.DONE
    assert len(warehouse.arrivals) == 9


def in_seconds(seconds: int) -> str:
    return str(seconds)


def as_date(seconds: int) -> str:
    return format_datetime(datetime.now(UTC) + timedelta(seconds=seconds + 1), usegmt=True)


@pytest.mark.parametrize("in_words", [in_seconds, as_date])
def test_the_whole_endpoint_is_left_alone_as_long_as_it_asks(
    warehouse: Receiver, declare: Declare, drain: Run, in_words: Callable[[int], str]
) -> None:
    warehouse.script = [answer(429, retry_after=in_words(90))]
    declare()
    declare()
    drain()
    assert len(warehouse.arrivals) == 1
    for delivery in Delivery.objects.all():
        assert delivery.due_at > timezone.now() + timedelta(seconds=60)


def test_a_redirect_is_not_followed(warehouse: Receiver, declare: Declare, drain: Run) -> None:
    with receiving() as elsewhere:
        warehouse.script = [answer(307, location=elsewhere.url)]
        declare()
        drain()
        assert elsewhere.arrivals == []
    assert only().log[0]["status"] == 307
    assert only().state == CallState.PENDING


@pytest.mark.parametrize("behaviour", [reset_in_mid_answer, silence])
def test_a_lost_connection_is_told_as_unknown_and_sent_again(
    warehouse: Receiver, declare: Declare, later: Run, settings: Any, behaviour: Behaviour
) -> None:
    settings.LEASE_SECONDS = 0.3
    warehouse.script = [behaviour]
    declare()
    later()
    assert only().log[0]["outcome"] == "unknown"
    assert only().state == CallState.PENDING
    later()
    assert only().state == CallState.DONE
    assert len(warehouse.arrivals) == 2
    assert len({arrival.message_id for arrival in warehouse.arrivals}) == 1


def test_what_may_have_arrived_ends_as_unknown(warehouse: Receiver, declare: Declare, drain: Run, later: Run) -> None:
    warehouse.script = [reset_in_mid_answer] + [answer(500)] * 7
    declare()
    drain()
    for _ in range(7):
        later()
    assert only().state == CallState.UNKNOWN


def test_nobody_there_is_tried_again(declare: Declare, drain: Run) -> None:
    with receiving() as gone:
        create_endpoint(SYSTEM, name="Gone", url=gone.url, event_types=EventType.values)
    declare()
    drain()
    assert only().state == CallState.PENDING
    assert only().log[0]["outcome"] == "failed"


def test_an_address_the_hub_may_not_call_is_not_tried_again(
    warehouse: Receiver, declare: Declare, drain: Run, settings: Any
) -> None:
    settings.OUTBOUND_ALLOW = []
    declare()
    drain()
    assert only().state == CallState.NOT_DONE
    assert "loopback" in only().log[0]["error"]
    assert warehouse.arrivals == []


def test_what_waits_for_an_endpoint_that_is_switched_off_is_not_sent(
    warehouse: Receiver, endpoint: NewEndpoint, declare: Declare, later: Run
) -> None:
    warehouse.script = [answer(500)]
    declare()
    later()
    row = endpoint.endpoint
    update_endpoint(SYSTEM, row, name=row.name, url=row.url, event_types=row.event_types, enabled=False)
    later()
    assert only().state == CallState.NOT_DONE
    assert only().log[1]["error"] == "The endpoint is switched off"


def test_a_lost_encryption_key_is_told_and_waited_for(
    endpoint: NewEndpoint, declare: Declare, later: Run, settings: Any
) -> None:
    with_key = settings.ENCRYPTION_KEYS
    settings.ENCRYPTION_KEYS = ["MDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDA="]
    declare()
    later()
    assert "ENCRYPTION_KEYS" in only().log[0]["error"]
    settings.ENCRYPTION_KEYS = with_key
    later()
    assert only().state == CallState.DONE


def test_a_dead_endpoint_rests_longer_each_time(warehouse: Receiver, declare: Declare, drain: Run, later: Run) -> None:
    warehouse.script = [answer(500)] * 6
    for _ in range(20):
        declare()
    drain()
    assert len(warehouse.arrivals) == 5
    assert all(delivery.due_at > timezone.now() for delivery in Delivery.objects.all())
    later()
    assert len(warehouse.arrivals) == 6
    rest = Target.objects.get().held_until
    assert rest is not None
    assert timedelta(seconds=15) < rest - timezone.now() < timedelta(seconds=20)
    later()
    assert set(Delivery.objects.values_list("state", flat=True)) == {CallState.DONE}


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
