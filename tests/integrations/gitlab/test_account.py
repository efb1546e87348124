"""A connection to GitLab says whether it works."""

import pytest

from integrations.base import CheckFailed
from integrations.gitlab.account import GitLab, check, path_of
from tests.integrations.gitlab.site import PROJECT, TOKEN, GitLabSite
from tests.integrations.standing_in import Fault, says, silent, well


def values(site: GitLabSite, /, **said: str) -> dict[str, str]:
    return {"url": site.address + "/", "token": TOKEN, "project": PROJECT} | said


@pytest.mark.parametrize("project", [PROJECT, "42", f"/{PROJECT}/"])
def test_it_says_who_the_account_is(site: GitLabSite, project: str) -> None:
    assert check(values(site, project=project)) == f"Connected as omar; the project is {PROJECT}"


def test_it_says_that_everybody_reads_a_public_project(site: GitLabSite) -> None:
    site.visibility = "public"
    assert check(values(site)).endswith("everybody can read its issues")


@pytest.mark.parametrize(
    ("said", "script", "complaint"),
    [
        ({"token": "wrong"}, [], "does not accept the hub's account"),
        ({"project": "acme/nope"}, [], "omar does not see the project 'acme/nope'"),
        ({"project": "nope"}, [], "is no project"),
        ({"url": "ftp://gitlab"}, [], "only http"),
        ({}, [says(200, b"<html>")], "does not answer as GitLab does"),
        ({}, [says(302, b"")], "does not answer as GitLab does"),
        ({}, [well, says(200, {"issues_access_level": "disabled"})], "has no issues"),
        ({}, [says(403, {"error": "insufficient_scope"})], "its scope"),
        ({}, [says(429, b"Retry later")], "less often"),
        ({}, [well, says(500, b"")], "It failed"),
        ({}, [silent], "timed out"),
    ],
)
def test_it_says_what_is_wrong(site: GitLabSite, said: dict[str, str], script: list[Fault], complaint: str) -> None:
    site.script = list(script)
    with pytest.raises(CheckFailed, match=complaint) as failure:
        check(values(site, **said))
    assert "hunter2" not in str(failure.value)


def test_left_out_it_is_gitlab_com() -> None:
    assert GitLab({"token": "x"}).request("GET", "user").url == "https://gitlab.com/api/v4/user"
    assert path_of("acme/ops") == "projects/acme%2Fops"
