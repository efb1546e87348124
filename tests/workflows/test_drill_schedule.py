"""Fire drills begin by themselves at the time people set, once."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.conftest import SYSTEM
from workflows.drill_schedule import begin_if_due, latest_moment
from workflows.drilling import start_drill
from workflows.models import FireDrill

TUESDAY = datetime(2026, 11, 24, 10, 0, tzinfo=UTC)


@pytest.fixture(autouse=True)
def on_tuesdays(settings: Any) -> None:
    settings.FIRE_DRILL_SCHEDULE = "tue 10:00"


def begun_at(moment: datetime) -> int:
    """How many drills there are after a sweep at this moment, each as old as its sweep."""
    known = set(FireDrill.objects.values_list("pk", flat=True))
    begin_if_due(moment)
    FireDrill.objects.exclude(pk__in=known).update(created_at=moment)
    return FireDrill.objects.count()


@pytest.mark.parametrize(
    ("schedule", "now", "latest"),
    [
        ("tue 10:00", TUESDAY, TUESDAY),
        ("TUE 10:00", TUESDAY + timedelta(days=6), TUESDAY),
        ("tue 10:00", TUESDAY - timedelta(seconds=1), TUESDAY - timedelta(days=7)),
        ("mon,thu 09:30", TUESDAY, datetime(2026, 11, 23, 9, 30, tzinfo=UTC)),
        ("", TUESDAY, None),
    ],
)
def test_the_latest_time_is_known(schedule: str, now: datetime, latest: datetime | None) -> None:
    assert latest_moment(schedule, now) == latest


def test_the_time_is_that_of_the_hubs_zone(settings: Any) -> None:
    settings.TIME_ZONE = "Europe/Berlin"
    before_the_clocks_went_back = datetime(2026, 10, 20, 12, 0, tzinfo=UTC)
    assert latest_moment("tue 10:00", before_the_clocks_went_back) == datetime(2026, 10, 20, 8, 0, tzinfo=UTC)
    assert latest_moment("tue 10:00", TUESDAY) == datetime(2026, 11, 24, 9, 0, tzinfo=UTC)


def test_one_begins_at_its_time_and_only_one(hub: None) -> None:
    assert begun_at(TUESDAY - timedelta(minutes=1)) == 0
    assert begun_at(TUESDAY + timedelta(seconds=20)) == 1
    FireDrill.objects.update(state="done")
    assert begun_at(TUESDAY + timedelta(minutes=1)) == 1
    assert begun_at(TUESDAY + timedelta(days=7)) == 2


def test_a_hub_that_was_down_makes_up_for_it_within_an_hour(hub: None) -> None:
    assert begun_at(TUESDAY + timedelta(minutes=61)) == 0
    assert begun_at(TUESDAY + timedelta(minutes=59)) == 1


def test_one_that_somebody_began_meanwhile_is_enough(hub: None) -> None:
    start_drill(SYSTEM)
    assert begun_at(TUESDAY) == 1


def test_none_begins_where_nobody_asked(settings: Any, hub: None) -> None:
    settings.FIRE_DRILL_SCHEDULE = ""
    assert begun_at(TUESDAY) == 0
