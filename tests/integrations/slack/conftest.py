"""A Slack, a hub connected to it, and workflows that use it."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from accounts.models import User
from incidents.memberships import grant
from incidents.models import Incident
from integrations.connections import connect
from integrations.models import Connection
from integrations.slack.account import SETTINGS
from tests.conftest import SYSTEM
from tests.integrations.slack.fake import TOKEN, FakeSlack, fake_slack
from tests.workflows.passing import come_due
from tests.workflows.writing import severity
from workflows.models import CallState, Effect

SIGNING_SECRET = "8f742231b10e8888abcd99yyyzzz85a5"


@pytest.fixture
def slack(hub: None) -> Iterator[FakeSlack]:
    """A Slack the hub is connected to."""
    with fake_slack() as slack:
        connected(slack)
        yield slack


def connected(slack: FakeSlack, **values: str) -> Connection:
    """The hub's connection to a Slack."""
    known = {"bot_token": TOKEN, "signing_secret": SIGNING_SECRET, "api_url": slack.api_url}
    return connect(SYSTEM, "slack", SETTINGS, name="Slack", values=known | values)


@pytest.fixture
def settle(drain: Callable[[], None]) -> Callable[[], None]:
    """`settle()`: the background works, and whatever waits for its time has reached it, until nothing waits."""

    def go() -> None:
        drain()
        for _ in range(12):
            if not Effect.objects.filter(state=CallState.PENDING).exists():
                return
            come_due()
            drain()

    return go


def outcomes(effect: Effect) -> list[Any]:
    """How each attempt of a call ended."""
    return [entry["outcome"] for entry in effect.log]


@pytest.fixture
def incident(declare: Callable[..., Incident]) -> Incident:
    """A public incident without a channel."""
    return declare(name="Checkout is down!", severity_id=severity("Major"))


@pytest.fixture
def private(declare: Callable[..., Incident], nora: User) -> Incident:
    """A private incident only Nora may see."""
    incident = declare(name="Someone read our mail", visibility="private", severity_id=severity("Critical"))
    grant(SYSTEM, incident.pk, nora.pk)
    return incident
