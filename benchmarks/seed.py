"""Fills databases: an organisation through the hub's own API and commands, then incidents by SQL."""

import secrets
from pathlib import Path

import psycopg

from benchmarks.client import Client

INCIDENTS = Path(__file__).with_name("incidents.sql")
PEOPLE = 20
FIELDS: dict[str, tuple[str, list[str]]] = {
    "Affected service": ("single_select", [f"Service {letter}" for letter in "ABCDEF"]),
    "Environment": ("single_select", ["Production", "Staging", "Development", "Sandbox"]),
    "Region": ("multi_select", ["Frankfurt", "Dublin", "Virginia", "Oregon", "Sydney"]),
    "Customer": ("text", []),
    "Runbook": ("link", []),
}


def add_people(url: str) -> None:
    """Colleagues to assign roles to (the API has no way to make people)."""
    with psycopg.connect(url) as connection:
        connection.execute(
            """
            INSERT INTO accounts_user
                (id, created_at, updated_at, email, name, slack_user_id, role, preferred_escalation_provider,
                 is_active, password)
            SELECT '09' || lpad(n::text, 24, '0'), now(), now(), 'person' || n || '@example.com',
                   'Person Number ' || n, 'U' || lpad(n::text, 10, '0'), 'responder', '', TRUE, ''
            FROM generate_series(1, %s) AS n
            """,
            [PEOPLE],
        )


def configure(client: Client) -> None:
    """A third role, and five custom fields with their options."""
    role = {"name": "Communications", "description": "Tells customers", "instructions": "", "shortform": "comms"}
    client.json("POST", "/v1/incident_roles", role | {"required": False})
    for name, (field_type, options) in FIELDS.items():
        shown = {f"show_before_{moment}": False for moment in ("creation", "closure", "update")}
        body = {"name": name, "description": f"The incident's {name.lower()}", "field_type": field_type}
        made = client.json("POST", "/v1/custom_fields", body | shown | {"required": "never"})["custom_field"]
        for place, value in enumerate(options):
            option = {"custom_field_id": made["id"], "value": value, "sort_key": place}
            client.json("POST", "/v1/custom_field_options", option)


def add_incidents(url: str, count: int) -> None:
    """Incidents 1 to `count`, and fresh statistics."""
    with psycopg.connect(url, autocommit=True) as connection:
        for statement in INCIDENTS.read_text().format(count=count).split(";\n"):
            if statement.strip():
                connection.execute(statement)
        connection.execute("VACUUM ANALYZE")
        connection.execute("CHECKPOINT")


def report(client: Client) -> dict[str, object]:
    """A declare that fills all that a seeded incident has, but for its key."""
    fields = client.json("GET", "/v1/custom_fields")["custom_fields"]
    roles = client.json("GET", "/v1/incident_roles")["incident_roles"]
    severities = client.json("GET", "/v1/severities")["severities"]
    return {
        "visibility": "public",
        "name": "Checkout answers slowly",
        "summary": "Ticket: " + "customers see errors when they pay. " * 6,
        "severity_id": severities[0]["id"],
        "status": "investigating",
        "custom_field_entries": [_entry(field) for field in fields],
        "incident_role_assignments": [
            {"incident_role_id": role["id"], "assignee": {"email": f"person{place + 1}@example.com"}}
            for place, role in enumerate(roles)
        ],
    }


def _entry(field: dict[str, object]) -> dict[str, object]:
    options: list[dict[str, str]] = field["options"]  # type: ignore[assignment]
    values: dict[object, list[dict[str, str]]] = {
        "single_select": [{"value_option_id": option["id"]} for option in options[:1]],
        "multi_select": [{"value_option_id": option["id"]} for option in options[:2]],
        "text": [{"value_text": "Customer number 4711"}],
        "link": [{"value_link": "https://runbooks.example.com/payments/4711"}],
    }
    return {"custom_field_id": field["id"], "values": values[field["field_type"]]}


def new_key() -> str:
    """An idempotency key nobody used."""
    return f"bench-{secrets.token_hex(8)}"
