"""The moments of an incident's life that a team records."""

import pytest

from catalog.models import IncidentTimestamp
from catalog.timestamps import archive_timestamp, create_timestamp, update_timestamp
from incidentio.core.errors import Invalid
from tests.conftest import SYSTEM


def stamp(name: str) -> IncidentTimestamp:
    found: IncidentTimestamp = IncidentTimestamp.objects.active().get(name=name)
    return found


def test_a_new_timestamp_comes_last_and_is_set_by_people() -> None:
    made = create_timestamp(SYSTEM, name="Customers told at")
    assert (made.rank, made.set_on) == (13, "")


def test_a_timestamp_inserted_among_others_moves_them_up() -> None:
    create_timestamp(SYSTEM, name="Paged at", rank=1)
    assert (stamp("Accepted at").rank, stamp("Reviewed at").rank, stamp("Closed at").rank) == (2, 11, 12)


def test_a_timestamp_is_changed() -> None:
    changed = update_timestamp(SYSTEM, stamp("Fixed at"), name="Mitigated at", set_on="resolved")
    assert (changed.name, changed.set_on) == ("Mitigated at", "resolved")


def test_the_time_of_reporting_stays_and_others_go() -> None:
    with pytest.raises(Invalid, match="cannot be deleted"):
        archive_timestamp(SYSTEM, stamp("Reported at"))
    archive_timestamp(SYSTEM, stamp("Fixed at"))
    assert create_timestamp(SYSTEM, name="Fixed at", rank=8).rank == 8


def test_a_taken_name_is_refused() -> None:
    with pytest.raises(Invalid) as refusal:
        create_timestamp(SYSTEM, name="Fixed at")
    assert refusal.value.problems[0].pointer == "name"
