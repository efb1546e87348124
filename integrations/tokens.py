"""Tokens that live for an hour: fetched once by each process, and anew when the tool has enough of one."""

from collections.abc import Callable
from dataclasses import dataclass, field
from time import monotonic
from typing import Any

from incidentio.core import http
from integrations.base import Attempt, Outcome
from integrations.calling import FirstJudge

# A token that ends so soon could end under a call.
SPARE_SECONDS = 60.0
LONGEST_SECONDS = 86_400.0
UNAUTHORISED = 401


@dataclass(frozen=True)
class Token:
    """A token as its tool gave it, and for how long it is good."""

    text: str = field(repr=False)
    seconds: float


@dataclass(frozen=True)
class Bearer:
    """A token to call with; `is_fresh`: it was fetched a moment ago."""

    text: str = field(repr=False)
    is_fresh: bool


class Tokens:
    """The tokens of a tool's accounts that this process has."""

    def __init__(self) -> None:
        self._kept: dict[str, tuple[str, float]] = {}

    def get(self, account: str, fetch: Callable[[], Token]) -> Bearer:
        """The token of `account`, which names it with all its secrets; whatever `fetch` raises, if there is none."""
        text, end = self._kept.get(account, ("", 0.0))
        if text and monotonic() < end:
            return Bearer(text, is_fresh=False)
        token = fetch()
        self._kept = {account: (token.text, monotonic() + token.seconds - SPARE_SECONDS)}
        return Bearer(token.text, is_fresh=True)

    def judge(self, bearer: Bearer) -> FirstJudge:
        """What it means if a token is not accepted that was: the next attempt fetches another."""

        def first(answer: http.Answer, told: Any) -> Attempt | None:
            if answer.status != UNAUTHORISED or bearer.is_fresh:
                return None
            self._kept = {}
            why = "It does not accept the hub's token any more; another one is fetched"
            return Attempt(Outcome.FAILED, why, answer.status, answer.duration_ms)

        return first
