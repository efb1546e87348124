"""People come, change and go; their history stays and tells no secret."""

from typing import Any

import pytest

from accounts.models import OrganisationRole, User
from accounts.users import create_user, deactivate_user, update_user
from events.models import Event
from events.record import fold
from incidentio.core.errors import Invalid
from tests.conftest import SYSTEM


@pytest.fixture(autouse=True)
def quick_hashing(settings: Any) -> None:
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


def history(user: User) -> list[Event]:
    return list(Event.objects.filter(subject_type="user", subject_id=user.id).order_by("number"))


def test_a_person_signs_in_with_the_password_they_were_given() -> None:
    user = create_user(SYSTEM, email="mia@example.com", name="Mia Chen", password="correct horse battery")
    assert user.check_password("correct horse battery")
    assert user.role == OrganisationRole.RESPONDER
    assert not user.is_staff


def test_without_a_password_nobody_signs_in_with_one(nora: User) -> None:
    assert not nora.has_usable_password()


@pytest.mark.parametrize(
    ("wrong", "pointer"),
    [
        ({"email": "nora at example"}, "email"),
        ({"email": ""}, "email"),
        ({"email": "NORA@example.com"}, "email"),
        ({"email": "n@" + "x." * 150 + "com"}, "email"),
        ({"name": " "}, "name"),
        ({"name": "nul\0"}, "name"),
        ({"role": "king"}, "role"),
        ({"slack_user_id": "U0NORA"}, "slack_user_id"),
        ({"slack_user_id": "U" * 41}, "slack_user_id"),
        ({"password": "short"}, "password"),
    ],
)
def test_what_is_wrong_is_named(nora: User, wrong: dict[str, Any], pointer: str) -> None:
    with pytest.raises(Invalid) as refusal:
        create_user(SYSTEM, **{"email": "mia@example.com", "name": "Mia Chen", **wrong})
    assert [problem.pointer for problem in refusal.value.problems] == [pointer]
    assert not User.objects.filter(name="Mia Chen").exists()


def test_the_history_of_a_person_adds_up_and_tells_no_password(omar: User, nora: User) -> None:
    update_user(omar.actor, nora, name="Nora Lind-Berg", password="correct horse battery")
    nora = deactivate_user(omar.actor, nora)
    events = history(nora)
    state = fold(events)
    assert [event.type for event in events] == [
        "user.created",
        "user.updated",
        "user.password_changed",
        "user.updated",
    ]
    assert (state["name"], state["is_active"], state["email"]) == ("Nora Lind-Berg", False, "nora@example.com")
    assert "password" not in state
    assert not any(nora.password in str(event.changes) for event in events)


def test_keeping_ones_own_address_in_another_case_is_fine(nora: User) -> None:
    assert update_user(SYSTEM, nora, email="Nora@Example.com", slack_user_id="U0NORA").email == "Nora@Example.com"


def test_a_change_of_nothing_is_no_event(nora: User) -> None:
    update_user(SYSTEM, nora, name=nora.name)
    assert len(history(nora)) == 1


@pytest.mark.parametrize("change", [{"is_active": False}, {"role": "viewer"}])
def test_the_last_administrator_stays(omar: User, change: dict[str, Any]) -> None:
    with pytest.raises(Invalid, match="last who can administer"):
        update_user(SYSTEM, omar, **change)
    create_user(SYSTEM, email="ada@example.com", name="Ada", role=OrganisationRole.OWNER)
    assert not update_user(SYSTEM, omar, **change).is_staff
