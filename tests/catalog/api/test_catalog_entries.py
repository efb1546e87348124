"""Entries of the service catalog on the wire."""

from collections.abc import Callable
from typing import Any

import pytest

from catalog.models import CatalogEntry, CatalogType
from catalog.teams import TYPE_NAME, create_team
from events.models import Event
from incidentio.core.ids import new_id
from tests.catalog.api.test_catalog_types import pointers, team_editor
from tests.catalog.service import (
    OWNER,
    SERVICE,
    a_type,
    an_entry,
    attribute,
    backlink,
    bindings,
    many,
    path,
    with_schema,
)
from tests.conftest import SYSTEM, ApiClient
from tests.incidents.counting import statements

V2, V3 = "/v2/catalog_entries", "/v3/catalog_entries"
BULK = f"{V3}/actions/bulk_update"
CHANNEL, SERVICES = attribute("channel"), backlink("services", SERVICE, "owner")
TIER, TAGS, OWNED = attribute("tier"), attribute("tags", array=True), attribute("owner", OWNER)


@pytest.fixture
def owner(hub: None) -> CatalogType:
    return a_type(CHANNEL, name="Owner")


@pytest.fixture
def service(owner: CatalogType) -> CatalogType:
    """Services have a tier, tags, an owner, and the owner's channel; owners have their services."""
    row = a_type(TIER, TAGS, OWNED, path("chat", "String", "owner", "channel"))
    with_schema(owner, CHANNEL, SERVICES)
    return row


@pytest.fixture
def crew(owner: CatalogType, service: CatalogType) -> CatalogEntry:
    return an_entry(owner, "Crew", external_id="crew", values={"channel": "C1"})


def literals(entry: dict[str, Any]) -> dict[str, Any]:
    """The values an entry shows, as `bindings` has them."""
    return {
        pk: {"array_value": [{"literal": one["literal"]} for one in shown["array_value"]]}
        if "array_value" in shown
        else {"value": {"literal": shown["value"]["literal"]}}
        for pk, shown in entry["attribute_values"].items()
    }


def created(client: ApiClient, root: str, row: CatalogType, **said: Any) -> dict[str, Any]:
    answer = client.post(root, {"catalog_type_id": row.id, "name": "Checkout", "attribute_values": {}} | said)
    assert answer.status_code == 201, answer.content
    made: dict[str, Any] = answer.json()["catalog_entry"]
    return made


ODD = ["", " ", "\t a \r\n", "e\u0301 é \u200b\ufeff", "😀", '"\\u0041', "null"]
SAID: dict[str, Any] = {"name": " Checkout\t", "external_id": " c é", "aliases": ["z", " a", "é"], "rank": -7}


@pytest.mark.parametrize("root", [V2, V3])
def test_an_entry_comes_back_as_it_was_written(importer: ApiClient, service: CatalogType, root: str) -> None:
    for number, odd in enumerate(ODD):
        values = bindings(tier=odd, tags=[odd, "b", odd], owner=odd)
        said = SAID | {"external_id": f" {number}", "aliases": [f"z{number}", f"a{number}"]}
        made = created(importer, root, service, **said, attribute_values=values)
        assert (literals(made), said.items() <= made.items()) == (values, True)
        own = importer.get(f"{root}/{made['id']}").json()
        assert (own["catalog_entry"], own["catalog_type"]["id"]) == (made, service.id)


@pytest.mark.parametrize("root", [V2, V3])
def test_writing_the_same_again_changes_nothing(importer: ApiClient, service: CatalogType, root: str) -> None:
    values = bindings(tier=" ", tags=["b", "a"], owner="nobody")
    made = created(importer, root, service, **SAID, attribute_values=values)
    events = Event.objects.count()
    assert created(importer, root, service, **SAID, attribute_values=values) == made
    put = importer.put(f"{root}/{made['id']}", SAID | {"attribute_values": values})
    assert (put.status_code, put.json()["catalog_entry"]) == (200, made)
    partial = {"entry_id": made["id"], "attribute_values": values, "rank": -7}
    assert importer.post(BULK, {"catalog_type_id": service.id, "entries": [partial]}).status_code == 204
    assert Event.objects.count() == events


