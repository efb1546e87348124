"""Requests of senders as they send them, for sources of the hub's."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from django.http import HttpResponse
from django.test import Client

from incidents.alert_sources import create_alert_source
from incidents.models import AlertSource
from tests.conftest import SYSTEM


def payload(tool: str, name: str) -> dict[str, Any]:
    """A recorded body of the tool's."""
    path = Path(__file__).parent / tool / "payloads" / f"{name}.json"
    loaded: dict[str, Any] = json.loads(path.read_text())
    return loaded


def source_of(source_type: str, signing_secret: str = "", **said: Any) -> AlertSource:
    """A new source; what its sender signs with is `signing_secret`."""
    made = create_alert_source(SYSTEM, source_type=source_type, **{"name": f"A {source_type}"} | said)
    made.signing_secret = signing_secret
    made.save()
    return made


def post(source: AlertSource, content: bytes, headers: Mapping[str, str], query: str = "") -> HttpResponse:
    """The answer to these very bytes, at the address of the source's type."""
    path = f"/v2/alert_events/{source.source_type}/{source.pk}{query}"
    client = Client(raise_request_exception=False)
    return client.post(path, content, content_type="application/json", headers=dict(headers))  # type: ignore[return-value]


def tell(source: AlertSource, body: Any) -> HttpResponse:
    """The answer to a body that comes with the source's own secret."""
    return post(source, json.dumps(body).encode(), {"authorization": f"Bearer {source.secret}"})
