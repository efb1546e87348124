"""Every V1 operation against the published contract."""

from collections.abc import Callable
from typing import Any

from accounts.models import User
from catalog import snapshot
from events.actors import Actor
from incidents.actions import create_action
from incidents.follow_ups import create_follow_up
from incidents.models import Incident
from incidents.relating import relate
from tests.conftest import SYSTEM
from tests.contract.contract import Walk

PROVES = (
    "/v1/actions",
    "/v1/api_keys",
    "/v1/custom_field_options",
    "/v1/custom_fields",
    "/v1/identity",
    "/v1/incident_attachments",
    "/v1/incident_memberships",
    "/v1/incident_relationships",
    "/v1/incident_roles",
    "/v1/incident_statuses",
    "/v1/incident_types",
    "/v1/incidents",
    "/v1/openapiV3.json",
    "/v1/severities",
)


def walk_severities(walk: Walk) -> str:
    made = walk("post", "/v1/severities", {"name": "Odd", "description": "*odd*"})["severity"]
    walk("get", "/v1/severities")
    walk("get", "/v1/severities/{id}", id=made["id"])
    walk("put", "/v1/severities/{id}", {"name": "Odder", "description": "", "rank": 0}, id=made["id"])
    doomed = walk("post", "/v1/severities", {"name": "Doomed", "description": "x", "rank": 1})["severity"]
    walk("delete", "/v1/severities/{id}", id=doomed["id"])
    return str(made["id"])


def walk_statuses(walk: Walk) -> None:
    made = walk("post", "/v1/incident_statuses", {"name": "Odd", "description": "x", "category": "live"})
    pk = made["incident_status"]["id"]
    walk("get", "/v1/incident_statuses")
    walk("get", "/v1/incident_statuses/{id}", id=pk)
    walk("put", "/v1/incident_statuses/{id}", {"name": "Odder", "description": "y"}, id=pk)
    walk("delete", "/v1/incident_statuses/{id}", id=pk)


def walk_types(walk: Walk) -> None:
    kinds = walk("get", "/v1/incident_types")["incident_types"]
    walk("get", "/v1/incident_types/{id}", id=kinds[0]["id"])


def walk_roles(walk: Walk) -> str:
    body = {"name": "Scribe", "description": "Writes", "instructions": "", "shortform": "scribe", "required": False}
    pk = walk("post", "/v1/incident_roles", body)["incident_role"]["id"]
    walk("get", "/v1/incident_roles")
    walk("get", "/v1/incident_roles/{id}", id=pk)
    walk("put", "/v1/incident_roles/{id}", body | {"name": "Clerk"}, id=pk)
    doomed = walk("post", "/v1/incident_roles", body | {"name": "Doomed", "shortform": "doomed"})["incident_role"]
    walk("delete", "/v1/incident_roles/{id}", id=doomed["id"])
    return str(pk)


def walk_fields(walk: Walk) -> list[dict[str, Any]]:
    """A field of each type; the entries that set them, but for one that stays unset."""
    shown = {"show_before_creation": False, "show_before_closure": True, "show_before_update": False}
    made: dict[str, str] = {}
    for kind in ("single_select", "multi_select", "text", "link", "numeric"):
        body = {"name": f"A {kind}", "description": "", "field_type": kind, "required": "never"} | shown
        made[kind] = walk("post", "/v1/custom_fields", body)["custom_field"]["id"]
    unset = {"name": "Unset", "description": "", "field_type": "text", "required_v2": "before_resolution"} | shown
    spare = walk("post", "/v1/custom_fields", unset)["custom_field"]["id"]
    walk("put", "/v1/custom_fields/{id}", {"name": "Still unset", "description": "x"} | shown, id=spare)
    walk("get", "/v1/custom_fields")
    walk("get", "/v1/custom_fields/{id}", id=made["text"])
    options = {kind: walk_options(walk, made[kind]) for kind in ("single_select", "multi_select")}
    walk("delete", "/v1/custom_fields/{id}", id=walk("post", "/v1/custom_fields", unset)["custom_field"]["id"])
    values: dict[str, list[dict[str, str]]] = {
        "single_select": [{"value_option_id": options["single_select"][0]}],
        "multi_select": [{"value_option_id": pk} for pk in options["multi_select"]],
        "text": [{"value_text": "as is "}],
        "link": [{"value_link": "https://zendesk.test/tickets/7"}],
        "numeric": [{"value_numeric": "123.4560"}],
    }
    return [{"custom_field_id": made[kind], "values": value} for kind, value in values.items()]


