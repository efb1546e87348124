"""Who people are at other tools is corrected in the admin."""

from collections.abc import Callable

import pytest
from django.db import connection as database
from django.test.utils import CaptureQueriesContext

from accounts.models import User
from integrations.models import FoundBy, UserAccount
from integrations.people import say_account
from tests.conftest import SYSTEM
from tests.desk import Desk, errors
from tests.integrations.pagerduty.conftest import pager
from tests.integrations.pagerduty.fake import PagerDuty

__all__ = ["pager"]
PAGE = "integrations_useraccount"


@pytest.fixture
def found(nora: User) -> UserAccount:
    """Nora, as PagerDuty was found to know her."""
    values = {"remote_id": "PNORA", "name": "Nora L.", "found_by": FoundBy.EMAIL}
    return UserAccount.objects.create(user=nora, tool="pagerduty", **values)


def test_the_list_says_who_is_who(desk: Desk, found: UserAccount, omar: User) -> None:
    UserAccount.objects.create(user=omar, tool="github", found_by=FoundBy.EMAIL)
    page = desk.get(f"{PAGE}_changelist").content.decode()
    for text in ("Nora Lind", "PagerDuty", "PNORA", "E-mail address", "GitHub", "nobody there"):
        assert text in page


def test_a_person_is_put_right(desk: Desk, found: UserAccount) -> None:
    desk.fill(f"{PAGE}_change", found.pk, remote_id="PLIND")
    found.refresh_from_db()
    assert (found.remote_id, found.found_by) == ("PLIND", FoundBy.PERSON)
    assert desk.events()[0].type == "user_account.updated"


def test_a_person_is_said_to_be_somebody(desk: Desk, nora: User) -> None:
    desk.fill(f"{PAGE}_add", user=nora.pk, tool="github", remote_id="nora-lind")
    account = UserAccount.objects.get()
    assert (account.user, account.tool, account.remote_id) == (nora, "github", "nora-lind")


def test_a_refusal_stands_beside_its_field(desk: Desk, found: UserAccount, omar: User) -> None:
    answer = desk.fill(f"{PAGE}_add", user=omar.pk, tool="pagerduty", remote_id="PNORA")
    assert errors(answer) == {"remote_id": ["Somebody else of the hub has this ID there"]}


def test_the_tool_is_one_that_knows_people(desk: Desk, nora: User) -> None:
    answer = desk.fill(f"{PAGE}_add", user=nora.pk, tool="statuspage", remote_id="x")
    assert "tool" in errors(answer)


def test_somebody_is_forgotten(desk: Desk, found: UserAccount) -> None:
    desk.post(f"{PAGE}_forget", found.pk)
    assert not UserAccount.objects.exists()
    assert desk.events()[0].type == "user_account.deleted"


def test_everybody_is_looked_for_in_the_background(
    desk: Desk, pager: PagerDuty, nora: User, drain: Callable[[], None]
) -> None:
    pager.users = [{"id": "PNORA", "name": "Nora Lind", "email": "nora@example.com"}]
    desk.get(f"{PAGE}_look_for_everybody")
    drain()
    assert pager.asked == []
    desk.post(f"{PAGE}_look_for_everybody")
    drain()
    assert UserAccount.objects.get(user=nora).remote_id == "PNORA"


def test_the_list_costs_the_same_however_long_it_is(desk: Desk, nora: User, omar: User) -> None:
    def statements() -> int:
        with CaptureQueriesContext(
            database,
        ) as asked:
            desk.get(f"{PAGE}_changelist")
        return len(asked)

    say_account(SYSTEM, UserAccount(user=nora, tool="github"), remote_id="n")
    few = statements()
    say_account(SYSTEM, UserAccount(user=omar, tool="github"), remote_id="o")
    say_account(SYSTEM, UserAccount(user=omar, tool="jira"), remote_id="o")
    assert statements() == few
