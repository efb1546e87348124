"""Configuring in the admin: by the verbs, with their events, and with their refusals beside the field."""

from typing import Any

import pytest

from catalog.custom_fields import create_custom_field, create_option
from catalog.models import (
    CatalogType,
    CustomField,
    CustomFieldOption,
    FollowUpPriority,
    IncidentRole,
    IncidentStatus,
    IncidentTimestamp,
    IncidentType,
    Severity,
)
from catalog.words import archive, configuring, make
from events.record import config_version
from tests.conftest import SYSTEM
from tests.desk import Desk, errors

NEW = [
    ("catalog_severity", {"name": "Cosmetic", "description": "Looks odd"}, "severity.created"),
    ("catalog_incidentstatus", {"name": "Watching", "category": "live"}, "incident_status.created"),
    ("catalog_incidenttype", {"name": "Security"}, "incident_type.created"),
    ("catalog_incidentrole", {"name": "Scribe", "description": "Writes it down"}, "incident_role.created"),
    ("catalog_customfield", {"name": "Ticket", "field_type": "link"}, "custom_field.created"),
    ("catalog_incidenttimestamp", {"name": "Noticed at"}, "incident_timestamp.created"),
    ("catalog_followuppriority", {"name": "Someday", "description": "Or never"}, "follow_up_priority.created"),
]
OLD: list[tuple[str, Any, dict[str, Any]]] = [
    ("catalog_severity", Severity, {"description": "Hardly anybody notices"}),
    ("catalog_incidentstatus", IncidentStatus, {"name": "Looking"}),
    ("catalog_incidenttype", IncidentType, {"private_incidents_only": "on"}),
    ("catalog_incidentrole", IncidentRole, {"instructions": "Stay calm"}),
    ("catalog_incidenttimestamp", IncidentTimestamp, {"set_on": "accepted"}),
    ("catalog_followuppriority", FollowUpPriority, {"description": "When there is time"}),
]


def ours(model: Any) -> Any:
    """A row of `model` that people may change."""
    rows = model.objects.all()
    return rows.filter(category="live").first() if model is IncidentStatus else rows.first()


@pytest.mark.parametrize(("page", "said", "type"), NEW)
def test_what_is_added_is_one_event_of_omars(desk: Desk, page: str, said: dict[str, Any], type: str) -> None:
    version = config_version()
    assert desk.fill(f"{page}_add", **said).status_code == 302
    assert [event.type for event in desk.events() if event.type.endswith(".created")] == [type]
    assert config_version() > version


@pytest.mark.parametrize(("page", "model", "said"), OLD)
def test_what_is_changed_is_one_event_of_omars(desk: Desk, page: str, model: Any, said: dict[str, Any]) -> None:
    row = ours(model)
    assert desk.fill(f"{page}_change", row.pk, **said).status_code == 302
    assert [event.changes.keys() - {"updated_at"} for event in desk.events()] == [said.keys()]


@pytest.mark.parametrize(("page", "model", "said"), OLD)
def test_saving_without_a_change_is_no_event(desk: Desk, page: str, model: Any, said: dict[str, Any]) -> None:
    assert desk.fill(f"{page}_change", ours(model).pk).status_code == 302
    assert desk.events() == []


def test_a_taken_name_is_refused_beside_the_name(desk: Desk) -> None:
    page = desk.fill("catalog_severity_add", name="Major")
    assert page.status_code == 200
    assert "There already is a severity" in errors(page)["name"][0]
    assert desk.events() == []


def test_a_refused_change_leaves_the_row_as_it_was(desk: Desk) -> None:
    role = IncidentRole.objects.get(role_type="lead")
    page = desk.fill("catalog_incidentrole_change", role.pk, name="Boss", shortform="The Boss")
    assert list(errors(page)) == ["shortform"]
    role.refresh_from_db()
    assert role.name == "Incident Lead"


