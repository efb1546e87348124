"""What is asked of the servers, and what is demanded of the hub."""

import random
from dataclasses import dataclass, field
from typing import Any

from benchmarks.driver import FRESH_KEY

Request = dict[str, Any]


@dataclass(frozen=True)
class Must:
    """The targets: at most `cpu` times the floor's CPU, at least `ratio` of its throughput; and what we aim at."""

    cpu: float
    ratio: float
    goal: str


@dataclass(frozen=True)
class Path:
    """One kind of request; `limit` bounds how many of them one turn sends."""

    name: str
    requests: list[Request] = field(repr=False)
    must: Must
    limit: int = 100_000


def _get(path: str) -> Request:
    return {"method": "GET", "path": f"/v1/incidents{path}"}


def seeded_id(number: int) -> str:
    """The id `incidents.sql` gives to incident `number`."""
    return f"01{number:024}"


def paths(count: int, report: dict[str, Any]) -> list[Path]:
    """The requests for a database of `count` seeded incidents; `report` is a declare without its key."""
    chosen = random.Random(1).sample([number for number in range(1, count + 1) if number % 50 != 7], 500)
    middle = seeded_id(count // 2)
    declare = {"method": "POST", "path": "/v1/incidents"}
    long, short = Must(1.4, 0.75, "1.10 / 0.95"), Must(1.7, 0.6, "1.25 / 0.85")
    one, made = Must(2.2, 0.45, "1.5 / 0.7"), Must(2.5, 0.5, "1.3 / 0.85")
    return [
        Path("list 25", [_get("?page_size=25")], short),
        Path("list 250", [_get("?page_size=250")], long),
        Path("list 500", [_get("?page_size=500")], long),
        Path("list 250, deep", [_get(f"?page_size=250&after={middle}")], long),
        Path("list 250, status=triage", [_get("?page_size=250&status=triage")], long),
        Path("list 250, status=closed", [_get("?page_size=250&status=closed")], long),
        Path("show", [_get(f"/{seeded_id(number)}") for number in chosen], one),
        Path("declare, new", [declare | {"body": report | {"idempotency_key": FRESH_KEY}}], made, limit=500),
        Path("declare, replay", [declare | {"body": report | {"idempotency_key": f"seed-{n}"}} for n in chosen], made),
    ]
