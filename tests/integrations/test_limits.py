"""When a tool may be called again that asked to be called less often."""

import time

import pytest

from incidentio.core.http import Answer
from integrations.base import Outcome
from integrations.limits import less_often, seconds_until


@pytest.mark.parametrize("a_second", [1, 1000])
def test_a_header_tells_the_moment(a_second: int) -> None:
    reset = str((int(time.time()) + 3_600) * a_second)
    assert 0 < seconds_until(reset, a_second) <= 3_600


@pytest.mark.parametrize("reset", ["", "0", "1700000000", "soon", "-5", "1e9", "²", "17000000 00"])
def test_what_is_over_or_no_moment_is_not_waited_for(reset: str) -> None:
    assert seconds_until(reset) == 0


def test_the_tool_is_named() -> None:
    attempt = less_often("Acme", Answer(429, {}, b"", 12), 90.0)
    assert (attempt.outcome, attempt.error) == (Outcome.FAILED, "Acme asks to be called less often (429)")
    assert (attempt.status, attempt.duration_ms, attempt.wait_seconds) == (429, 12, 90.0)
