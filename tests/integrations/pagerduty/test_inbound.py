"""What PagerDuty's webhooks tell: signed, and an alert for each incident there."""

import hashlib
import hmac
import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from incidentio.core.errors import Invalid
from incidents.alert_events import receive
from incidents.models import Alert, AlertStatus, Incident
from integrations.base import Arrived, Forged
from integrations.pagerduty.inbound import parse, verify
from integrations.registry import INBOUND
from tests.incidents.alerting import source
from tests.integrations.recorded import post, source_of, tell

PAYLOADS = Path(__file__).parent / "payloads"
SECRET, OTHER = "NEhI4wuTQ2kr7TbiK4yCVTxkhq6B2tGi", "another secret"
BODY = (PAYLOADS / "incident.triggered.json").read_bytes()


def payload(name: str) -> Any:
    return json.loads((PAYLOADS / f"{name}.json").read_bytes())


def told(event_type: str, **data: Any) -> Any:
    body = payload("incident.triggered")
    body["event"]["event_type"] = event_type
    body["event"]["data"] |= data
    return body


def signed(body: bytes = BODY, secret: str = SECRET, algorithm: str = "sha256") -> str:
    return hmac.new(secret.encode(), body, algorithm).hexdigest()


def arrived(header: str | None, body: bytes = BODY) -> Arrived:
    headers = {} if header is None else {"x-pagerduty-signature": header}
    return Arrived(headers, body, datetime.now(UTC))


GOOD, WRONG = f"v1={signed()}", "v1=" + "0" * 64


@pytest.mark.parametrize(
    ("header", "body", "secret"),
    [
        pytest.param(GOOD, BODY, SECRET, id="one"),
        pytest.param(f"{WRONG},{GOOD}", BODY, SECRET, id="the second of two"),
        pytest.param(f"{GOOD},{WRONG}", BODY, SECRET, id="the first of two"),
        pytest.param(f"{WRONG}, {GOOD}", BODY, SECRET, id="space after the comma"),
        pytest.param(f"  {GOOD} ", BODY, SECRET, id="space around"),
        pytest.param(f"v2=abc,{GOOD}", BODY, SECRET, id="a version nobody knows, and ours"),
        pytest.param(f"{GOOD},", BODY, SECRET, id="an empty one after it"),
        pytest.param(f"v1={signed(b'')}", b"", SECRET, id="an empty body"),
        pytest.param(f"v1={signed(BODY, 'schlüssel')}", BODY, "schlüssel", id="a secret beyond ASCII"),
    ],
)
def test_a_signature_of_the_secret_is_taken(header: str, body: bytes, secret: str) -> None:
    verify(arrived(header, body), secret)


@pytest.mark.forgeries("pagerduty")
@pytest.mark.parametrize(
    ("header", "body", "secret"),
    [
        pytest.param(None, BODY, SECRET, id="no header"),
        pytest.param("", BODY, SECRET, id="empty header"),
        pytest.param(GOOD, BODY.replace(b"triggered", b"resolved!"), SECRET, id="tampered body"),
        pytest.param(GOOD, BODY[:-2], SECRET, id="truncated body"),
        pytest.param(GOOD, BODY + b"\n", SECRET, id="body with more"),
        pytest.param(GOOD, json.dumps(json.loads(BODY)).encode(), SECRET, id="body written anew"),
        pytest.param(GOOD, b"", SECRET, id="no body"),
        pytest.param(GOOD, BODY, OTHER, id="other secret"),
        pytest.param(f"v1={signed(secret='')}", BODY, SECRET, id="signed with nothing"),
        pytest.param(GOOD[:-2], BODY, SECRET, id="truncated signature"),
        pytest.param(GOOD + "00", BODY, SECRET, id="longer signature"),
        pytest.param("v1=", BODY, SECRET, id="empty signature"),
        pytest.param(signed(), BODY, SECRET, id="no version"),
        pytest.param(GOOD.replace("v1", "v2"), BODY, SECRET, id="other version"),
        pytest.param(GOOD.replace("v1", "V1"), BODY, SECRET, id="upper-case version"),
        pytest.param(GOOD.replace("v1=", "sha256="), BODY, SECRET, id="other scheme"),
        pytest.param("v1=" + signed().upper(), BODY, SECRET, id="upper-case hex"),
        pytest.param("v1= " + signed(), BODY, SECRET, id="space within"),
        pytest.param(f"v1={signed(algorithm='sha1')}", BODY, SECRET, id="SHA-1"),
        pytest.param(f"v1={signed(algorithm='sha512')}", BODY, SECRET, id="SHA-512"),
        pytest.param(f"v1={hashlib.sha256(BODY).hexdigest()}", BODY, SECRET, id="a digest without a secret"),
        pytest.param(f"{WRONG},{WRONG}", BODY, SECRET, id="several, none ours"),
        pytest.param("v1=ünï¢ode–漢", BODY, SECRET, id="unicode"),
        pytest.param(",,,", BODY, SECRET, id="commas"),
    ],
)
def test_anything_else_is_forged(header: str | None, body: bytes, secret: str) -> None:
    with pytest.raises(Forged, match="X-PagerDuty-Signature"):
        verify(arrived(header, body), secret)


