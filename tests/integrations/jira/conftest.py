"""A Jira that is connected, incidents, and the passing of time."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from incidents.follow_ups import create_follow_up
from incidents.models import FollowUp, Incident
from integrations.connections import connect
from integrations.jira.account import SETTINGS
from integrations.models import Connection, RemoteObject
from tests.conftest import SYSTEM
from tests.integrations.jira.site import JiraSite
from tests.integrations.standing_in import standing
from workflows.models import Effect, Target, WorkflowRun
from workflows.sweeper import wake_overdue_effects, wake_overdue_runs

SECRET = "a phrase nobody guesses"


def account_at(site: JiraSite, **said: str) -> Connection:
    """The hub's account at a Jira."""
    values = {"site": site.url, "token": "hunter2", "project": "OPS", "webhook_secret": SECRET}
    values |= {"email": "omar@example.com"} if site.cloud else {"deployment": "server"}
    return connect(SYSTEM, "jira", SETTINGS, name="Jira", values=values | said)


@pytest.fixture
def site() -> Iterator[JiraSite]:
    with standing(JiraSite()) as site:
        yield site


@pytest.fixture
def connection(site: JiraSite) -> Connection:
    return account_at(site)


@pytest.fixture
def incident(declare: Callable[..., Incident]) -> Incident:
    return declare(name="Checkout is down", summary="Nobody can pay")


@pytest.fixture
def follow_up(incident: Incident) -> FollowUp:
    return create_follow_up(SYSTEM, incident.pk, title="Add an alert", description="On failed payments")


@pytest.fixture
def later(drain: Callable[[], None]) -> Callable[[], None]:
    """`later()`: whatever waits for its time has reached it, also what a search index waits for."""

    def go() -> None:
        for claim in RemoteObject.objects.filter(kind="issue_claim"):
            tried_at = timezone.now() - timedelta(seconds=30)
            claim.state = claim.state | {"tried_at": tried_at.isoformat()}
            claim.save()
        WorkflowRun.objects.update(due_at=timezone.now())
        Effect.objects.update(due_at=timezone.now())
        Target.objects.update(held_until=None)
        wake_overdue_effects()
        wake_overdue_runs()
        drain()

    return go


def values_of(row: Any) -> dict[str, Any]:
    """The columns of a row."""
    return {field.attname: getattr(row, field.attname) for field in row._meta.concrete_fields}
