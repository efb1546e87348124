"""Endpoints: set up, changed, rotated, switched off."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone
from standardwebhooks import Webhook, WebhookVerificationError

from events.models import Event
from events.record import config_version
from incidentio.core.errors import Conflict, Invalid, NotFound
from incidents.models import Incident
from tests.conftest import SYSTEM
from tests.receiver import Receiver
from workflows.models import EventType, WebhookEndpoint
from workflows.webhooks import (
    NewEndpoint,
    archive_endpoint,
    create_endpoint,
    forget_old_secrets,
    rotate_endpoint_secret,
    update_endpoint,
)

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


def verifies(secret: str, receiver: Receiver) -> bool:
    """Whether what arrived last is signed with `secret`."""
    arrival = receiver.arrivals[-1]
    try:
        Webhook(secret).verify(arrival.body, arrival.headers)
    except WebhookVerificationError:
        return False
    return True


def test_while_a_rotation_lasts_both_secrets_sign(
    warehouse: Receiver, endpoint: NewEndpoint, declare: Declare, drain: Run
) -> None:
    new = rotate_endpoint_secret(SYSTEM, endpoint.endpoint, timedelta(hours=1)).secret
    declare()
    drain()
    assert len(warehouse.arrivals[-1].headers["webhook-signature"].split(" ")) == 2
    assert verifies(endpoint.secret, warehouse)
    assert verifies(new, warehouse)


@pytest.mark.parametrize("grace", [timedelta(0), timedelta(hours=1)])
def test_after_the_grace_only_the_new_secret_signs(
    warehouse: Receiver, endpoint: NewEndpoint, declare: Declare, drain: Run, grace: timedelta
) -> None:
    new = rotate_endpoint_secret(SYSTEM, endpoint.endpoint, grace).secret
    WebhookEndpoint.objects.update(old_secret_until=timezone.now())
    declare()
    drain()
    assert not verifies(endpoint.secret, warehouse)
    assert verifies(new, warehouse)


def test_a_second_rotation_ends_the_first(
    warehouse: Receiver, endpoint: NewEndpoint, declare: Declare, drain: Run
) -> None:
    second, third = (rotate_endpoint_secret(SYSTEM, endpoint.endpoint, timedelta(hours=1)).secret for _ in range(2))
    declare()
    drain()
    assert [verifies(secret, warehouse) for secret in (endpoint.secret, second, third)] == [False, True, True]


def test_a_rotation_is_an_event_without_secrets() -> None:
    made = create_endpoint(SYSTEM, **SAID)
    new = rotate_endpoint_secret(SYSTEM, made.endpoint, timedelta(0))
    event = Event.objects.get(type="webhook_endpoint.secret_rotated")
    assert list(event.changes) == ["old_secret_until"]
    assert new.secret != made.secret
    assert new.secret not in repr(new)


def test_an_old_secret_is_forgotten_when_its_time_is_over() -> None:
    endpoint = create_endpoint(SYSTEM, **SAID).endpoint
    rotate_endpoint_secret(SYSTEM, endpoint, timedelta(hours=1))
    forget_old_secrets()
    assert WebhookEndpoint.objects.get().old_secret
    WebhookEndpoint.objects.update(old_secret_until=timezone.now())
    forget_old_secrets()
    assert WebhookEndpoint.objects.get().old_secret == ""


@pytest.mark.parametrize("grace", [timedelta(seconds=-1), timedelta(days=32)])
def test_a_grace_without_sense_is_refused(grace: timedelta) -> None:
    endpoint = create_endpoint(SYSTEM, **SAID).endpoint
    with pytest.raises(Invalid, match="grace"):
        rotate_endpoint_secret(SYSTEM, endpoint, grace)


def test_a_secret_nobody_can_read_any_more_is_rotated_at_once_or_not(settings: Any) -> None:
    made = create_endpoint(SYSTEM, **SAID)
    settings.ENCRYPTION_KEYS = ["MDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDA="]
    with pytest.raises(Conflict, match="without a grace"):
        rotate_endpoint_secret(SYSTEM, made.endpoint, timedelta(hours=1))
    new = rotate_endpoint_secret(SYSTEM, made.endpoint, timedelta(0))
    assert WebhookEndpoint.objects.get().secret == new.secret


def test_the_secret_of_an_archived_endpoint_stays() -> None:
    endpoint = create_endpoint(SYSTEM, **SAID).endpoint
    archive_endpoint(SYSTEM, endpoint)
    with pytest.raises(NotFound):
        rotate_endpoint_secret(SYSTEM, endpoint, timedelta(0))
