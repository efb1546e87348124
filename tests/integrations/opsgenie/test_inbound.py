"""Alerts of Opsgenie become alerts here: one each, as long as it is open."""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from incidentio.core.errors import Invalid
from incidents.models import Alert, AlertSource, Incident
from integrations.opsgenie.inbound import parse
from tests.integrations.recorded import payload, post, source_of, tell

CREATE, CLOSE = payload("opsgenie", "create"), payload("opsgenie", "close")
BODY = json.dumps(CREATE).encode()
TYPES = ["opsgenie", "jsm"]


def told(action: str = "Create", later: float = 0, **alert: Any) -> dict[str, Any]:
    """A webhook of `action`, so many seconds after the alert was made."""
    updated = CREATE["alert"]["updatedAt"] + int(later * 10**9)
    return CREATE | {"action": action, "alert": CREATE["alert"] | {"updatedAt": updated} | alert}


@pytest.mark.parametrize("source_type", TYPES)
def test_an_alert_is_told(source_type: str) -> None:
    answer = tell(source_of(source_type), CREATE)
    assert (answer.status_code, answer.json()["accepted"]) == (202, 1)
    alert = Alert.objects.get()
    assert (alert.title, alert.description) == ("Disk of db-1 is full – 漢字", "97% used")
    assert (alert.deduplication_key, alert.status) == ("opsgenie:disk-full-db-1", "firing")
    assert Incident.objects.get().name == alert.title


def test_what_is_known_of_it_is_kept(hub: None) -> None:
    (event,) = parse(payload("opsgenie", "escalate"))
    alert = CREATE["alert"]
    kept = ("alertId", "alias", "tinyId", "priority", "entity", "source", "username", "tags", "teams", "recipients")
    assert event.metadata == {name: alert[name] for name in kept} | {
        "details": {"mount": "/var"},
        "action": "Escalate",
        "integration": "Incident hub",
        "escalation": "Omar",
    }


@pytest.mark.parametrize("source_type", TYPES)
def test_it_is_one_alert_from_its_making_to_its_end(source_type: str) -> None:
    source = source_of(source_type)
    names = ("create", "create", "escalate", "acknowledge", "add_note", "custom", "close", "close")
    assert [tell(source, payload("opsgenie", name)).status_code for name in names] == [202] * len(names)
    alert = Alert.objects.get()
    assert (alert.status, alert.firings, Incident.objects.count()) == ("resolved", 1, 1)


ACTIONS = {
    "Create": "firing",
    "Acknowledge": "firing",
    "UnAcknowledge": "firing",
    "Escalate": "firing",
    "escalate ": "firing",
    "Close": "resolved",
    "close": "resolved",
    "Delete": "resolved",
}


@pytest.mark.parametrize(("action", "status"), ACTIONS.items())
def test_the_action_says_whether_it_is_open(hub: None, action: str, status: str) -> None:
    (event,) = parse(told(action))
    assert event.status == status


OTHERS = [
    "AddNote", "AddTags", "RemoveTags", "AddTeam", "AddRecipient", "AssignOwnership", "TakeOwnership", "UpdatePriority",
    "UpdateDescription", "UpdateMessage", "Snooze", "TestAction", "Closing", "",
]  # fmt: skip


@pytest.mark.parametrize("action", OTHERS)
def test_what_may_be_done_to_a_closed_alert_opens_none(action: str) -> None:
    source = source_of("opsgenie")
    for body in (CREATE, CLOSE):
        tell(source, body)
    answer = tell(source, told(action, later=600))
    assert (answer.status_code, answer.json()["accepted"]) == (202, 0)
    assert Alert.objects.get().status == "resolved"


def test_what_was_closed_may_open_again() -> None:
    source = source_of("opsgenie")
    for body in (CREATE, CLOSE, told("Create", later=600, alertId="another")):
        tell(source, body)
    assert (Alert.objects.get().status, Alert.objects.get().firings) == ("firing", 2)


def test_what_comes_late_changes_nothing() -> None:
    source = source_of("opsgenie")
    for name in ("create", "close", "acknowledge", "create"):
        tell(source, payload("opsgenie", name))
    assert (Alert.objects.get().status, Incident.objects.count()) == ("resolved", 1)


