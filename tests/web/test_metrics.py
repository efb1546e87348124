"""Prometheus reads how long work waits."""

from collections.abc import Callable
from datetime import timedelta

from django.test import Client
from django.utils import timezone
from prometheus_client.parser import text_string_to_metric_families

from incidents.models import Incident
from tests.conftest import SYSTEM, ApiClient
from tests.receiver import answer, receiving
from tests.workflows.asking import NOTE, ask, on
from workflows import leases
from workflows.models import EventType, WorkflowRun
from workflows.sweeper import LEASE
from workflows.webhooks import create_endpoint

Api = Callable[..., ApiClient]
Run = Callable[[], None]


def samples(client: ApiClient) -> dict[tuple[str, ...], float]:
    """The numbers, by their names and labels."""
    answer = client.get("/metrics")
    assert answer.status_code == 200
    families = text_string_to_metric_families(answer.content.decode())
    return {(sample.name, *sample.labels.values()): sample.value for family in families for sample in family.samples}


def test_numbers_need_a_key(client: Client, api: Api) -> None:
    assert client.get("/metrics").status_code == 401
    assert client.get("/metrics", headers={"authorization": "Bearer inc_nobodys"}).status_code == 401
    assert api().get("/metrics")["Content-Type"].startswith("text/plain")


def test_they_tell_how_long_the_oldest_work_has_waited(api: Api, declare: Callable[..., Incident]) -> None:
    on("incident.created", steps=[NOTE])
    declare()
    ask()
    WorkflowRun.objects.update(due_at=timezone.now() - timedelta(minutes=2))
    told = samples(api())
    assert 120 <= told["incidentio_oldest_due_seconds", "runs"] < 180
    assert told["incidentio_oldest_due_seconds", "deliveries"] == 0
    assert told["incidentio_work", "runs", "pending"] == 1


def test_they_tell_whether_the_worker_is_there(api: Api) -> None:
    assert samples(api())["incidentio_worker_up",] == 0
    leases.hold(LEASE, "a worker", 60)
    assert samples(api())["incidentio_worker_up",] == 1


def test_they_tell_how_those_the_hub_calls_fare(api: Api, declare: Callable[..., Incident], drain: Run) -> None:
    with receiving() as receiver:
        create_endpoint(SYSTEM, name="Data", url=receiver.url, event_types=[EventType.PUBLIC_CREATED])
        receiver.script = [answer(200), answer(429, retry_after="90")]
        declare()
        declare()
        drain()
    told = samples(api())
    assert told["incidentio_outbound_calls", "done", "127.0.0.1"] == 1
    assert told["incidentio_outbound_calls", "pending", "127.0.0.1"] == 1
    assert told["incidentio_outbound_attempts", "127.0.0.1"] == 2
    longest = told["incidentio_outbound_seconds_max", "127.0.0.1"]
    assert 0 <= told["incidentio_outbound_seconds_mean", "127.0.0.1"] <= longest < 5
    assert 60 < told["incidentio_outbound_resting_seconds", "127.0.0.1"] <= 90
