"""What references stand for, in the form their type has."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from accounts.models import User
from apikeys.keys import issue
from catalog import snapshot
from catalog.custom_fields import create_custom_field
from catalog.models import CatalogAlias, CatalogEntry, CatalogType
from incidents.models import Alert, AlertSource
from tests.conftest import SYSTEM
from tests.workflows.supposing import INCIDENT_ID, NOW, status_in, supposed, telling, words_of
from tests.workflows.writing import fields, severity, written
from workflows.facts import Facts
from workflows.values import as_text, reader


def value(reference: str, facts: Facts, trigger: str = "incident.updated", **said: Any) -> Any:
    """What `reference` stands for."""
    return reader(words_of(trigger, **said), reference)(facts)


def told(reference: str, facts: Facts, trigger: str = "incident.updated", **said: Any) -> str:
    """What `reference` stands for, as people read it."""
    words = words_of(trigger, **said)
    return as_text(reader(words, reference)(facts), words.meaning(reference), facts)


@pytest.mark.parametrize(
    ("reference", "expected"),
    [
        ("incident", INCIDENT_ID),
        ("incident.name", "Checkout is down"),
        ("incident.reference", "INC-12"),
        ("incident.summary", None),
        ("incident.severity.name", "Major"),
        ("incident.status.category", "live"),
        ("incident.mode", "standard"),
        ("incident.creator", "incidentio"),
        ("incident.creator.user", None),
        ("incident.reporter", None),
        ("incident.active_participants", []),
        ("incident.created_at", datetime(2026, 11, 25, 13, 0, tzinfo=UTC)),
        ("incident.last_update_at", None),
        ("incident.minutes_since_declared", Decimal(63)),
        ("incident.minutes_since_update", Decimal(63)),
        ("incident.url", f"http://hub.test/incidents/{INCIDENT_ID}"),
        ("incident.ms_teams_channel", None),
        ("incident.phase_of_the_moon", None),
        ("moon", None),
        (".", None),
        ("", None),
        ('incident.role["nobody"].name', None),
        ('expressions["nothing"]', None),
    ],
)
def test_an_incident_is_asked_for_its_parts(reference: str, expected: Any) -> None:
    assert value(reference, supposed()) == expected


def test_things_are_their_ids_and_people_read_names() -> None:
    facts = supposed()
    assert value("incident.severity", facts) == severity("Major")
    assert value("incident.status", facts) == status_in("live")
    assert told("incident.severity", facts) == "Major"
    assert told("incident", facts) == "INC-12"
    assert told("incident.created_at", facts) == "2026-11-25 13:00 UTC"
    assert told("incident.minutes_since_declared", facts) == "63"
    assert told("incident.visibility", facts) == "Public"
    assert told("incident.summary", facts) == ""


def test_an_id_nobody_knows_is_told_as_it_is() -> None:
    assert told("incident.severity", supposed(severity_id="gone")) == "gone"
    assert value("incident.severity.name", supposed(severity_id="gone")) is None


def test_roles_lead_to_people(nora: User) -> None:
    role = snapshot.current().reporter_role
    assert role is not None
    facts = supposed(**{f"incident_role_assignments.{role.id}": nora.id})
    assert value("incident.reporter", facts) == value(f'incident.role["{role.id}"]', facts) == nora.id
    assert value(f'incident.role["{role.id}"].email', facts) == "nora@example.com"
    assert value("incident.active_participants.name", facts) == ["Nora Lind"]
    assert told("incident.active_participants", facts) == "Nora Lind"
    assert value(f'incident.role["{role.id}"].catalog_attribute["manager"]', facts) is None


def test_who_declared_is_known_by_its_kind(nora: User) -> None:
    key = issue(SYSTEM, name="Zendesk", roles=["viewer"]).key
    by_key = supposed(creator_kind="api_key", creator_id=key.id, creator_label="Zendesk")
    assert value("incident.creator.api_key", by_key) == key.id
    assert told("incident.creator.api_key", by_key) == value("incident.creator.api_key.name", by_key) == "Zendesk"
    assert value("incident.creator.user", by_key) is None
    by_nora = supposed(creator_kind="user", creator_id=nora.id)
    assert value("incident.creator.user.slack_user_id", by_nora) == "U0NORA"


def test_an_incident_of_an_alert_leads_to_its_source() -> None:
    source = AlertSource.objects.create(name="Grafana", source_type="http")
    alert = Alert.objects.create(
        title="Disk full", status="firing", alert_source=source, deduplication_key="d", heard_at=NOW
    )
    facts = supposed(creator_kind="alert", creator_id=alert.id)
    assert value("incident.creator.alert.title", facts) == told("incident.creator.alert", facts) == "Disk full"
    assert told("incident.creator.alert.alert_source", facts) == "Grafana"


def test_an_incident_of_a_workflow_leads_to_it() -> None:
    workflow = written()
    facts = supposed(creator_kind="workflow", creator_id=workflow.id)
    assert told("incident.creator.workflow", facts) == "Postmortem"


def test_fields_hold_values_of_their_types() -> None:
    field_id, option_id, _ = fields()
    impact = create_custom_field(SYSTEM, name="Users hit", description="", field_type="numeric")
    chosen = {f"custom_field_entries.{field_id}": [option_id], f"custom_field_entries.{impact.id}": ["1e3"]}
    facts = supposed(**chosen)
    assert value(f'incident.custom_field["{field_id}"]', facts) == option_id
    assert told(f'incident.custom_field["{field_id}"]', facts) == "All customers"
    assert value(f'incident.custom_field["{field_id}"].name', facts) == "All customers"
    assert value(f'incident.custom_field["{impact.id}"]', facts) == 1000
    assert told(f'incident.custom_field["{impact.id}"]', facts) == "1000"
    assert value(f'incident.custom_field["{impact.id}"]', supposed()) is None


def entry(kind: CatalogType, name: str, **values: str) -> CatalogEntry:
    """An entry with these values."""
    stored = {attribute: {"value": {"literal": literal}} for attribute, literal in values.items()}
    return CatalogEntry.objects.create(name=name, catalog_type=kind, attribute_values=stored)


def test_fields_of_entries_lead_into_the_catalog(nora: User) -> None:
    _, _, services_id = fields()
    kind = CatalogType.objects.get(type_name='Custom["Service"]')
    shop, mail = entry(kind, "Shop", owner=nora.id), entry(kind, "Mail")
    services = f'incident.custom_field["{services_id}"]'
    facts = supposed(**{f"custom_field_entries.{services_id}": [shop.id, mail.id]})
    assert value(services, facts) == [shop.id, mail.id]
    assert told(services, facts) == "Shop, Mail"
    assert value(f'{services}.catalog_attribute["owner"]', facts) == [nora.id]
    assert value(f'{services}.catalog_attribute["owner"].name', facts) == ["Nora Lind"]
    assert value(f'{services}.catalog_attribute["owner"]', supposed()) == []


def test_links_in_the_catalog_are_followed_whatever_they_are_called() -> None:
    attribute = {"id": "tier", "name": "Tier", "type": 'Custom["Tier"]', "array": False, "mode": "api"}
    tier = CatalogType.objects.create(name="Tier", type_name='Custom["Tier"]')
    kind = CatalogType.objects.create(name="App", type_name='Custom["App"]', attributes=[attribute])
    gold = CatalogEntry.objects.create(name="Gold", catalog_type=tier, external_id="g")
    CatalogAlias.objects.create(catalog_type=tier, entry=gold, place=0, value="au")
    field = create_custom_field(SYSTEM, name="Apps", description="", field_type="multi_select", catalog_type_id=kind.id)
    apps = [entry(kind, literal, tier=literal).id for literal in ("g", "au", "none")]
    facts = supposed(**{f"custom_field_entries.{field.id}": apps})
    tiers = f'incident.custom_field["{field.id}"].catalog_attribute["tier"]'
    assert value(tiers, facts) == [gold.id, gold.id, "none"]
    assert value(f"{tiers}.name", facts) == ["Gold", "Gold"]


def test_timestamps_are_times() -> None:
    stamp = next(iter(snapshot.current().timestamps))
    facts = supposed(**{f"incident_timestamp_values.{stamp}": "2026-11-25T13:30:00.000000Z"})
    assert value(f'incident.timestamp["{stamp}"]', facts) == datetime(2026, 11, 25, 13, 30, tzinfo=UTC)
    assert value(f'incident.timestamp["{stamp}"]', supposed()) is None


def test_updates_and_changes_have_their_times() -> None:
    facts = supposed()
    assert facts.incident is not None
    facts.incident.last_update_at = NOW - timedelta(minutes=7, seconds=50)
    facts.incident.changed_at = NOW
    assert value("incident.minutes_since_update", facts) == 7
    assert value("incident.updated_at", facts) == NOW


def test_a_trigger_tells_of_more_than_the_incident(nora: User) -> None:
    changed = telling(**{"previous-status": status_in("closed"), "user-who-changed-the-status": nora.id})
    assert told("previous-status", changed, "incident.status-changed") == "Closed"
    assert value("previous-status.category", changed, "incident.status-changed") == "closed"
    assert told("user-who-changed-the-status", changed, "incident.status-changed") == "Nora Lind"
    shared = telling(**{"update.message": "Half of it works"})
    assert value("update.message", shared, "incident.update_shared") == "Half of it works"
    assert value("update.author.name", shared, "incident.update_shared") is None


def test_work_is_known_by_what_its_trigger_told_and_by_what_happened_to_it(nora: User) -> None:
    state = {"id": "a", "description": "Roll back", "status": "outstanding", "assignee_id": nora.id}
    facts = telling(action=state)
    assert value("action", facts, "action.created") == "a"
    assert told("action", facts, "action.created") == "Roll back"
    assert told("action.assignee", facts, "action.created") == "Nora Lind"
    assert facts.incident is not None
    facts.incident.others["f"] = {"title": "Talk", "status": "completed"}
    assert told("follow_up", facts.with_given(follow_up="f"), "follow_up.completed") == "Talk"
    assert told("follow_up.status", facts.with_given(follow_up="f"), "follow_up.completed") == "Completed"


def test_forms_hold_values_of_their_types() -> None:
    form = [{"key": "until", "title": "Until", "type": "Timestamp", "array": False}]
    facts = telling(**{"form.until": "2026-11-25T15:00:00Z"})
    assert value("form.until", facts, "manual", form_fields=form) == datetime(2026, 11, 25, 15, tzinfo=UTC)
    assert value("form.until", telling(), "manual", form_fields=form) is None


def test_channels_are_called_as_they_are() -> None:
    facts = supposed(slack_channel_id="C1", slack_channel_name="inc-12")
    assert value("incident.slack_channel", facts) == "C1"
    assert value("incident.slack_channel.name", facts) == "inc-12"
    assert told("incident.slack_channel", facts) == "#inc-12"


@pytest.mark.parametrize("odd", [5, True, 1.5, {"a": 1}, ["x", None, 3], [], ""])
def test_what_no_event_tells_is_read_without_complaint(odd: Any) -> None:
    stamp = next(iter(snapshot.current().timestamps))
    names = ["name", "severity_id", "created_at", f"incident_timestamp_values.{stamp}", "slack_channel_id"]
    facts = supposed(**dict.fromkeys(names, odd))
    for reference in ("incident.name", "incident.severity.rank", "incident.minutes_since_declared"):
        told(reference, facts)
    assert value(f'incident.timestamp["{stamp}"]', facts) is None


def test_nothing_is_asked_of_the_database_that_facts_know(django_assert_num_queries: Any) -> None:
    words, facts = words_of(), supposed()
    with django_assert_num_queries(0):
        for reference in ("incident.severity.name", "incident.status.category", "incident.reporter", "incident.url"):
            reader(words, reference)(facts)
