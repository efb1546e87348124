"""Incidents in the admin: declared, edited, found, and hidden from whoever is no member."""

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import User
from catalog.custom_fields import archive_option, create_custom_field, create_option
from catalog.models import CustomField, IncidentRole, IncidentStatus, IncidentTimestamp, IncidentType, Severity
from catalog.severities import archive_severity
from events.models import Event
from incidents.actions import create_action
from incidents.attachments import Resource, attach
from incidents.follow_ups import create_follow_up
from incidents.models import Incident
from incidents.relating import relate
from tests.conftest import SYSTEM
from tests.desk import Desk, errors


def severity(name: str) -> str:
    return str(Severity.objects.get(name=name).pk)


def status(name: str) -> str:
    return str(IncidentStatus.objects.get(name=name).pk)


@pytest.fixture
def link() -> CustomField:
    """A field for a link."""
    return create_custom_field(SYSTEM, name="Ticket", description="", field_type="link")


def test_an_incident_is_declared(desk: Desk, nora: User, link: CustomField) -> None:
    lead = IncidentRole.objects.get(role_type="lead")
    said = {"name": "Checkout is down", "severity_id": severity("Critical"), "incident_status_id": status("Fixing")}
    said |= {f"role_{lead.pk}": nora.pk, f"field_{link.pk}": "https://example.com/1"}
    assert desk.fill("incidents_incident_add", **said).status_code == 302
    incident = Incident.objects.get()
    assert (incident.name, incident.severity.name, incident.creator) == (
        "Checkout is down",
        "Critical",
        desk.user.actor,
    )
    assert incident.role_assignments.get(incident_role=lead).assignee == nora
    assert incident.field_values.get().value_link == "https://example.com/1"
    assert [event.type for event in desk.events()] == ["incident.created"]


def test_a_form_that_is_sent_twice_declares_once(desk: Desk) -> None:
    page = desk.get("incidents_incident_add")
    key = page.context["adminform"].form["key"].value()
    for _ in range(2):
        desk.fill("incidents_incident_add", key=key, name="Checkout is down")
    assert Incident.objects.count() == 1


def test_a_refused_declaration_says_what_is_missing(desk: Desk, link: CustomField) -> None:
    page = desk.fill("incidents_incident_add", incident_status_id=status("Fixing"))
    assert list(errors(page)) == ["severity_id"]
    page = desk.fill("incidents_incident_add", **{f"field_{link.pk}": "not a link"})
    assert list(errors(page)) == [f"field_{link.pk}"]
    assert not Incident.objects.exists()


def test_an_edit_is_one_event_with_what_was_changed(desk: Desk, declare: Any) -> None:
    incident = declare(summary="?")
    said = {"name": "Payouts are late", "severity_id": severity("Major")}
    assert desk.fill("incidents_incident_change", incident.pk, **said).status_code == 302
    [event] = desk.events()
    assert [name.split(".")[0] for name in event.changes] == ["name", "severity_id", "updates"]


def test_saving_without_a_change_is_no_event(desk: Desk, declare: Any, link: CustomField, nora: User) -> None:
    entry = {"custom_field_id": link.pk, "values": [{"value_link": "https://example.com/1"}]}
    lead = {"incident_role_id": IncidentRole.objects.get(role_type="lead").pk, "assignee": {"id": nora.pk}}
    incident = declare(custom_field_entries=[entry], incident_role_assignments=[lead])
    assert desk.fill("incidents_incident_change", incident.pk).status_code == 302
    assert desk.events() == []


def test_roles_fields_and_times_are_set_and_cleared(desk: Desk, declare: Any, link: CustomField, nora: User) -> None:
    incident = declare()
    role, field = f"role_{IncidentRole.objects.get(role_type='lead').pk}", f"field_{link.pk}"
    stamp = f"timestamp_{IncidentTimestamp.objects.get(name='Fixed at').pk}"
    said = {role: nora.pk, field: "https://example.com/1", f"{stamp}_0": "2026-11-01", f"{stamp}_1": "12:30"}
    desk.fill("incidents_incident_change", incident.pk, **said)
    assert incident.role_assignments.get().assignee == nora
    assert f"{incident.timestamp_values.get(incident_timestamp__name='Fixed at').value:%H:%M}" == "12:30"
    desk.fill("incidents_incident_change", incident.pk, **dict.fromkeys(said, ""))
    assert not incident.role_assignments.exists()
    assert not incident.field_values.exists()
    assert incident.timestamp_values.count() == 1


def test_an_update_is_shared(desk: Desk, declare: Any) -> None:
    incident = declare()
    desk.fill("incidents_incident_change", incident.pk, message="We know why")
    assert incident.updates.latest("id").message == "We know why"


def test_only_statuses_the_lifecycle_allows_are_offered(desk: Desk, declare: Any) -> None:
    incident = declare(severity_id=severity("Minor"), incident_status_id=status("Documenting"))
    page = desk.get("incidents_incident_change", incident.pk)
    offered = [name for _, name in page.context["adminform"].form.fields["incident_status_id"].choices]
    assert offered == ["Documenting", "Reviewing", "Closed"]


def test_opening_without_a_severity_is_refused_beside_it(desk: Desk, declare: Any) -> None:
    incident = declare()
    page = desk.fill("incidents_incident_change", incident.pk, incident_status_id=status("Fixing"))
    assert list(errors(page)) == ["severity_id"]


