"""Every V1 operation against the published contract, both directions: what we take, and what we answer.

The contract itself is not part of the project. Where it lies beside it (or `CONTRACT_DOCUMENT` names it) the answers
are checked against it; everywhere they are checked against the document we serve ourselves.
"""

import os
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

import orjson
import pytest
from django.conf import settings
from jsonschema import Draft4Validator, FormatChecker

from accounts.models import User
from catalog import snapshot
from events.actors import Actor
from incidents.actions import create_action
from incidents.follow_ups import create_follow_up
from incidents.models import Incident
from incidents.relating import relate
from tests.conftest import SYSTEM, ApiClient
from web.api_document import api_document

PUBLISHED = Path(os.environ.get("CONTRACT_DOCUMENT", settings.BASE_DIR.parent / "shared/reference/openapi-core.json"))
ROLES = ("viewer", "incident_creator", "incident_editor", "manage_settings", "incident_memberships_editor",
         "api_keys_manage", "global_access")  # fmt: skip


def draft4(schema: Any) -> Any:
    """An OpenAPI 3.0 schema as JSON Schema: our documents use no keyword whose meaning differs but `nullable`."""
    if isinstance(schema, list):
        return [draft4(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    return {key: draft4(value) for key, value in schema.items() if key not in ("example", "examples", "nullable")}


class Contract:
    """An OpenAPI document that can say whether an answer or a request is as it promises."""

    def __init__(self, document: dict[str, Any]) -> None:
        self.document = document
        self.components = {"components": draft4(document["components"])}

    def operations(self) -> Iterator[tuple[str, str, dict[str, Any]]]:
        for path, methods in self.document["paths"].items():
            for method, operation in methods.items():
                yield path, method, operation

    def problems(self, schema: dict[str, Any], value: Any) -> list[str]:
        validator = Draft4Validator(self.components | draft4(schema), format_checker=FormatChecker())
        return [f"{'.'.join(map(str, error.path))}: {error.message}" for error in validator.iter_errors(value)]

    def check_answer(self, path: str, method: str, answer: Any) -> None:
        """The status is the documented one, and the body has the documented shape."""
        ((status, described),) = [
            (code, described)
            for code, described in self.document["paths"][path][method]["responses"].items()
            if code.startswith("2")
        ]
        assert str(answer.status_code) == status, f"{method} {path}: {answer.content[:500]!r}"
        content = described.get("content")
        if not content or "IncidentsV1#OpenAPI" in path or path.endswith("openapiV3.json"):
            return
        assert "json" in answer["Content-Type"]
        body = orjson.loads(answer.content)
        assert self.problems(content["application/json"]["schema"], body) == []
        assert_no_null(body)

    def check_request(self, path: str, method: str, body: Any) -> None:
        """What we send in the walk is what the contract allows."""
        described = self.document["paths"][path][method].get("requestBody")
        if described:
            (content,) = described["content"].values()
            assert self.problems(content["schema"], body) == []


def assert_no_null(value: Any) -> None:
    """Absent, never null."""
    if isinstance(value, dict):
        assert None not in value.values(), value
    for inner in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        assert_no_null(inner)


@cache
def ours() -> Contract:
    return Contract(orjson.loads(api_document()))


@cache
def published() -> Contract | None:
    return Contract(orjson.loads(PUBLISHED.read_bytes())) if PUBLISHED.is_file() else None


class Walk:
    """A caller whose every exchange is checked, remembering which operations it used."""

    def __init__(self, client: ApiClient) -> None:
        self.client = client
        self.used: set[tuple[str, str]] = set()

    def __call__(self, method: str, path: str, body: Any = None, query: str = "", **ids: str) -> Any:
        self.used.add((path, method))
        answer = self.client.request(method, path.format(**ids) + query, body)
        for contract in filter(None, (ours(), published())):
            contract.check_request(path, method, body)
            contract.check_answer(path, method, answer)
        return orjson.loads(answer.content) if answer.content else None


@pytest.fixture
def walk(api: Callable[..., ApiClient]) -> Walk:
    return Walk(api(*ROLES))


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
    for contract in filter(None, (ours(), published())):
        v1 = {(path, method) for path, method, _ in contract.operations() if path.startswith("/v1/")}
        assert v1 - walk.used == set()


@pytest.mark.skipif(published() is None, reason="the published contract does not lie beside the project")
def test_our_document_says_of_every_published_operation_what_the_contract_says() -> None:
    served = {(path, method): operation for path, method, operation in ours().operations()}
    for path, method, operation in published().operations():  # type: ignore[union-attr]
        if not path.startswith("/v1/"):
            continue
        mine = served[path, method]
        assert mine["operationId"] == operation["operationId"]
        assert mine.get("x-rbac-scopes", []) == operation.get("x-rbac-scopes", [])
        assert mine.get("deprecated", False) == operation.get("deprecated", False)
        assert next(iter(operation["responses"])) in mine["responses"]
        names = {parameter["name"] for parameter in operation.get("parameters", [])}
        assert names <= {parameter["name"] for parameter in mine.get("parameters", [])}


@pytest.mark.skipif(published() is None, reason="the published contract does not lie beside the project")
def test_our_document_describes_every_published_property() -> None:
    mine = ours().document["components"]["schemas"]
    for name, schema in published().document["components"]["schemas"].items():  # type: ignore[union-attr]
        if name in mine and "properties" in schema:
            missing = set(schema["properties"]) - set(mine[name]["properties"]) - {"total_record_count"}
            assert not missing, f"{name} lacks {missing}"
            sure = set(mine[name].get("required", [])) | {
                key for key, own in mine[name]["properties"].items() if "default" in own
            }
            assert set(schema.get("required", [])) <= sure, name


def test_a_declared_incident_shows_every_word_of_the_configuration(walk: Walk) -> None:
    entries = walk_fields(walk)
    made = walk("post", "/v1/incidents", {"idempotency_key": "a", "visibility": "public"})["incident"]
    words = snapshot.current()
    assert len(made["custom_field_entries"]) == len(entries) + 1
    assert [entry["values"] for entry in made["custom_field_entries"]] == [[]] * (len(entries) + 1)
    assert len(made["incident_role_assignments"]) == len(words.roles)
    assert {stamp["name"] for stamp in made["timestamps"]} >= {"reported_at", "resolved_at"}
