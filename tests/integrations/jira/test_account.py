"""A connection to Jira says whether it works."""

from typing import Any

import pytest

from integrations.base import CheckFailed, StepFailed
from integrations.jira.account import Jira, check, complaint
from tests.integrations.jira.site import JiraSite
from tests.integrations.standing_in import Fault, says, silent, standing, well


def values(site: JiraSite, /, **said: str) -> dict[str, str]:
    return {"site": site.url + "/", "token": "hunter2", "project": "OPS", "email": "omar@example.com"} | said


def test_it_says_who_the_account_is(site: JiraSite) -> None:
    assert check(values(site)) == "Connected as Omar Aziz; the project is OPS"


def test_a_server_of_ones_own_is_asked_in_its_way(hub: None) -> None:
    with standing(JiraSite(cloud=False)) as site:
        assert check(values(site, deployment="server")) == "Connected as Omar Aziz; the project is OPS"


def test_a_token_with_scopes_has_an_address_of_its_own() -> None:
    there = Jira({"site": "https://acme.atlassian.net", "email": "e", "api_url": "https://api.example.com/ex/jira/1/"})
    assert there.request("GET", "myself").url == "https://api.example.com/ex/jira/1/rest/api/3/myself"
    assert there.url_of("OPS-1") == "https://acme.atlassian.net/browse/OPS-1"


@pytest.mark.parametrize(
    ("said", "script", "complaint"),
    [
        ({"token": "wrong"}, [], "does not accept the hub's account"),
        ({"email": ""}, [], "needs the e-mail address"),
        ({"project": "NOPE"}, [], "does not see the project 'NOPE'"),
        ({"site": "ftp://jira"}, [], "only http"),
        ({}, [says(200, b"<html>")], "does not answer as Jira does"),
        ({}, [says(404, b"")], "does not answer as Jira does"),
        ({}, [well, says(500, b"")], "It failed"),
        ({}, [silent], "timed out"),
    ],
)
def test_it_says_what_is_wrong(site: JiraSite, said: dict[str, str], script: list[Fault], complaint: str) -> None:
    site.script = list(script)
    with pytest.raises(CheckFailed, match=complaint) as failure:
        check(values(site, **said))
    assert "hunter2" not in str(failure.value)


def test_a_step_needs_the_address_of_the_account() -> None:
    with pytest.raises(StepFailed, match="e-mail address"):
        Jira({"site": "https://acme.atlassian.net"}).request("GET", "myself")


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ({"errorMessages": ["a"], "errors": {"b": "c"}}, "a; b: c"),
        ({"errorMessages": 7, "errors": []}, "it did not say why"),
        (None, "it did not say why"),
    ],
)
def test_complaints_are_told(said: Any, told: str) -> None:
    assert complaint(said) == told
