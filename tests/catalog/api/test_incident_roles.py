"""Incident roles on the wire."""

from catalog.models import IncidentRole
from tests.conftest import ApiClient

PATH = "/v1/incident_roles"
SCRIBE = {"name": "Scribe", "description": "Writes", "instructions": "", "shortform": "scribe", "required": True}


def test_a_role_is_made_changed_and_deleted(terraform: ApiClient) -> None:
    answer = terraform.post(PATH, SCRIBE)
    made = answer.json()["incident_role"]
    assert (answer.status_code, made["role_type"], made["required"]) == (201, "custom", False)
    changed = terraform.put(f"{PATH}/{made['id']}", {**SCRIBE, "name": "Clerk", "required": None})
    assert (changed.status_code, changed.json()["incident_role"]["name"]) == (200, "Clerk")
    assert terraform.delete(f"{PATH}/{made['id']}").status_code == 204
    assert terraform.get(f"{PATH}/{made['id']}").status_code == 404


def test_the_lead_and_the_reporter_come_first(terraform: ApiClient) -> None:
    terraform.post(PATH, SCRIBE)
    rows = terraform.get(PATH).json()["incident_roles"]
    assert [row["role_type"] for row in rows] == ["lead", "reporter", "custom"]
    assert (rows[0]["shortform"], rows[1]["shortform"], rows[1]["instructions"]) == ("lead", "", "")


def test_v1_asks_for_every_word_and_names_each_that_is_missing(terraform: ApiClient) -> None:
    refused = terraform.post(PATH, {})
    assert refused.status_code == 422
    errors = refused.json()["errors"]
    assert {error["source"]["pointer"] for error in errors} == set(SCRIBE)
    assert {error["code"] for error in errors} == {"is_required"}


def test_empty_strings_are_refused_where_something_must_be_said(terraform: ApiClient) -> None:
    refused = terraform.post(PATH, SCRIBE | {"name": "", "description": ""})
    assert {error["source"]["pointer"] for error in refused.json()["errors"]} == {"name", "description"}


def test_a_taken_shortform_is_pointed_at(terraform: ApiClient) -> None:
    refused = terraform.post(PATH, SCRIBE | {"shortform": "lead"})
    assert refused.json()["errors"][0]["source"]["pointer"] == "shortform"


def test_system_roles_stay(terraform: ApiClient) -> None:
    for role in IncidentRole.objects.all():
        assert terraform.delete(f"{PATH}/{role.id}").status_code == 422


def test_v2_makes_changes_and_deletes_what_v1_shows(terraform: ApiClient) -> None:
    path, words = "/v2/incident_roles", {name: value for name, value in SCRIBE.items() if name != "required"}
    answer = terraform.post(path, words | {"instructions": " Note\nit down "})
    made = answer.json()["incident_role"]
    assert (answer.status_code, made["role_type"], made["instructions"]) == (201, "custom", " Note\nit down ")
    assert terraform.get(f"{PATH}/{made['id']}").json()["incident_role"] == made | {"required": False}
    changed = terraform.put(f"{path}/{made['id']}", words | {"shortform": ""}).json()["incident_role"]
    assert terraform.get(f"{path}/{made['id']}").json()["incident_role"] == changed
    assert terraform.get(path).json()["incident_roles"][-1] == changed
    assert terraform.delete(f"{path}/{made['id']}").status_code == 204
    assert terraform.get(f"{path}/{made['id']}").status_code == 404
