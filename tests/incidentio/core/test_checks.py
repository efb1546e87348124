"""`check --deploy` knows whether rate limits are counted right."""

from typing import Any

import pytest

from incidentio.core.checks import check_rate_limits

BACKENDS = "django.core.cache.backends"
REDIS = f"{BACKENDS}.redis.RedisCache"


@pytest.mark.parametrize(
    ("production", "processes", "backend", "warned"),
    [
        (False, 1, f"{BACKENDS}.locmem.LocMemCache", []),
        (False, 2, f"{BACKENDS}.locmem.LocMemCache", ["incidentio.W001"]),
        (True, 1, f"{BACKENDS}.locmem.LocMemCache", ["incidentio.W001"]),
        (True, 1, f"{BACKENDS}.dummy.DummyCache", ["incidentio.W001"]),
        (True, 2, f"{BACKENDS}.filebased.FileBasedCache", ["incidentio.W002"]),
        (True, 2, f"{BACKENDS}.db.DatabaseCache", ["incidentio.W002"]),
        (True, 4, REDIS, []),
    ],
)
def test_several_processes_need_a_shared_cache_that_counts(
    settings: Any, production: bool, processes: int, backend: str, warned: list[str]
) -> None:
    settings.PRODUCTION, settings.WEB_PROCESSES = production, processes
    settings.CACHES = {"default": {"BACKEND": backend, "LOCATION": "redis://127.0.0.1:1" if backend == REDIS else "x"}}
    assert [warning.id for warning in check_rate_limits(None)] == warned
