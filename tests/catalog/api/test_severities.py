"""Severities on the wire, as Terraform uses them."""

from collections.abc import Callable
from typing import Any

import pytest

from catalog.models import Severity
from catalog.severities import create_severity
from incidents.models import Incident
from tests.conftest import SYSTEM, ApiClient

PATH = "/v1/severities"


def ranks(terraform: ApiClient) -> dict[str, int]:
    return {row["name"]: row["rank"] for row in terraform.get(PATH).json()["severities"]}


def test_severities_are_listed_by_rank(terraform: ApiClient) -> None:
    assert list(ranks(terraform).items()) == [("Minor", 0), ("Major", 1), ("Critical", 2)]


def test_the_list_costs_the_same_however_long_it_is(terraform: ApiClient, django_assert_max_num_queries: Any) -> None:
    terraform.get(PATH)
    for number in range(20):
        create_severity(SYSTEM, name=f"Severity {number}", description="")
    with django_assert_max_num_queries(2):
        assert len(ranks(terraform)) == 23


def test_a_severity_without_a_rank_is_the_worst(terraform: ApiClient) -> None:
    answer = terraform.post(PATH, {"name": "Apocalypse", "description": "**Run**\n", "rank": None})
    assert answer.status_code == 201
    made = answer.json()["severity"]
    assert (made["name"], made["description"], made["rank"]) == ("Apocalypse", "**Run**\n", 3)
    assert terraform.get(f"{PATH}/{made['id']}").json()["severity"] == made


def test_an_explicit_rank_is_answered_as_asked_although_taken(terraform: ApiClient) -> None:
    made = terraform.post(PATH, {"name": "Moderate", "description": "", "rank": 1}).json()["severity"]
    assert made["rank"] == 1
    assert ranks(terraform) == {"Minor": 0, "Moderate": 1, "Major": 2, "Critical": 3}
    updated = terraform.put(f"{PATH}/{made['id']}", {"name": "Moderate", "description": "", "rank": 0})
    assert updated.json()["severity"]["rank"] == 0
    assert ranks(terraform) == {"Moderate": 0, "Minor": 1, "Major": 2, "Critical": 3}


def test_an_update_without_a_rank_keeps_it(terraform: ApiClient) -> None:
    major = Severity.objects.get(name="Major")
    answer = terraform.put(f"{PATH}/{major.id}", {"name": "Big", "description": "x"})
    assert answer.status_code == 200
    assert answer.json()["severity"]["rank"] == 1


def test_a_deleted_severity_is_gone_but_stays_in_its_incidents(
    terraform: ApiClient, declare: Callable[..., Incident]
) -> None:
    major = Severity.objects.get(name="Major")
    incident = declare(severity_id=major.id)
    answer = terraform.delete(f"{PATH}/{major.id}")
    assert (answer.status_code, answer.content) == (202, b"")
    for again in (terraform.get(f"{PATH}/{major.id}"), terraform.delete(f"{PATH}/{major.id}")):
        assert (again.status_code, again.json()["type"]) == (404, "not_found")
    assert "Major" not in ranks(terraform)
    assert terraform.get(f"/v1/incidents/{incident.id}").json()["incident"]["severity"]["name"] == "Major"


@pytest.mark.parametrize(
    ("wrong", "pointer"),
    [
        ({"name": "Major"}, "name"),
        ({"name": ""}, "name"),
        ({"name": " "}, "name"),
        ({"name": "x" * 51}, "name"),
        ({"name": None}, "name"),
        ({"description": None}, "description"),
        ({"description": "\0"}, "description"),
        ({"rank": "1"}, "rank"),
        ({"rank": True}, "rank"),
        ({"rank": 1.5}, "rank"),
        ({"rank": 2**63}, "rank"),
    ],
)
def test_what_is_wrong_is_pointed_at(terraform: ApiClient, wrong: dict[str, Any], pointer: str) -> None:
    answer = terraform.post(PATH, {"name": "Odd", "description": "x"} | wrong)
    assert answer.status_code == 422
    assert [error["source"]["pointer"] for error in answer.json()["errors"]] == [pointer]


def test_a_taken_name_is_said_in_words(terraform: ApiClient) -> None:
    error = terraform.post(PATH, {"name": "Major", "description": ""}).json()["errors"][0]
    assert error["code"] == "already_exists"
    assert error["message"] == "There already is a severity with the name 'Major'; choose another"


def test_a_viewer_does_not_configure(api: Callable[..., ApiClient]) -> None:
    assert api("viewer").post(PATH, {"name": "Odd", "description": ""}).status_code == 403
