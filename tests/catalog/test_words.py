"""Changes of configuration are serial: whatever races, rules hold and nobody gets an error that is ours."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.db import connection

from accounts.models import User
from catalog.models import IncidentStatus, Severity
from catalog.severities import archive_severity, create_severity, update_severity
from catalog.statuses import archive_status, create_status
from events.models import Event
from events.record import config_version
from incidentio.core.errors import Invalid, NotFound
from tests.conftest import SYSTEM


def all_at_once(calls: list[Callable[[], Any]]) -> list[Any]:
    """What each of `calls` returned or was refused with, all running at the same time."""

    def run(call: Callable[[], Any]) -> Any:
        try:
            return call()
        except (Invalid, NotFound) as refusal:
            return refusal
        finally:
            connection.close()

    with ThreadPoolExecutor(len(calls)) as callers:
        return list(callers.map(run, calls))


@pytest.mark.django_db(transaction=True)
def test_severities_inserted_at_one_rank_all_get_a_rank_of_their_own() -> None:
    calls = [lambda n=n: create_severity(SYSTEM, name=f"Severity {n}", description="", rank=1) for n in range(6)]
    assert all(isinstance(made, Severity) for made in all_at_once(calls))
    assert list(Severity.objects.active().values_list("rank", flat=True)) == list(range(9))


@pytest.mark.django_db(transaction=True)
def test_of_equal_names_one_wins_and_the_others_are_told_so() -> None:
    outcomes = all_at_once([lambda: create_severity(SYSTEM, name="Moderate", description="")] * 4)
    refused = [outcome for outcome in outcomes if isinstance(outcome, Invalid)]
    assert len(refused) == 3
    assert {(refusal.problems[0].code, refusal.problems[0].pointer) for refusal in refused} == {
        ("already_exists", "name")
    }


@pytest.mark.django_db(transaction=True)
def test_two_who_delete_the_last_two_statuses_of_a_category_leave_one() -> None:
    doomed = list(IncidentStatus.objects.active().filter(category="learning"))
    outcomes = all_at_once([lambda status=status: archive_status(SYSTEM, status) for status in doomed])
    assert sorted(type(outcome).__name__ for outcome in outcomes) == ["Invalid", "NoneType"]


def test_a_change_of_nothing_is_no_event_and_no_new_version() -> None:
    minor = Severity.objects.get(name="Minor")
    before = (config_version(), Event.objects.count(), minor.updated_at)
    update_severity(SYSTEM, minor, name=minor.name, description=minor.description, rank=minor.rank)
    minor.refresh_from_db()
    assert (config_version(), Event.objects.count(), minor.updated_at) == before


def test_a_change_raises_the_version_and_says_who_changed_what(omar: User) -> None:
    version = config_version()
    minor = Severity.objects.get(name="Minor")
    update_severity(omar.actor, minor, name="Small", description=minor.description)
    event = Event.objects.filter(subject_id=minor.id).latest("number")
    assert (event.type, event.subject_type, event.actor_label) == ("severity.updated", "severity", "Omar Aziz")
    assert event.changes["name"] == ["Minor", "Small"]
    assert config_version() > version


def test_a_refused_change_leaves_nothing() -> None:
    before = (config_version(), Event.objects.count())
    with pytest.raises(Invalid):
        create_status(SYSTEM, name="Fixing", description="", category="live")
    assert (config_version(), Event.objects.count()) == before


def test_what_was_archived_frees_its_name_and_rank() -> None:
    minor = Severity.objects.get(name="Minor")
    archive_severity(SYSTEM, minor)
    again = create_severity(SYSTEM, name="Minor", description="", rank=minor.rank)
    assert (again.name, again.rank) == (minor.name, minor.rank)
    with pytest.raises(NotFound):
        archive_severity(SYSTEM, minor)
