"""What tools tell is read so that it can be kept, whatever stands in it."""

from contextlib import suppress
from datetime import UTC, datetime
from typing import Any

import pytest

from integrations.arriving import json_in, moment_in
from integrations.base import Arrived, Unreadable


def read(body: bytes) -> Any:
    return json_in(Arrived({}, body, datetime.now(UTC)))


@pytest.mark.parametrize(
    ("body", "told"),
    [
        (b'{"a": "nul\\u0000l"}', {"a": "null"}),
        (b'{"a\\u0000": ["\\u0000", {"b": "\\u0000"}]}', {"a": ["", {"b": ""}]}),
        (b'"half \\ud83d"', "half ?"),
        (b'"whole \\ud83d\\ude80"', "whole 🚀"),
        (b'"half \xed\xa0\x80"', "half ?"),
        (b'[1, 2.5, true, null, "x"]', [1, 2.5, True, None, "x"]),
    ],
)
def test_what_no_database_keeps_is_left_out(body: bytes, told: Any) -> None:
    assert read(body) == told


@pytest.mark.parametrize("body", [b"", b"{", b"\xff", b"[" * 200_000, b'{"a":' * 100_000, b"1" * 5_000, b"<a/>"])
def test_what_is_no_json_is_said_to_be_none(body: bytes) -> None:
    with pytest.raises(Unreadable):
        read(body)


@pytest.mark.parametrize("depth", [100, 500, 900, 2_000, 5_000])
def test_json_that_is_nested_deep_is_read_or_refused(depth: int) -> None:
    with suppress(Unreadable):
        assert read(b"[" * depth + b"]" * depth)[0] is not None


@pytest.mark.parametrize("text", ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00", "", "soon", 5, None])
def test_a_time_that_is_none_or_not_of_our_era_is_none(text: Any) -> None:
    assert moment_in(text) is None


@pytest.mark.parametrize("text", ["2026-11-24T00:29:06Z", "2026-11-24 00:29:06 UTC", "2026-11-24T02:29:06+02:00"])
def test_a_time_is_read_however_it_is_written(text: str) -> None:
    assert moment_in(text) == datetime(2026, 11, 24, 0, 29, 6, tzinfo=UTC)
