"""Everybody is looked for at every tool that is connected."""

from io import StringIO

import pytest
from django.core.management import call_command

from accounts.models import User
from integrations.matching import Match, match_people, pairs
from integrations.models import Connection, UserAccount
from tests.integrations.pagerduty.conftest import pager
from tests.integrations.pagerduty.fake import PagerDuty
from tests.integrations.standing_in import says

__all__ = ["pager"]
NORA = {"id": "PNORA", "name": "Nora Lind", "email": "Nora@Example.com"}
NAMESAKE = {"id": "POTHER", "name": "nora@example.com", "email": "someone@example.com"}


def matches() -> list[Match]:
    return list(match_people(pairs()))


def test_people_are_found_by_their_address(pager: PagerDuty, nora: User, omar: User) -> None:
    pager.users = [NAMESAKE, NORA]
    assert [(match.user, match.remote_id) for match in matches()] == [(nora, "PNORA"), (omar, "")]
    assert UserAccount.objects.get(user=nora).name == "Nora Lind"


def test_who_is_known_is_not_asked_for_again(pager: PagerDuty, nora: User) -> None:
    pager.users = [NORA]
    matches()
    pager.asked.clear()
    assert [match.remote_id for match in matches()] == ["PNORA"]
    assert pager.asked == []


def test_a_tool_that_does_not_say_is_asked_once(pager: PagerDuty, nora: User, omar: User) -> None:
    pager.script = [says(403, {"error": {"message": "Access Denied"}})]
    problems = [match.problem for match in matches()]
    assert len(pager.asked) == 1
    assert all("does not accept the hub's account (403)" in problem for problem in problems)
    assert not UserAccount.objects.exists()


def test_a_tool_that_is_not_connected_is_left(pager: PagerDuty, nora: User) -> None:
    Connection.objects.update(enabled=False)
    assert matches() == []


@pytest.mark.parametrize(("known", "said"), [(True, "1 of 1 known"), (False, "nobody there has this address")])
def test_a_command_tells_who_was_found(pager: PagerDuty, nora: User, known: bool, said: str) -> None:
    pager.users = [NORA] if known else []
    out = StringIO()
    call_command("match_people", stdout=out)
    assert said in out.getvalue()
