"""Reading incidents: a few statements whatever the number of rows, and an index walk whatever the size of the table."""

import json
from collections.abc import Callable, Iterator
from dataclasses import asdict
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import User
from catalog import snapshot
from catalog.custom_fields import create_custom_field
from catalog.incident_roles import create_role
from catalog.snapshot import Snapshot, active
from events.record import state_of
from incidentio.core import sql
from incidents import reads
from incidents.conditions import column_among
from incidents.models import CustomFieldValue, Incident, RoleAssignment, TimestampValue
from incidents.visibility import Viewer
from tests.conftest import SYSTEM, ApiClient
from tests.incidents.counting import statements

SOMEBODY = Viewer(sees_private=False)
Make = Callable[[int], list[str]]


@pytest.fixture
def words(hub: None) -> Snapshot:
    """Five custom fields and a third role beside the defaults."""
    for number in range(5):
        create_custom_field(SYSTEM, name=f"Field {number}", description="", field_type="text")
    create_role(SYSTEM, name="Communications", description="Tells customers", instructions="", shortform="comms")
    return snapshot.current()


@pytest.fixture
def make(words: Snapshot, nora: User) -> Make:
    """`make(500)`: so many incidents, each with five entries, three assignments and a timestamp; their ids."""

    def made(count: int) -> list[str]:
        ids = _incidents(words, nora, count)
        _children(words, nora, ids)
        return ids

    return made


def _incidents(words: Snapshot, creator: User, count: int) -> list[str]:
    rows = [_incident(words, creator, number) for number in range(1, count + 1)]
    for start in range(0, count, 1000):
        sql.insert(Incident, rows[start : start + 1000])
    return [row["id"] for row in rows]


def _incident(words: Snapshot, creator: User, number: int) -> dict[str, Any]:
    now, status = timezone.now(), words.statuses_in("live")[0]
    incident = Incident(number=number, name=f"Number {number}", visibility="public", incident_status=status)
    incident.severity = next(iter(words.severities.values()))
    incident.creator_kind, incident.creator_id, incident.creator_label = "user", creator.id, creator.name
    incident.created_at = incident.updated_at = incident.last_activity_at = now
    return state_of(incident)


def _children(words: Snapshot, nora: User, ids: list[str]) -> None:
    fields, roles, stamp = words.fields, words.roles, next(iter(words.timestamps))
    values = [{"incident_id": pk, "custom_field_id": field, "value_text": field} for pk in ids for field in fields]
    sql.insert(CustomFieldValue, values)
    parts = [{"incident_id": pk, "incident_role_id": role, "assignee_id": nora.id} for pk in ids for role in roles]
    sql.insert(RoleAssignment, parts)
    moment = timezone.now()
    sql.insert(TimestampValue, [{"incident_id": pk, "incident_timestamp_id": stamp, "value": moment} for pk in ids])


def test_a_list_takes_as_many_statements_for_500_incidents_as_for_25(everyone: ApiClient, make: Make) -> None:
    make(600)
    counts = {statements(everyone, f"/v1/incidents?page_size={size}") for size in (25, 500)}
    assert len(counts) == 1
    assert counts.pop() <= 8


def test_a_full_page_shows_everything_of_every_incident(everyone: ApiClient, make: Make) -> None:
    ids = make(600)
    page = json.loads(everyone.get("/v1/incidents?page_size=500").content)
    assert [incident["id"] for incident in page["incidents"]] == ids[:99:-1]
    for incident in page["incidents"]:
        assert [len(entry["values"]) for entry in incident["custom_field_entries"]] == [1] * 5
        assert [part["assignee"]["name"] for part in incident["incident_role_assignments"]] == ["Nora Lind"] * 3


def test_a_page_and_a_show_read_an_incident_alike(make: Make) -> None:
    listed = {read.row.id: asdict(read) for read in reads.page(SOMEBODY, reads.Page(limit=10))}
    assert listed == {}
    for pk in make(10):
        shown = reads.incident(SOMEBODY, pk)
        assert shown is not None
        listed |= {read.row.id: asdict(read) for read in reads.page(SOMEBODY, reads.Page(limit=10))}
        assert listed[pk] == asdict(shown)


def test_incidents_far_apart_are_read_as_those_side_by_side(make: Make) -> None:
    ids = make(40)
    side_by_side = {read.row.id: asdict(read) for read in reads.page(SOMEBODY, reads.Page(limit=40))}
    Incident.objects.exclude(pk__in=ids[::10]).update(mode="test")
    far_apart = reads.page(SOMEBODY, reads.Page(limit=40, where=column_among("mode", ["standard"])))
    assert [asdict(read) for read in far_apart] == [side_by_side[pk] for pk in ids[30::-10]]


def test_a_show_takes_few_statements(everyone: ApiClient, make: Make) -> None:
    assert statements(everyone, f"/v1/incidents/{make(1)[0]}") <= 4


@pytest.fixture
def full_report(words: Snapshot, nora: User) -> dict[str, Any]:
    """A declare with five entries and three assignments, but for its key."""
    fields, roles = active(words.fields.values()), active(words.roles.values())
    return {
        "visibility": "public",
        "severity_id": next(iter(words.severities)),
        "custom_field_entries": [{"custom_field_id": row.id, "values": [{"value_text": "x"}]} for row in fields],
        "incident_role_assignments": [{"incident_role_id": row.id, "assignee": {"email": nora.email}} for row in roles],
    }


def test_a_declare_and_its_replay_take_few_statements(everyone: ApiClient, full_report: dict[str, Any]) -> None:
    for key, most in (("warm", 99), ("new", 14), ("new", 4)):
        with CaptureQueriesContext(connection) as context:
            answer = everyone.post("/v1/incidents", full_report | {"idempotency_key": key})
        assert answer.status_code == 200
        assert len(context) <= most, [query["sql"][:60] for query in context]


@pytest.fixture
def plans() -> Iterator[list[dict[str, Any]]]:
    """The plan of every SELECT that is run."""
    seen: list[dict[str, Any]] = []

    def explain(execute: Callable[..., Any], statement: str, params: Any, many: bool, context: dict[str, Any]) -> Any:
        if not statement.startswith("SELECT"):
            return execute(statement, params, many, context)
        result = execute(f"EXPLAIN (FORMAT JSON) {statement}", params, many, context)
        told = context["cursor"].cursor.fetchone()[0]
        seen.append((json.loads(told) if isinstance(told, str) else told)[0]["Plan"])
        return result and execute(statement, params, many, context)

    with connection.execute_wrapper(explain):
        yield seen


def nodes(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield plan
    for part in plan.get("Plans", []):
        yield from nodes(part)


@pytest.mark.skipif(connection.vendor != "postgresql", reason="plans are PostgreSQL's")
def test_a_page_of_500_walks_the_key_whatever_the_size_of_the_table(
    words: Snapshot, nora: User, plans: list[dict[str, Any]]
) -> None:
    ids = _incidents(words, nora, 4000)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE incidents_incident")
    for after in (None, ids[2000]):
        plans.clear()
        assert (
            len(reads.page(SOMEBODY, reads.Page(500, after, where=column_among("mode", ["standard", "retrospective"]))))
            == 500
        )
        walk = [node for node in nodes(plans[0]) if node.get("Relation Name") == "incidents_incident"]
        assert [(node["Node Type"], node["Index Name"]) for node in walk] == [("Index Scan", "incidents_incident_pkey")]
        assert not [node for plan in plans for node in nodes(plan) if node["Node Type"] == "Sort"]
