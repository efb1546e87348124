"""Senders that sign nothing prove themselves by their source's own secret, and nobody else is heard."""

import base64
import json
from collections.abc import Callable
from typing import Any

import pytest

from incidents.models import Alert
from tests.incidents.api.test_alert_events import notification
from tests.integrations.recorded import payload, post, source_of

EVENT = {"title": "Disk is full", "status": "firing", "deduplication_key": "disk"}
BODIES: dict[str, Any] = {
    "alertmanager": notification(),
    "datadog": payload("datadog", "triggered"),
    "http": EVENT,
    "opsgenie": payload("opsgenie", "create"),
    "jsm": payload("opsgenie", "create"),
}
Proof = Callable[[str], tuple[dict[str, str], str]]  # headers and query, made of the secret


def _basic(text: str) -> str:
    return "Basic " + base64.b64encode(text.encode()).decode()


PROOFS: dict[str, Proof] = {
    "in the address": lambda secret: ({}, f"?token={secret}"),
    "in a header": lambda secret: ({"authorization": f"Bearer {secret}"}, ""),
    "in small letters": lambda secret: ({"authorization": f"bearer {secret}"}, ""),
    "as a password": lambda secret: ({"authorization": _basic(f"hub:{secret}")}, ""),
    "in either": lambda secret: ({"authorization": "Bearer other"}, f"?token={secret}"),
}
FORGED: dict[str, Proof] = {
    "nothing": lambda secret: ({}, ""),
    "an empty token": lambda secret: ({}, "?token="),
    "another token": lambda secret: ({}, "?token=hunter2"),
    "a part of it": lambda secret: ({}, f"?token={secret[:-1]}"),
    "more than it": lambda secret: ({}, f"?token={secret}0"),
    "in capitals": lambda secret: ({}, f"?token={secret.upper()}"),
    "a space before": lambda secret: ({}, f"?token=%20{secret}"),
    "two, the wrong one last": lambda secret: ({}, f"?token={secret}&token=x"),
    "by another name": lambda secret: ({}, f"?secret={secret}"),
    "by a name in capitals": lambda secret: ({}, f"?TOKEN={secret}"),
    "not UTF-8": lambda secret: ({}, "?token=%ff%fe"),
    "an empty header": lambda secret: ({"authorization": ""}, ""),
    "only a scheme": lambda secret: ({"authorization": "Bearer"}, ""),
    "no scheme": lambda secret: ({"authorization": secret}, ""),
    "a vendor's own scheme": lambda secret: ({"authorization": f"GenieKey {secret}"}, ""),
    "a vendor's own header": lambda secret: ({"dd-api-key": secret}, ""),
    "another bearer": lambda secret: ({"authorization": "Bearer hunter2"}, ""),
    "a password that is none": lambda secret: ({"authorization": _basic("hub:hunter2")}, ""),
    "no base64": lambda secret: ({"authorization": "Basic ????"}, ""),
    "in a cookie": lambda secret: ({"cookie": f"token={secret}"}, ""),
}


@pytest.mark.parametrize("source_type", BODIES)
@pytest.mark.parametrize("proof", PROOFS.values(), ids=PROOFS)
def test_who_knows_the_secret_is_heard(source_type: str, proof: Proof) -> None:
    source = source_of(source_type)
    headers, query = proof(source.secret)
    assert post(source, json.dumps(BODIES[source_type]).encode(), headers, query).status_code == 202


@pytest.mark.forgeries(*BODIES)
@pytest.mark.parametrize("source_type", BODIES)
@pytest.mark.parametrize("forged", FORGED.values(), ids=FORGED)
def test_nobody_else_is_heard(source_type: str, forged: Proof) -> None:
    source = source_of(source_type)
    headers, query = forged(source.secret)
    assert post(source, json.dumps(BODIES[source_type]).encode(), headers, query).status_code == 401
    assert not Alert.objects.exists()


@pytest.mark.parametrize("source_type", BODIES)
def test_the_secret_of_another_source_is_none(source_type: str) -> None:
    source, other = source_of(source_type), source_of(source_type, name="Other")
    body = json.dumps(BODIES[source_type]).encode()
    assert post(source, body, {}, f"?token={other.secret}").status_code == 401
