"""Ranks are shifted, never refused, and people can put words in order."""

import pytest

from catalog.models import IncidentStatus, IncidentTimestamp, Severity
from catalog.ordering import move, next_rank, reorder
from catalog.severities import archive_severity, create_severity, update_severity
from events.models import Event
from events.record import config_version
from incidentio.core.errors import Invalid, NotFound
from incidentio.core.fields import LARGEST_WHOLE
from tests.conftest import SYSTEM


def severities() -> dict[str, int]:
    return dict(Severity.objects.active().order_by("rank").values_list("name", "rank"))


def severity(name: str) -> Severity:
    found: Severity = Severity.objects.active().get(name=name)
    return found


def status(name: str) -> IncidentStatus:
    found: IncidentStatus = IncidentStatus.objects.active().get(name=name)
    return found


def test_a_new_word_goes_to_the_end() -> None:
    assert next_rank(Severity) == 3
    assert next_rank(IncidentStatus, category="live") == 4


def test_a_word_inserted_at_a_taken_rank_moves_the_others_up() -> None:
    create_severity(SYSTEM, name="Moderate", description="", rank=1)
    assert severities() == {"Minor": 0, "Moderate": 1, "Major": 2, "Critical": 3}


def test_only_the_unbroken_run_moves_up() -> None:
    create_severity(SYSTEM, name="Catastrophic", description="", rank=10)
    create_severity(SYSTEM, name="Moderate", description="", rank=1)
    assert severities() == {"Minor": 0, "Moderate": 1, "Major": 2, "Critical": 3, "Catastrophic": 10}


def test_a_word_moved_down_pushes_the_others_into_its_old_place() -> None:
    update_severity(SYSTEM, severity("Critical"), name="Critical", description="", rank=0)
    assert severities() == {"Critical": 0, "Minor": 1, "Major": 2}


def test_a_word_moved_up_leaves_a_gap() -> None:
    update_severity(SYSTEM, severity("Minor"), name="Minor", description="", rank=1)
    assert severities() == {"Minor": 1, "Major": 2, "Critical": 3}


@pytest.mark.parametrize("rank", [-LARGEST_WHOLE, LARGEST_WHOLE])
def test_the_outermost_ranks_can_be_taken_twice(rank: int) -> None:
    create_severity(SYSTEM, name="First", description="", rank=rank)
    create_severity(SYSTEM, name="Second", description="", rank=rank)
    assert severities()["Second"] == rank
    assert severities()["First"] == rank + 1


def test_a_rank_beyond_what_json_keeps_exact_is_refused() -> None:
    with pytest.raises(Invalid) as refusal:
        create_severity(SYSTEM, name="Odd", description="", rank=2**63)
    assert refusal.value.problems[0].pointer == "rank"


def test_up_and_down_swap_neighbours() -> None:
    move(SYSTEM, severity("Minor"), "up")
    assert severities() == {"Major": 0, "Minor": 1, "Critical": 2}
    move(SYSTEM, severity("Critical"), "down")
    assert severities() == {"Major": 0, "Critical": 1, "Minor": 2}


def test_at_the_end_nothing_happens() -> None:
    version, events = config_version(), Event.objects.count()
    move(SYSTEM, severity("Critical"), "up")
    move(SYSTEM, severity("Minor"), "down")
    assert (config_version(), Event.objects.count()) == (version, events)


def test_a_status_moves_within_its_category() -> None:
    move(SYSTEM, status("Monitoring"), "up")
    assert (status("Monitoring").rank, status("Documenting").rank) == (3, 4)
    move(SYSTEM, status("Monitoring"), "down")
    assert (status("Fixing").rank, status("Monitoring").rank) == (3, 2)


def test_what_was_archived_meanwhile_does_not_move() -> None:
    stale = severity("Minor")
    archive_severity(SYSTEM, severity("Minor"))
    with pytest.raises(NotFound):
        move(SYSTEM, stale, "up")


def test_dragged_rows_share_the_ranks_they_held() -> None:
    stamps = list(IncidentTimestamp.objects.filter(name__in=["Reviewed at", "Closed at"]).order_by("-rank"))
    version = config_version()
    reorder(SYSTEM, IncidentTimestamp, [stamp.id for stamp in stamps])
    assert dict(IncidentTimestamp.objects.filter(rank__gte=10).values_list("name", "rank")) == {
        "Closed at": 10,
        "Reviewed at": 12,
    }
    assert config_version() > version


def test_rows_that_cannot_be_put_in_order_are_refused() -> None:
    minor = severity("Minor").id
    for ids in ([minor, minor], [minor, "01HZZZZZZZZZZZZZZZZZZZZZZZ"], [minor, "\0"]):
        with pytest.raises(Invalid):
            reorder(SYSTEM, Severity, ids)
    with pytest.raises(Invalid, match="within one category"):
        reorder(SYSTEM, IncidentStatus, [status("Closed").id, status("Fixing").id])