def test_its_end_may_come_first() -> None:
    source = source_of("opsgenie")
    for body in (CLOSE, CREATE):
        tell(source, body)
    assert Alert.objects.get().status == "resolved"
    assert not Incident.objects.exists()


@pytest.mark.parametrize(
    ("moment", "instant"),
    [
        (1764068406, datetime(2025, 11, 25, 11, 0, 6, tzinfo=UTC)),
        (1764068406250, datetime(2025, 11, 25, 11, 0, 6, 250_000, tzinfo=UTC)),
        (1764068406250000, datetime(2025, 11, 25, 11, 0, 6, 250_000, tzinfo=UTC)),
        (1764068406250000000, datetime(2025, 11, 25, 11, 0, 6, 250_000, tzinfo=UTC)),
        ("1764068406250", datetime(2025, 11, 25, 11, 0, 6, 250_000, tzinfo=UTC)),
    ],
)
def test_it_is_known_since_when(hub: None, moment: Any, instant: datetime) -> None:
    (event,) = parse(told(updatedAt=moment))
    assert event.at == instant


ODD = [None, "", -1, 0, True, 1.5, "soon", "9" * 30, 10**300, [], {}]


@pytest.mark.parametrize("odd", ODD)
def test_a_time_that_is_none_is_that_of_its_making(hub: None, odd: Any) -> None:
    (event,) = parse(told(updatedAt=odd))
    assert event.at == datetime.fromtimestamp(1764068404.104, UTC)
    (event,) = parse(told(updatedAt=odd, createdAt=odd))
    assert event.at is None


@pytest.mark.parametrize("odd", [None, 7, True, [], {}, "x" * 10_000])
@pytest.mark.parametrize("name", ["message", "description", "tags", "details", "priority", "updatedAt", "tinyId"])
def test_whatever_stands_in_the_other_places_is_an_alert(name: str, odd: Any) -> None:
    assert tell(source_of("opsgenie"), told(**{name: odd})).status_code == 202
    assert Alert.objects.get().title


@pytest.mark.parametrize("odd", [None, 7, [], "x"])
def test_an_escalation_may_tell_nobody(hub: None, odd: Any) -> None:
    (event,) = parse(told("Escalate") | {"escalationNotify": odd, "integrationName": odd})
    assert "escalation" not in event.metadata


def test_without_an_alias_its_id_is_its_key(hub: None) -> None:
    for alias in (None, "", " ", "x" * 512):
        (event,) = parse(told(alias=alias))
        assert event.deduplication_key == f"opsgenie:{CREATE['alert']['alertId']}"


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"action": "Create"},
        {"alert": {"alertId": "x"}},
        {"action": None, "alert": {"alertId": "x"}},
        {"action": "Create", "alert": []},
        {"action": "Create", "alert": {}},
        {"action": "Create", "alert": {"alertId": "", "alias": None}},
        {"action": "Create", "alert": {"alertId": "x" * 512}},
    ],
)
def test_what_is_no_webhook_of_opsgenie_is_refused(hub: None, body: Any) -> None:
    assert tell(source_of("opsgenie"), body).status_code == 422
    with pytest.raises(Invalid):
        parse(body)


@pytest.mark.parametrize("source_type", TYPES)
@pytest.mark.parametrize("action", ["Create", "Acknowledge", "Close", "AddNote"])
def test_what_the_hub_made_is_no_news(declare: Callable[..., Incident], source_type: str, action: str) -> None:
    incident = declare()
    answer = tell(source_of(source_type), told(action, alias=incident.pk))
    assert (answer.status_code, answer.json()["accepted"]) == (202, 0)
    assert not Alert.objects.exists()


def test_what_only_looks_like_it_is(hub: None) -> None:
    assert len(parse(told(alias="01HZZZZZZZZZZZZZZZZZZZZZZZ"))) == 1


def test_a_source_of_the_other_type_is_at_another_address() -> None:
    source = source_of("opsgenie")
    elsewhere = AlertSource(pk=source.pk, source_type="jsm")
    assert post(elsewhere, BODY, {}, f"?token={source.secret}").status_code == 422
    assert not Alert.objects.exists()
