"""An account at GitHub, and the ways to its REST API (https://docs.github.com/en/rest, version 2022-11-28)."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode, urlsplit

from incidentio.core import http
from integrations.asking import Clock, ask
from integrations.base import Attempt, CheckFailed, Entered, Setting, StepFailed
from integrations.calling import Request, json_of
from integrations.connections import account_of
from integrations.limits import less_often, seconds_until

TOOL = "github"
API_URL, API_VERSION, LABELS = "https://api.github.com", "2022-11-28", "incident"
ENVIRONMENTS, MINUTES_BEFORE = "production", ("15", "30", "60", "120", "240", "720", "1440")
CHECK_SECONDS = 2.0
# Where GitHub asks for less and does not say how long to wait, at least a minute.
SHORTEST_WAIT_SECONDS = 60.0
_REPOSITORY = re.compile(r"[\w.-]+/[\w.-]+", re.ASCII)

SETTINGS = (
    Setting("token", "Token", "A fine-grained token that may read and write the repository's issues", secret=True),
    Setting("repository", "Repository", "Where issues are made, as in acme/operations"),
    Setting(
        "labels", "Labels", "Of new issues, with commas between; incident unless you say otherwise", required=False
    ),
    Setting("webhook_secret", "Webhook secret", "What GitHub signs its webhooks with", secret=True, required=False),
    Setting(
        "deployments",
        "Deployments on incidents",
        "on: deployments to the environments below are shown on all incidents in triage or live",
        required=False,
        default="off",
        choices=("off", "on"),
    ),
    Setting(
        "environments",
        "Environments",
        "Whose deployments matter, with commas between; production unless you say otherwise",
        required=False,
    ),
    Setting(
        "minutes_before",
        "Minutes before",
        "How long before an incident was declared a deployment may have happened and still matter; 60 if left out",
        required=False,
        choices=MINUTES_BEFORE,
    ),
    Setting(
        "api_url",
        "Address of the API",
        "Of GitHub Enterprise Server: https://github.example.com/api/v3",
        required=False,
        default=API_URL,
    ),
)


@dataclass(frozen=True)
class GitHub(Entered):
    """A GitHub, as its account sees it."""

    @property
    def api_url(self) -> str:
        return (self["api_url"] or API_URL).rstrip("/")

    @property
    def site(self) -> str:
        """Where people find it: the API has a host of its own, or a path."""
        parts = urlsplit(self.api_url)
        return f"{parts.scheme}://{parts.netloc.removeprefix('api.')}"

    @property
    def labels(self) -> list[str]:
        """The labels of new issues."""
        return self.listed("labels", LABELS)

    @property
    def shows_deployments(self) -> bool:
        """Whether deployments are shown on live incidents that they do not name."""
        return self["deployments"] == "on"

    def watches(self, environment: str) -> bool:
        """Whether deployments to this environment matter to incidents."""
        return environment.strip().casefold() in map(str.casefold, self.listed("environments", ENVIRONMENTS))

    @property
    def watched_before(self) -> timedelta:
        """How long before an incident deployments matter to it."""
        return timedelta(minutes=int(self["minutes_before"] or 60))

    def request(self, method: str, path: str, body: Any = None, query: Mapping[str, str] | None = None) -> Request:
        """A call of the REST API."""
        url = f"{self.api_url}/{path}"
        headers = {
            "authorization": f"Bearer {self['token']}",
            "accept": "application/vnd.github+json",
            "x-github-api-version": API_VERSION,
        }
        return Request(method, f"{url}?{urlencode(query)}" if query else url, headers, body)


def github() -> GitHub:
    """The GitHub that is connected.

    Raises:
        StepFailed: none is.
    """
    return GitHub(account_of(TOOL).values)


def repository_of(said: str) -> str:
    """A repository by its owner and name.

    Raises:
        StepFailed: it is none.
    """
    if not _REPOSITORY.fullmatch(said.strip()) or ".." in said:
        raise StepFailed(f"{said[:100]!r} is no repository; write it as in acme/operations")
    return said.strip()


def limited(answer: http.Answer, said: Any) -> Attempt | None:
    """Whether GitHub asks to be called less, which it does with 403 as well as with 429, and when it may be called
    again (https://docs.github.com/en/rest/using-the-rest-api/rate-limits-for-the-rest-api).
    """
    if answer.status not in (403, 429):
        return None
    spent = answer.headers.get("x-ratelimit-remaining") == "0"
    if answer.status == 403 and not (spent or answer.wait_seconds or "rate limit" in complaint(said).lower()):
        return None
    reset = answer.headers.get("x-ratelimit-reset", "") if spent else ""
    return less_often("GitHub", answer, answer.wait_seconds or seconds_until(reset) or SHORTEST_WAIT_SECONDS)


def complaint(said: Any) -> str:
    """What GitHub says is wrong: `message`, and `errors` by field."""
    if not isinstance(said, dict):
        return "it did not say why"
    errors = said.get("errors")
    details = [_detail(error) for error in errors] if isinstance(errors, list) else []
    return "; ".join(filter(None, [str(said.get("message") or ""), *details]))[:1_000] or "it did not say why"


def _detail(error: Any) -> str:
    if not isinstance(error, dict):
        return str(error)
    return " ".join(str(error[name]) for name in ("field", "code", "message") if error.get(name))


def check(values: Mapping[str, str]) -> str:
    """Ask GitHub who the account is, and for the repository.

    Raises:
        CheckFailed: it does not say.
    """
    there, clock = GitHub(values), Clock(CHECK_SECONDS)
    try:
        path = f"repos/{repository_of(there['repository'])}"
        answer = ask(TOOL, there.request("GET", path), clock.left, limited)
    except StepFailed as failure:
        raise CheckFailed(f"{failure}. Check the address, the token and the repository") from failure
    said = json_of(answer)
    if answer.status == 404:
        raise CheckFailed(f"The token does not see the repository {there['repository']!r}")
    if answer.status != 200 or not isinstance(said, dict) or "full_name" not in said:
        raise CheckFailed(f"What is at this address does not answer as GitHub does ({answer.status})")
    if not said.get("has_issues", True):
        raise CheckFailed(f"{said['full_name']} has no issues: switch them on in its settings")
    readers = "" if said.get("private", True) else "; everybody can read its issues"
    return f"Connected{_name(there, clock)}; the repository is {said['full_name']}{readers}"


def _name(there: GitHub, clock: Clock) -> str:
    """Whose the token is; the token of an app is nobody's."""
    try:
        said = json_of(ask(TOOL, there.request("GET", "user"), clock.left, limited))
    except StepFailed:
        return ""
    return f" as {said['login']}" if isinstance(said, dict) and said.get("login") else ""
