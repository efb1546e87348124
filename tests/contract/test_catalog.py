"""Every operation of the service catalog against the published contract, with data of every kind."""

from typing import Any

from accounts.models import User
from catalog.api.catalog_types import CATEGORIES, COLORS, ICONS, MODES_V2
from catalog.schemas import NO_ENTRIES, Mode
from catalog.teams import create_team, entries
from tests.conftest import SYSTEM
from tests.contract.contract import Walk

PROVES = (
    "/v2/catalog_types",
    "/v2/catalog_entries",
    "/v2/catalog_resources",
    "/v3/catalog_types",
    "/v3/catalog_entries",
    "/v3/catalog_resources",
)
DERIVED = (Mode.BACKLINK, Mode.PATH)
TYPES = {name: name for name in NO_ENTRIES} | {"Link": 'Custom["Service"]'}
LITERALS = {
    "String": "a ",
    "Text": "*b*\n",
    "Number": "1.50",
    "Bool": "true",
    "Link": "stock",
    "User": "nora@example.com",
}


def full_type(root: str, number: int = 0) -> dict[str, Any]:
    """What may be said of a type, a little else for each number."""
    said: dict[str, Any] = {
        "name": "Service",
        "description": "",
        "annotations": {"incident.io/terraform/version": "5"},
        "categories": list(CATEGORIES),
        "color": COLORS[number % len(COLORS)],
        "icon": ICONS[number % len(ICONS)],
        "ranked": True,
        "source_repo_url": "https://github.com/acme/catalog",
    }
    return said | ({"use_name_as_identifier": True} if root == "/v3" else {})


def attributes(modes: tuple[str, ...]) -> list[dict[str, Any]]:
    """Attributes of every type, one and many, and of every mode."""
    found: list[dict[str, Any]] = [
        {"id": f"{name}-{array}", "name": name, "type": of, "array": array}
        for name, of in TYPES.items()
        for array in (False, True)
    ]
    said = [{"name": f"By {mode}", "type": "String", "array": False, "mode": mode} for mode in modes]
    service = {"name": "Parts", "type": TYPES["Link"], "array": True}
    step = {"attribute_id": "Link-False"}
    derived = [
        service | {"mode": "backlink", "backlink_attribute": "Link-False"},
        service | {"mode": "path", "path": [step, step]},
    ]
    return found + said + derived


def values() -> dict[str, Any]:
    """A value of every type, one and many."""
    one = {f"{of}-False": {"value": {"literal": literal}} for of, literal in LITERALS.items()}
    many = {f"{of}-True": {"array_value": [{"literal": literal}] * 2} for of, literal in LITERALS.items()}
    return one | many


def walk_types(walk: Walk, root: str, modes: tuple[str, ...]) -> str:
    """A type with everything; its id."""
    types = f"{root}/catalog_types"
    bare = walk("post", types, {"name": "Bare", "description": ""})["catalog_type"]["id"]
    for number in range(max(len(COLORS), len(ICONS))):
        walk("put", types + "/{id}", full_type(root, number), id=bare)
    made = walk("post", types, full_type(root) | {"type_name": TYPES["Link"]})["catalog_type"]
    schema = {"version": made["schema"]["version"], "attributes": attributes(modes)}
    walk("post", types + "/{id}/actions/update_schema", schema, id=made["id"])
    walk("get", types + "/{id}", id=made["id"])
    walk("get", types)
    walk("get", f"{root}/catalog_resources")
    walk("delete", types + "/{id}", id=bare)
    return str(made["id"])


def walk_entries(walk: Walk, root: str, pk: str) -> list[str]:
    """Two entries that link to each other; their ids."""
    said: dict[str, Any] = {"catalog_type_id": pk, "name": "Stock", "attribute_values": {}}
    paths = f"{root}/catalog_entries"
    bare = walk("post", paths, said)["catalog_entry"]["id"]
    full = said | {"external_id": "stock", "aliases": ["b", "a"], "rank": 2, "attribute_values": values()}
    made = walk("post", paths, full)["catalog_entry"]["id"]
    full.pop("catalog_type_id")
    walk("put", paths + "/{id}", full | {"external_id": "bare", "aliases": []}, id=bare)
    walk("get", paths, None, f"?catalog_type_id={pk}&page_size=1")
    walk("get", paths, None, f"?catalog_type_id={pk}&page_size=250")
    walk("get", paths + "/{id}", id=made)
    return [made, bare]


def walk_what_v3_adds(walk: Walk, pk: str, ids: list[str]) -> None:
    paths = "/v3/catalog_entries"
    said = {"name": "Stock", "attribute_values": values(), "update_attributes": ["String-False"]}
    walk("put", paths + "/{id}", said | {"external_id": "stock"}, id=ids[0])
    partial = {"name": "Stocks", "external_id": "s", "aliases": ["s"], "rank": 1, "attribute_values": values()}
    changes = [{"entry_id": ids[0], "attribute_values": values()}, {"entry_id": ids[1]} | partial]
    bulk = {"catalog_type_id": pk, "entries": changes, "update_attributes": [*values()]}
    walk("post", f"{paths}/actions/bulk_update", bulk)
    for expand in ("true", "false"):
        walk("get", paths + "/{id}", None, f"?expand={expand}", id=ids[0])
    walk("get", paths, None, f"?catalog_type_id={pk}&page_size=1&identifier=s")
    team = create_team(SYSTEM, name="Payments")
    walk("put", "/v3/catalog_types/{id}", full_type("/v3") | {"owning_team_ids": [team.id]}, id=pk)
    walk("get", paths, None, f"?page_size=1&catalog_type_id={entries().get().catalog_type_id}")


def walk_version(walk: Walk, root: str, modes: tuple[str, ...]) -> None:
    pk = walk_types(walk, root, tuple(mode for mode in modes if mode not in DERIVED))
    ids = walk_entries(walk, root, pk)
    if root == "/v3":
        walk_what_v3_adds(walk, pk, ids)
    for entry in ids:
        walk("delete", f"{root}/catalog_entries/{{id}}", id=entry)
    walk("delete", f"{root}/catalog_types/{{id}}", id=pk)


def test_the_catalog_is_as_the_contract_says(walk: Walk, nora: User) -> None:
    walk_version(walk, "/v2", MODES_V2)
    walk_version(walk, "/v3", tuple(Mode.values))
    assert walk.left_out(PROVES) == set()
