"""Names, custom fields and timestamps."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.utils import timezone

from catalog.custom_fields import create_custom_field, create_option
from catalog.models import CatalogEntry, CatalogType, CustomField, IncidentTimestamp
from incidentio.core.errors import Invalid
from incidents.models import CustomFieldValue, Incident, TimestampValue
from integrations.base import StepFailed
from tests.conftest import SYSTEM
from tests.workflows.steps.doing import do

SET = "incident.set_custom_field"


def field(field_type: str, **said: Any) -> CustomField:
    return create_custom_field(SYSTEM, name="Impact", description="", field_type=field_type, **said)


def values_of(incident: Incident) -> set[Any]:
    columns = ("value_option__value", "value_catalog_entry__name", "value_text", "value_link", "value_numeric")
    rows = CustomFieldValue.objects.filter(incident=incident).values_list(*columns)
    return {value for row in rows for value in row if value is not None}


def test_an_incident_is_renamed_in_one_line(incident: Incident) -> None:
    assert do("incident.rename", incident, name=" Payments\n are  down ") == "Renamed the incident to Payments are down"
    assert incident.name == "Payments are down"


@pytest.mark.parametrize(("name", "complaint"), [(" ", "Name is not set"), ("x" * 501, "this one has 501")])
def test_a_name_says_something_and_not_too_much(incident: Incident, name: str, complaint: str) -> None:
    with pytest.raises(StepFailed, match=complaint):
        do("incident.rename", incident, name=name)


def test_options_are_chosen_by_id_or_by_what_they_are_called(incident: Incident) -> None:
    impact = field("multi_select")
    gold, _ = (create_option(SYSTEM, impact, value=value) for value in ("Gold", "Silver"))
    assert do(SET, incident, custom_field=impact.pk, values=[gold.pk, "silver"]) == "Set Impact to Gold and Silver"
    assert values_of(incident) == {"Gold", "Silver"}


def test_entries_of_the_catalog_are_chosen_by_any_identifier(incident: Incident) -> None:
    kind = CatalogType.objects.create(name="Service", type_name='Custom["Service"]')
    CatalogEntry.objects.create(catalog_type=kind, name="Payments", external_id="payments")
    impact = field("single_select", catalog_type_id=kind.pk)
    assert do(SET, incident, custom_field=impact.pk, values=["payments"]) == "Set Impact to Payments"


@pytest.mark.parametrize(
    ("field_type", "value"), [("text", "Nobody can pay"), ("link", "https://status.example.com/1"), ("numeric", "12.5")]
)
def test_what_is_written_is_set_as_it_is(incident: Incident, field_type: str, value: str) -> None:
    assert do(SET, incident, custom_field=field(field_type).pk, values=[value]) == f"Set Impact to {value}"
    assert values_of(incident) == {value}


def test_no_values_clear_the_field(incident: Incident) -> None:
    impact = field("text")
    do(SET, incident, custom_field=impact.pk, values=["Everything"])
    assert do(SET, incident, custom_field=impact.pk, values=[]) == "Cleared Impact"
    assert values_of(incident) == set()


@pytest.mark.parametrize(
    ("field_type", "values"), [("numeric", ["many"]), ("single_select", ["Bronze"]), ("text", ["one", "two"])]
)
def test_what_a_field_does_not_take_is_refused(incident: Incident, field_type: str, values: list[str]) -> None:
    with pytest.raises(Invalid):
        do(SET, incident, custom_field=field(field_type).pk, values=values)


def stamp() -> str:
    return IncidentTimestamp.objects.get(name="Fixed at").pk


def time_of(incident: Incident) -> datetime:
    return TimestampValue.objects.get(incident=incident, incident_timestamp_id=stamp()).value


def test_a_timestamp_is_now_if_nothing_else_is_said(incident: Incident) -> None:
    do("incident.set_timestamp", incident, timestamp=stamp(), value=None)
    assert timezone.now() - time_of(incident) < timedelta(minutes=1)


@pytest.mark.parametrize("said", ["2026-11-02T14:03:00Z", datetime(2026, 11, 2, 14, 3, tzinfo=UTC)])
def test_a_timestamp_is_what_was_said(incident: Incident, said: Any) -> None:
    did = do("incident.set_timestamp", incident, timestamp=stamp(), value=said)
    assert did == "Set Fixed at to 2026-11-02 14:03:00 UTC"
    assert time_of(incident) == datetime(2026, 11, 2, 14, 3, tzinfo=UTC)


@pytest.mark.parametrize("said", ["soon", "2026-13-45T00:00:00Z"])
def test_what_is_no_time_is_refused(incident: Incident, said: str) -> None:
    with pytest.raises(StepFailed, match="is not a time"):
        do("incident.set_timestamp", incident, timestamp=stamp(), value=said)
