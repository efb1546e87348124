"""When an alert was told of, by the clock of whoever told it."""

from datetime import UTC, datetime, timedelta
from importlib import import_module
from typing import Any

import pytest
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.utils import timezone

from events.record import fold
from incidents.alert_changes import resolve_alert
from incidents.models import Alert
from tests.conftest import SYSTEM
from tests.incidents.alerting import calm, events_of, fire, source, told

NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)
LATER = NOON + timedelta(hours=1)
BEFORE = NOON - timedelta(hours=1)
NOTED = "2026-11-24T12:00:00.000000Z"
DOUBTED = "2026-11-24T13:00:00.250000Z"


def test_the_time_is_kept_beside_what_was_said() -> None:
    alert = fire(source(), at=NOON, metadata={"host": "db-1"})
    alert.refresh_from_db()
    assert (alert.told_at, alert.doubted_at, alert.metadata) == (NOON, None, {"host": "db-1"})


def test_a_clock_that_is_ahead_counts_as_now() -> None:
    alert = fire(source(), moment=NOON, at=LATER)
    assert alert.told_at == NOON


def test_the_time_alone_is_no_news() -> None:
    origin = source()
    alert = fire(origin, at=BEFORE)
    fire(origin, at=NOON)
    alert.refresh_from_db()
    assert (alert.told_at, told(alert)) == (NOON, ["alert.created"])
    assert alert.updated_at == alert.created_at


def test_who_says_no_time_is_believed() -> None:
    origin = source()
    alert = fire(origin, at=NOON)
    calm(origin)
    alert.refresh_from_db()
    assert (alert.status, alert.told_at) == ("resolved", None)


def test_what_is_older_says_nothing() -> None:
    origin = source()
    alert = fire(origin, at=NOON)
    calm(origin, at=BEFORE)
    fire(origin, at=BEFORE, title="Older")
    alert.refresh_from_db()
    assert (alert.status, alert.title, alert.told_at) == ("firing", "Trouble with disk", NOON)


def test_a_doubt_is_noted_and_is_no_news() -> None:
    origin, moment = source(), timezone.now()
    alert = fire(origin, at=BEFORE)
    calm(origin, at=NOON)
    fire(origin, at=BEFORE, moment=moment)
    fire(origin, at=BEFORE, moment=moment + timedelta(minutes=4))
    alert.refresh_from_db()
    assert (alert.doubted_at, alert.told_at, alert.status) == (moment, NOON, "resolved")
    assert told(alert) == ["alert.created", "alert.resolved"]


def test_a_doubt_is_over_when_the_end_is_told_again() -> None:
    origin = source()
    alert = fire(origin, at=BEFORE)
    calm(origin, at=NOON)
    fire(origin, at=BEFORE)
    calm(origin, at=NOON)
    alert.refresh_from_db()
    assert (alert.doubted_at, alert.told_at) == (None, NOON)


def test_people_s_word_has_no_time_of_the_source() -> None:
    origin = source()
    alert = fire(origin, at=NOON)
    resolve_alert(SYSTEM, alert.id)
    alert.refresh_from_db()
    assert (alert.told_at, alert.status) == (NOON, "resolved")


def test_events_do_not_tell_it() -> None:
    origin = source()
    alert = fire(origin, at=BEFORE)
    calm(origin, at=NOON)
    assert not fold(events_of(alert)).keys() & {"told_at", "doubted_at", "heard_at"}


def test_readers_do_not_see_it(api: Any) -> None:
    alert = fire(source(), at=NOON)
    shown = api("viewer").get(f"/v2/alerts/{alert.id}").json()["alert"]
    assert not shown.keys() & {"told_at", "doubted_at"}


MOVED: dict[str, tuple[dict[str, Any], dict[str, Any], datetime | None, datetime | None]] = {
    "a time": ({"a": 1, "told_at": NOTED}, {"a": 1}, NOON, None),
    "a doubt besides": (
        {"told_at": NOTED, "doubted_at": DOUBTED},
        {},
        NOON,
        LATER + timedelta(milliseconds=250),
    ),
    "no time": ({"a": 1}, {"a": 1}, None, None),
    "the source's own word": ({"told_at": "yesterday"}, {"told_at": "yesterday"}, None, None),
    "the source's own number": ({"told_at": 5}, {"told_at": 5}, None, None),
}


@pytest.mark.parametrize(("before", "after", "told_at", "doubted_at"), MOVED.values(), ids=MOVED)
def test_times_move_out_of_the_metadata_and_back(
    before: dict[str, Any], after: dict[str, Any], told_at: datetime | None, doubted_at: datetime | None
) -> None:
    alert = fire(source(), metadata=before)
    apps = MigrationExecutor(connection).loader.project_state().apps
    migration = import_module("incidents.migrations.0006_when_alerts_were_told")
    migration.move_out(apps, None)
    alert = Alert.objects.get(pk=alert.pk)
    assert (alert.metadata, alert.told_at, alert.doubted_at) == (after, told_at, doubted_at)
    migration.move_back(apps, None)
    assert Alert.objects.get(pk=alert.pk).metadata == before
