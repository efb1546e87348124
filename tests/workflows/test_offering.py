"""What people can choose from when they build a workflow."""

from typing import Any

from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import User
from apikeys.keys import issue, revoke
from catalog import snapshot
from catalog.custom_fields import archive_custom_field
from catalog.models import CatalogEntry, CustomField
from incidentio.core.vocabulary import Meaning
from integrations.base import Param
from integrations.types import API_KEY, CATEGORY, CREATOR, SEVERITY, STATUS, TEMPLATED_TEXT, TEXT, USER, entry_of
from tests.conftest import SYSTEM
from tests.workflows.writing import expression, fields, plain, step
from workflows.offering import (
    MOST_CHOICES,
    Offering,
    interval_of,
    new_step,
    questions,
    steps,
    triggers,
)
from workflows.registry import STEPS
from workflows.triggers import TRIGGERS
from workflows.world import WorkflowWords, world_of


def offering(trigger: str = "incident.created", **said: Any) -> Offering:
    """What is offered in a workflow that says this."""
    definition = plain(**said)
    return Offering(WorkflowWords(world_of([definition]), trigger, definition))


def references(groups: Any) -> set[str]:
    return {one.reference for _, rows in groups for one in rows}


def labels(choices: Any) -> list[str]:
    assert choices is not None
    return [choice.label for choice in choices.rows]


def test_what_can_be_asked_of_an_incident() -> None:
    choice, _, services = fields()
    lead = next(iter(snapshot.current().roles))
    known = references(offering().askable)
    assert known >= {
        "incident.severity",
        "incident.status.category",
        "incident.creator.api_key",
        "incident.creator.api_key.name",
        "incident.reporter.email",
        f'incident.custom_field["{choice}"]',
        f'incident.custom_field["{services}"].catalog_attribute["owner"]',
        f'incident.custom_field["{services}"].catalog_attribute["owner"].email',
        f'incident.role["{lead}"]',
    }
    assert not known & {"incident.severity.name", "incident.creator.user.email.x", "."}


def test_subjects_are_called_as_everywhere_and_grouped() -> None:
    groups = {group: {one.label for one in rows} for group, rows in offering().askable}
    assert "Incident → Severity" in groups["Incident"]
    assert "Incident → Creator → API key" in groups["Incident → Creator"]
    assert {"Incident: roles", "Incident: timestamps"} <= groups.keys()


def test_triggers_offer_what_they_tell_besides() -> None:
    assert "previous-status" in references(offering("incident.status-changed").askable)
    assert "follow_up.priority" in references(offering("follow_up.created").askable)
    form = [{"key": "why", "title": "Why", "type": "String", "array": False}]
    assert "form.why" in references(offering("manual", form_fields=form).askable)


def test_expressions_are_offered_by_what_comes_out_of_them() -> None:
    count = expression("people", "incident.active_participants", {"operation_type": "count"})
    assert 'expressions["people"]' in references(offering(expressions=[count]).askable)
    assert offering("moon.rises").subjects == []


def test_what_is_archived_is_not_offered() -> None:
    choice, _, _ = fields()
    archive_custom_field(SYSTEM, CustomField.objects.get(pk=choice))
    assert f'incident.custom_field["{choice}"]' not in references(offering().askable)


def test_every_operation_is_offered_once_by_its_label() -> None:
    entry = Meaning("Services", entry_of("x"))
    assert [one.name for one in questions(entry)].count("contains") == 1
    assert [one.name for one in questions(entry, "name_contains")] == [
        "one_of", "not_in", "name_contains", "is_set", "is_blank",
    ]  # fmt: skip
    assert questions(Meaning("x", "MoonPhase")) == []


def test_references_fit_the_parameter() -> None:
    person, people = Param("user", "User", USER), Param("users", "Users", USER, array=True)
    assert "incident.reporter" in references(offering().fitting(person))
    assert "incident.active_participants" not in references(offering().fitting(person))
    assert "incident.active_participants" in references(offering().fitting(people))
    texts = references(offering().fitting(Param("message", "Message", TEMPLATED_TEXT)))
    assert {"incident.severity", "incident.name"} <= texts
    assert not texts & {"incident", "incident.creator"}


