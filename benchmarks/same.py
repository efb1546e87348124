"""Both servers must say the same: the floor is only a measure if it answers what the hub answers."""

import json
from typing import Any

import psycopg

from benchmarks.client import Client
from benchmarks.paths import Path
from benchmarks.seed import new_key

CHILDREN = ("roleassignment", "customfieldvalue", "timestampvalue", "incidentupdate")


def check(hub: Client, floor: Client, paths: list[Path], database: str, report: dict[str, Any]) -> int:
    """Compare answers and what declares write; returns the bytes of an incident in a list.

    Raises:
        AssertionError: naming the path on which they differ.
    """
    for path in paths:
        if path.limit > 1000:  # reads and replays; a new declare differs by its id and its time
            for request in path.requests[:10]:
                asked = (request["method"], request["path"], request.get("body"))
                ours, theirs = hub.call(*asked), floor.call(*asked)
                assert json.loads(ours) == json.loads(theirs), f"{path.name} differs: {ours!r} against {theirs!r}"
                assert len(ours) == len(theirs), f"{path.name} differs in length"
    _check_declares(hub, floor, database, report)
    page = hub.json("GET", "/v1/incidents?page_size=100")["incidents"]
    return len(json.dumps(page, separators=(",", ":"))) // len(page)


def _check_declares(hub: Client, floor: Client, database: str, report: dict[str, Any]) -> None:
    made = []
    for client in (hub, floor):
        answer = client.json("POST", "/v1/incidents", report | {"idempotency_key": new_key()})["incident"]
        assert answer == hub.json("GET", f"/v1/incidents/{answer['id']}")["incident"], "a declare answers another thing"
        made.append(answer["id"])
    with psycopg.connect(database) as connection:
        ours, theirs = (_written(connection, incident_id) for incident_id in made)
    assert ours == theirs, f"a declare writes {ours} against {theirs}"


def _written(connection: "psycopg.Connection[Any]", incident_id: str) -> dict[str, Any]:
    """How many rows of each kind, and what the event tells of."""
    counts = {
        name: connection.execute(
            f"SELECT count(*) FROM incidents_{name} WHERE incident_id = %s", [incident_id]
        ).fetchone()
        for name in CHILDREN
    }
    events = connection.execute("SELECT changes FROM events_event WHERE incident_id = %s", [incident_id]).fetchall()
    told = [sorted(name for name in changes if not name.startswith("updates.")) for (changes,) in events]
    return counts | {"events": told}
