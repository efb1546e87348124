"""How long something took, or why that cannot be said."""

from datetime import UTC, datetime, timedelta

from incidents.durations import duration

NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)


def test_it_is_the_time_between_in_whole_seconds() -> None:
    assert duration(NOON, NOON + timedelta(seconds=90.9), is_open=True) == ("success", 90)
    assert duration(NOON, NOON, is_open=False) == ("success", 0)


def test_an_open_incident_that_has_begun_is_still_calculating() -> None:
    assert duration(NOON, None, is_open=True) == ("calculating", None)
    assert duration(NOON, None, is_open=False) == ("timestamps_missing", None)


def test_without_a_beginning_there_is_nothing_to_tell() -> None:
    assert duration(None, NOON, is_open=True) == ("timestamps_missing", None)
    assert duration(None, None, is_open=True) == ("timestamps_missing", None)


def test_an_end_before_the_beginning_is_no_duration() -> None:
    assert duration(NOON, NOON - timedelta(microseconds=1), is_open=False) == ("invalid_timestamps", None)