def walk_options(walk: Walk, field_id: str) -> list[str]:
    ids = []
    for value in ("One", "Two"):
        body = {"custom_field_id": field_id, "value": value, "sort_key": 10}
        ids.append(walk("post", "/v1/custom_field_options", body)["custom_field_option"]["id"])
    doomed = walk("post", "/v1/custom_field_options", {"custom_field_id": field_id, "value": "Doomed"})
    walk("delete", "/v1/custom_field_options/{id}", id=doomed["custom_field_option"]["id"])
    walk("get", "/v1/custom_field_options/{id}", id=ids[0])
    walk("put", "/v1/custom_field_options/{id}", {"value": "Uno", "sort_key": 5}, id=ids[0])
    walk("get", "/v1/custom_field_options", query=f"?custom_field_id={field_id}&page_size=1")
    return ids


def walk_keys(walk: Walk) -> None:
    body = {"name": "Looker", "role_names": ["viewer"], "team_ids": [], "team_role_names": [], "comments": "BI"}
    pk = walk("post", "/v1/api_keys", body)["api_key"]["id"]
    walk("get", "/v1/api_keys", query="?page_size=1")
    walk("get", "/v1/api_keys/{id}", id=pk)
    walk("put", "/v1/api_keys/{id}", body | {"name": "Tableau"}, id=pk)
    walk("post", "/v1/api_keys/{id}/actions/rotate", {"grace_period_minutes": 30}, id=pk)
    walk("delete", "/v1/api_keys/{id}", id=pk)
    walk("get", "/v1/identity")
    walk("get", "/v1/openapiV3.json")


def walk_children(walk: Walk, private: str, public: str, nora: User) -> None:
    membership = {"incident_id": private, "user_id": nora.id}
    walk("post", "/v1/incident_memberships", membership)
    walk("post", "/v1/incident_memberships/actions/revoke", membership)
    resource = {"resource_type": "zendesk_ticket", "external_id": "4711"}
    made = walk("post", "/v1/incident_attachments", {"incident_id": public, "resource": resource})
    link = {"resource_type": "arbitrary_url", "url": "https://wiki.test/runbook", "title": "Runbook", "emoji": "book"}
    walk("post", "/v1/incident_attachments", {"incident_id": public, "resource": link})
    walk("get", "/v1/incident_attachments", query=f"?incident_id={public}")
    walk("delete", "/v1/incident_attachments/{id}", id=made["incident_attachment"]["id"])
    relate(SYSTEM, public, private)
    walk("get", "/v1/incident_relationships", query=f"?incident_id={public}")
    action = create_action(nora.actor, public, description="Fail over", assignee_id=nora.id)
    create_action(SYSTEM, public, description="Page the vendor")
    create_follow_up(nora.actor, public, title="Write the runbook")
    walk("get", "/v1/actions", query=f"?incident_id={public}")
    walk("get", "/v1/actions/{id}", id=action.id)


def walk_incidents(
    walk: Walk, severity_id: str, role_id: str, entries: list[dict[str, Any]], nora: User, declare: Any
) -> tuple[str, str]:
    full = {
        "idempotency_key": "full",
        "visibility": "public",
        "name": "Checkout is down",
        "summary": "Nobody can pay",
        "severity_id": severity_id,
        "status": "fixing",
        "mode": "real",
        "custom_field_entries": entries,
        "incident_role_assignments": [{"incident_role_id": role_id, "assignee": {"email": nora.email.upper()}}],
    }
    public = walk("post", "/v1/incidents", full)["incident"]["id"]
    bare = {"idempotency_key": "bare", "visibility": "private"}
    private = walk("post", "/v1/incidents", bare)["incident"]["id"]
    for actor in (nora.actor, Actor("workflow", public, "Escalate"), Actor("alert", public, "CPU")):
        declare(actor)
    declare(mode="retrospective", severity_id=severity_id)
    walk("get", "/v1/incidents", query="?page_size=250&status=triage&status=fixing&status=closed")
    walk("get", "/v1/incidents", query="?page_size=1")
    walk("get", "/v1/incidents/{id}", id=public)
    walk("get", "/v1/incidents/{id}", id=private)
    return private, public


def test_every_operation_takes_and_answers_what_the_contract_says(
    walk: Walk, nora: User, declare: Callable[..., Incident]
) -> None:
    severity_id, role_id = walk_severities(walk), walk_roles(walk)
    walk_statuses(walk)
    walk_types(walk)
    entries = walk_fields(walk)
    private, public = walk_incidents(walk, severity_id, role_id, entries, nora, declare)
    walk_children(walk, private, public, nora)
    walk_keys(walk)
    assert walk.left_out(PROVES) == set()


def test_a_declared_incident_shows_every_word_of_the_configuration(walk: Walk) -> None:
    entries = walk_fields(walk)
    made = walk("post", "/v1/incidents", {"idempotency_key": "a", "visibility": "public"})["incident"]
    words = snapshot.current()
    assert len(made["custom_field_entries"]) == len(entries) + 1
    assert [entry["values"] for entry in made["custom_field_entries"]] == [[]] * (len(entries) + 1)
    assert len(made["incident_role_assignments"]) == len(words.roles)
    assert {stamp["name"] for stamp in made["timestamps"]} >= {"reported_at", "resolved_at"}
