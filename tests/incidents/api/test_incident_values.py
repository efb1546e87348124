"""What incidents show of values that are entries of the catalog, and of words that were archived since."""

from collections.abc import Callable
from typing import Any

import pytest
from django.utils import timezone

from catalog.custom_fields import create_custom_field
from catalog.models import CatalogAlias, CatalogEntry, CatalogType, CustomField
from incidents.models import CustomFieldValue, Incident
from tests.conftest import SYSTEM, ApiClient
from tests.desk import Desk
from tests.incidents.counting import statements
from tests.incidents.folding import events_of, folded, stored

Chosen = Callable[[Incident], CatalogEntry]


@pytest.fixture
def services() -> CatalogType:
    return CatalogType.objects.create(name="Service", type_name='Custom["Service"]')


@pytest.fixture
def field(services: CatalogType) -> CustomField:
    """A field whose choices are services."""
    return create_custom_field(
        SYSTEM, name="Affected", description="", field_type="multi_select", catalog_type_id=services.pk
    )


@pytest.fixture
def choose(services: CatalogType, field: CustomField) -> Chosen:
    """`choose(incident)`: set its field to an entry of its own, with an external id and two aliases."""

    def chosen(incident: Incident) -> CatalogEntry:
        name = f"Payments {CatalogEntry.objects.count()}"
        entry = CatalogEntry.objects.create(name=name, catalog_type=services, external_id=name.lower())
        for place, value in enumerate((f"z{entry.pk}", f"a{entry.pk}")):
            CatalogAlias.objects.create(catalog_type=services, entry=entry, place=place, value=value)
        CustomFieldValue.objects.create(incident=incident, custom_field=field, value_catalog_entry=entry)
        return entry

    return chosen


def values(incident: dict[str, Any], field: CustomField) -> Any:
    return next(
        entry["values"] for entry in incident["custom_field_entries"] if entry["custom_field"]["id"] == field.pk
    )


def test_an_entry_is_shown_with_its_names(
    everyone: ApiClient, declare: Callable[..., Incident], choose: Chosen, field: CustomField
) -> None:
    incident = declare()
    entry = choose(incident)
    shown = everyone.get(f"/v1/incidents/{incident.pk}").json()["incident"]
    told = {
        "id": entry.pk,
        "name": "Payments 0",
        "external_id": "payments 0",
        "aliases": [f"z{entry.pk}", f"a{entry.pk}"],
    }
    assert values(shown, field) == [{"value_catalog_entry": told}]


def test_an_archived_entry_is_still_shown_and_what_it_lacks_is_left_out(
    everyone: ApiClient, declare: Callable[..., Incident], choose: Chosen, field: CustomField
) -> None:
    incident = declare()
    entry = choose(incident)
    entry.aliases.all().delete()
    CatalogEntry.objects.update(archived_at=timezone.now(), external_id=None)
    [shown] = everyone.get("/v1/incidents").json()["incidents"]
    assert values(shown, field) == [{"value_catalog_entry": {"id": entry.pk, "name": "Payments 0"}}]


def test_entries_cost_no_statements_of_their_own(
    everyone: ApiClient, declare: Callable[..., Incident], choose: Chosen
) -> None:
    choose(declare())
    few = statements(everyone, "/v1/incidents")
    for _ in range(10):
        choose(declare())
    assert statements(everyone, "/v1/incidents") == few


def test_an_entry_is_chosen_by_any_of_its_names_as_one_change(
    everyone: ApiClient, declare: Callable[..., Incident], choose: Chosen, field: CustomField
) -> None:
    entry, incident = choose(declare()), declare()
    for name in (entry.pk, "payments 0", f"a{entry.pk}"):
        chosen = {"custom_field_id": field.pk, "values": [{"value_catalog_entry_id": name}]}
        said = {"incident": {"custom_field_entries": [chosen]}, "notify_incident_channel": False}
        shown = everyone.post(f"/v2/incidents/{incident.pk}/actions/edit", said).json()["incident"]
        assert values(shown, field)[0]["value_catalog_entry"]["id"] == entry.pk
    [event] = events_of(incident)[1:]
    assert event.changes[f"custom_field_entries.{field.pk}"] == [None, [entry.pk]]
    assert folded(incident) == stored(incident)


def test_the_admin_shows_entries_by_their_names_and_takes_any(
    desk: Desk, declare: Callable[..., Incident], choose: Chosen, field: CustomField
) -> None:
    incident = declare()
    first, second = choose(incident), choose(declare())
    assert b"payments 0" in desk.get("incidents_incident_change", incident.pk).content
    desk.fill("incidents_incident_change", incident.pk)
    assert desk.events() == []
    desk.fill("incidents_incident_change", incident.pk, **{f"field_{field.pk}": f"{first.pk}, payments 1"})
    assert {value.value_catalog_entry for value in incident.field_values.all()} == {first, second}
