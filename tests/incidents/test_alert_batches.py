"""A storm ends as the same events do that come one by one; so each is told twice, to two sources of one kind."""

import random
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from events.models import Event
from incidents.alert_batches import receive_all
from incidents.alert_events import AlertEvent, receive
from incidents.models import Alert, AlertSource, Declaration, Incident, IncidentAlert
from tests.incidents.alerting import AS_SENT, events_of, fire, incidents_of, move, source, told

NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)
FIRING, RESOLVED = "firing", "resolved"
PRIVATE, PUBLIC = AS_SENT | {"is_private": True}, AS_SENT

Told = Callable[[AlertSource, list[AlertEvent], datetime], None]
Act = Callable[[AlertSource, Told], None]


def event(status: str, key: str, **said: Any) -> AlertEvent:
    return AlertEvent(status=status, title=f"Trouble with {key}", deduplication_key=key, **said)


def at_once(source: AlertSource, events: list[AlertEvent], moment: datetime) -> None:
    """All in one request."""
    receive_all(source, events, moment)


def one_by_one(source: AlertSource, events: list[AlertEvent], moment: datetime) -> None:
    """Each by itself; what fires comes first, and of that what is new."""
    known = set(Alert.objects.filter(alert_source=source).values_list("deduplication_key", flat=True))
    for said in sorted(events, key=lambda said: (said.status, said.deduplication_key in known, said.deduplication_key)):
        receive(source, said, moment)


def tell(minute: int, status: str, keys: str, **said: Any) -> Act:
    """At this minute the source says so of each of the keys."""
    return mixed(minute, (status, keys), **said)


def mixed(minute: int, *parts: tuple[str, str], **said: Any) -> Act:
    """At this minute the source says so of the keys of each part, in one request."""
    events = [event(status, key, **said) for status, keys in parts for key in keys]
    return lambda source, way: way(source, events, NOON + timedelta(minutes=minute))


def close(key: str) -> Act:
    """People close what the alert of this key came to."""

    def act(source: AlertSource, way: Told) -> None:
        for incident in incidents_of(Alert.objects.get(alert_source=source, deduplication_key=key)):
            if incident.incident_status.category == "triage":
                move(incident, "Closed")

    return act


def say(template: dict[str, Any]) -> Act:
    """From now on new alerts of the source are as this template has them."""

    def act(source: AlertSource, way: Told) -> None:
        source.template = template

    return act


def picture(source: AlertSource) -> dict[str, Any]:
    """All that the source's events came to, with keys in place of what differs between two sources."""
    alerts = {row.id: row for row in Alert.objects.filter(alert_source=source)}
    links = IncidentAlert.objects.filter(alert__alert_source=source)
    names = {link.incident_id: _name(link.incident_id, alerts) for link in links}
    columns = ("title", "status", "is_private", "firings", "metadata", "resolved_at", "heard_at", "updated_at")
    return {
        "alerts": {
            row.deduplication_key: [*(getattr(row, name) for name in columns), row.told_at, row.doubted_at]
            for row in alerts.values()
        },
        "links": sorted((row.created_at, alerts[row.alert_id].title, names[row.incident_id]) for row in links),
        "incidents": {names[pk]: _state(pk) for pk in names},
        "events": {row.title: [list(_told(said, names)) for said in events_of(row)] for row in alerts.values()},
    }


def _name(incident_id: str, alerts: dict[str, Alert]) -> str:
    """An incident by the alert that declared it, and which time it fired."""
    _, alert_id, firing = Declaration.objects.get(incident_id=incident_id).idempotency_key.split(":")
    return f"{alerts[alert_id].deduplication_key}:{firing}"


def _state(incident_id: str) -> tuple[Any, ...]:
    row = Incident.objects.get(pk=incident_id)
    category = row.incident_status.category
    moved = None if category == "closed" else (row.updated_at, row.last_activity_at)
    return (row.name, row.visibility, category, row.version, moved)


def _told(said: Event, names: dict[str, str]) -> Iterator[Any]:
    yield said.type
    yield said.number
    yield said.created_at
    yield names.get(said.incident_id or "")
    for name, values in sorted(said.changes.items()):
        if name.startswith("incident_alerts."):
            yield names[values[1]]
        elif name not in ("id", "alert_source_id"):
            yield [name, values]


