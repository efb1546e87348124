"""Workflows over HTTP: what was written comes back with labels, and nothing else changes."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from accounts.models import User
from apikeys.keys import issue
from apikeys.roles import ROLES
from catalog.models import CatalogEntry
from catalog.teams import create_team
from tests.conftest import SYSTEM, ApiClient
from tests.incidents.counting import statements
from tests.workflows.writing import (
    MESSAGE,
    STEP_ID,
    asking,
    change_of,
    of,
    plain,
    realistic,
    severity,
    step,
    written,
)

UNKNOWN = "01HZZZZZZZZZZZZZZZZZZZZZZZ"
EDITOR = ("workflows_viewer", "workflows_editor")


@pytest.fixture
def editor(api: Callable[..., ApiClient]) -> ApiClient:
    return api(*EDITOR)


def create(client: ApiClient, body: dict[str, Any]) -> dict[str, Any]:
    answer = client.post("/v2/workflows", body)
    assert answer.status_code == 201, answer.content
    workflow: dict[str, Any] = answer.json()["workflow"]  # type: ignore[attr-defined]
    return workflow


def show(client: ApiClient, pk: str, query: str = "") -> dict[str, Any]:
    answer: Any = client.get(f"/v2/workflows/{pk}{query}")
    assert answer.status_code == 200, answer.content
    workflow: dict[str, Any] = answer.json()["workflow"]
    return workflow


def without_labels(value: Any) -> Any:
    """An answer as Terraform compares it with what it wrote."""
    if isinstance(value, list):
        return [without_labels(one) for one in value]
    if not isinstance(value, dict):
        return value
    if "subject" in value:
        value = value | {"subject": value["subject"]["reference"], "operation": value["operation"]["value"]}
    made = {"reference_label"} if "operations" in value else {"reference_label", "label"}
    made |= {"returns"} if value.keys() & {"operations", "operation_type"} else set()
    return {name: without_labels(inner) for name, inner in value.items() if name not in made}


def test_terraform_reads_what_it_wrote_and_writes_it_again(editor: ApiClient, nora: User) -> None:
    body = realistic(nora.id)
    created = create(editor, body)
    read = show(editor, created["id"], "?skip_step_upgrades=true")
    for name in ("name", "folder", "delay", "state", "runs_on_incidents", "runs_on_incident_modes"):
        assert read[name] == body[name]
    for name in ("condition_groups", "steps", "expressions"):
        assert without_labels(read[name]) == body[name]
    again: Any = editor.put(f"/v2/workflows/{created['id']}", change_of(body) | {"skip_step_upgrades": True})
    assert again.status_code == 200
    assert again.json()["workflow"] == read
    assert again.json()["management_meta"]["managed_by"] == "terraform"


def test_names_come_back_with_labels(editor: ApiClient) -> None:
    major = severity("Major")
    condition = asking("incident.severity", "gte", major, many=False)
    answer = create(editor, plain(once_for=["incident"], condition_groups=[{"conditions": [condition]}]))
    assert answer["trigger"] == {"name": "incident.updated", "label": "Incident Updated"}
    assert answer["once_for"] == [{"key": "incident", "label": "Incident", "type": "Incident", "array": False}]
    assert answer["condition_groups"][0]["conditions"] == [
        {
            "subject": {"reference": "incident.severity", "label": "Incident → Severity"},
            "operation": {"value": "gte", "label": "is at least"},
            "param_bindings": [{"value": {"literal": major, "label": "Major"}}],
        }
    ]
    assert (answer["state"], answer["private_incident_scope"], answer["auto_run_mode"], answer["version"]) == (
        "draft", "none", "run_automatically", 1,
    )  # fmt: skip


def test_expressions_say_what_they_return(editor: ApiClient, nora: User) -> None:
    expressions = create(editor, realistic(nora.id))["expressions"]
    assert [expression["returns"] for expression in expressions] == [
        {"type": "Number", "array": False},
        {"type": "User", "array": False},
        {"type": "User", "array": False},
    ]
    kept, owner, _ = expressions[1]["operations"]
    assert kept["returns"]["array"]
    assert owner["navigate"] == {"reference": 'catalog_attribute["owner"]', "reference_label": "Owner"}
    assert expressions[2]["else_branch"]["result"]["value"] == {"literal": nora.id, "label": "Nora Lind"}
    assert expressions[2]["operations"][0]["branches"]["branches"][0]["result"]["value"]["label"] == "owner"


def test_a_step_has_a_binding_for_each_parameter_unless_it_shall_not(editor: ApiClient) -> None:
    short = step("slack.post_message", {"value": {"literal": "C1"}}, {"value": {"literal": MESSAGE}})
    created = create(editor, plain(steps=[short]))
    padded, raw = created["steps"][0], show(editor, created["id"], "?skip_step_upgrades=true")["steps"][0]
    assert padded["param_bindings"] == [*raw["param_bindings"], {}, {}]
    assert raw["param_bindings"][1] == {"value": {"literal": MESSAGE, "label": MESSAGE}}
    assert (raw["id"], raw["label"]) == (STEP_ID, "Send message to a channel")
    assert show(editor, created["id"])["steps"] == [padded]


def test_the_list_is_slim_and_costs_the_same_for_many(editor: ApiClient, nora: User) -> None:
    written(steps=[step("incident.accept", of("incident"))], form_fields=[])
    few = statements(editor, "/v2/workflows")
    for number in range(10):
        written(name=str(number), steps=[step("incident.assign_role", {}, {}, {"value": {"literal": nora.id}})])
    assert statements(editor, "/v2/workflows") == few <= 12
    first: dict[str, Any] = editor.get("/v2/workflows").json()["workflows"][0]  # type: ignore[attr-defined]
    assert first["steps"] == [{"name": "incident.accept", "label": "Accept incident"}]
    assert "form_fields" not in first


def test_an_archived_workflow_is_gone(editor: ApiClient) -> None:
    pk = create(editor, plain())["id"]
    assert editor.delete(f"/v2/workflows/{pk}").status_code == 204
    assert editor.get("/v2/workflows").json() == {"workflows": []}  # type: ignore[attr-defined]
    for answer in (
        editor.get(f"/v2/workflows/{pk}"),
        editor.delete(f"/v2/workflows/{pk}"),
        editor.put(f"/v2/workflows/{pk}", change_of(plain())),
    ):
        assert answer.status_code == 404


BAD: dict[str, dict[str, Any]] = {
    "no steps": {"steps": None},
    "steps that are words": {"steps": ["accept"]},
    "a binding that is words": {"steps": [{"id": "a", "name": "b", "param_bindings": ["x"]}]},
    "a NUL in a literal": {"steps": [step("email.send", {"value": {"literal": "\0"}})]},
    "a literal of a million characters": {"steps": [step("email.send", {"value": {"literal": "x" * 900_000}})]},
    "a number for a literal": {"steps": [step("email.send", {"value": {"literal": 5}})]},
    "an unknown mode": {"runs_on_incident_modes": ["real"]},
    "a state that is not there": {"state": "paused"},
    "an endless delay": {"delay": {"for_seconds": 10**15, "conditions_apply_over_delay": True}},
    "a delay from the past": {"delay": {"for_seconds": -1, "conditions_apply_over_delay": True}},
    "an operation without its options": {
        "expressions": [
            {"label": "a", "reference": "a", "root_reference": "b", "operations": [{"operation_type": "navigate"}]}
        ]
    },
    "an annotation that is a number": {"annotations": {"a": 1}},
    "a NUL in an annotation's name": {"annotations": {"a\0": "1"}},
    "annotations that are a list": {"annotations": []},
    "an owner that is words": {"owning_team_ids": ["platform"]},
    "two fields under one key": {"form_fields": [{"key": "a", "title": "A", "type": "String"}] * 2},
    "a name with a NUL": {"name": "\0"},
    "a folder of 10,000 characters": {"folder": "x" * 10_000},
}


@pytest.mark.parametrize("wrong", BAD.values(), ids=list(BAD))
def test_rubbish_is_refused(editor: ApiClient, wrong: dict[str, Any]) -> None:
    answer: Any = editor.post("/v2/workflows", plain() | wrong)
    assert answer.status_code == 422, answer.content
    assert all({"field", "pointer"} == set(error["source"]) for error in answer.json()["errors"])


@pytest.mark.parametrize("pk", [UNKNOWN, "INC-1", "%00", "x" * 3_000])
def test_an_odd_id_is_nobodys(editor: ApiClient, pk: str) -> None:
    assert editor.get(f"/v2/workflows/{pk}").status_code == 404
    assert editor.put(f"/v2/workflows/{pk}", change_of(plain())).status_code == 404


def test_null_is_absent(editor: ApiClient) -> None:
    optional = ("folder", "shortform", "delay", "form_fields", "owning_team_ids", "state", "annotations")
    created = create(editor, plain() | dict.fromkeys(optional))
    assert not created.keys() & {"folder", "shortform", "delay", "form_fields", "owning_team_ids", "runs_from"}


@pytest.mark.parametrize(
    ("said", "role"),
    [
        ({"private_incident_scope": "owning_teams"}, "private_workflows_editor"),
        ({"include_private_incidents": True}, "private_workflows_editor"),
        ({"include_private_escalations": True}, "private_escalation_workflows_editor"),
    ],
)
def test_private_scopes_need_a_permission_of_their_own(
    api: Callable[..., ApiClient], editor: ApiClient, said: dict[str, Any], role: str
) -> None:
    refused: Any = editor.post("/v2/workflows", plain(**said))
    assert (refused.status_code, ROLES[role].label in refused.content.decode()) == (403, True)
    created = create(api(*EDITOR, role), plain(**said))
    assert created["include_private_incidents"] == (role == "private_workflows_editor")
    assert editor.put(f"/v2/workflows/{created['id']}", change_of(plain())).status_code == 403
    assert editor.delete(f"/v2/workflows/{created['id']}").status_code == 403


def team_editor(team: Any, *roles: str) -> ApiClient:
    """A caller who may write the workflows of one team."""
    team_roles = ["workflows_editor", "private_workflows_editor"]
    issued = issue(SYSTEM, name="Team", roles=list(roles), team_roles=team_roles, team_ids=[team.id])
    return ApiClient(issued.token, issued.key)


def test_a_key_for_its_teams_keeps_to_their_workflows(hub: None) -> None:
    mine, other = create_team(SYSTEM, name="Mine"), create_team(SYSTEM, name="Other")
    entry = CatalogEntry.objects.get(external_id=mine.id)
    client = team_editor(mine, "workflows_viewer")
    owned = create(client, plain(owning_team_ids=[entry.id, mine.id], private_incident_scope="owning_teams"))
    assert owned["owning_team_ids"] == [entry.id, mine.id]
    assert client.put(f"/v2/workflows/{owned['id']}", change_of(plain(owning_team_ids=[mine.id]))).status_code == 200
    for owners in ([], [other.id], [mine.id, other.id]):
        assert client.post("/v2/workflows", plain(owning_team_ids=owners)).status_code == 403
        assert client.put(f"/v2/workflows/{owned['id']}", change_of(plain(owning_team_ids=owners))).status_code == 403
        foreign = written(owning_team_ids=owners)
        assert client.put(f"/v2/workflows/{foreign.id}", change_of(plain())).status_code == 403
        assert team_editor(mine).delete(f"/v2/workflows/{foreign.id}").status_code == 404
    assert team_editor(mine).delete(f"/v2/workflows/{owned['id']}").status_code == 204


def test_every_operation_needs_its_permission(api: Callable[..., ApiClient]) -> None:
    viewer, pk = api("viewer"), written().id
    calls = [viewer.get("/v2/workflows"), viewer.post("/v2/workflows", plain()), viewer.get(f"/v2/workflows/{pk}")]
    calls += [viewer.put(f"/v2/workflows/{pk}", change_of(plain())), viewer.delete(f"/v2/workflows/{pk}")]
    assert {call.status_code for call in calls} == {403}
    assert Client().get("/v2/workflows").status_code == 401
