"""A connection to GitHub says whether it works."""

from typing import Any

import pytest

from integrations.base import CheckFailed
from integrations.github.account import GitHub, check, complaint
from tests.integrations.github.site import REPOSITORY, GitHubSite
from tests.integrations.standing_in import Fault, says, silent, well


def values(site: GitHubSite, /, **said: str) -> dict[str, str]:
    return {"api_url": site.url + "/", "token": "hunter2", "repository": REPOSITORY} | said


def test_it_says_who_the_account_is(site: GitHubSite) -> None:
    assert check(values(site)) == f"Connected as omar; the repository is {REPOSITORY}"


def test_it_says_that_everybody_reads_a_public_repository(site: GitHubSite) -> None:
    site.public = True
    assert check(values(site)).endswith("everybody can read its issues")


def test_the_token_of_an_app_is_nobodys(site: GitHubSite) -> None:
    site.script = [well, says(403, {"message": "Resource not accessible by integration"})]
    assert check(values(site)) == f"Connected; the repository is {REPOSITORY}"


@pytest.mark.parametrize(
    ("said", "script", "complaint"),
    [
        ({"token": "wrong"}, [], "does not accept the hub's account"),
        ({"repository": "acme/nope"}, [], "does not see the repository"),
        ({"repository": "nope"}, [], "is no repository"),
        ({"api_url": "ftp://github"}, [], "only http"),
        ({}, [says(200, b"<html>")], "does not answer as GitHub does"),
        ({}, [says(200, {"full_name": REPOSITORY, "has_issues": False})], "has no issues"),
        ({}, [says(403, {"message": "API rate limit exceeded"})], "less often"),
        ({}, [says(500, b"")], "It failed"),
        ({}, [silent], "timed out"),
    ],
)
def test_it_says_what_is_wrong(site: GitHubSite, said: dict[str, str], script: list[Fault], complaint: str) -> None:
    site.script = list(script)
    with pytest.raises(CheckFailed, match=complaint) as failure:
        check(values(site, **said))
    assert "hunter2" not in str(failure.value)


@pytest.mark.parametrize(
    ("api_url", "site"),
    [
        ("", "https://github.com"),
        ("https://api.github.com/", "https://github.com"),
        ("https://github.example.com/api/v3", "https://github.example.com"),
        ("https://api.acme.ghe.com", "https://acme.ghe.com"),
    ],
)
def test_where_people_find_it(api_url: str, site: str) -> None:
    assert GitHub({"api_url": api_url}).site == site


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ({"message": "Validation Failed", "errors": [{"field": "title", "code": "missing"}, "x"]}, "title missing; x"),
        ({"errors": 7}, "it did not say why"),
        ([], "it did not say why"),
    ],
)
def test_complaints_are_told(said: Any, told: str) -> None:
    assert complaint(said).endswith(told)
