"""Rate limits per key: fixed windows of a minute, counted in the cache (shared when several processes serve)."""

import time
from dataclasses import dataclass
from datetime import UTC, datetime

from django.conf import settings
from django.core.cache import cache
from django.http import HttpResponse

from incidentio.core.errors import RateLimit, TooManyRequests
from incidentio.core.permissions import Caller
from incidentio.core.times import rfc3339

WINDOW_SECONDS = 60


@dataclass(frozen=True)
class Allowance:
    """What is left of a key's window; `reset` in unix seconds."""

    limit: int
    used: int
    reset: int

    def stamp(self, response: HttpResponse) -> None:
        """Put the documented headers on `response` (API behaviour, section 3)."""
        response["X-RateLimit-Limit"] = str(self.limit)
        response["X-RateLimit-Remaining"] = str(max(0, self.limit - self.used))
        response["X-RateLimit-Used"] = str(self.used)
        response["X-RateLimit-Reset"] = str(self.reset)


def _count(counter: str) -> int:
    """One more request on `counter`, atomically in the cache; the number there now."""
    if cache.add(counter, 1, timeout=WINDOW_SECONDS * 2):
        return 1
    try:
        return cache.incr(counter)
    except ValueError:  # evicted between the two calls: the window begins anew
        cache.set(counter, 1, timeout=WINDOW_SECONDS * 2)
        return 1


def spend(caller: Caller) -> Allowance:
    """Count one request of `caller` in this minute's window."""
    window = int(time.time()) // WINDOW_SECONDS
    limit = caller.rate_limit or settings.API_RATE_LIMIT
    used = _count(f"rate:{caller.id}:{window}")
    return Allowance(limit, min(used, limit) if used <= limit else used, (window + 1) * WINDOW_SECONDS)


def refuse_over_limit(caller: Caller, allowance: Allowance) -> None:
    """Raise `TooManyRequests` if `allowance` is overdrawn."""
    if allowance.used <= allowance.limit:
        return
    seconds = max(1, allowance.reset - int(time.time()))
    raise TooManyRequests(
        RateLimit(
            name=caller.name,
            limit=allowance.limit,
            remaining=0,
            retry_after=rfc3339(datetime.fromtimestamp(allowance.reset, UTC)),
            retry_after_seconds=seconds,
        )
    )
