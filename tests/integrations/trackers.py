"""The issue trackers there are, each with its stand-in: for what the hub does alike at all of them."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from integrations.base import Outcome
from integrations.connections import connect
from integrations.github.account import SETTINGS as OF_GITHUB
from integrations.gitlab.account import SETTINGS as OF_GITLAB
from integrations.jira.account import SETTINGS as OF_JIRA
from integrations.linear.account import SETTINGS as OF_LINEAR
from tests.conftest import SYSTEM
from tests.integrations.github.site import REPOSITORY, GitHubSite
from tests.integrations.gitlab.site import PROJECT, GitLabSite
from tests.integrations.gitlab.site import TOKEN as GITLAB_TOKEN
from tests.integrations.issues import CREATING
from tests.integrations.jira.site import JiraSite
from tests.integrations.linear.site import KEY, LinearSite
from tests.integrations.standing_in import Fault, well


@dataclass(frozen=True)
class Manner:
    """How a tracker is, for tests. `account` are the settings of the hub's; `is_open` and `assignee` tell of an issue
    there. `before_creating` and `before_moving` are how many calls come before the one that does it; `knows_ids`:
    the tracker makes no second issue with an ID. `person` is somebody as the tracker tells of them.
    """

    stand_in: Callable[[], Any]
    settings: Any
    account: Callable[[Any], dict[str, str]]
    is_open: Callable[[Any], bool]
    assignee: Callable[[Any], Any]
    person: Callable[[int], dict[str, Any]]
    before_creating: int = 0
    before_moving: int = 1
    knows_ids: bool = False


MANNERS = {
    "github": Manner(
        GitHubSite,
        OF_GITHUB,
        lambda site: {"api_url": site.url, "token": "hunter2", "repository": REPOSITORY},
        is_open=lambda issue: issue["state"] == "open",
        assignee=lambda issue: next(iter(issue.get("assignees", [])), ""),
        person=lambda number: {"login": str(number)},
    ),
    "gitlab": Manner(
        GitLabSite,
        OF_GITLAB,
        lambda site: {"url": site.address, "token": GITLAB_TOKEN, "project": PROJECT},
        is_open=lambda issue: issue["state"] == "opened",
        assignee=lambda issue: str(next(iter(issue.get("assignee_ids", [])), "")),
        person=lambda number: {"id": number, "username": "nora"},
    ),
    "jira": Manner(
        JiraSite,
        OF_JIRA,
        lambda site: {"site": site.url, "token": "hunter2", "project": "OPS", "email": "omar@example.com"},
        is_open=lambda issue: issue["fields"]["status"]["name"] == "To Do",
        assignee=lambda issue: issue["fields"].get("assignee", {}).get("accountId", ""),
        person=lambda number: {"accountId": str(number), "displayName": "Nora"},
        before_moving=2,
    ),
    "linear": Manner(
        LinearSite,
        OF_LINEAR,
        lambda site: {"api_url": f"{site.url}/graphql", "api_key": KEY, "team": "OPS"},
        is_open=lambda issue: issue["state"]["type"] == "unstarted",
        assignee=lambda issue: issue.get("assigneeId", ""),
        person=lambda number: {"id": str(number), "displayName": "Nora", "active": True},
        before_creating=1,
        knows_ids=True,
    ),
}


def creating(tool: str) -> dict[str, tuple[Fault, Outcome]]:
    """What a creating call meets there: one that a tracker failed at can be made again where it knows its ID."""
    again = {case: (fault, Outcome.FAILED) for case, (fault, _) in CREATING.items() if case.startswith("50")}
    return CREATING | (again if MANNERS[tool].knows_ids else {})


@dataclass(frozen=True)
class Tracked:
    """A tracker that is connected: its name, its stand-in, and how it is."""

    tool: str
    site: Any
    manner: Manner

    @property
    def create(self) -> str:
        return f"{self.tool}.create_issue"

    @property
    def export(self) -> str:
        return f"{self.tool}.export_follow_ups"

    @property
    def sync(self) -> str:
        return f"{self.tool}.sync_status"

    @property
    def issues(self) -> list[Any]:
        """The issues there."""
        issues: list[Any] = self.site.issues
        return issues

    def connect(self) -> None:
        """Connect the hub to it."""
        connect(SYSTEM, self.tool, self.manner.settings, name=self.tool, values=self.manner.account(self.site))

    def creating(self, *faults: Fault) -> None:
        """From now on, the calls that make issues go like this."""
        self.site.script = [*[well] * self.manner.before_creating, *faults]

    def moving(self, *faults: Fault) -> None:
        """From now on, the calls that move issues go like this."""
        self.site.script = [*[well] * self.manner.before_moving, *faults]
