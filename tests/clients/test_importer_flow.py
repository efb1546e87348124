"""What the catalog importer does, request by request (API behaviour, section 8): it is no Python package.

It owns the types that carry its annotation, gives attributes ids of its own, and changes only what differs from what
it wrote: a literal that came back otherwise would be written again on every run.
"""

from typing import Any

import httpx
import pytest

from tests.clients.replaying import decoded, until_empty

pytestmark = pytest.mark.django_db(transaction=True)
SYNC = "incident.io/catalog-importer/sync-id"
OURS = {SYNC: "shop", "incident.io/catalog-importer/version": "2.0.0"}
TYPES = {
    'Custom["Team"]': [{"id": "channel", "name": "Channel", "type": "String", "array": False}],
    'Custom["Service"]': [
        {"id": "description", "name": "Description", "type": "Text", "array": False},
        {"id": "owner", "name": "Owner", "type": 'Custom["Team"]', "array": False},
        {"id": "tags", "name": "Tags", "type": "String", "array": True},
    ],
}
DERIVED = {
    'Custom["Team"]': [
        {
            "id": "services",
            "name": "Services",
            "type": 'Custom["Service"]',
            "array": True,
            "mode": "backlink",
            "backlink_attribute": "owner",
        }
    ],
    'Custom["Service"]': [
        {
            "id": "owner-channel",
            "name": "Owner's channel",
            "type": "String",
            "array": False,
            "mode": "path",
            "path": [{"attribute_id": "owner"}, {"attribute_id": "channel"}],
        }
    ],
}
SHOP = {'Custom["Team"]': {"shop": {"channel": "C0SHOP"}}}
CHECKOUT = {"description": "Takes *money* \n", "owner": "shop", "tags": ["b", "a"]}
Wanted = dict[str, dict[str, dict[str, Any]]]


def bindings(values: dict[str, Any]) -> dict[str, Any]:
    """Values as the wire has them; an empty list is sent, and never comes back."""
    return {
        key: {"array_value": [{"literal": one} for one in value]}
        if isinstance(value, list)
        else {"value": {"literal": value}}
        for key, value in values.items()
    }


def literals(entry: dict[str, Any], wanted: dict[str, Any]) -> dict[str, Any]:
    """What an entry holds of the attributes the importer writes."""
    found = {key: entry["attribute_values"].get(key, {"array_value": []}) for key in wanted}
    return {
        key: [one["literal"] for one in value["array_value"]] if "array_value" in value else value["value"]["literal"]
        for key, value in found.items()
    }


