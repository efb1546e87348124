"""What people call an issue, from its URL."""

import pytest

from incidents.trackers import issue_name

GITLAB = "https://gitlab.com/group/sub/project"


@pytest.mark.parametrize(
    ("provider", "url", "name"),
    [
        ("asana", "https://app.asana.com/0/120/130/f", "130"),
        ("asana", "https://app.asana.com/1/5/project/12/task/99?focus=true", "99"),
        ("azure_devops", "https://dev.azure.com/org/project/_workitems/edit/42/", "42"),
        ("click_up", "https://app.clickup.com/t/9001/OPS-12", "OPS-12"),
        ("linear", "https://linear.app/hub/issue/INC-1609/find-copywriter", "INC-1609"),
        ("jira", "https://hub.atlassian.net/browse/OPS-7?focusedId=1", "OPS-7"),
        ("jira_server", "https://jira.test/secure/RapidBoard.jspa?rapidView=1&selectedIssue=OPS-8", "OPS-8"),
        ("github", "https://github.com/owner/project/issues/12#comment", "owner/project#12"),
        ("gitlab", f"{GITLAB}/-/issues/3", "group/sub/project#3"),
        ("gitlab", f"{GITLAB}/issues/4", "group/sub/project#4"),
        ("service_now", "https://hub.service-now.com/incident.do?sysparm_query=number=INC0010001", "INC0010001"),
        (
            "service_now",
            "https://hub.service-now.com/nav_to.do?uri=incident.do%3Fq%3Dnumber%3DINC0010002",
            "INC0010002",
        ),
        ("shortcut", "https://app.shortcut.com/hub/story/77/breaker", "sc-77"),
    ],
)
def test_each_tracker_s_urls_name_their_issue(provider: str, url: str, name: str) -> None:
    assert issue_name(provider, url) == name


@pytest.mark.parametrize(
    ("site", "url", "name"),
    [
        ("https://git.test/git", "https://git.test/git/acme/web/-/issues/1", "acme/web#1"),
        ("https://git.test/git", "https://git.test/git/acme/web/-/work_items/1?x=/git", "acme/web#1"),
        ("https://git.test/git", "https://git.test/github/web/-/issues/1", "github/web#1"),
        ("https://git.test/git", "https://other.test/git/web/-/issues/1", "git/web#1"),
        ("https://git.test/git", "https://git.test/git/git/web/-/issues/1", "git/web#1"),
        ("https://git.test", "https://git.test/acme/web/-/issues/1", "acme/web#1"),
        ("", "https://git.test/acme/web/-/issues/1", "acme/web#1"),
    ],
)
def test_the_path_of_a_site_is_no_part_of_a_name(site: str, url: str, name: str) -> None:
    assert issue_name("gitlab", url, site) == name


@pytest.mark.parametrize(
    ("url", "name"),
    [
        ("https://jira.test/issues/A%20B/", "A B"),
        ("https://jira.test/browse/%00%0a", "browse"),
        ("https://jira.test", "jira.test"),
        ("https://jira.test/" + "x" * 600, "x" * 500),
    ],
)
def test_any_other_url_names_it_by_its_last_part(url: str, name: str) -> None:
    assert issue_name("jira", url) == name
