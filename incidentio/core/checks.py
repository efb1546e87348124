"""What `manage.py check --deploy` says of rate limits."""

from typing import Any

from django.conf import settings
from django.core.cache import caches
from django.core.cache.backends.base import BaseCache
from django.core.cache.backends.dummy import DummyCache
from django.core.cache.backends.locmem import LocMemCache
from django.core.checks import CheckMessage, Warning

HINT = "Set CACHE_URL to a Redis, as in redis://cache.internal:6379/0"


def check_rate_limits(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    """Whether each key's requests are counted right over all the processes that serve the API."""
    if settings.WEB_PROCESSES <= 1 and not settings.PRODUCTION:
        return []
    cache = caches["default"]
    if isinstance(cache, LocMemCache | DummyCache):
        message = "Every web process counts for itself, so a key may do its rate limit once per process."
        return [Warning(message, hint=HINT, id="incidentio.W001")]
    if type(cache).incr is BaseCache.incr:
        message = "This cache cannot count atomically, so requests that arrive at once may be counted as one."
        return [Warning(message, hint=HINT, id="incidentio.W002")]
    return []
