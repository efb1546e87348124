"""Prometheus reads how long work waits."""

from collections.abc import Callable
from datetime import timedelta

from django.test import Client
from django.utils import timezone
from prometheus_client.parser import text_string_to_metric_families

from incidents.models import Incident
from tests.conftest import ApiClient
from tests.workflows.asking import NOTE, ask, on
from workflows import leases
from workflows.models import WorkflowRun
from workflows.sweeper import LEASE

Api = Callable[..., ApiClient]


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
