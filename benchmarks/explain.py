"""What PostgreSQL does for each filter of the list of incidents; run by `plans.py` within the hub's settings."""

from collections.abc import Iterator
from typing import Any

from django.db import connection

from catalog import snapshot
from catalog.models import FieldType, RoleType
from incidentio.core.views import validated
from incidents import reads
from incidents.api.incidents_list import IncidentsListQueryV2, page_of
from incidents.models import Incident, RoleAssignment
from incidents.visibility import Viewer

SOMEBODY = Viewer(sees_private=False)
ID = dict[str, Any]


def queries() -> Iterator[tuple[str, ID]]:
    """Each filter with a value that some incident has."""
    words = snapshot.current()
    some = Incident.objects.order_by("-id")[50]
    lead = next(role for role in words.roles.values() if role.role_type == RoleType.LEAD)
    held = RoleAssignment.objects.filter(incident_role=lead)[0]
    selects = [field for field in words.fields.values() if field.field_type == FieldType.SINGLE_SELECT]
    text = next(field for field in words.fields.values() if field.field_type == FieldType.TEXT)
    option = words.options_of[selects[0].id][0]
    yield "no filter", {}
    yield "status[one_of]", {"status": {"one_of": [some.incident_status_id]}}
    yield "status[not_in]", {"status": {"not_in": [some.incident_status_id]}}
    yield "status_category[one_of]=triage", {"status_category": {"one_of": ["triage"]}}
    yield "status_category[one_of]=merged (none)", {"status_category": {"one_of": ["merged"]}}
    yield "severity[one_of]", {"severity": {"one_of": [some.severity_id]}}
    yield "severity[gte]", {"severity": {"gte": [some.severity_id]}}
    yield "incident_type[one_of]", {"incident_type": {"one_of": [some.incident_type_id]}}
    yield "mode[one_of]=test", {"mode": {"one_of": ["test"]}}
    yield "mode[one_of]=tutorial (none)", {"mode": {"one_of": ["tutorial"]}}
    day = some.created_at.date().isoformat()
    for column in ("created_at", "updated_at"):
        yield f"{column}[date_range]", {column: {"date_range": [f"{day}~{day}"]}}
    yield "created_at[lte] (none)", {"created_at": {"lte": ["2001-01-01"]}}
    yield "incident_role[ID][one_of]", {"incident_role": {lead.id: {"one_of": [held.assignee_id]}}}
    yield "incident_role[ID][is_blank]=true", {"incident_role": {lead.id: {"is_blank": ["true"]}}}
    yield "custom_field[ID][one_of]", {"custom_field": {selects[0].id: {"one_of": [option.id]}}}
    yield "custom_field[ID][contains]", {"custom_field": {text.id: {"contains": ["number 4711"]}}}
    either = {"severity": {"gte": [some.severity_id]}, "status_category": {"one_of": ["triage"]}}
    yield "filter_mode=any", {"filter_mode": "any"} | either


def explained(query: ID) -> list[tuple[str, float]]:
    """The indexes and times (ms) of the statements about incidents that a page of `query` takes."""
    plans: list[tuple[str, float]] = []

    def explain(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        if sql.startswith(reads.INCIDENTS) or "COUNT(*)" in sql:
            with connection.cursor() as cursor:
                cursor.cursor.execute(f"EXPLAIN (ANALYZE, FORMAT JSON) {sql}", params)
                (plan,) = cursor.cursor.fetchone()[0]
            found = ", ".join(sorted(set(scans(plan["Plan"]))))
            plans.append((found, plan["Execution Time"] + plan["Planning Time"]))
        return execute(sql, params, many, context)

    wanted = validated(IncidentsListQueryV2, query)
    words = snapshot.current()
    page_of(SOMEBODY, wanted, words)
    with connection.execute_wrapper(explain):
        page_of(SOMEBODY, wanted, words)
    return plans


def scans(node: dict[str, Any]) -> Iterator[str]:
    """How each table below `node` is read."""
    name = node.get("Index Name") or (f"ALL of {node['Relation Name']}" if "Seq Scan" in node["Node Type"] else None)
    if name:
        yield name
    for child in node.get("Plans", []):
        yield from scans(child)


def main() -> None:
    """Print a table of all filters."""
    print("| filter | page: indexes | ms | total: indexes | ms |\n|---|---|---|---|---|")
    for name, query in queries():
        cells = [cell for indexes, took in explained(query) for cell in (indexes, f"{took:.1f}")]
        print(f"| {name} | {' | '.join([*cells, '', ''][:4])} |", flush=True)