def test_a_loop_offers_what_it_goes_through() -> None:
    whole = offering()
    inside = whole.inside("incident.active_participants")
    assert "loop_variable.email" in references(inside.insertable)
    assert "loop_variable" not in references(whole.insertable)
    assert "incident.active_participants" in references(whole.many)


def test_words_are_offered_in_the_order_people_think_in() -> None:
    worst_first = labels(offering().choices(SEVERITY))
    assert worst_first.index("Critical") < worst_first.index("Minor")
    assert labels(offering().choices(STATUS))[0] == "Triage"
    assert labels(offering().choices(CATEGORY)).count("Live") == 1
    assert "Active" not in labels(offering().choices(CATEGORY))
    assert offering().choices(TEXT) is None
    assert offering().choices(CREATOR) is None


def test_people_and_keys_are_found_by_name(omar: User, nora: User) -> None:
    used = issue(SYSTEM, name="Zendesk", roles=["viewer"]).key
    revoke(SYSTEM, issue(SYSTEM, name="Zendesk, old", roles=["viewer"]).key)
    assert labels(offering().choices(API_KEY, query="zen")) == ["Zendesk"]
    assert labels(offering().choices(USER, query=nora.email)) == [nora.name]
    assert labels(offering().choices(USER, [omar.id], query="nora")) == [omar.name, nora.name]
    assert used.name in labels(offering().choices(API_KEY))


def test_what_was_chosen_is_shown_even_where_it_is_offered_no_more() -> None:
    gone = issue(SYSTEM, name="Gone", roles=["viewer"]).key
    revoke(SYSTEM, gone)
    assert labels(offering().choices(API_KEY, [gone.id]))[0] == "Gone"
    assert labels(offering().choices(SEVERITY, ["nobody"]))[0] == "nobody (not offered any more)"


def test_entries_of_the_catalog_are_searched() -> None:
    _, _, services = fields()
    kind = CustomField.objects.get(pk=services).catalog_type_id or ""
    for number in range(MOST_CHOICES + 2):
        CatalogEntry.objects.create(catalog_type_id=kind, name=f"service {number:02}")
    found = offering().choices(entry_of(kind))
    assert found is not None
    assert (len(found.rows), found.more) == (MOST_CHOICES, True)
    assert labels(offering().choices(entry_of(kind), query="31")) == ["service 31"]


def test_the_values_of_a_custom_field_are_those_of_the_field_that_was_chosen() -> None:
    choice, option, _ = fields()
    said = step("incident.set_custom_field", {}, {"value": {"literal": choice}}, {})
    types = [param.type for param in offering().params(said)]
    assert types[2] == f'CustomFieldOption["{choice}"]'
    assert option in {row.value for row in getattr(offering().choices(types[2]), "rows", [])}
    assert offering().params(step("moon.howl")) == ()


def test_a_new_step_is_about_the_incident() -> None:
    made = new_step("incident.assign_role")
    assert made["param_bindings"] == [{"value": {"reference": "incident"}}, {}, {}]
    assert made["id"] != new_step("incident.assign_role")["id"]
    assert new_step("moon.howl")["param_bindings"] == []


def test_steps_this_hub_cannot_do_are_not_offered() -> None:
    names = {one.name for _, rows in steps() for one in rows}
    assert "incident.assign_role" in names
    assert names == set(STEPS)


def test_every_trigger_is_offered() -> None:
    assert {one.name for _, rows in triggers() for one in rows} == TRIGGERS.keys()
    assert [interval_of(name).label for name in ("scheduled", "follow_up.overdue", "manual")] == [
        "Every", "After", "Wait",
    ]  # fmt: skip


def test_lists_are_read_once(omar: User) -> None:
    offered = offering()
    with CaptureQueriesContext(connection) as queries:
        for _ in range(3):
            offered.choices(USER)
            offered.inside("incident.active_participants").choices(USER, [omar.id])
    assert len(queries) == 1
