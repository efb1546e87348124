"""Monitoring and load balancers ask whether the hub is well."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

from django.db import connection
from django.test import Client
from django.utils import timezone

from incidents.models import Incident
from tests.processes import free_port
from tests.workflows.asking import NOTE, ask, on
from workflows import leases
from workflows.models import WorkflowRun
from workflows.sweeper import LEASE


def lose_the_database() -> None:
    """Let this thread's connection lead nowhere."""
    nowhere = {"HOST": "127.0.0.1", "PORT": free_port(), "NAME": "/none/none"}
    connection.settings_dict = connection.settings_dict | nowhere


def test_without_a_worker_the_hub_is_alive_but_not_well(client: Client):
    assert client.get("/livez").json() == {"status": "well"}
    answer = client.get("/healthz")
    assert (answer.status_code, answer.json()) == (503, {"status": "unwell", "unwell": "worker"})


def test_with_a_worker_it_is_well(client: Client):
    leases.hold(LEASE, "a worker", 60)
    ask()
    answer = client.get("/healthz")
    assert (answer.status_code, answer.json()["status"]) == (200, "well")
    assert "no-store" in answer.headers["Cache-Control"]


def test_it_tells_how_long_work_waits(client: Client, declare: Callable[..., Incident]):
    leases.hold(LEASE, "a worker", 60)
    on("incident.created", steps=[NOTE])
    declare()
    ask()
    WorkflowRun.objects.update(due_at=timezone.now() - timedelta(minutes=2))
    answer = client.get("/healthz")
    assert answer.status_code == 200
    assert 120 <= answer.json()["oldest_due_seconds"]["runs"] < 180


def test_with_work_that_waits_for_too_long_it_is_not_well(client: Client, declare: Callable[..., Incident]):
    leases.hold(LEASE, "a worker", 60)
    on("incident.created", steps=[NOTE])
    declare()
    ask()
    WorkflowRun.objects.update(due_at=timezone.now() - timedelta(minutes=6))
    answer = client.get("/healthz")
    assert (answer.status_code, answer.json()["unwell"]) == (503, "queue")
    assert answer.json()["oldest_due_seconds"]["runs"] >= 360


def test_without_a_database_it_is_not_alive_either(client: Client):
    with ThreadPoolExecutor(1, initializer=lose_the_database) as thread:
        for path in ("/livez", "/healthz"):
            answer = thread.submit(client.get, path).result()
            assert (answer.status_code, answer.json()) == (503, {"status": "unwell", "unwell": "database"})


def test_any_host_name_will_do_and_plain_http(client: Client, settings):
    settings.ALLOWED_HOSTS = ["hub.example.com"]
    settings.SECURE_SSL_REDIRECT = True
    assert client.get("/livez", headers={"host": "10.0.0.5:8000"}).status_code == 200


def test_health_is_only_read(client: Client):
    assert client.post("/livez").status_code == 405
