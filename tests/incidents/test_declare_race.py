"""One key, one incident: 64 callers at once, over several processes."""

import json
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from http.client import HTTPConnection
from urllib.parse import urlsplit

import pytest

from events.models import Event
from incidents.models import Declaration, Incident
from tests.conftest import ApiClient
from tests.processes import web_server

CALLERS = 64


def post(url: str, token: str, body: dict[str, str]) -> tuple[int, str | None, bytes]:
    """Declare over a connection of its own: status, whether replayed, body."""
    connection = HTTPConnection(urlsplit(url).netloc, timeout=60)
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
    connection.request("POST", "/v1/incidents", json.dumps(body), headers)
    answer = connection.getresponse()
    content = answer.read()
    connection.close()
    return answer.status, answer.headers.get("Idempotent-Replayed"), content


@pytest.mark.django_db(transaction=True)
def test_sixty_four_callers_with_one_key_get_one_incident(api: Callable[..., ApiClient]) -> None:
    token = api("incident_creator").token or ""
    same = {"idempotency_key": "storm", "visibility": "public", "name": "Checkout is down"}
    with web_server(processes=3) as url, ThreadPoolExecutor(CALLERS) as callers:
        answers = list(callers.map(lambda _: post(url, token, same), range(CALLERS)))
        _, _, another = post(url, token, same | {"idempotency_key": "another"})
    assert {status for status, _, _ in answers} == {200}
    assert Counter(replayed for _, replayed, _ in answers) == {None: 1, "true": CALLERS - 1}
    assert len({content for _, _, content in answers}) == 1
    assert Incident.objects.count() == Declaration.objects.count() == 2
    first, second = (json.loads(content)["incident"]["reference"] for content in (answers[0][2], another))
    assert int(second[4:]) == int(first[4:]) + 1


@pytest.mark.django_db(transaction=True)
def test_numbers_are_unique_and_rising_when_different_keys_arrive_at_once(api: Callable[..., ApiClient]) -> None:
    token = api("incident_creator").token or ""
    with web_server(processes=3) as url, ThreadPoolExecutor(16) as callers:
        bodies = [{"idempotency_key": f"alert-{n}", "visibility": "public"} for n in range(48)]
        answers = list(callers.map(lambda body: post(url, token, body), bodies))
    assert {status for status, _, _ in answers} == {200}
    numbers = sorted(Incident.objects.values_list("number", flat=True))
    assert numbers == list(range(numbers[0], numbers[0] + 48))
    assert Event.objects.filter(type="incident.created").count() == 48
