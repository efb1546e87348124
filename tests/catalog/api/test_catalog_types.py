"""Types of the service catalog on the wire."""

from collections.abc import Callable
from typing import Any

import pytest

from apikeys.keys import issue
from catalog.models import CatalogType
from catalog.teams import TYPE_NAME, create_team
from events.models import Event
from incidentio.core.ids import new_id
from tests.catalog.service import OWNER, SERVICE, a_type, an_entry, attribute, backlink, path
from tests.conftest import SYSTEM, ApiClient
from tests.incidents.counting import statements

V2, V3 = "/v2/catalog_types", "/v3/catalog_types"
WORDS = {
    "name": " Service ",
    "description": "What we *run* \r\n\t",
    "annotations": {"incident.io/terraform/version": "5 ", "": ""},
    "categories": ["user", "service"],
    "color": "violet",
    "icon": "server",
    "ranked": True,
    "source_repo_url": "https://github.com/acme/catalog ",
}
FULL = WORDS | {"use_name_as_identifier": True}


def created(client: ApiClient, path: str, body: dict[str, Any]) -> dict[str, Any]:
    answer = client.post(path, body)
    assert answer.status_code == 201, answer.content
    made: dict[str, Any] = answer.json()["catalog_type"]
    return made


def pointers(answer: Any) -> list[str]:
    assert answer.status_code == 422, answer.content
    return [error["source"]["pointer"] for error in answer.json()["errors"]]


@pytest.mark.parametrize(("root", "said"), [(V2, WORDS), (V3, FULL)])
def test_a_type_comes_back_as_it_was_written(importer: ApiClient, root: str, said: dict[str, Any]) -> None:
    made = created(importer, root, said | {"type_name": SERVICE})
    assert said.items() <= made.items()
    assert (made["type_name"], made["schema"], made["is_editable"]) == (SERVICE, {"version": 1, "attributes": []}, True)
    assert importer.get(f"{root}/{made['id']}").json()["catalog_type"] == made
    assert made in importer.get(root).json()["catalog_types"]
    assert importer.put(f"{root}/{made['id']}", said).json()["catalog_type"] == made
    assert Event.objects.filter(subject_id=made["id"]).count() == 1


@pytest.mark.parametrize("root", [V2, V3])
def test_what_may_be_left_out_may_be_null(importer: ApiClient, root: str) -> None:
    said = {"name": "Service", "description": ""}
    nothing = dict.fromkeys([*WORDS, "type_name", *(["use_name_as_identifier", "owning_team_ids"] * (root == V3))])
    made = created(importer, root, nothing | said)
    assert (made["annotations"], made["categories"], made["color"], made["icon"]) == ({}, [], "yellow", "tag")
    assert "source_repo_url" not in made
    changed = importer.put(f"{root}/{made['id']}", nothing | said)
    assert (changed.status_code, changed.json()["catalog_type"]) == (200, made)


def test_each_version_has_words_of_its_own(importer: ApiClient) -> None:
    pk = created(importer, V3, FULL)["id"]
    newer, older = (importer.get(f"{root}/{pk}").json()["catalog_type"] for root in (V3, V2))
    assert newer.keys() - older.keys() == {
        "engine_resource_type",
        "is_team_type",
        "owning_team_ids",
        "use_name_as_identifier",
    }
    assert older.keys() - newer.keys() == {"semantic_type"}
    assert (newer["engine_resource_type"], older["semantic_type"]) == (f'CatalogEntry["{pk}"]', "")
    importer.put(f"{V2}/{pk}", WORDS)
    assert importer.get(f"{V3}/{pk}").json()["catalog_type"]["use_name_as_identifier"]


def replaced(client: ApiClient, root: str, pk: str, version: Any, *attributes: dict[str, Any]) -> Any:
    body = {"version": version, "attributes": attributes}
    return client.post(f"{root}/{pk}/actions/update_schema", body)