@pytest.mark.parametrize("root", [V2, V3])
def test_what_may_be_left_out_may_be_null(importer: ApiClient, service: CatalogType, root: str) -> None:
    nothing: dict[str, Any] = {"external_id": None, "aliases": None, "rank": None}
    values = {"tier": {"value": None, "array_value": None}, "tags": {"value": {"literal": None}}, "owner": {}}
    made = created(importer, root, service, **nothing, attribute_values=values)
    assert (made["aliases"], made["rank"], made["attribute_values"], "external_id" in made) == ([], 0, {}, False)
    said = nothing | {"name": "Checkout", "attribute_values": values}
    said |= {"update_attributes": None} if root == V3 else {}
    assert importer.put(f"{root}/{made['id']}", said).json()["catalog_entry"] == made


def test_null_means_left_alone_in_a_bulk_update(importer: ApiClient, service: CatalogType) -> None:
    made = created(importer, V3, service, **SAID)
    partial = {"entry_id": made["id"], "attribute_values": {}} | dict.fromkeys(
        ("name", "external_id", "aliases", "rank")
    )
    body = {"catalog_type_id": service.id, "entries": [partial], "update_attributes": None}
    assert importer.post(BULK, body).status_code == 204
    shown = importer.get(f"{V3}/{made['id']}").json()["catalog_entry"]
    assert {key: shown[key] for key in SAID} == SAID | {"rank": 0}


def test_links_have_the_names_of_what_they_lead_to(
    importer: ApiClient, service: CatalogType, crew: CatalogEntry
) -> None:
    made = created(importer, V3, service, attribute_values=bindings(owner="crew", tier="1"))
    assert made["attribute_values"]["owner"] == {"value": {"literal": "crew", "label": "Crew"}}
    older = importer.get(f"{V2}/{made['id']}").json()["catalog_entry"]["attribute_values"]
    reference = {"catalog_entry_id": crew.id, "catalog_entry_name": "Crew", "catalog_type_id": crew.catalog_type_id}
    value = {"literal": "crew", "label": "Crew", "sort_key": "Crew", "catalog_entry": reference}
    assert older["owner"] == {"value": value}
    assert older["tier"] == {"value": {"literal": "1", "label": "1", "sort_key": "1"}}


def test_links_that_lead_nowhere_are_kept(importer: ApiClient, service: CatalogType) -> None:
    made = created(importer, V3, service, attribute_values=bindings(owner="nobody "))
    assert made["attribute_values"] == {"owner": {"value": {"literal": "nobody ", "label": "nobody "}}}


def test_a_read_looks_as_far_as_it_is_told(importer: ApiClient, service: CatalogType, crew: CatalogEntry) -> None:
    made = created(importer, V3, service, attribute_values=bindings(owner="crew"))
    shown = {
        (name, ask): importer.get(f"{V3}/{pk}{ask}").json()["catalog_entry"]["attribute_values"]
        for name, pk in (("crew", crew.id), ("made", made["id"]))
        for ask in ("", "?expand=false", "?expand=true")
    }
    assert [list(shown["made", ask]) for ask in ("?expand=false", "", "?expand=true")] == [
        ["owner"],
        ["owner", "chat"],
        ["owner", "chat"],
    ]
    assert list(shown["crew", "?expand=false"]) == list(shown["crew", ""]) == ["channel"]
    backlinks = shown["crew", "?expand=true"]["services"]
    assert backlinks == {"array_value": [{"literal": made["id"], "label": "Checkout"}]}
    assert "services" in importer.get(f"{V2}/{crew.id}").json()["catalog_entry"]["attribute_values"]


@pytest.mark.parametrize("root", [V2, V3])
def test_pages_follow_the_last_id(importer: ApiClient, service: CatalogType, root: str) -> None:
    rows = [an_entry(service, str(number)).id for number in range(3)]
    ask = f"{root}?catalog_type_id={service.id}"
    page = importer.get(f"{ask}&page_size=2").json()
    assert ([row["id"] for row in page["catalog_entries"]], page["catalog_type"]["id"]) == (rows[:2], service.id)
    assert page["pagination_meta"]["after"] == rows[1]
    last = importer.get(f"{ask}&page_size=2&after={rows[1]}").json()
    assert ([row["id"] for row in last["catalog_entries"]], "after" in last["pagination_meta"]) == (rows[2:], False)
    assert importer.get(f"{ask}&after={rows[2]}").json()["catalog_entries"] == []
    assert pointers(importer.get(f"{ask}&page_size=251")) == ["page_size"]
    assert pointers(importer.get(f"{ask}&after=x")) == ["after"]