def test_a_wrong_value_is_refused_beside_its_field(desk: Desk, declare: Any, link: CustomField) -> None:
    number = create_custom_field(SYSTEM, name="Customers", description="", field_type="numeric")
    said = {f"field_{link.pk}": "https://example.com", f"field_{number.pk}": "many"}
    page = desk.fill("incidents_incident_change", declare().pk, **said)
    assert list(errors(page)) == [f"field_{number.pk}"]


def test_archived_words_stay_until_they_are_changed(desk: Desk, declare: Any) -> None:
    field = create_custom_field(SYSTEM, name="Causes", description="", field_type="multi_select")
    option = create_option(SYSTEM, field, value="Deploy")
    minor = Severity.objects.get(name="Minor")
    entry = {"custom_field_id": field.pk, "values": [{"value_option_id": option.pk}]}
    incident = declare(severity_id=minor.pk, custom_field_entries=[entry])
    archive_severity(SYSTEM, minor)
    archive_option(SYSTEM, option)
    desk.fill("incidents_incident_change", incident.pk, name="Another name")
    assert [list(event.changes) for event in desk.events()] == [["name"]]


def test_a_private_incident_is_nowhere_for_who_is_no_member(desk: Desk, declare: Any, nora: User) -> None:
    hidden, public = declare(nora.actor, visibility="private", name="Layoffs"), declare()
    relate(SYSTEM, hidden.pk, public.pk)
    create_follow_up(nora.actor, hidden.pk, title="Layoffs, again")
    pages = [
        desk.get("index"),
        desk.get("incidents_incident_changelist"),
        desk.get("events_event_changelist"),
        desk.get("incidents_incident_change", public.pk),
        desk.get("incidents_incident_changelist", query=f"?q=INC-{hidden.number}"),
    ]
    assert all(b"Layoffs" not in page.content and hidden.pk.encode() not in page.content for page in pages)


def test_a_private_incident_cannot_be_reached_by_its_address(desk: Desk, declare: Any, nora: User) -> None:
    hidden = declare(nora.actor, visibility="private", name="Layoffs")
    event = hidden.pk
    assert desk.get("incidents_incident_change", hidden.pk).status_code == 302
    assert desk.post("incidents_incident_change", hidden.pk, name="Mine").status_code == 302
    assert desk.get("events_event_changelist", query=f"?incident_id={event}").context["cl"].result_list.count() == 0
    hidden.refresh_from_db()
    assert hidden.name == "Layoffs"


def test_an_event_does_not_name_a_hidden_incident(desk: Desk, declare: Any, nora: User) -> None:
    hidden, public, other = declare(nora.actor, visibility="private"), declare(), declare()
    relate(SYSTEM, hidden.pk, public.pk)
    relate(SYSTEM, other.pk, public.pk)
    events = Event.objects.filter(subject_id=public.pk, type="incident.relationship_added").order_by("number")
    pages = [desk.get("events_event_change", event.pk).content.decode() for event in events]
    assert hidden.pk not in pages[0]
    assert other.pk in pages[1]


def test_who_declares_a_private_incident_sees_it(desk: Desk) -> None:
    desk.fill("incidents_incident_add", name="Layoffs", visibility="private")
    incident = Incident.objects.get()
    assert b"Layoffs" in desk.get("incidents_incident_change", incident.pk).content


def test_a_page_shows_everything_around_its_incident(desk: Desk, declare: Any, nora: User) -> None:
    incident, other = declare(), declare(name="The other one")
    create_action(nora.actor, incident.pk, description="Roll back")
    create_follow_up(nora.actor, incident.pk, title="Test the rollback", assignee_id=nora.pk)
    attach(nora.actor, incident.pk, Resource("zendesk_ticket", external_id="4711"))
    relate(nora.actor, other.pk, incident.pk)
    page = desk.get("incidents_incident_change", incident.pk).content.decode()
    for told in ("Roll back", "Test the rollback", "4711", "The other one", "Follow up created"):
        assert told in page


def test_a_page_costs_the_same_whatever_stands_around(desk: Desk, declare: Any) -> None:
    incident = declare()

    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            desk.get("incidents_incident_change", incident.pk)
        return len(captured)

    few = queries()
    for place in range(5):
        create_action(SYSTEM, incident.pk, description=f"Step {place}")
        relate(SYSTEM, incident.pk, declare().pk)
    assert queries() == few <= 25


@pytest.mark.parametrize("term", ["INC-2", "2", "payouts", "Payouts are"])
def test_incidents_are_found_by_reference_and_by_words(desk: Desk, declare: Any, term: str) -> None:
    declare(), declare(name="Payouts are late")
    Incident.objects.filter(name="Payouts are late").update(number=2_000_002 if term == "payouts" else 2)
    listed = desk.get("incidents_incident_changelist", query=f"?q={term}").context["cl"].result_list
    assert [incident.name for incident in listed] == ["Payouts are late"]


def test_incidents_are_filtered_by_their_stage(desk: Desk, declare: Any) -> None:
    live = declare(severity_id=severity("Minor"), incident_status_id=status("Fixing"))
    declare()
    listed = desk.get("incidents_incident_changelist", query="?stage=live").context["cl"].result_list
    assert list(listed) == [live]


def test_a_type_may_make_it_private(desk: Desk) -> None:
    IncidentType.objects.filter(is_default=True).update(private_incidents_only=True)
    desk.fill("incidents_incident_add", name="Layoffs")
    assert Incident.objects.get().visibility == "private"
