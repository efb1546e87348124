"""Statuses on the wire."""

from collections.abc import Callable

from catalog.models import IncidentStatus, Severity
from incidents.models import Incident
from tests.conftest import ApiClient

PATH = "/v1/incident_statuses"


def pk(name: str) -> str:
    return str(IncidentStatus.objects.get(name=name).id)


def test_statuses_are_listed_in_the_order_of_the_lifecycle(terraform: ApiClient) -> None:
    rows = terraform.get(PATH).json()["incident_statuses"]
    assert [row["rank"] for row in rows] == [*range(-3, 8)]
    assert next(row for row in rows if row["category"] == "triage")["description"] == " "


def test_a_status_is_made_changed_and_deleted(terraform: ApiClient) -> None:
    answer = terraform.post(PATH, {"name": "Verifying", "description": "*Is it?*", "category": "live"})
    made = answer.json()["incident_status"]
    assert (answer.status_code, made["rank"], made["category"]) == (201, 4, "live")
    changed = terraform.put(f"{PATH}/{made['id']}", {"name": "Checking", "description": ""})
    assert (changed.status_code, changed.json()["incident_status"]["name"]) == (200, "Checking")
    deleted = terraform.delete(f"{PATH}/{made['id']}")
    assert (deleted.status_code, deleted.content) == (202, b"")
    assert terraform.get(f"{PATH}/{made['id']}").status_code == 404


def test_triage_is_neither_made_nor_changed_nor_deleted(terraform: ApiClient) -> None:
    made = terraform.post(PATH, {"name": "Odd", "description": "", "category": "triage"})
    assert (made.status_code, made.json()["errors"][0]["source"]["pointer"]) == (422, "category")
    assert terraform.put(f"{PATH}/{pk('Triage')}", {"name": "Odd", "description": ""}).status_code == 422
    assert terraform.delete(f"{PATH}/{pk('Triage')}").status_code == 422


def test_what_is_in_use_or_the_last_of_its_category_is_not_deleted(
    terraform: ApiClient, declare: Callable[..., Incident]
) -> None:
    declare(incident_status_id=pk("Fixing"), severity_id=Severity.objects.get(name="Minor").id)
    for name in ("Fixing", "Closed"):
        refused = terraform.delete(f"{PATH}/{pk(name)}")
        assert (refused.status_code, refused.json()["errors"][0]["code"]) == (422, "in_use")
    assert terraform.delete(f"{PATH}/{pk('Monitoring')}").status_code == 202


def test_a_taken_name_is_pointed_at(terraform: ApiClient) -> None:
    refused = terraform.post(PATH, {"name": "Fixing", "description": "", "category": "live"})
    assert refused.status_code == 422
    (error,) = refused.json()["errors"]
    assert error["source"] == {"field": "name", "pointer": "name"}
    assert error["message"] == "There already is an incident status with the name 'Fixing'; choose another"


def test_a_rank_stands_as_it_was_sent_and_counts_within_the_category(terraform: ApiClient) -> None:
    live = {"name": "Verifying", "description": "", "category": "live", "rank": 2}
    learning = {"name": "Asking why", "description": "", "category": "learning", "rank": 2}
    made = [terraform.post(PATH, body).json()["incident_status"] for body in (live, learning)]
    ranks = {row["name"]: row["rank"] for row in terraform.get(PATH).json()["incident_statuses"]}
    assert [row["rank"] for row in made] == [ranks["Verifying"], ranks["Asking why"]] == [2, 2]
    assert (ranks["Investigating"], ranks["Fixing"], ranks["Documenting"]) == (1, 3, 4)


def test_a_status_is_moved_by_its_rank_and_stays_without_one(terraform: ApiClient) -> None:
    words = {"name": "Monitoring", "description": ""}
    moved = terraform.put(f"{PATH}/{pk('Monitoring')}", words | {"rank": 1}).json()["incident_status"]
    again = terraform.put(f"{PATH}/{pk('Monitoring')}", words).json()["incident_status"]
    assert moved["rank"] == again["rank"] == 1
    assert IncidentStatus.objects.get(name="Investigating").rank == 2
    assert terraform.put(f"{PATH}/{pk('Monitoring')}", words | {"rank": 2**63}).status_code == 422


def test_one_added_at_the_end_passes_over_ranks_that_stand_twice(terraform: ApiClient) -> None:
    terraform.post(PATH, {"name": "Asking why", "description": "", "category": "learning", "rank": 6})
    terraform.post(PATH, {"name": "Verifying", "description": "", "category": "live"})
    rows = terraform.get(PATH).json()["incident_statuses"]
    assert {row["name"]: row["rank"] for row in rows if row["rank"] > 3} == {
        "Verifying": 4,
        "Documenting": 5,
        "Reviewing": 6,
        "Asking why": 7,
        "Closed": 7,
        "Paused": 8,
    }