def test_a_schema_comes_back_as_it_was_written(importer: ApiClient) -> None:
    a_type(attribute("channel"), name="Owner")
    pk = created(importer, V3, FULL | {"type_name": SERVICE})["id"]
    said = [
        attribute("owner", OWNER, mode="api"),
        attribute(" odd é ", mode=""),
        backlink("parts", SERVICE, "whole"),
        attribute("whole", SERVICE, mode="dashboard"),
        path("chat", "String", "owner", "channel"),
    ]
    schema = replaced(importer, V3, pk, 1, *said).json()["catalog_type"]["schema"]
    said[4] = said[4] | {
        "path": [
            {"attribute_id": "owner", "attribute_name": "Owner"},
            {"attribute_id": "channel", "attribute_name": "Channel"},
        ]
    }
    assert schema == {"version": 2, "attributes": said}


def test_what_comes_back_may_be_sent_again(importer: ApiClient) -> None:
    row = a_type(attribute("owner", OWNER), type_name=OWNER)
    assert replaced(importer, V3, row.id, 2, attribute("owner", OWNER), path("boss", OWNER, "owner")).status_code == 200
    for version, root in ((3, V2), (3, V3)):
        schema = importer.get(f"{root}/{row.id}").json()["catalog_type"]["schema"]
        again = replaced(importer, root, row.id, version, *schema["attributes"])
        assert again.json()["catalog_type"]["schema"] == schema


def test_v2_calls_what_the_api_and_the_dashboard_write_manual(importer: ApiClient) -> None:
    row = a_type(attribute("tier", mode="dashboard"), attribute("team", mode="api"), attribute("note", mode="external"))
    shown = importer.get(f"{V2}/{row.id}").json()["catalog_type"]["schema"]["attributes"]
    assert [found["mode"] for found in shown] == ["manual", "manual", "external"]
    replaced(importer, V2, row.id, 2, *shown, {"name": "New", "type": "Bool", "array": False, "mode": "manual"})
    row.refresh_from_db()
    assert [found["mode"] for found in row.attributes] == ["dashboard", "api", "external", "api"]


@pytest.mark.parametrize("root", [V2, V3])
def test_an_old_version_of_a_schema_is_a_conflict(importer: ApiClient, root: str) -> None:
    row = a_type(attribute("tier"))
    refused = replaced(importer, root, row.id, 1)
    assert (refused.status_code, refused.json()["type"]) == (409, "conflict")
    assert refused.json()["errors"][0]["source"] == {"field": "version", "pointer": "version"}
    row.refresh_from_db()
    assert row.schema_version == 2


@pytest.mark.parametrize(
    ("wrong", "at"),
    [
        ({"name": None}, "name"),
        ({"name": " "}, "name"),
        ({"name": "x" * 201}, "name"),
        ({"description": None}, "description"),
        ({"type_name": "Service"}, "type_name"),
        ({"type_name": TYPE_NAME}, "type_name"),
        ({"color": "red"}, "color"),
        ({"icon": "ghost"}, "icon"),
        ({"categories": ["things"]}, "categories.0"),
        ({"ranked": "yes"}, "ranked"),
        ({"annotations": {"a": 1}}, "annotations.a"),
        ({"annotations": {"a": "\0"}}, "annotations.a"),
        ({"annotations": {"a\0": ""}}, "annotations"),
        ({"owning_team_ids": [new_id()]}, "owning_team_ids.0"),
        ({"owning_team_ids": ["nobody"]}, "owning_team_ids.0"),
    ],
)
def test_what_a_type_cannot_be_is_pointed_at(importer: ApiClient, wrong: dict[str, Any], at: str) -> None:
    assert pointers(importer.post(V3, FULL | wrong)) == [at]
    assert CatalogType.objects.count() == 1


@pytest.mark.parametrize(
    ("wrong", "at"),
    [
        ({"version": None}, "version"),
        ({"version": "1"}, "version"),
        ({"attributes": None}, "attributes"),
        ({"attributes": [{}]}, "attributes.0.name"),
        ({"attributes": [attribute("a") | {"array": None}]}, "attributes.0.array"),
        ({"attributes": [attribute("a", mode="manual")]}, "attributes.0.mode"),
        ({"attributes": [attribute("a"), attribute("b", "Custom")]}, "attributes.1.type"),
        ({"attributes": [attribute("a", mode="path", path=[{}])]}, "attributes.0.path.0.attribute_id"),
    ],
)
def test_what_a_schema_cannot_be_is_pointed_at(importer: ApiClient, wrong: dict[str, Any], at: str) -> None:
    row = a_type()
    body = {"version": 1, "attributes": []} | wrong
    assert at in pointers(importer.post(f"{V3}/{row.id}/actions/update_schema", body))


