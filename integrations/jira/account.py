"""An account at Jira, and the ways to its REST API.

Cloud: https://developer.atlassian.com/cloud/jira/platform/rest/v3/ (basic authentication with an e-mail address and an
API token). Data Center: https://docs.atlassian.com/software/jira/docs/api/REST/ (a personal access token).
"""

import base64
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlencode

from incidents.models import IssueProvider
from integrations.asking import Clock, ask
from integrations.base import CheckFailed, Entered, Setting, StepFailed
from integrations.calling import Request, json_of
from integrations.connections import account_of

TOOL = "jira"
CLOUD, SERVER = "cloud", "server"
CHECK_SECONDS = 2.0
ISSUE_TYPE = "Task"

SETTINGS = (
    Setting("site", "Address", "As in https://acme.atlassian.net or https://jira.example.com"),
    Setting("deployment", "Kind", "Cloud, or your own server", required=False, default=CLOUD, choices=(CLOUD, SERVER)),
    Setting("email", "E-mail address", "Of the account whose API token it is; of Cloud only", required=False),
    Setting("token", "Token", "An API token of Cloud, or a personal access token of your server", secret=True),
    Setting("project", "Project", "The key of the project where issues are made, as in OPS"),
    Setting("issue_type", "Type of issues", "Task, unless you say otherwise", required=False, default=ISSUE_TYPE),
    Setting("done_status", "Status of what is completed", "Else the first of Jira's category Done", required=False),
    Setting("not_doing_status", "Status of what is not done", "As in Won't Do; else as completed", required=False),
    Setting("open_status", "Status of what is open again", "Else the first of the category To Do", required=False),
    Setting("webhook_secret", "Webhook secret", "What Jira signs its webhooks with", secret=True, required=False),
    Setting(
        "api_url",
        "Address of the API",
        "Only for tokens with scopes: https://api.atlassian.com/ex/jira/<cloud id>",
        required=False,
    ),
)


@dataclass(frozen=True)
class Jira(Entered):
    """A Jira, as its account sees it."""

    @property
    def is_cloud(self) -> bool:
        return self["deployment"] != SERVER

    @property
    def site(self) -> str:
        """Where people find it."""
        return self["site"].rstrip("/")

    @property
    def provider(self) -> str:
        """What follow-ups call it."""
        return IssueProvider.JIRA if self.is_cloud else IssueProvider.JIRA_SERVER

    def request(self, method: str, path: str, body: Any = None, query: Mapping[str, str] | None = None) -> Request:
        """A call of the REST API.

        Raises:
            StepFailed: the account lacks its e-mail address.
        """
        version = 3 if self.is_cloud else 2
        address = f"{(self['api_url'] or self.site).rstrip('/')}/rest/api/{version}/{path}"
        url = f"{address}?{urlencode(query)}" if query else address
        headers = {"authorization": self._authorization(), "accept": "application/json"}
        return Request(method, url, headers, body)

    def _authorization(self) -> str:
        if not self.is_cloud:
            return f"Bearer {self['token']}"
        if not self["email"]:
            raise StepFailed("Jira Cloud needs the e-mail address of the account: see Connections in the admin")
        return "Basic " + base64.b64encode(f"{self['email']}:{self['token']}".encode()).decode()

    def url_of(self, key: str) -> str:
        """Where people find an issue."""
        return f"{self.site}/browse/{key}"


def jira() -> Jira:
    """The Jira that is connected.

    Raises:
        StepFailed: none is.
    """
    return Jira(account_of(TOOL).values)


def complaint(said: Any) -> str:
    """What Jira says is wrong: `errorMessages`, and `errors` by field."""
    if not isinstance(said, dict):
        return "it did not say why"
    messages = said.get("errorMessages")
    errors = said.get("errors")
    texts = [str(text) for text in messages] if isinstance(messages, list) else []
    texts += [f"{name}: {text}" for name, text in errors.items()] if isinstance(errors, dict) else []
    return "; ".join(texts)[:1_000] or "it did not say why"


def check(values: Mapping[str, str]) -> str:
    """Ask Jira who the account is, and for the project.

    Raises:
        CheckFailed: it does not say.
    """
    there, clock = Jira(values), Clock(CHECK_SECONDS)
    try:
        me = ask(TOOL, there.request("GET", "myself"), clock.left)
        project = ask(TOOL, there.request("GET", f"project/{quote(there['project'], safe='')}"), clock.left)
    except StepFailed as failure:
        raise CheckFailed(f"{failure}. Check the address, the e-mail address and the token") from failure
    said = json_of(me)
    if me.status != 200 or not isinstance(said, dict) or "displayName" not in said:
        raise CheckFailed(f"What is at this address does not answer as Jira does ({me.status})")
    if project.status != 200:
        raise CheckFailed(f"{said['displayName']} does not see the project {there['project'][:40]!r}")
    return f"Connected as {said['displayName']}; the project is {there['project']}"
