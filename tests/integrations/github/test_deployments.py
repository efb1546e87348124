"""Deployments GitHub tells of stand on the incidents they matter to, once, and say how they go."""

import json
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.http import HttpResponse
from django.test import Client
from django.utils import timezone

from catalog.models import IncidentStatus
from events.models import Event
from incidents.attachments import detach
from incidents.models import Attachment, Incident
from integrations.connections import change_connection
from integrations.github.account import SETTINGS
from integrations.github.deployments import news_of
from integrations.models import Connection, RemoteObject
from tests.conftest import SYSTEM
from tests.incidents.folding import folded, stored
from tests.integrations.github.site import payload
from tests.integrations.signing import FORGED, signed
from tests.workflows.steps.doing import doing
from workflows.registry import STEPS

Tell = Callable[..., HttpResponse]
URL = "https://github.com/acme/shop/commit/f95f852bd8fca8fcc58a9a2d6c842781e32a215e#deployment-145988746"


def setting(connection: Connection, **said: str) -> None:
    values = connection.settings | said
    change_connection(SYSTEM, connection, SETTINGS, name=connection.name, values=values)


@pytest.fixture
def shown(connection: Connection, incident: Incident) -> Incident:
    """An incident in triage, where deployments are shown on those."""
    setting(connection, deployments="on")
    return incident


@pytest.fixture
def tell(connection: Connection) -> Tell:
    """`tell("success", ref="main")`: GitHub tells that a deployment succeeded, so many seconds from now."""

    def send(
        state: str | None = "success",
        seconds: float = 0,
        number: int = 1,
        at: datetime | None = None,
        **said: Any,
    ) -> HttpResponse:
        told = news(state, at or timezone.now() + timedelta(seconds=seconds), number, **said)
        body = json.dumps(told).encode()
        headers = {
            "X-GitHub-Event": "deployment" if state is None else "deployment_status",
            "X-Hub-Signature-256": signed(body),
        }
        return Client().post(f"/hooks/github/{connection.pk}", body, content_type="application/json", headers=headers)

    return send


def news(state: str | None, at: datetime, number: int, **said: Any) -> dict[str, Any]:
    told: dict[str, Any] = payload("deployment_status")
    told["deployment"] |= said | {"created_at": at.isoformat()}
    told["deployment_status"] |= {"state": state, "updated_at": at.isoformat(), "id": number}
    told["deployment_status"]["environment"] = told["deployment"]["environment"]
    if state is None:
        del told["deployment_status"]
    return told


def titles(incident: Incident) -> list[str]:
    return list(Attachment.objects.filter(incident=incident).values_list("title", flat=True))


def test_a_deployment_stands_on_incidents_that_go_on(tell: Tell, shown: Incident) -> None:
    told = tell()
    assert (told.status_code, told.json()) == (200, {"message": "Noted"})
    attachment = Attachment.objects.get(incident=shown)
    assert (attachment.permalink, attachment.title) == (URL, "acme/shop main@f95f852 to production: done")
    event = Event.objects.get(type="incident.attachment_added")
    assert (event.actor_kind, event.actor_label) == ("system", "GitHub (ada)")


def test_it_stands_there_once_and_says_how_it_goes(tell: Tell, shown: Incident) -> None:
    for number, state in enumerate([None, "queued", "in_progress", "in_progress", "failure", "failure"]):
        tell(state, seconds=number - 10, number=number)
    assert titles(shown) == ["acme/shop main@f95f852 to production: failed"]
    types = list(Event.objects.filter(type__startswith="incident.att").order_by("id").values_list("type", flat=True))
    assert types == ["incident.attachment_added", "incident.attachment_updated", "incident.attachment_updated"]
    assert folded(shown) == stored(shown)


def test_statuses_out_of_order_end_with_the_latest(tell: Tell, shown: Incident) -> None:
    tell("success", seconds=-1, number=3)
    tell("in_progress", seconds=-5, number=2)
    tell(None, seconds=-9)
    assert titles(shown) == ["acme/shop main@f95f852 to production: done"]


def test_of_one_second_the_later_status_counts(tell: Tell, shown: Incident) -> None:
    at = timezone.now()
    for number, state in [(8, "success"), (7, "in_progress")]:
        tell(state, at=at, number=number)
    assert titles(shown) == ["acme/shop main@f95f852 to production: done"]


def test_what_is_replaced_by_a_later_one_stays_as_it_ended(tell: Tell, shown: Incident) -> None:
    tell("success", seconds=-2)
    tell("inactive", number=2)
    assert titles(shown) == ["acme/shop main@f95f852 to production: done"]


@pytest.mark.parametrize(
    ("values", "environment", "count"),
    [
        ({"deployments": "off"}, "production", 0),
        ({"deployments": "on"}, "production", 1),
        ({"deployments": "on"}, "Production", 1),
        ({"deployments": "on"}, "staging", 0),
        ({"deployments": "on"}, "", 0),
        ({"deployments": "on", "environments": "eu, us"}, "us", 1),
        ({"deployments": "on", "environments": "eu, us"}, "production", 0),
    ],
)
def test_the_connection_says_which_matter(
    tell: Tell, connection: Connection, incident: Incident, values: dict[str, str], environment: str, count: int
) -> None:
    setting(connection, **values)
    tell(environment=environment)
    assert len(titles(incident)) == count