@pytest.mark.parametrize("root", [V2, V3])
def test_a_deleted_type_is_gone_with_its_entries(importer: ApiClient, root: str) -> None:
    row = a_type()
    entry = an_entry(row)
    assert importer.delete(f"{root}/{row.id}").status_code == 204
    assert row.id not in [found["id"] for found in importer.get(root).json()["catalog_types"]]
    for again in (importer.delete(f"{root}/{row.id}"), importer.put(f"{root}/{row.id}", WORDS)):
        assert again.status_code == 404
    entries = root.replace("types", "entries")
    assert importer.get(f"{entries}/{entry.id}").status_code == 404
    assert importer.get(f"{entries}?page_size=1&catalog_type_id={row.id}").status_code == 404


def test_the_hubs_own_type_is_not_editable(importer: ApiClient) -> None:
    row = CatalogType.objects.get(type_name=TYPE_NAME)
    shown = importer.get(f"{V3}/{row.id}").json()["catalog_type"]
    assert (shown["is_editable"], shown["is_team_type"], shown["type_name"]) == (False, True, "Team")
    answers = [
        importer.put(f"{V3}/{row.id}", WORDS),
        importer.delete(f"{V3}/{row.id}"),
        replaced(importer, V2, row.id, 1),
    ]
    assert {(answer.status_code, answer.json()["errors"][0]["code"]) for answer in answers} == {(422, "not_editable")}


@pytest.mark.parametrize("root", [V2, V3])
def test_the_list_costs_the_same_however_long_it_is(importer: ApiClient, root: str) -> None:
    before = statements(importer, root)
    for number in range(6):
        row = a_type(attribute("tier"), name=f"Type {number}")
        parts = [attribute("part", row.type_name), backlink("parts", row.type_name, "part")]
        replaced(importer, V3, row.id, 2, *parts, path("far", row.type_name, "part", "part"))
    assert statements(importer, root) == before <= 4
    assert len(importer.get(root).json()["catalog_types"]) == 7


def test_viewers_only_look(api: Callable[..., ApiClient]) -> None:
    row, viewer = a_type(), api("catalog_viewer")
    assert viewer.get(f"{V3}/{row.id}").status_code == viewer.get(V3).status_code == 200
    refused = [viewer.post(V3, FULL), viewer.put(f"{V3}/{row.id}", FULL), viewer.delete(f"{V2}/{row.id}")]
    refused += [replaced(viewer, V3, row.id, 1), api("viewer").get(V3), api("viewer").get(f"{V2}/{row.id}")]
    assert [answer.status_code for answer in refused] == [403] * 6


def team_editor(team: Any, *roles: str) -> ApiClient:
    """A caller who may write the types of one team."""
    issued = issue(SYSTEM, name="Team", roles=list(roles), team_roles=["catalog_editor"], team_ids=[team.id])
    return ApiClient(issued.token, issued.key)


@pytest.mark.parametrize("root", [V2, V3])
def test_a_key_for_its_teams_keeps_to_their_types(root: str) -> None:
    mine, other = create_team(SYSTEM, name="Mine"), create_team(SYSTEM, name="Other")
    client = team_editor(mine)
    owned = created(client, V3, FULL | {"owning_team_ids": [mine.id]})
    assert [found["id"] for found in client.get(root).json()["catalog_types"]] == [owned["id"]]
    assert client.put(f"{root}/{owned['id']}", WORDS).status_code == 200
    assert replaced(client, root, owned["id"], 1, attribute("tier")).status_code == 200
    for owners in ([other.id], [mine.id, other.id], []):
        assert client.post(V3, FULL | {"owning_team_ids": owners}).status_code == 403
        assert client.put(f"{V3}/{owned['id']}", FULL | {"owning_team_ids": owners}).status_code == 403
        foreign = a_type(owning_team_ids=owners)
        assert (
            client.get(f"{root}/{foreign.id}").status_code == client.delete(f"{root}/{foreign.id}").status_code == 404
        )
        assert team_editor(mine, "catalog_viewer").delete(f"{root}/{foreign.id}").status_code == 403
    assert client.delete(f"{root}/{owned['id']}").status_code == 204
