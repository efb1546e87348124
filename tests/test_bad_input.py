"""Rubbish in: the documented envelope out, and nothing written."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from django.apps import apps
from django.db import connection

from catalog import snapshot
from catalog.custom_fields import create_custom_field, create_option
from tests.conftest import SYSTEM, ApiClient

UNKNOWN = "01HZZZZZZZZZZZZZZZZZZZZZZZ"
GOOD = {"idempotency_key": "zendesk-1", "visibility": "public"}
ALL_ROLES = (
    "viewer", "incident_creator", "incident_editor", "manage_settings", "incident_memberships_editor", "api_keys_manage"
)  # fmt: skip
WRONG_TYPES: list[Any] = [5, 1.5, True, [], {}, ["public"], {"id": "x"}]
BAD_IDS: list[Any] = [UNKNOWN, UNKNOWN.lower(), "", "INC-1", "nul\0nul", "x" * 10_000, 7, True, [], {}]


def declare_with(**wrong: Any) -> dict[str, Any]:
    return GOOD | wrong


def value_in(field_id: str, *values: Any) -> dict[str, Any]:
    return declare_with(custom_field_entries=[{"custom_field_id": field_id, "values": list(values)}])


BROKEN_JSON: dict[str, bytes] = {
    "only spaces": b"   ",
    "a bare word": b"incident",
    "an unfinished object": b'{"idempotency_key": "a"',
    "a trailing comma": b'{"idempotency_key": "a",}',
    "single quotes": b"{'idempotency_key': 'a'}",
    "a comment": b'{"idempotency_key": "a"} // why',
    "two documents": b"{}{}",
    "NaN": b'{"idempotency_key": "a", "visibility": "public", "name": NaN}',
    "Infinity": b'{"idempotency_key": "a", "visibility": "public", "name": -Infinity}',
    "a duplicate key": b'{"idempotency_key": "a", "idempotency_key": "b", "visibility": "public"}',
    "a nested duplicate key": b'{"idempotency_key":"a","visibility":"public","x":{"y":1,"y":2}}',
    "a lone high surrogate": b'{"idempotency_key": "a\\ud800", "visibility": "public"}',
    "a lone low surrogate": b'{"idempotency_key": "a", "visibility": "public", "name": "\\uDC00"}',
    "invalid UTF-8": b'{"idempotency_key": "\xff\xfe", "visibility": "public"}',
    "Latin-1": '{"idempotency_key": "é", "visibility": "public"}'.encode("latin-1"),
    "UTF-16": '{"idempotency_key": "a", "visibility": "public"}'.encode("utf-16"),
    "an overlong UTF-8 form": b'{"idempotency_key": "\xc0\x80", "visibility": "public"}',
    "100,000 open brackets": b"[" * 100_000,
    "a 5,000-digit number": b'{"idempotency_key": "a", "visibility": "public", "x": ' + b"9" * 5_000 + b"}",
    "two megabytes": b'{"idempotency_key": "a", "visibility": "public", "summary": "' + b"x" * 2_000_000 + b'"}',
    "form data": b"idempotency_key=a&visibility=public",
    "a control character in a string": b'{"idempotency_key": "a\x01", "visibility": "public"}',
}
NOT_OBJECTS: dict[str, bytes] = {
    "null": b"null",
    "a list": b"[]",
    "a string": b'"x"',
    "a number": b"5",
    "true": b"true",
    "a list of objects": b"[{}]",
}

DEEP = {"deep arrays": b"[" * 5_000 + b"]" * 5_000, "deep objects": b'{"a":' * 5_000 + b"1" + b"}" * 5_000}

BAD_DECLARES: dict[str, dict[str, Any]] = (
    {
        "nothing at all": {},
        "no idempotency key": {"visibility": "public"},
        "no visibility": {"idempotency_key": "a"},
        "a null idempotency key": declare_with(idempotency_key=None),
        "an empty idempotency key": declare_with(idempotency_key=""),
        "a NUL in the idempotency key": declare_with(idempotency_key="a\0b"),
        "an idempotency key of 501 characters": declare_with(idempotency_key="x" * 501),
        "an idempotency key of 10,000 characters": declare_with(idempotency_key="x" * 10_000),
        "a null visibility": declare_with(visibility=None),
        "an unknown visibility": declare_with(visibility="secret"),
        "an upper-case visibility": declare_with(visibility="PUBLIC"),
        "a NUL in the name": declare_with(name="a\0b"),
        "a name of 10,000 characters": declare_with(name="x" * 10_000),
        "a NUL in the summary": declare_with(summary="\0"),
        "a summary of 200,000 characters": declare_with(summary="x" * 200_000),
        "an unknown V1 status": declare_with(status="on fire"),
        "a V2 status id as V1 status": declare_with(status=UNKNOWN),
        "a mode V1 does not take": declare_with(mode="tutorial"),
        "a V2 mode": declare_with(mode="retrospective"),
        "a start outside triage without a severity": declare_with(status="investigating"),
        "entries that are an object": declare_with(custom_field_entries={}),
        "an entry that is a string": declare_with(custom_field_entries=["x"]),
        "an entry that is null": declare_with(custom_field_entries=[None]),
        "an entry without values": declare_with(custom_field_entries=[{"custom_field_id": UNKNOWN}]),
        "an entry without a field": declare_with(custom_field_entries=[{"values": []}]),
        "an entry whose values are a string": declare_with(
            custom_field_entries=[{"custom_field_id": UNKNOWN, "values": "x"}]
        ),
        "300 entries": declare_with(custom_field_entries=[{"custom_field_id": UNKNOWN, "values": []}] * 300),
        "assignments that are a string": declare_with(incident_role_assignments="lead"),
        "an assignment without an assignee": declare_with(incident_role_assignments=[{"incident_role_id": UNKNOWN}]),
        "an assignment of a role that is not there": declare_with(
            incident_role_assignments=[{"incident_role_id": UNKNOWN, "assignee": {"email": "nora@example.com"}}]
        ),
    }
    | {f"a severity_id of {bad!r:.30}": declare_with(severity_id=bad) for bad in BAD_IDS}
    | {f"an incident_type_id of {bad!r:.30}": declare_with(incident_type_id=bad) for bad in BAD_IDS}
    | {f"a custom_field_id of {bad!r:.30}": value_in(bad) for bad in BAD_IDS}
    | {f"an idempotency key of {bad!r}": declare_with(idempotency_key=bad) for bad in WRONG_TYPES}
    | {f"a name of {bad!r}": declare_with(name=bad) for bad in WRONG_TYPES}
    | {f"a summary of {bad!r}": declare_with(summary=bad) for bad in WRONG_TYPES}
    | {f"a visibility of {bad!r}": declare_with(visibility=bad) for bad in WRONG_TYPES}
)

BAD_VALUES: dict[str, tuple[str, list[Any]]] = {
    "text for a link": ("Ticket", [{"value_text": "https://zendesk.test/1"}]),
    "a link without a scheme": ("Ticket", [{"value_link": "zendesk.test/1"}]),
    "a javascript link": ("Ticket", [{"value_link": "javascript:alert(1)"}]),
    "two links": ("Ticket", [{"value_link": "https://a.test"}, {"value_link": "https://b.test"}]),
    "a number for a text": ("Note", [{"value_numeric": "5"}]),
    "a JSON number as text": ("Note", [{"value_text": 5}]),
    "a text of 20,000 characters": ("Note", [{"value_text": "x" * 20_000}]),
    "a NUL in a text": ("Note", [{"value_text": "\0"}]),
    "words for a number": ("Customers", [{"value_numeric": "many"}]),
    "NaN for a number": ("Customers", [{"value_numeric": "NaN"}]),
    "infinity for a number": ("Customers", [{"value_numeric": "1e999999999"}]),
    "a JSON number for a number": ("Customers", [{"value_numeric": 5}]),
    "an unknown option": ("Product", [{"value_option_id": UNKNOWN}]),
    "an option that is not an id": ("Product", [{"value_option_id": "Checkout"}]),
    "an option of another field": ("Product", [{"value_option_id": "<foreign>"}]),
    "two options in a single select": (
        "Product", [{"value_option_id": "<first>"}, {"value_option_id": "<second>"}]
    ),
    "a text for a select": ("Product", [{"value_text": "Checkout"}]),
    "a catalog entry where there is no catalog": ("Product", [{"value_catalog_entry_id": UNKNOWN}]),
    "two kinds in one value": ("Note", [{"value_text": "a", "value_link": "https://a.test"}]),
    "an empty value": ("Note", [{}]),
    "a value that is a string": ("Note", ["x"]),
    "a null value": ("Note", [None]),
}  # fmt: skip


@pytest.fixture
def caller(api: Callable[..., ApiClient]) -> ApiClient:
    return api(*ALL_ROLES)


OURS = ("events", "accounts", "apikeys", "catalog", "incidents", "workflows")
TABLES = [model._meta.db_table for app in OURS for model in apps.get_app_config(app).get_models()]
COUNTS = "SELECT " + ", ".join(f"(SELECT COUNT(*) FROM {table})" for table in TABLES)


def rows() -> dict[str, int]:
    """How many rows each table of ours has."""
    with connection.cursor() as cursor:
        cursor.execute(COUNTS)
        return dict(zip(TABLES, cursor.fetchone(), strict=True))


def assert_refused(answer: Any, before: dict[str, int]) -> None:
    assert 400 <= answer.status_code < 500, answer.content[:300]
    body = json.loads(answer.content)
    assert body["status"] == answer.status_code
    assert body["type"] != "api_error"
    assert body["request_id"] == answer["X-Request-ID"]
    assert body["errors"]
    assert all(error["code"] and error["message"] for error in body["errors"])
    assert all({"field", "pointer"} == set(error["source"]) for error in body["errors"] if "source" in error)
    assert rows() == before


@pytest.mark.parametrize("body", BROKEN_JSON.values(), ids=BROKEN_JSON)
def test_a_body_that_is_not_json_is_refused(caller: ApiClient, body: bytes) -> None:
    before = rows()
    answer = caller.post("/v1/incidents", body)
    assert_refused(answer, before)
    assert answer.status_code in (400, 413)


@pytest.mark.parametrize("body", [b"", *DEEP.values()], ids=["an empty body", *DEEP])
def test_a_body_without_what_is_needed_is_refused(caller: ApiClient, body: bytes) -> None:
    before = rows()
    answer = caller.post("/v1/incidents", body)
    assert_refused(answer, before)
    assert answer.status_code in (400, 422)


@pytest.mark.parametrize("path", ["/v1/incidents", "/v1/severities", "/v1/incident_attachments", "/v1/api_keys"])
@pytest.mark.parametrize("body", NOT_OBJECTS.values(), ids=NOT_OBJECTS)
def test_a_body_that_is_not_an_object_is_refused(caller: ApiClient, path: str, body: bytes) -> None:
    before = rows()
    answer = caller.post(path, body)
    assert_refused(answer, before)
    assert answer.status_code == 422


@pytest.mark.parametrize("body", BAD_DECLARES.values(), ids=BAD_DECLARES)
def test_a_wrong_declare_is_refused_and_does_not_burn_its_key(caller: ApiClient, body: dict[str, Any]) -> None:
    before = rows()
    answer = caller.post("/v1/incidents", body)
    assert_refused(answer, before)
    assert answer.status_code == 422
    assert all("source" in error for error in answer.json()["errors"])


@pytest.fixture
def fields(hub: None) -> dict[str, str]:
    """A field of each type, and options of two selects."""
    made: dict[str, str] = {}
    for name, kind in {
        "Ticket": "link", "Note": "text", "Customers": "numeric", "Product": "single_select", "Region": "multi_select"
    }.items():  # fmt: skip
        made[name] = create_custom_field(SYSTEM, name=name, description="", field_type=kind).id
    words = snapshot.current().fields
    made["<first>"] = create_option(SYSTEM, words[made["Product"]], value="Checkout").id
    made["<second>"] = create_option(SYSTEM, words[made["Product"]], value="Search").id
    made["<foreign>"] = create_option(SYSTEM, words[made["Region"]], value="Europe").id
    return made


@pytest.mark.parametrize(("name", "values"), BAD_VALUES.values(), ids=BAD_VALUES)
def test_a_value_its_field_does_not_allow_is_refused(
    caller: ApiClient, fields: dict[str, str], name: str, values: list[Any]
) -> None:
    filled = json.loads(json.dumps(values))
    for value in filled:
        if isinstance(value, dict) and value.get("value_option_id") in fields:
            value["value_option_id"] = fields[value["value_option_id"]]
    before = rows()
    answer = caller.post("/v1/incidents", value_in(fields[name], *filled))
    assert_refused(answer, before)
    assert answer.json()["errors"][0]["source"]["pointer"].startswith("custom_field_entries.0.values")


BAD_PATHS = ["x", UNKNOWN, UNKNOWN.lower(), "%00", "%FF", "0", "-1", "01HZ%20", "x" * 5_000, "%F0%9F%94%A5", "..%2f"]
RESOURCES = ["incidents", "severities", "incident_roles", "incident_statuses", "incident_types", "custom_fields",
             "custom_field_options", "actions", "api_keys"]  # fmt: skip


@pytest.mark.parametrize("resource", RESOURCES)
@pytest.mark.parametrize("pk", BAD_PATHS)
def test_an_id_that_names_nothing_is_404(caller: ApiClient, resource: str, pk: str) -> None:
    answer = caller.get(f"/v1/{resource}/{pk}")
    assert answer.status_code == 404
    assert not answer.content or answer.json()["type"] == "not_found"


BAD_QUERIES = ["page_size=0", "page_size=-1", "page_size=501", "page_size=x", "page_size=1e3", "after=x", "after=%00",
               f"after={UNKNOWN.lower()}", "status=burning", "page_size=9999999999999999999999"]  # fmt: skip


@pytest.mark.parametrize("query", BAD_QUERIES)
def test_a_wrong_query_is_refused(caller: ApiClient, query: str) -> None:
    before = rows()
    answer = caller.get(f"/v1/incidents?{query}")
    assert_refused(answer, before)
    assert answer.status_code == 422