@pytest.mark.parametrize("root", [V2, V3])
def test_a_list_is_of_one_type(importer: ApiClient, root: str) -> None:
    assert pointers(importer.get(f"{root}?page_size=1")) == ["catalog_type_id"]
    for unknown in (new_id(), "Service"):
        assert importer.get(f"{root}?page_size=1&catalog_type_id={unknown}").status_code == 404


def test_an_identifier_finds_one_entry(importer: ApiClient, service: CatalogType) -> None:
    made = created(importer, V3, service, **SAID)
    an_entry(service, "Other")
    ask = f"{V3}?page_size=1&catalog_type_id={service.id}"
    assert importer.get(ask).json()["pagination_meta"]["total_record_count"] == 2
    for identifier in (made["id"], "%20c%20%C3%A9", "z", "%20a"):
        found = importer.get(f"{ask}&identifier={identifier}").json()
        assert ([row["id"] for row in found["catalog_entries"]], found["pagination_meta"]) == (
            [made["id"]],
            {"page_size": 1, "total_record_count": 1},
        )
        assert importer.get(f"{ask}&identifier={identifier}&after={made['id']}").json()["catalog_entries"] == []
    for nothing in ("Checkout", "a", "c", "x" * 600):
        assert importer.get(f"{ask}&identifier={nothing}").json()["catalog_entries"] == []
    assert pointers(importer.get(f"{ask}&identifier=%00")) == ["identifier"]


BAD: list[tuple[dict[str, Any], str]] = [
    ({"name": None}, "name"),
    ({"name": ""}, "name"),
    ({"name": "a\0"}, "name"),
    ({"name": 7}, "name"),
    ({"external_id": "x" * 501}, "external_id"),
    ({"aliases": [""]}, "aliases.0"),
    ({"aliases": "a"}, "aliases"),
    ({"aliases": ["a", "b", "a"]}, "aliases.2"),
    ({"rank": 2**31}, "rank"),
    ({"rank": "1"}, "rank"),
    ({"attribute_values": None}, "attribute_values"),
    ({"attribute_values": bindings(colour="red")}, "attribute_values.colour"),
    ({"attribute_values": bindings(tier=["1"])}, "attribute_values.tier"),
    ({"attribute_values": bindings(chat="C1")}, "attribute_values.chat"),
    ({"attribute_values": {"tier": {"value": {"literal": 1}}}}, "attribute_values.tier.value.literal"),
    ({"attribute_values": {"tier": {"value": {"literal": "\0"}}}}, "attribute_values.tier.value.literal"),
    ({"attribute_values": {"tags": {"array_value": [{}]}}}, "attribute_values.tags.array_value.0.literal"),
]


@pytest.mark.parametrize("root", [V2, V3])
@pytest.mark.parametrize(("wrong", "at"), BAD)
def test_what_an_entry_cannot_be_is_pointed_at(
    importer: ApiClient, service: CatalogType, root: str, wrong: dict[str, Any], at: str
) -> None:
    body = {"catalog_type_id": service.id, "name": "Checkout", "attribute_values": {}}
    assert set(pointers(importer.post(root, body | wrong))) == {at}
    assert not CatalogEntry.objects.exists()


def test_a_reference_is_refused_in_v2(importer: ApiClient, service: CatalogType) -> None:
    values = {"tier": {"value": {"reference": "incident.name"}}, "tags": {"array_value": [{"reference": "x"}]}}
    body = {"catalog_type_id": service.id, "name": "Checkout", "attribute_values": values}
    at = ["attribute_values.tier.value.reference", "attribute_values.tags.array_value.0.reference"]
    assert pointers(importer.post(V2, body)) == at
    empty = {
        "tier": {"value": {"literal": "1", "reference": None}},
        "tags": {"array_value": [{"literal": "a", "reference": ""}]},
    }
    assert importer.post(V2, body | {"attribute_values": empty}).status_code == 201


