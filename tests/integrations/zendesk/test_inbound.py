"""Tickets become alerts, one each, whatever tells of them and in whatever order."""

from typing import Any

import pytest

from incidents.models import Alert, Incident
from tests.integrations.recorded import payload, source_of, tell

TRIGGER, SOLVED = payload("zendesk", "trigger"), payload("zendesk", "status_changed")


def event(name: str = "status_changed", time: str = "2026-11-25T10:40:06Z", **detail: Any) -> dict[str, Any]:
    return SOLVED | {"type": f"zen:event-type:ticket.{name}", "time": time, "detail": SOLVED["detail"] | detail}


def test_a_trigger_tells_of_a_ticket() -> None:
    answer = tell(source_of("zendesk"), TRIGGER)
    assert (answer.status_code, answer.json()["accepted"]) == (202, 1)
    alert = Alert.objects.get()
    assert alert.deduplication_key == "zendesk:35436"
    assert alert.title == "Checkout fails for all EU customers"
    assert alert.source_url == "https://acme.zendesk.com/agent/tickets/35436"
    assert alert.metadata["tags"] == ["vip", "checkout", "eu"]
    assert (alert.metadata["requester"], alert.metadata["priority"]) == ("dana@customer.example", "Urgent")
    assert Incident.objects.get().name == alert.title


def test_an_event_tells_of_the_same_ticket() -> None:
    source = source_of("zendesk")
    tell(source, TRIGGER)
    tell(source, SOLVED)
    alert = Alert.objects.get()
    assert (alert.status, alert.metadata["event"]) == ("resolved", "status_changed")


@pytest.mark.parametrize("status", ["Solved", "closed", "CLOSED", " solved "])
def test_a_ticket_that_is_over_resolves_its_alert(status: str) -> None:
    source = source_of("zendesk")
    tell(source, TRIGGER)
    tell(source, TRIGGER | {"status": status})
    assert Alert.objects.get().status == "resolved"


@pytest.mark.parametrize("status", ["New", "Open", "Pending", "On-hold", "HOLD", "", None])
def test_any_other_ticket_is_somebodys_work(status: str | None) -> None:
    tell(source_of("zendesk"), TRIGGER | {"status": status})
    assert Alert.objects.get().status == "firing"


@pytest.mark.parametrize("name", ["soft_deleted", "permanently_deleted", "marked_as_spam", "merged"])
def test_a_ticket_that_is_gone_resolves_its_alert(name: str) -> None:
    source = source_of("zendesk")
    tell(source, event("created", status="NEW"))
    tell(source, event(name, "2026-11-25T10:41:00Z", status="NEW"))
    assert Alert.objects.get().status == "resolved"


def test_events_may_come_in_any_order() -> None:
    source = source_of("zendesk")
    tell(source, event(time="2026-11-25T10:40:06Z", status="SOLVED"))
    tell(source, event("created", "2026-11-25T10:12:29Z", status="NEW"))
    assert Alert.objects.get().status == "resolved"
    assert not Incident.objects.exists()


def test_a_ticket_that_is_opened_again_fires_again() -> None:
    source = source_of("zendesk")
    tell(source, event(status="SOLVED"))
    tell(source, event(time="2026-11-25T11:00:00Z", status="OPEN"))
    assert (Alert.objects.get().status, Incident.objects.count()) == ("firing", 1)


def test_told_a_hundred_times_it_is_one_alert() -> None:
    source = source_of("zendesk")
    for _ in range(100):
        assert tell(source, TRIGGER).status_code == 202
    assert (Alert.objects.count(), Incident.objects.count()) == (1, 1)


@pytest.mark.parametrize("type", ["user.created", "organization.name_changed", "article.published"])
def test_what_is_about_no_ticket_is_left(type: str) -> None:
    answer = tell(source_of("zendesk"), {"type": f"zen:event-type:{type}", "detail": {"id": "1"}})
    assert (answer.status_code, answer.json()["accepted"]) == (202, 0)


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"ticket_id": ""},
        {"ticket_id": "{{ticket.id}}"},
        {"ticket_id": "1" * 41},
        {"ticket_id": ["1"]},
        {"type": "zen:event-type:ticket.created"},
        {"type": "zen:event-type:ticket.created", "detail": []},
        {"type": "zen:event-type:ticket.created", "detail": {"id": None}},
        [],
    ],
)
def test_a_body_that_names_no_ticket_is_refused(body: Any) -> None:
    assert tell(source_of("zendesk"), body).status_code == 422
    assert not Alert.objects.exists()


@pytest.mark.parametrize("wrong", [7, None, [], {}, True, "x" * 10_000])
@pytest.mark.parametrize(
    "name", ["title", "description", "priority", "status", "url", "requester", "tags", "updated_at"]
)
def test_whatever_people_write_there_is_an_alert(name: str, wrong: Any) -> None:
    assert tell(source_of("zendesk"), TRIGGER | {name: wrong}).status_code == 202
    assert Alert.objects.count() == 1