def test_an_incident_is_told_as_an_alert(hub: None) -> None:
    (event,) = parse(payload("incident.triggered"))
    assert (event.status, event.deduplication_key) == ("firing", "pagerduty:PGR0VU2")
    assert event.title == "Le disque de la base est plein – 漢字"
    assert event.source_url == "https://acme.pagerduty.com/incidents/PGR0VU2"
    assert event.metadata == {
        "number": 2,
        "status": "triggered",
        "urgency": "high",
        "incident_key": "d3640fbd41094207a1c11e58e46b1662",
        "created_at": "2026-10-02T18:45:21Z",
        "service": "API Service",
        "escalation_policy": "Default",
        "assignees": ["User 123"],
        "event_type": "incident.triggered",
    }


@pytest.mark.parametrize(
    ("event_type", "status", "fires"),
    [
        ("incident.triggered", "triggered", True),
        ("incident.acknowledged", "acknowledged", True),
        ("incident.unacknowledged", "triggered", True),
        ("incident.reopened", "triggered", True),
        ("incident.escalated", "triggered", True),
        ("incident.reassigned", "acknowledged", True),
        ("incident.delegated", "triggered", True),
        ("incident.priority_updated", "triggered", True),
        ("incident.priority_updated", "resolved", False),
        ("incident.resolved", "resolved", False),
        ("incident.resolved", None, False),
        ("incident.triggered", None, True),
        ("incident.thought_of_later", "triggered", True),
    ],
)
def test_the_status_says_whether_it_fires(hub: None, event_type: str, status: str | None, fires: bool) -> None:
    (event,) = parse(told(event_type, status=status))
    assert event.status == (AlertStatus.FIRING if fires else AlertStatus.RESOLVED)


@pytest.mark.parametrize("name", ["pagey.ping", "incident.annotated", "service.updated"])
def test_what_is_about_no_incident_is_taken_and_left(name: str) -> None:
    assert parse(payload(name)) == []


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"event": None},
        {"event": []},
        {"event": {"event_type": 1}},
        {"messages": [{"event": "incident.trigger"}]},
    ],
)
def test_what_is_no_webhook_of_the_third_version_is_refused(body: Any) -> None:
    with pytest.raises(Invalid, match="no v3 webhook"):
        parse(body)


@pytest.mark.parametrize("pk", [None, "", 7, "P" * 201, {}])
def test_an_incident_needs_an_id(pk: Any) -> None:
    with pytest.raises(Invalid, match="has no ID"):
        parse(told("incident.triggered", id=pk))


def test_odd_values_are_left_out(hub: None) -> None:
    odd = {"title": None, "html_url": None, "service": "x", "assignees": [None, 7], "priority": {"summary": None}}
    (event,) = parse(told("incident.triggered", **odd))
    assert (event.title, event.source_url) == ("PagerDuty incident PGR0VU2", "")
    assert event.metadata["assignees"] == []


def test_what_the_hub_paged_about_is_no_news(declare: Callable[..., Incident]) -> None:
    assert parse(told("incident.triggered", incident_key=declare().pk)) == []
    assert len(parse(told("incident.triggered", incident_key="01HZZZZZZZZZZZZZZZZZZZZZZZ"))) == 1


def test_told_twice_it_is_one_alert_and_one_incident(hub: None) -> None:
    origin = source("pager_duty")
    steps = [("incident.triggered", "triggered")] * 2 + [("incident.acknowledged", "acknowledged")]
    for event_type, status in [*steps, ("incident.resolved", "resolved"), ("incident.resolved", "resolved")]:
        for event in parse(told(event_type, status=status)):
            receive(origin, event)
    assert Alert.objects.get().status == AlertStatus.RESOLVED
    assert Incident.objects.count() == 1


def test_a_signed_webhook_makes_an_incident(hub: None) -> None:
    origin = source_of("pager_duty", SECRET)
    for _ in range(2):
        answer = post(origin, BODY, {"X-PagerDuty-Signature": f"{WRONG},{GOOD}", "X-Webhook-Id": "1"})
        assert (answer.status_code, json.loads(answer.content)["accepted"]) == (202, 1)
    assert (Alert.objects.get().title, Incident.objects.count()) == ("Le disque de la base est plein – 漢字", 1)


@pytest.mark.parametrize("header", [None, "", WRONG, GOOD[:-1]])
def test_a_forged_webhook_changes_nothing(hub: None, header: str | None) -> None:
    origin = source_of("pager_duty", SECRET)
    headers = {"authorization": f"Bearer {origin.secret}"} | (
        {} if header is None else {"X-PagerDuty-Signature": header}
    )
    assert post(origin, BODY, headers).status_code == 401
    assert not Alert.objects.exists()


def test_a_ping_is_answered_well_and_makes_nothing(hub: None) -> None:
    answer = tell(source_of("pager_duty"), payload("pagey.ping"))
    assert (answer.status_code, json.loads(answer.content)["accepted"]) == (202, 0)
    assert not Alert.objects.exists()


def test_what_is_no_webhook_is_refused_for_good(hub: None) -> None:
    assert tell(source_of("pager_duty"), {"messages": []}).status_code == 422


def test_an_old_event_that_comes_again_does_not_fire_again(hub: None) -> None:
    origin, late = source_of("pager_duty"), told("incident.triggered")
    over = told("incident.resolved", status="resolved")
    over["event"]["occurred_at"] = "2026-10-02T19:00:00Z"
    for body in (late, over, late):
        assert tell(origin, body).status_code == 202
    assert (Alert.objects.get().status, Incident.objects.count()) == (AlertStatus.RESOLVED, 1)


def test_sources_of_pagerduty_are_read_here() -> None:
    assert INBOUND["pager_duty"].parse is parse
    assert INBOUND["pager_duty"].verify is verify
