"""Tools that ask to be called less often, and say when they may be called again in headers of their own."""

import time

from incidentio.core import http
from integrations.base import Attempt, Outcome


def less_often(label: str, answer: http.Answer, wait_seconds: float) -> Attempt:
    """That the tool called `label` asks for that: the call is made again when it has waited."""
    error = f"{label} asks to be called less often ({answer.status})"
    return Attempt(Outcome.FAILED, error, answer.status, answer.duration_ms, wait_seconds=wait_seconds)


def seconds_until(reset: str, a_second: int = 1) -> float:
    """How long it is until the moment that a header tells since 1970, in parts of which there are `a_second` of them;
    nothing if it tells none, or it is over.
    """
    return max(float(reset) / a_second - time.time(), 0.0) if reset.isascii() and reset.isdecimal() else 0.0
