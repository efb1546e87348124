"""Rate limits per key: fixed windows of a minute, counted in the cache.

The count is right over several web processes where they share a cache whose `incr` is atomic; of Django's backends
that is Redis and Memcached (the file and database caches read, add and write back). `check --deploy` says so.
"""

import time
from dataclasses import dataclass
from datetime import UTC, datetime

import structlog
from django.conf import settings
from django.core.cache import cache
from django.http import HttpResponse
from redis.exceptions import RedisError

from incidentio.core.errors import RateLimit, TooManyRequests
from incidentio.core.permissions import Caller
from incidentio.core.times import rfc3339

log = structlog.get_logger(__name__)

WINDOW_SECONDS = 60
CACHE_PAUSE_SECONDS = 5


@dataclass(frozen=True)
class Allowance:
    """What is left of a key's window; `reset` in unix seconds."""

    limit: int
    used: int
    reset: int

    def stamp(self, response: HttpResponse) -> None:
        """Put the documented headers on `response` (API behaviour, section 3)."""
        response["X-RateLimit-Limit"] = str(self.limit)
        response["X-RateLimit-Remaining"] = str(self.limit - min(self.used, self.limit))
        response["X-RateLimit-Used"] = str(min(self.used, self.limit))
        response["X-RateLimit-Reset"] = str(self.reset)


class Counters:
    """Counters in the cache. While it cannot be reached nobody is limited: better an incident than a limit."""

    def __init__(self) -> None:
        self._ask_again_at = 0.0

    def count(self, counter: str) -> int:
        """One more on `counter`, atomically; the number there now, 0 if the cache cannot be reached."""
        if time.monotonic() < self._ask_again_at:
            return 0
        try:
            return self._add_one(counter)
        except RedisError as error:
            log.warning("rate_limits_suspended", seconds=CACHE_PAUSE_SECONDS, error=str(error))
            self._ask_again_at = time.monotonic() + CACHE_PAUSE_SECONDS
            return 0

    def _add_one(self, counter: str) -> int:
        while True:
            try:
                return cache.incr(counter)
            except ValueError:  # nobody counted in this window yet
                if cache.add(counter, 1, timeout=WINDOW_SECONDS * 2):
                    return 1


counters = Counters()


def spend(caller: Caller) -> Allowance:
    """Count one request of `caller` in this minute's window."""
    window = int(time.time()) // WINDOW_SECONDS
    limit = caller.rate_limit or settings.API_RATE_LIMIT
    used = counters.count(f"rate:{caller.id}:{window}")
    return Allowance(limit, used, (window + 1) * WINDOW_SECONDS)


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