@pytest.mark.parametrize(("minutes_before", "minutes", "count"), [("", 50, 1), ("", 70, 0), ("240", 70, 1)])
def test_what_was_long_before_is_not_suspected(
    tell: Tell, connection: Connection, shown: Incident, minutes_before: str, minutes: int, count: int
) -> None:
    setting(connection, minutes_before=minutes_before)
    tell(seconds=-60 * minutes)
    assert len(titles(shown)) == count


@pytest.mark.parametrize(
    "said",
    [
        {"ref": "hotfix/inc-{}"},
        {"description": "Fixes INC-{}."},
        {"task": "deploy:INC-{}"},
        {"payload": {"why": ["INC-{}"]}},
        {"payload": "INC-{} and INC-999999"},
    ],
)
def test_an_incident_that_is_named_shows_it(tell: Tell, incident: Incident, said: dict[str, Any]) -> None:
    tell(environment="staging", **json.loads(json.dumps(said).replace("{}", str(incident.number))))
    assert len(titles(incident)) == 1


def test_what_only_looks_like_a_name_is_none(tell: Tell, incident: Incident) -> None:
    tell(description=f"ZINC-{incident.number} INC-{incident.number}9 INC{incident.number}")
    assert titles(incident) == []


def test_nobody_outside_learns_of_a_private_incident(tell: Tell, incident: Incident, private: Incident) -> None:
    answers = [tell(description=f"INC-{number}").content for number in (private.number, incident.number, 987654)]
    assert (len(set(answers)), len(titles(private))) == (1, 1)


@pytest.mark.parametrize(("category", "count"), [("live", 1), ("learning", 0), ("closed", 0)])
def test_what_is_over_is_left_alone(tell: Tell, shown: Incident, category: str, count: int) -> None:
    Incident.objects.update(incident_status=IncidentStatus.objects.filter(category=category).first())
    tell()
    assert len(titles(shown)) == count


def test_tests_are_left_alone(tell: Tell, shown: Incident) -> None:
    Incident.objects.update(mode="test")
    tell()
    assert titles(shown) == []


def test_what_somebody_took_off_stays_off(tell: Tell, shown: Incident) -> None:
    tell("in_progress", seconds=-2)
    detach(SYSTEM, Attachment.objects.get(incident=shown))
    tell("success", number=2)
    assert titles(shown) == []


@pytest.mark.parametrize("forgery", FORGED)
def test_a_forger_shows_nothing(connection: Connection, shown: Incident, forgery: str) -> None:
    body = json.dumps(news("success", timezone.now(), 1)).encode()
    said = FORGED[forgery](body)
    headers = {"X-GitHub-Event": "deployment_status"} | ({} if said is None else {"X-Hub-Signature-256": said})
    path = f"/hooks/github/{connection.pk}"
    told = Client().post(path, body, content_type="application/json", headers=headers)
    assert (told.status_code, titles(shown)) == (401, [])


@pytest.mark.parametrize(
    "told",
    [
        None,
        [],
        {},
        {"deployment": 7},
        payload("deployment_status") | {"deployment": {"id": "x"}},
        payload("deployment_status") | {"repository": {}},
        payload("deployment_status") | {"repository": {"full_name": "acme/shop", "html_url": "javascript:alert(1)//"}},
        payload("deployment_status") | {"repository": {"full_name": "acme/shop", "html_url": "https://x.example/ a"}},
        payload("deployment_status") | {"deployment_status": {"state": "fine", "updated_at": "2026-11-20T15:20:55Z"}},
        payload("deployment_status") | {"deployment_status": {"state": "success", "updated_at": "soon"}},
        payload("deployment_status") | {"deployment_status": {"state": ["success"]}},
    ],
)
def test_odd_news_is_none(told: Any) -> None:
    assert news_of(told) is None


def test_a_commit_is_named_once() -> None:
    told = payload("deployment_status")
    told["deployment"]["ref"] = told["deployment"]["sha"]
    found = news_of(told)
    assert found is not None
    assert found.title == "acme/shop f95f852 to production: done"


def test_a_step_attaches_what_was_deployed_before(tell: Tell, declare: Callable[..., Incident]) -> None:
    tell("success", seconds=-600)
    incident = declare(name="Checkout is down")
    step = STEPS["github.attach_deployments"]
    assert step.do is not None
    assert [step.do(doing(incident), {}) for _ in range(2)] == ["Attached 1 deployment", "Attached 0 deployments"]
    assert titles(incident) == ["acme/shop main@f95f852 to production: done"]


def test_what_is_old_is_forgotten(tell: Tell, incident: Incident) -> None:
    tell()
    RemoteObject.objects.update(created_at=timezone.now() - timedelta(days=31))
    tell(id=2)
    assert RemoteObject.objects.get().remote_id == "2"