@pytest.mark.parametrize(("towards", "order"), [("earlier", "Major Critical Minor"), ("later", "Critical Minor Major")])
def test_severities_are_ordered_by_buttons_the_worst_first(desk: Desk, towards: str, order: str) -> None:
    major = Severity.objects.get(name="Major")
    answer = desk.post("catalog_severity_move", major.pk, towards=towards)
    assert answer["Location"].endswith(f"#{towards}-{major.pk}")
    listed = desk.get("catalog_severity_changelist").context["cl"].result_list
    assert " ".join(row.name for row in listed) == order
    assert {event.type for event in desk.events()} == {"severity.updated"}


def test_order_buttons_stand_in_the_list_and_work_without_a_mouse(desk: Desk) -> None:
    major = Severity.objects.get(name="Major")
    page = desk.get("catalog_severity_changelist").content.decode()
    assert f'id="earlier-{major.pk}"' in page
    assert 'aria-label="Move Major up"' in page
    assert desk.get("catalog_severity_move", major.pk).status_code == 405


def test_statuses_stand_in_the_order_of_a_life(desk: Desk) -> None:
    listed = desk.get("catalog_incidentstatus_changelist").context["cl"].result_list
    assert [row.name for row in listed][:4] == ["Triage", "Investigating", "Fixing", "Monitoring"]
    fixing = IncidentStatus.objects.get(name="Fixing")
    desk.post("catalog_incidentstatus_move", fixing.pk, towards="earlier")
    listed = desk.get("catalog_incidentstatus_changelist").context["cl"].result_list
    assert [row.name for row in listed][:4] == ["Triage", "Fixing", "Investigating", "Monitoring"]


def test_what_belongs_to_the_system_is_only_looked_at(desk: Desk) -> None:
    triage = IncidentStatus.objects.get(name="Triage")
    page = desk.get("catalog_incidentstatus_change", triage.pk)
    assert b'name="_save"' not in page.content
    assert b"/archive/" not in page.content
    assert desk.post("catalog_incidentstatus_change", triage.pk, name="Sorting").status_code == 403


def test_archiving_asks_first_and_is_one_event(desk: Desk) -> None:
    minor = Severity.objects.get(name="Minor")
    assert b"Archive this severity" in desk.get("catalog_severity_archive", minor.pk).content
    assert desk.events() == []
    assert desk.post("catalog_severity_archive", minor.pk).status_code == 302
    assert [event.type for event in desk.events()] == ["severity.archived"]
    assert minor not in desk.get("catalog_severity_changelist").context["cl"].result_list


def test_what_was_archived_can_still_be_looked_at(desk: Desk) -> None:
    minor = Severity.objects.get(name="Minor")
    desk.post("catalog_severity_archive", minor.pk)
    assert minor in desk.get("catalog_severity_changelist", query="?state=archived").context["cl"].result_list
    assert b'name="_save"' not in desk.get("catalog_severity_change", minor.pk).content
    assert desk.post("catalog_severity_archive", minor.pk).status_code == 403


def test_what_cannot_be_archived_says_why(desk: Desk) -> None:
    closed = IncidentStatus.objects.get(name="Closed")
    page = desk.post("catalog_incidentstatus_archive", closed.pk)
    assert page.status_code == 200
    assert b"is the last closed status" in page.content


def test_another_type_becomes_the_default(desk: Desk) -> None:
    desk.fill("catalog_incidenttype_add", name="Security")
    security = IncidentType.objects.get(name="Security")
    desk.post("catalog_incidenttype_make_default", security.pk)
    assert list(IncidentType.objects.filter(is_default=True)) == [security]


def options(*values: str, first: int = 0) -> dict[str, Any]:
    """What the browser sends for new options."""
    sent = {"options-TOTAL_FORMS": first + len(values)}
    for place, value in enumerate(values, first):
        sent |= {f"options-{place}-value": value, f"options-{place}-sort_key": 10 * place}
    return sent


def test_a_select_is_made_with_its_options(desk: Desk) -> None:
    said = {"name": "Cause", "field_type": "single_select"} | options("Deploy", "Provider")
    assert desk.fill("catalog_customfield_add", **said).status_code == 302
    field = CustomField.objects.get(name="Cause")
    assert [option.value for option in field.options.all()] == ["Deploy", "Provider"]
    assert len(desk.events()) == 3