class Importer:
    """One run after the other, counting what each wrote."""

    def __init__(self, http: httpx.Client) -> None:
        http.headers["User-Agent"] = "catalog-importer/2.0.0"
        self.http = http

    def types(self) -> dict[str, Any]:
        """Its own types, made where they are missing."""
        found = self.own_types()
        for name in TYPES.keys() - found.keys():
            said = {"name": name[8:-2], "description": "", "type_name": name, "annotations": OURS}
            decoded(self.http.post("/v3/catalog_types", json=said | {"source_repo_url": ""}), 201)
        return self.own_types()

    def own_types(self) -> dict[str, Any]:
        kinds = decoded(self.http.get("/v3/catalog_types"))["catalog_types"]
        return {kind["type_name"]: kind for kind in kinds if kind["annotations"].get(SYNC) == OURS[SYNC]}

    def schemas(self, kinds: dict[str, Any]) -> None:
        """Every type anew, then the attributes of all, then those derived from them, each from the version answered."""
        versions = {}
        for name, kind in kinds.items():
            said = {"name": kind["name"], "description": "Imported", "annotations": OURS, "source_repo_url": ""}
            decoded(self.http.put(f"/v3/catalog_types/{kind['id']}", json=said))
            versions[name] = self.schema(kind["id"], kind["schema"]["version"], TYPES[name])
        for name, kind in kinds.items():
            self.schema(kind["id"], versions[name], TYPES[name] + DERIVED[name])

    def schema(self, pk: str, version: int, attributes: list[Any]) -> int:
        said = {"version": version, "attributes": attributes}
        answer = self.http.post(f"/v3/catalog_types/{pk}/actions/update_schema", json=said)
        schema = decoded(answer)["catalog_type"]["schema"]
        assert [attribute["id"] for attribute in schema["attributes"]] == [row["id"] for row in attributes]
        return int(schema["version"])

    def entries(self, kind: dict[str, Any], wanted: dict[str, dict[str, Any]]) -> list[str]:
        """Delete, make and change entries until they are as wanted; what was done."""
        asked = {"catalog_type_id": kind["id"], "page_size": 250}
        found = {
            row["external_id"]: row for row in until_empty(self.http, "/v3/catalog_entries", "catalog_entries", **asked)
        }
        done = []
        for extra in found.keys() - wanted.keys():
            assert self.http.delete(f"/v3/catalog_entries/{found[extra]['id']}").status_code == 204
            done.append(f"deleted {extra}")
        for missing in wanted.keys() - found.keys():
            said = {"name": missing, "external_id": missing, "aliases": [], "rank": 0, "catalog_type_id": kind["id"]}
            said["attribute_values"] = bindings(wanted[missing])
            decoded(self.http.post("/v3/catalog_entries", json=said), 201)
            done.append(f"created {missing}")
        changed = [
            {"entry_id": found[pk]["id"], "attribute_values": bindings(wanted[pk])}
            for pk in wanted.keys() & found.keys()
            if literals(found[pk], wanted[pk]) != wanted[pk]
        ]
        if changed:
            said = {"catalog_type_id": kind["id"], "entries": changed}
            assert self.http.post("/v3/catalog_entries/actions/bulk_update", json=said).status_code == 204
        return [*done, *(["changed"] * len(changed))]

    def __call__(self, wanted: Wanted) -> list[str]:
        self.schemas(self.types())
        return [word for name, kind in self.own_types().items() for word in self.entries(kind, wanted.get(name, {}))]


def test_it_writes_once_what_does_not_change(http: httpx.Client) -> None:
    run = Importer(http)
    wanted: Wanted = SHOP | {'Custom["Service"]': {"checkout": CHECKOUT, "stock": CHECKOUT | {"tags": []}}}
    assert sorted(run(wanted)) == ["created checkout", "created shop", "created stock"]
    assert run(wanted) == []
    wanted['Custom["Service"]'] = {"checkout": CHECKOUT | {"tags": ["a"]}}
    assert sorted(run(wanted)) == ["changed", "deleted stock"]
    assert run(wanted) == []


def test_what_is_derived_shows(http: httpx.Client) -> None:
    run = Importer(http)
    run(SHOP | {'Custom["Service"]': {"checkout": CHECKOUT}})
    shown = {}
    for name, kind in run.own_types().items():
        asked = {"catalog_type_id": kind["id"], "page_size": 250}
        (row,) = decoded(http.get("/v3/catalog_entries", params=asked))["catalog_entries"]
        shown[name] = decoded(http.get(f"/v3/catalog_entries/{row['id']}?expand=true"))["catalog_entry"]
    (service,) = shown['Custom["Team"]']["attribute_values"]["services"]["array_value"]
    assert service["label"] == "checkout"
    assert shown['Custom["Service"]']["attribute_values"]["owner-channel"]["value"]["literal"] == "C0SHOP"
    assert shown['Custom["Service"]']["attribute_values"]["owner"]["value"] == {"label": "shop", "literal": "shop"}


def test_stale_types_are_pruned(http: httpx.Client) -> None:
    run = Importer(http)
    for kind in run.types().values():
        assert http.delete(f"/v3/catalog_types/{kind['id']}").status_code == 204
    assert run.own_types() == {}
    assert len(run.types()) == 2
