"""An account at GitLab, and the ways to its REST API (https://docs.gitlab.com/api/rest/, version 4)."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlencode

from incidentio.core import http
from integrations.asking import Clock, ask
from integrations.base import Attempt, CheckFailed, Entered, Setting, StepFailed
from integrations.calling import Request, json_of
from integrations.connections import account_of
from integrations.limits import less_often, seconds_until
from integrations.models import Connection

TOOL = "gitlab"
URL, LABELS = "https://gitlab.com", "incident"
CHECK_SECONDS = 2.0
# Where GitLab asks for less and does not say how long to wait, at least a minute.
SHORTEST_WAIT_SECONDS = 60.0
_PROJECT = re.compile(r"\d+|[\w.-]+(/[\w.-]+)+", re.ASCII)

SETTINGS = (
    Setting("url", "Address", "Of a server of your own: https://git.example.com", required=False, default=URL),
    Setting("token", "Access token", "Of the project, a group or a person, with the scope api", secret=True),
    Setting("project", "Project", "Where issues are made: its path, as in acme/ops/incidents, or its number"),
    Setting(
        "labels", "Labels", "Of new issues, with commas between; incident unless you say otherwise", required=False
    ),
    Setting(
        "webhook_secret",
        "Webhook secret",
        "The signing token of the webhook (whsec_…), or its secret token",
        secret=True,
        required=False,
    ),
)


@dataclass(frozen=True)
class GitLab(Entered):
    """A GitLab, as its account sees it."""

    @property
    def url(self) -> str:
        """Where people find it."""
        return (self["url"] or URL).rstrip("/")

    @property
    def labels(self) -> list[str]:
        """The labels of new issues."""
        return self.listed("labels", LABELS)

    def request(self, method: str, path: str, body: Any = None, query: Mapping[str, str] | None = None) -> Request:
        """A call of the REST API."""
        url = f"{self.url}/api/v4/{path}"
        headers = {"private-token": self["token"], "accept": "application/json"}
        return Request(method, f"{url}?{urlencode(query)}" if query else url, headers, body)


def gitlab() -> GitLab:
    """The GitLab that is connected.

    Raises:
        StepFailed: none is.
    """
    return GitLab(account_of(TOOL).values)


def own_site() -> str:
    """Where the GitLab that is connected is; nothing if none is."""
    settings = Connection.objects.active().filter(tool=TOOL).values_list("settings", flat=True).first()
    return GitLab(settings).url if settings is not None else ""


def project_of(said: str) -> str:
    """A project by its path or its number.

    Raises:
        StepFailed: it is none.
    """
    project = said.strip().strip("/")
    if not _PROJECT.fullmatch(project) or ".." in project:
        raise StepFailed(f"{said[:100]!r} is no project; write its path, as in acme/ops/incidents, or its number")
    return project


def path_of(project: Any) -> str:
    """The way to a project in the API: https://docs.gitlab.com/api/rest/#namespaced-paths."""
    return f"projects/{quote(str(project), safe='')}"


def limited(answer: http.Answer, said: Any) -> Attempt | None:
    """Whether GitLab asks to be called less, and when it may be called again
    (https://docs.gitlab.com/administration/settings/user_and_ip_rate_limits/#response-headers).
    """
    if answer.status != 429:
        return None
    reset = answer.headers.get("ratelimit-reset", "")
    return less_often("GitLab", answer, answer.wait_seconds or seconds_until(reset) or SHORTEST_WAIT_SECONDS)


def complaint(said: Any) -> str:
    """What GitLab says is wrong: `message`, as a text, a list, or lists by field; or `error`."""
    if not isinstance(said, dict):
        return "it did not say why"
    told = said.get("message") or said.get("error_description") or said.get("error")
    return "; ".join(_texts(told))[:1_000] or "it did not say why"


def _texts(told: Any) -> list[str]:
    if isinstance(told, dict):
        return [f"{name} {', '.join(_texts(text))}" for name, text in told.items()]
    if isinstance(told, list):
        return [str(text) for text in told]
    return [str(told)] if told else []


def check(values: Mapping[str, str]) -> str:
    """Ask GitLab who the account is, and for the project.

    Raises:
        CheckFailed: it does not say.
    """
    there, clock = GitLab(values), Clock(CHECK_SECONDS)
    try:
        path = path_of(project_of(there["project"]))
        user = ask(TOOL, there.request("GET", "user"), clock.left, limited)
        answer = ask(TOOL, there.request("GET", path), clock.left, limited)
    except StepFailed as failure:
        raise CheckFailed(f"{failure}. Check the address, the token and its scope, and the project") from failure
    me, said = json_of(user), json_of(answer)
    if user.status != 200 or not isinstance(me, dict) or "username" not in me:
        raise CheckFailed(f"What is at this address does not answer as GitLab does ({user.status})")
    if answer.status != 200 or not isinstance(said, dict):
        raise CheckFailed(f"{me['username']} does not see the project {there['project'][:100]!r}")
    if said.get("issues_access_level") == "disabled":
        raise CheckFailed(f"{said.get('path_with_namespace')} has no issues: switch them on in its settings")
    readers = "; everybody can read its issues" if said.get("visibility") == "public" else ""
    return f"Connected as {me['username']}; the project is {said.get('path_with_namespace')}{readers}"
