"""Waiting before the next step."""

from decimal import Decimal
from typing import Any

import pytest

from integrations.base import StepFailed
from workflows.steps.waiting import LONGEST_SECONDS, WAIT


@pytest.mark.parametrize(("said", "seconds"), [("90", 90.0), (Decimal("0.5"), 0.5), (0, 0.0)])
def test_it_waits_as_long_as_it_is_told(said: Any, seconds: float) -> None:
    assert WAIT.wait is not None
    assert WAIT.wait({"for_seconds": said}) == seconds


@pytest.mark.parametrize("said", [None, "", "soon", "-1", "NaN", "inf", LONGEST_SECONDS + 1])
def test_it_does_not_wait_for_nonsense(said: Any) -> None:
    assert WAIT.wait is not None
    with pytest.raises(StepFailed):
        WAIT.wait({"for_seconds": said})
