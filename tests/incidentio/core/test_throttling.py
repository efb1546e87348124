"""So many requests a minute for each key, whoever counts them."""

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.core.cache import cache

from incidentio.core import throttling
from tests.conftest import ApiClient
from tests.incidentio.core.redis_server import redis_server

ME = "/v1/identity"
NOON = 1_800_000_000  # a minute's first second
COUNT_100 = """
import django
django.setup()
from incidentio.core.throttling import counters
print(max(counters.count("rate:shared") for _ in range(100)))
"""


class Clock:
    """The time, standing still until it is moved."""

    now = float(NOON)

    def time(self) -> float:
        return self.now

    def monotonic(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Iterator[Clock]:
    cache.clear()
    clock = Clock()
    monkeypatch.setattr(throttling, "time", clock)
    monkeypatch.setattr(throttling, "counters", throttling.Counters())
    yield clock
    cache.clear()


def headers(answer: Any) -> tuple[str, ...]:
    return tuple(answer.headers[f"X-RateLimit-{name}"] for name in ("Limit", "Remaining", "Used", "Reset"))


def test_every_answer_says_what_is_left(api: Callable[..., ApiClient], clock: Clock) -> None:
    caller = api(rate_limit=3)
    clock.now += 20
    assert [headers(caller.get(ME)) for _ in range(3)] == [
        ("3", "2", "1", str(NOON + 60)),
        ("3", "1", "2", str(NOON + 60)),
        ("3", "0", "3", str(NOON + 60)),
    ]


def test_beyond_the_limit_the_answer_is_429_in_the_documented_form(api: Callable[..., ApiClient], clock: Clock) -> None:
    caller = api(rate_limit=1, name="Zendesk")
    caller.get(ME)
    clock.now += 20
    answer = caller.get(ME)
    body = answer.json()
    assert (answer.status_code, body["status"], body["type"]) == (429, 429, "too_many_requests")
    assert body["errors"][0]["code"] == "too_many_requests"
    assert body["rate_limit"] == {
        "name": "Zendesk",
        "limit": 1,
        "remaining": 0,
        "retry_after": "2027-01-15T08:01:00.000000Z",
    }
    assert answer.headers["Retry-After"] == "40"
    assert headers(answer) == ("1", "0", "1", str(NOON + 60))


def test_the_next_minute_begins_anew(api: Callable[..., ApiClient], clock: Clock) -> None:
    caller = api(rate_limit=1)
    assert [caller.get(ME).status_code for _ in range(2)] == [200, 429]
    clock.now += 60
    assert caller.get(ME).status_code == 200


def test_each_key_has_its_own_limit_and_the_others_the_installations(
    api: Callable[..., ApiClient], clock: Clock, settings: Any
) -> None:
    settings.API_RATE_LIMIT = 2
    hasty, patient = api(rate_limit=1), api()
    assert [hasty.get(ME).status_code for _ in range(2)] == [200, 429]
    assert [patient.get(ME).status_code for _ in range(3)] == [200, 200, 429]


def test_refused_requests_count_too(api: Callable[..., ApiClient], clock: Clock) -> None:
    caller = api(rate_limit=2)
    answers = [caller.get("/v1/severities") for _ in range(3)]
    assert [answer.status_code for answer in answers] == [403, 403, 429]
    assert headers(answers[0]) == ("2", "1", "1", str(NOON + 60))


def test_who_is_nobody_is_not_counted(anonymous: ApiClient, clock: Clock) -> None:
    answer = anonymous.get(ME)
    assert answer.status_code == 401
    assert "X-RateLimit-Limit" not in answer.headers


@pytest.fixture
def shared_cache(settings: Any) -> Iterator[Any]:
    with redis_server() as server:
        settings.CACHES = {
            "default": {
                "BACKEND": "django.core.cache.backends.redis.RedisCache",
                "LOCATION": "redis://{}:{}/0".format(*server.server_address),
            }
        }
        yield server


def test_processes_that_share_a_cache_count_together(shared_cache: Any) -> None:
    patient = "?socket_timeout=30&socket_connect_timeout=30"
    environment = os.environ | {
        "CACHE_URL": "redis://{}:{}/0".format(*shared_cache.server_address) + patient,
        "DJANGO_SETTINGS_MODULE": "incidentio.settings",
        "LOG_LEVEL": "WARNING",
    }
    processes = [
        subprocess.Popen([sys.executable, "-c", COUNT_100], env=environment, stdout=subprocess.PIPE) for _ in range(2)
    ]
    highest = [int(process.communicate(timeout=60)[0]) for process in processes]
    assert max(highest) == 200
    assert shared_cache.values == {b":1:rate:shared": 200}


def test_a_key_is_limited_over_a_shared_cache(
    api: Callable[..., ApiClient], monkeypatch: pytest.MonkeyPatch, shared_cache: Any
) -> None:
    monkeypatch.setattr(throttling, "time", Clock())
    caller = api(rate_limit=2)
    assert [caller.get(ME).status_code for _ in range(3)] == [200, 200, 429]


def test_while_the_shared_cache_is_gone_nobody_is_limited(
    api: Callable[..., ApiClient], clock: Clock, settings: Any
) -> None:
    settings.CACHES = {
        "default": {
            "BACKEND": "django.core.cache.backends.redis.RedisCache",
            "LOCATION": "redis://127.0.0.1:1/0",
        }
    }
    caller = api(rate_limit=1)
    assert [caller.get(ME).status_code for _ in range(3)] == [200, 200, 200]
    settings.CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache", "LOCATION": "back"}}
    clock.now += throttling.CACHE_PAUSE_SECONDS
    assert [caller.get(ME).status_code for _ in range(2)] == [200, 429]
