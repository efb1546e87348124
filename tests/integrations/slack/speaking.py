"""Slack speaking to the hub, signed."""

import hashlib
import hmac
import json
import time
from typing import Any
from urllib.parse import urlencode

from django.http import HttpResponse
from django.test import Client

from tests.integrations.slack.conftest import SIGNING_SECRET

FORM, JSON = "application/x-www-form-urlencoded", "application/json"


def send(path: str, body: bytes, kind: str = FORM, secret: str = SIGNING_SECRET, **more: str) -> HttpResponse:
    """What the hub answers to a request that is signed with `secret`."""
    at = str(int(time.time()))
    signed = hmac.new(secret.encode(), f"v0:{at}:".encode() + body, hashlib.sha256).hexdigest()
    headers = {"x-slack-request-timestamp": at, "x-slack-signature": f"v0={signed}"} | more
    client = Client(enforce_csrf_checks=True)
    return client.post(f"/hooks/slack/{path}", body, content_type=kind, headers=headers)  # type: ignore[return-value]


def command(text: str, channel: str = "C0NOWHERE", user: str = "U0NORA", trigger: str = "13345224609.1") -> Any:
    """What whoever says `/incident …` is answered; nothing if nothing is."""
    said = {
        "token": "gIkuvaNzQIHg97ATvDxqgjtO",
        "team_id": "T061EG9R6",
        "channel_id": channel,
        "channel_name": "directmessage",
        "user_id": user,
        "command": "/incident",
        "text": text,
        "response_url": "https://hooks.slack.com/commands/1234/5678",
        "trigger_id": trigger,
    }
    response = send("commands", urlencode(said).encode())
    assert response.status_code == 200, response.content
    if not response.content:
        return ""
    answer = json.loads(response.content)
    assert answer["response_type"] == "ephemeral"
    return answer["text"]


def interaction(payload: dict[str, Any]) -> Any:
    """What is shown to whoever did something; nothing if nothing is."""
    response = send("interactions", urlencode({"payload": json.dumps(payload)}).encode())
    assert response.status_code == 200, response.content
    return json.loads(response.content) if response.content else None


def event(payload: dict[str, Any], **headers: str) -> HttpResponse:
    """What the hub answers to an event."""
    return send("events", json.dumps(payload).encode(), JSON, **headers)