ALL = "abcdef"
STORMS: dict[str, list[Act]] = {
    "they fire again while their incident is open": [
        tell(0, FIRING, ALL),
        tell(1, RESOLVED, ALL),
        tell(2, FIRING, ALL),
    ],
    "they fire again when it is closed": [
        tell(0, FIRING, ALL),
        tell(1, RESOLVED, ALL),
        *map(close, ALL),
        tell(2, FIRING, ALL),
    ],
    "some of them keep theirs": [
        tell(0, FIRING, ALL),
        tell(1, RESOLVED, ALL),
        *map(close, "ab"),
        tell(2, FIRING, ALL),
    ],
    "new ones come with them": [tell(0, FIRING, "ace"), tell(1, RESOLVED, "ace"), tell(2, FIRING, ALL)],
    "new ones come when theirs is closed": [
        tell(0, FIRING, "ace"),
        tell(1, RESOLVED, "ace"),
        close("a"),
        tell(2, FIRING, ALL),
    ],
    "others are resolved meanwhile": [
        tell(0, FIRING, ALL),
        tell(1, RESOLVED, "abc"),
        mixed(2, (RESOLVED, "def"), (FIRING, "abc")),
    ],
    "the window is over": [tell(0, FIRING, "ab"), tell(20, RESOLVED, "ab"), close("a"), tell(21, FIRING, "bcd")],
    "private ones among them": [
        tell(0, FIRING, "ab"),
        say(PRIVATE),
        tell(1, FIRING, "cd"),
        tell(2, RESOLVED, "abcd"),
        *map(close, "abcd"),
        say(PUBLIC),
        tell(3, FIRING, "fabcde"),
    ],
    "private ones with an incident of their own": [
        say(PRIVATE),
        tell(0, FIRING, "ab"),
        tell(1, RESOLVED, "ab"),
        close("a"),
        say(PUBLIC),
        tell(2, FIRING, "cd"),
        tell(3, FIRING, "ab"),
        tell(4, FIRING, "ef"),
    ],
    "they come late": [
        tell(0, FIRING, ALL, at=NOON),
        tell(1, RESOLVED, ALL, at=NOON + timedelta(minutes=1)),
        tell(2, FIRING, ALL, at=NOON),
        tell(9, FIRING, ALL, at=NOON),
    ],
    "they say something else": [
        tell(0, FIRING, ALL),
        tell(1, RESOLVED, ALL, metadata={"load": 1}),
        tell(2, FIRING, ALL, metadata={"load": 9}),
    ],
}
ROUTES: dict[str, dict[str, Any]] = {
    "one incident": {"grouping_window_seconds": 600, "declines_resolved": True},
    "an incident each": {},
}


def check_alike(acts: list[Act], **route: Any) -> None:
    """The acts come to the same, told at once and told one by one."""
    many, single = source(name="Many", **route), source(name="Single", **route)
    for act in acts:
        act(many, at_once)
        act(single, one_by_one)
    assert picture(many) == picture(single)


@pytest.mark.parametrize("route", ROUTES.values(), ids=ROUTES)
@pytest.mark.parametrize("acts", STORMS.values(), ids=STORMS)
def test_at_once_and_one_by_one_end_alike(acts: list[Act], route: dict[str, Any]) -> None:
    check_alike(acts, **route)


def any_act(dice: random.Random, minute: int) -> Act:
    """Something that may happen."""
    keys = "".join(sorted(dice.sample(ALL, dice.randint(2, 6))))
    cut = dice.randint(0, len(keys))
    at = dice.choice([None, NOON + timedelta(minutes=minute - dice.randint(0, 3))])
    happens: list[Act] = [
        mixed(minute, (FIRING, keys[:cut]), (RESOLVED, keys[cut:]), at=at),
        mixed(minute, (RESOLVED, keys[:cut]), (FIRING, keys[cut:]), metadata={"minute": minute}),
        say(dice.choice([PRIVATE, PUBLIC])),
    ]
    return dice.choices(happens, [4, 4, 1])[0]


@pytest.mark.parametrize("seed", range(6))
def test_whatever_happens_they_end_alike(seed: int) -> None:
    dice = random.Random(seed)
    acts = [any_act(dice, 2 * turn) for turn in range(10)]
    check_alike(acts, grouping_window_seconds=dice.choice([0, 240]), declines_resolved=dice.random() < 0.7)


def test_what_fires_keeps_the_incident_that_others_leave() -> None:
    origin = source(grouping_window_seconds=600, declines_resolved=True)
    for key in "abc":
        fire(origin, key)
    at_once(origin, [event(RESOLVED, "a")], NOON)
    at_once(origin, [event(RESOLVED, "b"), event(RESOLVED, "c"), event(FIRING, "a")], NOON)
    assert Incident.objects.get().incident_status.category == "triage"


@pytest.mark.parametrize("again", [FIRING, RESOLVED])
def test_more_alerts_cost_no_more_statements(again: str) -> None:
    assert statements(again, 10) == statements(again, 100)


def statements(again: str, many: int) -> int:
    """How many it takes to let so many alerts, which have an incident, fire or be resolved again."""
    origin = source(name=f"{many}", grouping_window_seconds=600, declines_resolved=True)
    for status in {FIRING: (FIRING, RESOLVED), RESOLVED: (FIRING,)}[again]:
        at_once(origin, [event(status, str(number)) for number in range(many)], NOON)
    with CaptureQueriesContext(connection) as taken:
        at_once(origin, [event(again, str(number)) for number in range(many)], NOON)
    return len(taken)


def test_each_alert_that_fires_again_says_where_it_came_to() -> None:
    origin = source(grouping_window_seconds=600, declines_resolved=True)
    for status in (FIRING, RESOLVED, FIRING):
        at_once(origin, [event(status, key) for key in ALL], NOON)
    declined, shared = Incident.objects.order_by("id")
    assert [declined.incident_status.category, shared.incident_status.category] == ["declined", "triage"]
    for alert in Alert.objects.all():
        assert told(alert) == ["alert.created", "alert.resolved", "alert.fired"]
        assert events_of(alert)[-1].incident_id == shared.id
