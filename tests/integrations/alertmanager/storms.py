"""Notifications of Alertmanager's, as large as they come."""

from typing import Any

NEVER = "0001-01-01T00:00:00Z"


def clock(hour: int, minute: int = 0) -> str:
    """A time of one day, as Alertmanager writes it."""
    return f"2026-11-24T{hour:02}:{minute:02}:00.123456789Z"


def alert(number: int = 0, status: str = "firing", since: str = clock(10), end: str = NEVER) -> dict[str, Any]:
    """One alert, as `template.Alert` of prometheus/alertmanager has it."""
    return {
        "status": status,
        "labels": {"alertname": "DiskFull", "instance": f"db-{number}:9100", "severity": "critical", "team": "dbs"},
        "annotations": {"summary": f"Disk of db-{number} is full", "description": "More than 90 % for 10 minutes"},
        "startsAt": since,
        "endsAt": end,
        "generatorURL": "http://prometheus:9090/graph?g0.expr=disk_used%3E90&g0.tab=1",
        "fingerprint": f"{number:016x}",
    }


def resolved(number: int = 0, since: str = clock(10), end: str = clock(11)) -> dict[str, Any]:
    """The same, when it is over."""
    return alert(number, "resolved", since, end)


def notification(*alerts: dict[str, Any]) -> dict[str, Any]:
    """A notification of one group (docs: configuration, webhook_config; version 4)."""
    return {
        "version": "4",
        "groupKey": '{}:{alertname="DiskFull"}',
        "truncatedAlerts": 0,
        "status": "firing",
        "receiver": "hub",
        "groupLabels": {"alertname": "DiskFull"},
        "commonLabels": {"alertname": "DiskFull", "severity": "critical"},
        "commonAnnotations": {},
        "externalURL": "http://alertmanager:9093",
        "alerts": list(alerts),
    }
