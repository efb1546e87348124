"""Storms of alerts through the API, timed; run by `alerts.py` within the hub's settings."""

import json
import time
from collections.abc import Iterator
from typing import Any

from django.db import connection
from django.test import Client

from events.actors import Actor
from incidents.alert_sources import create_alert_source
from incidents.models import AlertSource
from tests.integrations.alertmanager.storms import alert, clock, notification, resolved

ALERTS = 5_000
SMALL = 500


def make(name: str, **said: Any) -> AlertSource:
    """A source of Alertmanager's."""
    return create_alert_source(Actor.system(), source_type="alertmanager", name=name, **said)


def storms() -> Iterator[tuple[str, AlertSource, dict[str, Any]]]:
    """What is sent, to which source, in turns."""
    grouped = make("Grouped", grouping_window_seconds=600, declines_resolved=True)
    body = notification(*map(alert, range(ALERTS)))
    yield f"{ALERTS:,} new alerts, one incident", grouped, body
    yield f"the same {ALERTS:,} again", grouped, body
    yield "one alert, 100 times in one body", grouped, notification(*[alert()] * 100)
    yield f"all {ALERTS:,} resolved", grouped, notification(*map(resolved, range(ALERTS)))
    yield f"{ALERTS:,} starts that come late", grouped, body
    yield f"{SMALL} fire again", grouped, notification(*(alert(number, since=clock(12)) for number in range(SMALL)))
    yield f"{SMALL} new alerts, an incident each", make("Each"), notification(*map(alert, range(SMALL)))


def main() -> None:
    """Send them; print a line for each."""
    for what, source, body in storms():
        content, started, cpu = json.dumps(body), time.monotonic(), time.process_time()
        path, headers = f"/v2/alert_events/alertmanager/{source.pk}", {"authorization": f"Bearer {source.secret}"}
        answer = Client().post(path, content, content_type="application/json", headers=headers)
        took, worked = time.monotonic() - started, time.process_time() - cpu
        assert answer.status_code == 202, answer.content
        size = len(content) / 1_000_000
        print(f"| {connection.vendor} | {what} | {size:.1f} | {took:.1f} | {worked:.1f} |", flush=True)
