"""What requests refer to, through HTTP: entries of the catalog as values of custom fields."""

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from catalog.custom_fields import create_custom_field
from catalog.models import CatalogAlias, CatalogEntry, CatalogType, CustomField
from tests.conftest import SYSTEM, ApiClient

SERVICE = {"name": "Service", "type_name": 'Custom["Service"]', "use_name_as_identifier": True}


@pytest.fixture
def services(hub: None) -> CustomField:
    """A multi-select of services: Billing goes by several names, Search was given up."""
    kind = CatalogType.objects.create(**SERVICE)
    billing = CatalogEntry.objects.create(catalog_type=kind, name="Billing", external_id="svc-7")
    CatalogAlias.objects.create(catalog_type=kind, entry=billing, place=0, value="money")
    for name in ("Checkout", "Login"):
        CatalogEntry.objects.create(catalog_type=kind, name=name, external_id=name.lower())
    CatalogEntry.objects.create(catalog_type=kind, name="Search", archived_at="2026-01-01T00:00:00Z")
    return create_custom_field(
        SYSTEM, name="Services", description="", field_type="multi_select", catalog_type_id=kind.id
    )


def entry(custom_field: CustomField, *identifiers: str) -> dict[str, Any]:
    values = [{"value_catalog_entry_id": identifier} for identifier in identifiers]
    return {"custom_field_entries": [{"custom_field_id": custom_field.id, "values": values}]}


def declared(caller: ApiClient, said: dict[str, Any], key: str = "a") -> Any:
    return caller.post("/v1/incidents", {"idempotency_key": key, "visibility": "public"} | said)


def shown(answer: Any) -> list[str]:
    (only,) = answer.json()["incident"]["custom_field_entries"]
    return [value["value_catalog_entry"]["name"] for value in only["values"]]


@pytest.mark.parametrize("by", ["svc-7", "money", "Billing"])
def test_an_entry_is_declared_by_whatever_identifies_it(everyone: ApiClient, services: CustomField, by: str) -> None:
    answer = declared(everyone, entry(services, by, "svc-7"))
    (only,) = answer.json()["incident"]["custom_field_entries"]
    billing = CatalogEntry.objects.get(name="Billing")
    wire = {"id": billing.id, "name": "Billing", "external_id": "svc-7", "aliases": ["money"]}
    assert (answer.status_code, only["values"]) == (200, [{"value_catalog_entry": wire}])


def test_entries_are_edited_and_cleared(everyone: ApiClient, services: CustomField) -> None:
    made = declared(everyone, entry(services, "svc-7")).json()["incident"]["id"]
    path = f"/v2/incidents/{made}/actions/edit"
    for identifiers, names in ((["login", "checkout"], ["Checkout", "Login"]), ([], [])):
        body = {"incident": entry(services, *identifiers), "notify_incident_channel": False}
        assert shown(everyone.post(path, body)) == names
        assert shown(everyone.get(f"/v2/incidents/{made}")) == names


@pytest.mark.parametrize("by", ["Search", "nothing", "x" * 500])
def test_what_names_no_entry_of_the_type_is_pointed_at(everyone: ApiClient, services: CustomField, by: str) -> None:
    refused = declared(everyone, entry(services, "svc-7", by))
    (error,) = refused.json()["errors"]
    assert refused.status_code == 422
    assert error["source"]["pointer"] == "custom_field_entries.0.values.1.value_catalog_entry_id"


def test_many_values_cost_what_one_costs(everyone: ApiClient, services: CustomField) -> None:
    declared(everyone, {}, "warm")
    with CaptureQueriesContext(connection) as few:
        declared(everyone, entry(services, "svc-7"), "few")
    with CaptureQueriesContext(connection) as many:
        declared(everyone, entry(services, "svc-7", "login", "checkout"), "many")
    assert len(few) == len(many)
