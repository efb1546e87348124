"""Events: one record of every change, in the change's own transaction."""

import pytest
from django.apps import apps
from django.db import transaction
from django_tasks_db.models import DBTaskResult

from accounts.models import User
from catalog import snapshot
from catalog.severities import create_severity, update_severity
from events.models import Event
from events.record import config_version, fold, record, state_of
from incidentio.core.ids import new_id
from tests.conftest import SYSTEM


def test_a_rollback_leaves_neither_event_nor_wake_up() -> None:
    tasks = DBTaskResult.objects.count()
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        record(SYSTEM, "incident.created", "incident", new_id(), {"name": [None, "x"]})
        raise ZeroDivisionError
    assert not Event.objects.filter(subject_type="incident").exists()
    assert DBTaskResult.objects.count() == tasks


def test_numbers_count_within_the_subject() -> None:
    subject, other = new_id(), new_id()
    with transaction.atomic():
        for pk in (subject, other, subject, subject):
            record(SYSTEM, "thing.changed", "thing", pk, {"name": [None, "x"]})
    assert list(Event.objects.filter(subject_id=subject).values_list("number", flat=True).order_by("id")) == [1, 2, 3]


def test_a_change_of_configuration_raises_its_version_and_folds_to_the_row(omar: User) -> None:
    before = config_version()
    severity = create_severity(omar.actor, name="Odd", description="")
    update_severity(omar.actor, severity, name="Odder", description="x", rank=0)
    severity.refresh_from_db()
    state = fold(list(Event.objects.filter(subject_id=severity.id).order_by("number")))
    assert state["name"] == "Odder" == snapshot.current().severities[severity.id].name
    assert state["rank"] == severity.rank == 0
    assert state.keys() == {name for name, value in state_of(severity).items() if value is not None}
    assert config_version() > before


def test_a_version_taken_back_by_a_rollback_is_never_given_again() -> None:
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        create_severity(SYSTEM, name="Gone", description="")
        lost = config_version()
        snapshot.current()
        raise ZeroDivisionError
    create_severity(SYSTEM, name="Here", description="")
    assert config_version() != lost
    names = {row.name for row in snapshot.current().severities.values()}
    assert "Here" in names
    assert "Gone" not in names


def test_no_foreign_key_leaves_the_events() -> None:
    fields = [field for model in apps.get_app_config("events").get_models() for field in model._meta.get_fields()]
    assert not [field for field in fields if field.is_relation]
