"""Endpoints that fail for days are switched off, and the administrators hear of it."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
import structlog
from django.utils import timezone
from django_tasks_db.models import DBTaskResult

from accounts.models import User
from events.models import Event
from incidents.models import Incident
from tests.conftest import SYSTEM
from tests.mailbox import Mailbox, serving
from tests.receiver import Receiver, answer
from workflows.failing import LONGEST_FAILING, tell, wake_untold
from workflows.models import WebhookEndpoint
from workflows.webhooks import NewEndpoint, create_endpoint, update_endpoint

Declare = Callable[..., Incident]
Run = Callable[[], None]


@pytest.fixture
def mailbox(settings: Any) -> Iterator[Mailbox]:
    with serving() as mailbox:
        settings.MAIL_SERVER = mailbox.settings
        settings.EMAIL_FROM = "Incidents <incidents@example.com>"
        yield mailbox


@pytest.fixture
def failing(warehouse: Receiver) -> Receiver:
    """A receiver that has answered nothing well for as long as it may."""
    warehouse.script = [answer(500)] * 20
    WebhookEndpoint.objects.update(failing_since=timezone.now() - LONGEST_FAILING)
    return warehouse


@pytest.fixture
def untold(endpoint: NewEndpoint) -> WebhookEndpoint:
    """An endpoint that was switched off, of which nobody was told."""
    WebhookEndpoint.objects.update(enabled=False, failing_since=timezone.now() - LONGEST_FAILING)
    return endpoint.endpoint


def only() -> WebhookEndpoint:
    return WebhookEndpoint.objects.get()


def test_it_is_remembered_since_when_an_endpoint_fails(
    warehouse: Receiver, declare: Declare, drain: Run, later: Run
) -> None:
    warehouse.script = [answer(500), answer(500)]
    declare()
    drain()
    since = only().failing_since
    assert since is not None
    later()
    assert only().failing_since == since
    later()
    assert only().failing_since is None
    assert only().enabled


def test_after_five_days_of_failing_it_is_switched_off(
    failing: Receiver, declare: Declare, drain: Run, omar: User, nora: User, mailbox: Mailbox
) -> None:
    declare()
    declare()
    drain()
    assert not only().enabled
    assert len(failing.arrivals) == 1
    event = Event.objects.get(type="webhook_endpoint.disabled")
    assert (event.actor_kind, event.changes) == ("system", {"enabled": [True, False]})
    assert mailbox.recipients == [omar.email]
    (letter,) = mailbox.arrived
    assert letter["Subject"] == "The webhook endpoint Warehouse was switched off"


def test_before_that_it_is_not(failing: Receiver, declare: Declare, drain: Run) -> None:
    WebhookEndpoint.objects.update(failing_since=timezone.now() - LONGEST_FAILING + timedelta(minutes=1))
    declare()
    drain()
    assert only().enabled


def test_one_good_answer_starts_it_afresh(failing: Receiver, declare: Declare, drain: Run) -> None:
    failing.script = []
    declare()
    drain()
    assert (only().enabled, only().failing_since) == (True, None)


def test_an_endpoint_the_hub_may_not_call_fails(
    warehouse: Receiver, declare: Declare, drain: Run, settings: Any
) -> None:
    settings.OUTBOUND_ALLOW = []
    declare()
    drain()
    assert only().failing_since is not None


@pytest.mark.parametrize("change", [{"url": "https://other.example.com/"}, {"enabled": False}])
def test_what_a_person_changes_starts_it_afresh(endpoint: NewEndpoint, change: dict[str, Any]) -> None:
    WebhookEndpoint.objects.update(failing_since=timezone.now())
    row = only()
    said = {"name": "New", "url": row.url, "event_types": row.event_types, "enabled": True}
    update_endpoint(SYSTEM, row, **said)
    assert only().failing_since is not None
    update_endpoint(SYSTEM, row, **(said | change))
    assert only().failing_since is None


def test_the_letter_names_no_path(untold: WebhookEndpoint, omar: User, mailbox: Mailbox) -> None:
    tell.func(untold.pk)
    body = mailbox.arrived[0].get_body(["plain"])
    assert body is not None
    assert "Warehouse" in body.get_content()
    assert "/hooks" not in body.get_content()


def test_a_mail_server_that_is_away_is_asked_again(untold: WebhookEndpoint, omar: User, mailbox: Mailbox) -> None:
    mailbox.answers = ["451 Try later"]
    tell.func(untold.pk)
    assert only().failing_since is not None
    tell.func(untold.pk)
    tell.func(untold.pk)
    assert only().failing_since is None
    assert mailbox.recipients == [omar.email]


def test_one_address_that_is_refused_keeps_the_others_from_nothing(
    untold: WebhookEndpoint, omar: User, mailbox: Mailbox
) -> None:
    mailbox.refused[omar.email] = "550 No such user"
    with structlog.testing.capture_logs() as logs:
        tell.func(untold.pk)
    assert [line["reason"] for line in logs if line["event"] == "administrators_untold"] == ["550 No such user"]
    assert only().failing_since is None


def test_without_a_mail_server_the_log_tells(untold: WebhookEndpoint, omar: User, settings: Any) -> None:
    settings.MAIL_SERVER = None
    with structlog.testing.capture_logs() as logs:
        tell.func(untold.pk)
    assert [line["event"] for line in logs] == ["administrators_untold"]
    assert only().failing_since is None


def test_what_was_not_told_is_found(untold: WebhookEndpoint, omar: User, mailbox: Mailbox, drain: Run) -> None:
    create_endpoint(SYSTEM, name="Well", url=untold.url, event_types=untold.event_types)
    DBTaskResult.objects.all().delete()
    wake_untold()
    drain()
    wake_untold()
    drain()
    assert mailbox.recipients == [omar.email]


def test_a_name_in_the_letter_is_no_markup(untold: WebhookEndpoint, omar: User, mailbox: Mailbox) -> None:
    WebhookEndpoint.objects.update(name="<b>{since}</b>")
    tell.func(untold.pk)
    html = mailbox.arrived[0].get_body(["html"])
    assert html is not None
    assert "&lt;b&gt;{since}&lt;/b&gt;" in html.get_content()
