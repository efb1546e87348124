"""Webhook endpoints and the log of deliveries in the admin."""

import re
from datetime import timedelta
from typing import Any

import pytest
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from incidents.models import Incident
from tests.conftest import SYSTEM
from tests.desk import Desk, errors
from workflows.models import CallState, Delivery, EventType, WebhookEndpoint
from workflows.webhooks import create_endpoint

SAID: dict[str, Any] = {"name": "Data", "url": "http://127.0.0.1:9/", "event_types": [EventType.PUBLIC_CREATED]}


def delivery(incident: Incident, state: str = CallState.NOT_DONE) -> Delivery:
    """A delivery of `incident` to a new endpoint."""
    endpoint = create_endpoint(SYSTEM, **SAID).endpoint
    return Delivery.objects.create(
        endpoint=endpoint,
        target=endpoint.target,
        event_type=EventType.PUBLIC_CREATED,
        event_id=incident.pk,
        incident_id=incident.pk,
        position=1,
        due_at=incident.created_at,
        state=state,
        attempts=8,
    )


def test_a_new_endpoint_shows_its_secret_once(desk: Desk) -> None:
    answer = desk.fill("workflows_webhookendpoint_add", **SAID)
    page = desk.client.get(answer["Location"]).content.decode()
    endpoint = WebhookEndpoint.objects.get()
    assert re.findall(r"whsec_[0-9A-Za-z+/=]+", page) == [endpoint.secret]
    assert desk.get("workflows_webhookendpoint_secret", endpoint.pk).status_code == 302
    assert endpoint.secret not in desk.get("workflows_webhookendpoint_change", endpoint.pk).content.decode()
    assert [event.type for event in desk.events()] == ["webhook_endpoint.created"]


def test_a_rotated_secret_is_shown_once(desk: Desk) -> None:
    made = create_endpoint(SYSTEM, **SAID)
    answer = desk.post("workflows_webhookendpoint_rotate", made.endpoint.pk, grace="30")
    page = desk.client.get(answer["Location"]).content.decode()
    endpoint = WebhookEndpoint.objects.get()
    assert re.findall(r"whsec_[0-9A-Za-z+/=]+", page) == [endpoint.secret]
    assert endpoint.old_secret == made.secret != endpoint.secret
    assert desk.get("workflows_webhookendpoint_secret", endpoint.pk).status_code == 302


@pytest.mark.parametrize(
    ("columns", "look"),
    [
        ({}, "Well"),
        ({"enabled": False}, "Switched off"),
        ({"failing_since": timezone.now()}, "Failing"),
        ({"old_secret_until": timezone.now() + timedelta(hours=1)}, "Rotating"),
    ],
)
def test_the_list_says_how_an_endpoint_fares(desk: Desk, columns: dict[str, Any], look: str) -> None:
    create_endpoint(SYSTEM, **SAID)
    WebhookEndpoint.objects.update(**columns)
    assert look in desk.get("workflows_webhookendpoint_changelist").content.decode()


def test_a_delivery_shows_what_was_sent_and_answered(desk: Desk, declare: Any) -> None:
    row = delivery(declare())
    entry = {"outcome": "failed", "status": 503, "request_headers": {"webhook-id": "msg_1"}, "answer": "<b>no</b>"}
    Delivery.objects.update(log=[entry | {"answer_headers": {"server": "nginx"}}], request_body='{"a": 1}')
    page = desk.get("workflows_delivery_change", row.pk).content.decode()
    for told in ("503", "webhook-id: msg_1", "server: nginx", "&lt;b&gt;no&lt;/b&gt;", "POST http://127.0.0.1:9/"):
        assert told in page


@pytest.mark.parametrize(
    ("said", "field"),
    [({"url": "http://169.254.169.254/"}, "url"), ({"event_types": None}, "event_types"), ({"name": " "}, "name")],
)
def test_what_is_refused_stands_beside_its_field(desk: Desk, said: dict[str, Any], field: str) -> None:
    assert list(errors(desk.fill("workflows_webhookendpoint_add", **(SAID | said)))) == [field]


def test_switching_off_is_one_event(desk: Desk) -> None:
    endpoint = create_endpoint(SYSTEM, **SAID).endpoint
    desk.fill("workflows_webhookendpoint_change", endpoint.pk, enabled=None)
    assert [event.changes["enabled"] for event in desk.events()] == [[True, False]]


def test_an_endpoint_is_archived_and_its_log_stays(desk: Desk, declare: Any) -> None:
    row = delivery(declare())
    desk.post("workflows_webhookendpoint_archive", row.endpoint_id)
    assert not desk.get("workflows_webhookendpoint_changelist").context["cl"].result_list
    assert row in desk.get("workflows_delivery_changelist").context["cl"].result_list


def test_a_delivery_is_sent_again(desk: Desk, declare: Any) -> None:
    row = delivery(declare())
    assert desk.post("workflows_delivery_resend", row.pk).status_code == 302
    row.refresh_from_db()
    assert (row.state, row.attempts) == (CallState.PENDING, 0)
    assert [event.type for event in desk.events()] == ["delivery.resent"]


def test_ticked_deliveries_are_sent_again(desk: Desk, declare: Any) -> None:
    rows = [delivery(declare()) for _ in range(2)]
    WebhookEndpoint.objects.filter(pk=rows[1].endpoint_id).update(enabled=False)
    said = {"action": "resend_selected", "_selected_action": [row.pk for row in rows]}
    page = desk.client.post(reverse("admin:workflows_delivery_changelist"), said, follow=True).content.decode()
    assert "Sending 1 again" in page
    assert "switched off" in page
    assert [event.subject_id for event in desk.events()] == [rows[0].pk]


def test_nothing_is_sent_again_to_an_endpoint_that_is_off(desk: Desk, declare: Any) -> None:
    row = delivery(declare())
    WebhookEndpoint.objects.update(enabled=False)
    assert b"switched off" in desk.post("workflows_delivery_resend", row.pk).content


def test_deliveries_of_a_hidden_incident_are_hidden(desk: Desk, declare: Any, nora: User) -> None:
    row = delivery(declare(nora.actor, visibility="private"))
    assert row not in desk.get("workflows_delivery_changelist").context["cl"].result_list
    assert desk.get("workflows_delivery_change", row.pk).status_code == 302
    assert desk.post("workflows_delivery_resend", row.pk).status_code == 404
