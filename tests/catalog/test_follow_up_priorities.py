"""How pressing follow-ups are."""

import pytest

from catalog.follow_up_priorities import archive_priority, create_priority, update_priority
from catalog.models import FollowUpPriority
from catalog.ordering import move
from incidentio.core.errors import Invalid, NotFound
from tests.conftest import SYSTEM


def ranked() -> list[tuple[str, int]]:
    return list(FollowUpPriority.objects.active().order_by("rank").values_list("name", "rank"))


def test_a_new_installation_has_four() -> None:
    assert ranked() == [("Low", 0), ("Medium", 1), ("High", 2), ("Urgent", 3)]


def test_a_new_one_is_the_most_pressing_or_moves_others_up() -> None:
    create_priority(SYSTEM, name="Drop everything")
    create_priority(SYSTEM, name="Someday", description="Or never", rank=0)
    assert ranked()[:2] == [("Someday", 0), ("Low", 1)]
    assert ranked()[-1] == ("Drop everything", 5)


def test_its_words_and_its_place_change_and_it_can_go() -> None:
    urgent = FollowUpPriority.objects.get(name="Urgent")
    assert update_priority(SYSTEM, urgent, name="Now", description="").name == "Now"
    move(SYSTEM, urgent, "down")
    assert ranked()[-2:] == [("Now", 2), ("High", 3)]
    archive_priority(SYSTEM, urgent)
    assert [name for name, _ in ranked()] == ["Low", "Medium", "High"]
    with pytest.raises(NotFound):
        archive_priority(SYSTEM, urgent)


@pytest.mark.parametrize("name", [" ", "High", "x" * 201])
def test_a_wrong_name_is_refused(name: str) -> None:
    with pytest.raises(Invalid) as refusal:
        create_priority(SYSTEM, name=name)
    assert refusal.value.problems[0].pointer == "name"
