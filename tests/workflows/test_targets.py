"""How those the hub calls fare: by host, over a day, and never with more names than a reader can bear."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from incidentio.core.ids import first_id_of, new_id
from tests.conftest import SYSTEM
from workflows import targets
from workflows.models import CallState, Delivery, EventType, Target, WebhookEndpoint
from workflows.targets import OTHERS, fared, resting
from workflows.webhooks import create_endpoint


def endpoint(url: str) -> WebhookEndpoint:
    return create_endpoint(SYSTEM, name=url, url=url, event_types=EventType.values).endpoint


def deliver(to: WebhookEndpoint, count: int = 1, **columns: Any) -> None:
    """Deliveries to the endpoint."""
    said = {"target": to.target, "endpoint": to, "position": 1, "state": CallState.DONE, "attempts": 1} | columns
    for _ in range(count):
        Delivery.objects.create(**{"event_id": new_id(), "incident_id": new_id()} | said)


def test_calls_are_counted_by_host_and_timed_by_their_last_attempts() -> None:
    one, other = endpoint("https://data.example.com/a?key=1"), endpoint("https://data.example.com/b")
    deliver(one, 2, log=[{"duration_ms": 9000}, {"duration_ms": 100}], attempts=2)
    deliver(other, state=CallState.NOT_DONE, log=[{"duration_ms": 400}])
    deliver(other, state=CallState.PENDING, attempts=0)
    (told,) = fared().items()
    host, one_host = told
    assert (host, dict(one_host.states)) == ("data.example.com", {"done": 2, "not_done": 1, "pending": 1})
    assert (one_host.attempts, one_host.timed) == (5, 3)
    assert one_host.total_seconds == pytest.approx(0.6)
    assert one_host.longest_seconds == pytest.approx(0.4)


def test_only_the_last_day_counts() -> None:
    deliver(endpoint("https://data.example.com/"), id=first_id_of(timezone.now() - timedelta(hours=25)))
    assert fared() == {}


def test_the_busiest_are_told_apart_and_the_others_are_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(targets, "TOLD_APART", 2)
    for number in range(4):
        deliver(endpoint(f"https://{number}.example.com/"), number + 1)
    assert {name: one.calls for name, one in fared().items()} == {"3.example.com": 4, "2.example.com": 3, OTHERS: 3}


def test_who_rests_is_told_by_host() -> None:
    held = timezone.now() + timedelta(seconds=60)
    Target.objects.create(name=endpoint("https://data.example.com/").target, held_until=held)
    Target.objects.create(name="webhook:https://other.example.com:8443", held_until=held)
    Target.objects.create(name="smtp", held_until=timezone.now())
    assert {name: round(seconds) for name, seconds in resting().items()} == {
        "data.example.com": 60,
        "other.example.com": 60,
    }


def test_parts_of_a_target_are_told_as_one() -> None:
    to = endpoint("https://data.example.com/")
    for name in ("slack#C0A", "slack#C0B", "slack", "pagerduty:events"):
        deliver(to, target=name)
        Target.objects.create(name=name, held_until=timezone.now() + timedelta(seconds=60))
    assert {name: one.calls for name, one in fared().items()} == {"slack": 3, "pagerduty:events": 1}
    assert sorted(resting()) == ["pagerduty:events", "slack"]
