"""Secrets that were stored before they were sealed."""

from importlib import import_module
from typing import Any

import pytest
from cryptography.fernet import Fernet
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from events.models import Event
from events.record import fold, plain, state_of
from tests.conftest import SYSTEM
from tests.workflows.secretive import OTHER, SECRET, bindings, leaks, literal, signed, version_of
from tests.workflows.writing import step, text, written
from workflows.models import Workflow, WorkflowVersion
from workflows.sealing import opened, secrets_of
from workflows.workflows import archive_workflow, update_workflow

URL = "https://hooks.example.com/in"
MIGRATION = import_module("workflows.migrations.0009_hide_secrets")


def hide() -> None:
    MIGRATION.hide(MigrationExecutor(connection).loader.project_state().apps, None)


def show() -> None:
    MIGRATION.show(MigrationExecutor(connection).loader.project_state().apps, None)


def as_before(workflow: Workflow, *definitions: dict[str, Any]) -> None:
    """Store these versions of a workflow and its events as they were when nothing was sealed."""
    for number, definition in enumerate(definitions, start=1):
        before = definitions[number - 2] if number > 1 else None
        WorkflowVersion.objects.filter(workflow=workflow, number=number).update(definition=definition, secrets="")
        event = Event.objects.get(subject_type="workflow", subject_id=workflow.pk, number=number)
        event.changes["definition"] = [before, definition]
        event.save()
    Workflow.objects.filter(pk=workflow.pk).update(definition=definitions[-1])


@pytest.fixture
def old() -> Workflow:
    """A workflow of two versions, with their secrets to be read everywhere."""
    workflow = written(steps=[signed(URL)])
    first = opened(workflow)
    update_workflow(SYSTEM, workflow, text(steps=[signed(URL, OTHER)], name="Renamed"))
    as_before(workflow, first, opened(workflow))
    assert len(leaks()) == 4
    return workflow


def test_nothing_is_to_be_read_any_more(old: Workflow) -> None:
    hide()
    assert leaks() == []


def test_each_version_keeps_its_own(old: Workflow) -> None:
    hide()
    first, second = (secrets_of(version) for version in old.versions.order_by("number"))
    assert first.keys() == second.keys()
    assert first != second
    old.refresh_from_db()
    assert opened(old)["steps"] == [signed(URL, OTHER)]


def test_events_still_add_up_to_the_workflow(old: Workflow) -> None:
    hide()
    old.refresh_from_db()
    told = fold(list(Event.objects.filter(subject_type="workflow", subject_id=old.pk).order_by("number")))
    assert told["definition"] == plain(state_of(old)["definition"])


def test_done_again_it_changes_nothing(old: Workflow) -> None:
    hide()
    before = list(WorkflowVersion.objects.order_by("pk").values_list("pk", "definition", "secrets"))
    hide()
    assert list(WorkflowVersion.objects.order_by("pk").values_list("pk", "definition", "secrets")) == before


def test_what_is_archived_is_sealed_too(old: Workflow) -> None:
    archive_workflow(SYSTEM, old)
    hide()
    assert leaks() == []


def test_what_says_no_secrets_stays(old: Workflow) -> None:
    plainly = written(steps=[step("webhook.send", literal(URL), {}, {}, literal("{}"))])
    unknown = written(steps=[step("moon.howl", literal("loudly"))])
    before = [plainly.definition, unknown.definition]
    hide()
    after = [Workflow.objects.get(pk=row.pk).definition for row in (plainly, unknown)]
    assert (after, version_of(plainly).secrets) == (before, "")


def test_what_no_key_opens_is_left_alone(old: Workflow, settings: Any) -> None:
    hide()
    ring = settings.ENCRYPTION_KEYS
    settings.ENCRYPTION_KEYS = [Fernet.generate_key().decode()]
    hide()
    show()
    settings.ENCRYPTION_KEYS = ring
    old.refresh_from_db()
    assert opened(old)["steps"] == [signed(URL, OTHER)]


def test_what_was_added_since_is_kept_beside_what_was_sealed(old: Workflow) -> None:
    hide()
    version = version_of(old)
    bindings(version.definition)[SECRET + 1 :] = [literal("another-secret")]
    version.save()
    hide()
    secrets = secrets_of(version_of(old))
    assert [texts for texts in secrets.values() if texts == ["another-secret"]]
    assert len(secrets) == 4


def test_it_can_be_taken_back(old: Workflow) -> None:
    before = list(WorkflowVersion.objects.order_by("pk").values_list("definition", "secrets"))
    hide()
    show()
    assert list(WorkflowVersion.objects.order_by("pk").values_list("definition", "secrets")) == before
    old.refresh_from_db()
    assert old.definition == before[-1][0]