@pytest.mark.parametrize("root", [V2, V3])
def test_an_unknown_type_in_a_body_is_pointed_at(importer: ApiClient, root: str) -> None:
    body = {"name": "Checkout", "attribute_values": {}}
    for pk in (new_id(), "Service"):
        assert pointers(importer.post(root, body | {"catalog_type_id": pk})) == ["catalog_type_id"]
        partial = {"entry_id": new_id(), "attribute_values": {}}
        assert pointers(importer.post(BULK, {"catalog_type_id": pk, "entries": [partial]})) == ["catalog_type_id"]


def test_only_what_is_listed_is_updated(importer: ApiClient, service: CatalogType) -> None:
    made = created(importer, V3, service, attribute_values=bindings(tier="1", tags=["a"], owner="x"))
    said = {
        "name": "Checkout",
        "attribute_values": bindings(tier="2", owner="y"),
        "update_attributes": ["tier", "tags"],
    }
    changed = importer.put(f"{V3}/{made['id']}", said).json()["catalog_entry"]
    assert literals(changed) == bindings(tier="2", owner="x")
    nothing = importer.put(f"{V3}/{made['id']}", said | {"update_attributes": []}).json()["catalog_entry"]
    assert nothing["attribute_values"] == changed["attribute_values"]


def test_a_bulk_update_is_all_or_nothing(importer: ApiClient, service: CatalogType) -> None:
    rows = [an_entry(service, str(number), aliases=[f"a{number}"]) for number in range(5)]
    entries: list[dict[str, Any]] = [
        {"entry_id": row.id, "attribute_values": bindings(tier="9"), "name": "New"} for row in rows
    ]
    entries[3]["aliases"] = ["a4"]
    body = {"catalog_type_id": service.id, "entries": entries}
    assert pointers(importer.post(BULK, body)) == ["entries.3.aliases.0"]
    assert not CatalogEntry.objects.filter(name="New").exists()
    entries[3]["aliases"] = ["b", "a"]
    answer = importer.post(BULK, body)
    assert (answer.status_code, answer.content) == (204, b"")
    assert CatalogEntry.objects.filter(name="New").count() == 5


@pytest.mark.parametrize(("count", "code"), [(0, 422), (250, 204), (251, 422)])
def test_a_bulk_update_has_1_to_250_entries(importer: ApiClient, service: CatalogType, count: int, code: int) -> None:
    rows = many(service, count)
    entries = [{"entry_id": row.id, "attribute_values": bindings(tags=["a", "b"])} for row in rows]
    assert importer.post(BULK, {"catalog_type_id": service.id, "entries": entries}).status_code == code
    assert CatalogEntry.objects.exclude(attribute_values={}).count() == (count if code == 204 else 0)


@pytest.mark.parametrize("root", [V2, V3])
def test_a_deleted_entry_is_gone_until_it_is_made_again(importer: ApiClient, service: CatalogType, root: str) -> None:
    made = created(importer, root, service, **SAID)
    assert importer.delete(f"{root}/{made['id']}").status_code == 204
    body = {"name": "Checkout", "attribute_values": {}}
    answers = [importer.get(f"{root}/{made['id']}"), importer.delete(f"{root}/{made['id']}")]
    answers += [importer.put(f"{root}/{made['id']}", body), importer.get(f"{root}/x")]
    assert [answer.status_code for answer in answers] == [404] * 4
    listed = importer.get(f"{root}?page_size=1&catalog_type_id={service.id}").json()
    assert (listed["catalog_entries"], listed["pagination_meta"].get("total_record_count", 0)) == ([], 0)
    assert importer.get(f"{V3}?page_size=1&catalog_type_id={service.id}&identifier=z").json()["catalog_entries"] == []
    assert created(importer, root, service, **SAID)["id"] == made["id"]


def test_the_entries_of_teams_are_the_hubs(importer: ApiClient) -> None:
    create_team(SYSTEM, name="Payments")
    entry = CatalogEntry.objects.get(catalog_type__type_name=TYPE_NAME)
    body = {"name": "Mine", "attribute_values": {}}
    partial = {"entry_id": entry.id, "attribute_values": {}, "name": "Mine"}
    answers = [
        importer.post(V3, body | {"catalog_type_id": entry.catalog_type_id}),
        importer.put(f"{V2}/{entry.id}", body),
        importer.delete(f"{V3}/{entry.id}"),
        importer.post(BULK, {"catalog_type_id": entry.catalog_type_id, "entries": [partial]}),
    ]
    assert {(answer.status_code, answer.json()["errors"][0]["code"]) for answer in answers} == {(422, "not_editable")}


