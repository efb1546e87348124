"""Who people of the hub are at other tools: found by e-mail address once, corrected by people, never overwritten."""

from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.models import User
from accounts.users import deactivate_user
from events.models import Event
from events.record import fold
from incidentio.core.errors import Invalid
from integrations.base import StepFailed
from integrations.models import FoundBy, UserAccount
from integrations.people import Person, forget_account, id_at, person_at, person_for, say_account
from tests.conftest import SYSTEM

TOOL = "grapevine"


class Directory:
    """A tool's directory; it remembers who asked."""

    def __init__(self, **people: str) -> None:
        self.people = people
        self.asked: list[str] = []

    def __call__(self, email: str) -> Person | None:
        self.asked.append(email)
        name = email.split("@", maxsplit=1)[0]
        return Person(self.people[name], name.title()) if name in self.people else None


def said(user: User, remote_id: str, name: str = "") -> UserAccount:
    """What Omar says of who somebody is there."""
    return say_account(SYSTEM, UserAccount(user=user, tool=TOOL), remote_id=remote_id, name=name)


def test_somebody_is_looked_for_once(nora: User) -> None:
    directory = Directory(nora="N1")
    assert [id_at(TOOL, nora, directory) for _ in range(3)] == ["N1"] * 3
    assert directory.asked == ["nora@example.com"]
    account = UserAccount.objects.get()
    assert (account.name, account.found_by) == ("Nora", FoundBy.EMAIL)


def test_who_is_nobody_there_is_looked_for_again_the_next_day(nora: User) -> None:
    directory = Directory()
    assert [id_at(TOOL, nora, directory) for _ in range(2)] == ["", ""]
    assert len(directory.asked) == 1
    UserAccount.objects.update(updated_at=timezone.now() - timedelta(days=1, minutes=1))
    directory.people["nora"] = "N1"
    assert id_at(TOOL, nora, directory) == "N1"


def test_what_somebody_said_stands(nora: User) -> None:
    said(nora, "N7", "Nora at work")
    directory = Directory(nora="N1")
    assert (id_at(TOOL, nora, directory), directory.asked) == ("N7", [])


def test_that_somebody_is_nobody_there_stands_too(nora: User) -> None:
    said(nora, "")
    UserAccount.objects.update(updated_at=timezone.now() - timedelta(days=90))
    directory = Directory(nora="N1")
    assert (id_at(TOOL, nora, directory), directory.asked) == ("", [])


def test_what_is_said_while_the_tool_is_asked_stands(nora: User) -> None:
    def slowly(email: str) -> Person:
        said(nora, "N7")
        return Person("N1", "Nora")

    assert id_at(TOOL, nora, slowly) == "N7"


def test_a_tool_that_does_not_say_leaves_no_trace(nora: User) -> None:
    def silent(email: str) -> Person | None:
        raise StepFailed("It does not answer", permanent=False)

    with pytest.raises(StepFailed):
        id_at(TOOL, nora, silent)
    assert not UserAccount.objects.exists()


def test_two_people_are_never_the_same_one_there(nora: User, omar: User) -> None:
    said(omar, "N1")
    assert id_at(TOOL, nora, Directory(nora="N1")) == ""
    with pytest.raises(Invalid, match="Somebody else"):
        say_account(SYSTEM, UserAccount.objects.get(user=nora), remote_id="N1")


def test_one_person_has_one_account_there(nora: User) -> None:
    said(nora, "N1")
    with pytest.raises(Invalid, match="change that"):
        said(nora, "N2")


@pytest.mark.parametrize("remote_id", ["x" * 301, "N\0"])
def test_rubbish_is_refused(nora: User, remote_id: str) -> None:
    with pytest.raises(Invalid, match="At most 300"):
        said(nora, remote_id)
    assert not UserAccount.objects.exists()


def test_a_correction_is_told_by_events(nora: User) -> None:
    id_at(TOOL, nora, Directory(nora="N1"))
    account = UserAccount.objects.get()
    say_account(nora.actor, account, remote_id="N7")
    events = Event.objects.filter(subject_id=account.pk).order_by("number")
    assert [(event.type, event.actor_label) for event in events] == [
        ("user_account.created", "incidentio"),
        ("user_account.updated", "Nora Lind"),
    ]
    assert fold(list(events))["remote_id"] == "N7"


def test_the_same_again_is_no_event(nora: User) -> None:
    account = said(nora, "N1")
    count = Event.objects.count()
    say_account(SYSTEM, account, remote_id="N1")
    assert Event.objects.count() == count


def test_who_is_forgotten_is_looked_for_again(nora: User) -> None:
    forget_account(SYSTEM, said(nora, "N7"))
    assert id_at(TOOL, nora, Directory(nora="N1")) == "N1"


def test_a_tools_own_people_are_known_by_id_before_address(nora: User, omar: User) -> None:
    said(omar, "N1")
    assert person_for(TOOL, "N1", "nora@example.com") == omar
    assert person_at(TOOL, "N1") == omar
    assert person_at(TOOL, "") is None


def test_a_tools_own_people_are_known_by_address_and_remembered(nora: User) -> None:
    assert person_for(TOOL, "N1", "NORA@example.com") == nora
    assert person_at(TOOL, "N1") == nora


def test_who_is_said_to_be_another_is_not_known_by_address(nora: User) -> None:
    said(nora, "N7")
    assert person_for(TOOL, "N1", "nora@example.com") is None


def test_who_left_is_nobody(nora: User, omar: User) -> None:
    said(nora, "N1")
    deactivate_user(SYSTEM, nora)
    assert (person_at(TOOL, "N1"), person_for(TOOL, "N1", "nora@example.com")) == (None, None)