def test_a_refused_option_is_marked_and_nothing_is_made(desk: Desk) -> None:
    said = {"name": "Cause", "field_type": "single_select"} | options("Deploy", "Deploy")
    page = desk.fill("catalog_customfield_add", **said)
    assert "There already is" in errors(page)["options-1-value"][0]
    assert not CustomField.objects.filter(name="Cause").exists()
    assert desk.events() == []


def test_a_text_field_takes_no_options(desk: Desk) -> None:
    page = desk.fill("catalog_customfield_add", name="Notes", field_type="text", **options("Deploy"))
    assert "is not a select" in str(errors(page))


@pytest.fixture
def service(hub: None) -> CatalogType:
    """A catalog type."""
    with configuring():
        return make(SYSTEM, "catalog_type", CatalogType(name="Service", type_name='Custom["Service"]'))


def test_a_select_offers_the_entries_of_a_type_chosen_once(desk: Desk, service: CatalogType) -> None:
    said = {"name": "Services", "field_type": "multi_select", "catalog_type": service.pk}
    assert desk.fill("catalog_customfield_add", **said).status_code == 302
    field = CustomField.objects.get(name="Services")
    assert desk.fill("catalog_customfield_change", field.pk, name="Systems", catalog_type="").status_code == 302
    field.refresh_from_db()
    assert (field.name, field.catalog_type) == ("Systems", service)
    page = desk.get("catalog_customfield_change", field.pk)
    assert page.context["inline_admin_formsets"] == []
    assert b"Catalog: Service" in desk.get("catalog_customfield_changelist").content


def test_what_is_no_select_offers_no_entries(desk: Desk, service: CatalogType) -> None:
    said = {"name": "Notes", "field_type": "text", "catalog_type": service.pk}
    assert list(errors(desk.fill("catalog_customfield_add", **said))) == ["catalog_type"]
    assert not CustomField.objects.filter(name="Notes").exists()


def test_a_type_that_was_given_up_is_not_offered(desk: Desk, service: CatalogType) -> None:
    with configuring():
        archive(SYSTEM, "catalog_type", service)
    offered = desk.get("catalog_customfield_add").context["adminform"].form.fields["catalog_type"].queryset
    assert [kind.name for kind in offered] == ["Team"]


def test_a_field_that_is_always_required_is_asked_before_creation(desk: Desk) -> None:
    page = desk.fill("catalog_customfield_add", name="Ticket", field_type="link", required="always")
    assert list(errors(page)) == ["show_before_creation"]


@pytest.fixture
def cause() -> CustomField:
    """A select with two options."""
    field = create_custom_field(SYSTEM, name="Cause", description="", field_type="single_select")
    for place, value in enumerate(("Deploy", "Provider")):
        create_option(SYSTEM, field, value=value, sort_key=10 * place)
    return field


def test_options_are_renamed_added_and_archived_in_one_form(desk: Desk, cause: CustomField) -> None:
    said = {"options-0-value": "Our deploy", "options-1-archive": "on"} | options("Traffic", first=2)
    assert desk.fill("catalog_customfield_change", cause.pk, **said).status_code == 302
    assert [event.type for event in desk.events()] == [
        "custom_field_option.created",
        "custom_field_option.archived",
        "custom_field_option.updated",
    ]
    assert [option.value for option in cause.options.active()] == ["Our deploy", "Traffic"]


def test_an_option_in_use_is_archived_and_incidents_keep_it(desk: Desk, cause: CustomField, declare: Any) -> None:
    option = cause.options.first()
    assert option is not None
    entry = {"custom_field_id": cause.pk, "values": [{"value_option_id": option.pk}]}
    declare(custom_field_entries=[entry])
    assert desk.fill("catalog_customfield_change", cause.pk, **{"options-0-archive": "on"}).status_code == 302
    assert CustomFieldOption.objects.get(pk=option.pk).archived_at is not None
