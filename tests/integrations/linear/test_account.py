"""A connection to Linear says whether it works."""

from typing import Any

import pytest

from integrations.base import CheckFailed
from integrations.linear.account import Linear, check, complaint
from tests.integrations.linear.site import KEY, TEAM, LinearSite
from tests.integrations.standing_in import Fault, says, silent


def values(site: LinearSite, /, **said: str) -> dict[str, str]:
    return {"api_url": f"{site.url}/graphql", "api_key": KEY, "team": "OPS"} | said


@pytest.mark.parametrize("team", ["OPS", "ops", " OPS ", TEAM["id"]])
def test_it_says_who_the_account_is(site: LinearSite, team: str) -> None:
    assert check(values(site, team=team)) == "Connected as Omar Aziz in Acme; the team is OPS (Operations)"


@pytest.mark.parametrize(
    ("key", "header"),
    [("lin_api_x", "lin_api_x"), ("lin_oauth_x", "Bearer lin_oauth_x"), ("Bearer x", "Bearer x")],
)
def test_a_token_of_an_app_is_a_bearer(key: str, header: str) -> None:
    assert Linear({"api_key": key}).request("query Q { viewer { id } }", {}).headers == {"authorization": header}


@pytest.mark.parametrize(
    ("said", "script", "complaint"),
    [
        ({"api_key": "wrong"}, [], "does not accept the hub's account: Authentication required"),
        ({"team": "NOPE"}, [], "does not see the team 'NOPE'"),
        ({"api_url": "ftp://linear"}, [], "only http"),
        ({}, [says(200, b"<html>")], "Linear does not tell"),
        ({}, [says(200, {"data": {"viewer": {}}})], "does not answer as Linear does"),
        ({}, [says(401, {})], "does not accept the hub's account"),
        ({}, [says(400, {"errors": [{"extensions": {"code": "RATELIMITED"}}]})], "less often"),
        ({}, [says(500, b"")], "It failed"),
        ({}, [silent], "timed out"),
    ],
)
def test_it_says_what_is_wrong(site: LinearSite, said: dict[str, str], script: list[Fault], complaint: str) -> None:
    site.script = list(script)
    with pytest.raises(CheckFailed, match=complaint) as failure:
        check(values(site, **said))
    assert "hunter2" not in str(failure.value)


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ({"errors": [{"message": "a", "extensions": {"userPresentableMessage": "b"}}, {"message": "c"}]}, "b; c"),
        ({"errors": [7, {"extensions": 7}]}, "it did not say why"),
        ({"errors": 7}, "it did not say why"),
        ([], "it did not say why"),
    ],
)
def test_complaints_are_told(said: Any, told: str) -> None:
    assert complaint(said) == told