@pytest.mark.parametrize("root", [V2, V3])
def test_the_list_costs_the_same_however_long_it_is(
    importer: ApiClient, service: CatalogType, crew: CatalogEntry, root: str
) -> None:
    asks = [f"{root}?page_size=250&catalog_type_id={row.pk}" for row in (service, crew.catalog_type)]
    for literal in ("crew", crew.id, "nobody"):
        an_entry(service, "S", external_id=literal, aliases=[literal], values={"owner": literal})
    before = [statements(importer, ask) for ask in asks]
    for number in range(30):
        made = an_entry(crew.catalog_type, str(number), values={"channel": "x"})
        an_entry(service, str(number), aliases=[f"a{number}"], values={"owner": made.id, "tags": ["a", "b"]})
    assert [statements(importer, ask) for ask in asks] == before
    assert max(before) <= 14
    assert len(importer.get(asks[0]).json()["catalog_entries"]) == 33


def test_backlinks_cost_the_same_however_many_they_are(
    importer: ApiClient, service: CatalogType, crew: CatalogEntry
) -> None:
    ask = f"{V3}/{crew.id}?expand=true"
    for literal in ("crew", crew.id):
        an_entry(service, literal, values={"owner": literal})
    before = statements(importer, ask)
    for number in range(30):
        an_entry(service, str(number), values={"owner": ("crew", crew.id)[number % 2]})
    assert statements(importer, ask) == before <= 14
    shown = importer.get(ask).json()["catalog_entry"]["attribute_values"]["services"]["array_value"]
    assert [value["label"] for value in shown] == ["crew", crew.id, *map(str, range(30))]


def test_viewers_only_look(api: Callable[..., ApiClient], service: CatalogType) -> None:
    entry, viewer = an_entry(service), api("catalog_viewer")
    assert viewer.get(f"{V3}/{entry.id}").status_code == 200
    body = {"name": "Mine", "attribute_values": {}}
    refused = [
        viewer.put(f"{V2}/{entry.id}", body),
        viewer.delete(f"{V3}/{entry.id}"),
        api("viewer").get(f"{V3}/{entry.id}"),
    ]
    refused += [viewer.post(V3, body | {"catalog_type_id": service.id})]
    partial = {"entry_id": entry.id, "attribute_values": {}}
    refused += [viewer.post(BULK, {"catalog_type_id": service.id, "entries": [partial]})]
    assert [answer.status_code for answer in refused] == [403] * 5


@pytest.mark.parametrize("root", [V2, V3])
def test_a_key_for_its_teams_keeps_to_the_entries_of_their_types(root: str) -> None:
    mine, other = create_team(SYSTEM, name="Mine"), create_team(SYSTEM, name="Other")
    owned, foreign = a_type(owning_team_ids=[mine.id]), a_type(owning_team_ids=[other.id])
    client, entry = team_editor(mine), an_entry(foreign)
    made = created(client, root, owned)
    body = {"name": "Mine", "attribute_values": {}}
    assert client.put(f"{root}/{made['id']}", body).status_code == 200
    assert client.get(f"{root}?page_size=1&catalog_type_id={owned.id}").status_code == 200
    assert client.get(f"{root}?page_size=1&catalog_type_id={foreign.id}").status_code == 404
    assert client.get(f"{root}/{entry.id}").status_code == client.delete(f"{root}/{entry.id}").status_code == 404
    assert pointers(client.post(root, body | {"catalog_type_id": foreign.id})) == ["catalog_type_id"]
    partial = {"entry_id": entry.id, "attribute_values": {}}
    assert client.post(BULK, {"catalog_type_id": foreign.id, "entries": [partial]}).status_code == 422
    looker = team_editor(mine, "catalog_viewer")
    assert looker.put(f"{root}/{entry.id}", body).status_code == 403
    assert client.delete(f"{root}/{made['id']}").status_code == 204
