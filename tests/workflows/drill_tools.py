"""Every tool there is, standing on loopback at once by its contract, and the hub connected to all of them."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import Any

from integrations.connections import connect
from integrations.registry import STEPS, TOOLS
from tests.conftest import SYSTEM
from tests.integrations.backstage import site as backstage
from tests.integrations.catalog_file.conftest import TOKEN as FILE_TOKEN
from tests.integrations.catalog_file.conftest import FileServer
from tests.integrations.datadog import fake as datadog
from tests.integrations.discord import fake as discord
from tests.integrations.github.site import REPOSITORY, GitHubSite
from tests.integrations.gitlab import site as gitlab
from tests.integrations.google_meet.conftest import values as meet_account
from tests.integrations.google_meet.fake import Google
from tests.integrations.jira.site import JiraSite
from tests.integrations.linear import site as linear
from tests.integrations.microsoft_teams.fake import Flow
from tests.integrations.opsgenie import fake as opsgenie
from tests.integrations.pagerduty import fake as pagerduty
from tests.integrations.slack import fake as slack
from tests.integrations.standing_in import Fault, StandIn, standing
from tests.integrations.statuspage import fake as statuspage
from tests.integrations.zendesk import fake as zendesk
from tests.integrations.zoom.conftest import values as zoom_account
from tests.integrations.zoom.fake import Zoom
from tests.receiver import Behaviour
from tests.workflows.asking import on
from workflows.models import Workflow
from workflows.offering import new_step

Values = Callable[[Any], Mapping[str, str]]
ANNOUNCEMENTS = "C0ANNOUNCE"
TABLE: dict[str, tuple[type[StandIn], Values]] = {
    "backstage": (backstage.BackstageSite, lambda site: {"base_url": site.url, "token": backstage.TOKEN}),
    "catalog_file": (FileServer, lambda site: {"location": f"{site.url}/services.json", "token": FILE_TOKEN}),
    "datadog": (
        datadog.Datadog,
        lambda site: {
            "base_url": site.url,
            "api_key": datadog.API_KEY,
            "application_key": datadog.APPLICATION_KEY,
        },
    ),
    "discord": (discord.Discord, lambda site: {"webhooks": f"incidents = {site.url}{discord.PATH}"}),
    "github": (GitHubSite, lambda site: {"api_url": site.url, "token": "hunter2", "repository": REPOSITORY}),
    "gitlab": (
        gitlab.GitLabSite,
        lambda site: {"url": f"{site.address}/", "token": gitlab.TOKEN, "project": gitlab.PROJECT},
    ),
    "google_meet": (Google, meet_account),
    "jira": (
        JiraSite,
        lambda site: {"site": site.url, "token": "hunter2", "project": "OPS", "email": "omar@example.com"},
    ),
    "linear": (
        linear.LinearSite,
        lambda site: {"api_url": f"{site.url}/graphql", "api_key": linear.KEY, "team": "OPS"},
    ),
    "microsoft_teams": (Flow, lambda site: {"webhooks": f"Incidents = {site.address}"}),
    "opsgenie": (opsgenie.Opsgenie, lambda site: {"api_key": opsgenie.API_KEY, "base_url": site.url}),
    "pagerduty": (
        pagerduty.PagerDuty,
        lambda site: {
            "routing_key": pagerduty.ROUTING_KEY,
            "api_token": pagerduty.TOKEN,
            "from_email": "omar@example.com",
            "service_id": "PWIXJZS",
            "events_url": site.url,
            "api_url": site.url,
        },
    ),
    "statuspage": (
        statuspage.Statuspage,
        lambda site: {"api_key": statuspage.API_KEY, "page_id": statuspage.PAGE, "api_url": f"{site.url}/v1"},
    ),
    "zendesk": (
        zendesk.Zendesk,
        lambda site: {"base_url": f"{site.url}/", "email": zendesk.EMAIL, "api_token": zendesk.TOKEN},
    ),
    "zoom": (Zoom, zoom_account),
}


# What stands open at a tool, for whoever looks; nothing of what cannot be taken away.
OPEN: dict[str, Callable[[Any], list[Any]]] = {
    "discord": lambda site: list(site.messages),
    "zoom": lambda site: site.meetings,
    "google_meet": lambda site: site.going_on,
    "opsgenie": lambda site: [one for one in site.alerts if one["status"] == "open"],
    "pagerduty": lambda site: [
        one for one in (*site.alerts, *site.incidents) if "resolved" not in (one.get("state"), one.get("status"))
    ],
    "statuspage": lambda site: site.incidents,
    "zendesk": lambda site: [text for texts in site.comments.values() for text in texts],
    "github": lambda site: [one for one in site.issues if one["state"] == "open"],
    "gitlab": lambda site: [one for one in site.issues if one["state"] == "opened"],
    "jira": lambda site: [one for one in site.issues if one["fields"]["status"]["statusCategory"]["key"] != "done"],
    "linear": lambda site: [one for one in site.issues if one["state"]["type"] not in ("canceled", "completed")],
}


@dataclass(frozen=True)
class Tools:
    """All of them: Slack is one of its own kind."""

    slack: slack.FakeSlack
    sites: dict[str, Any]

    def break_down(self, tool: str, fault: Fault, behave: Behaviour) -> None:
        """From now on a tool does `fault` whatever it is asked, Slack `behave`."""
        if tool == "slack":
            methods = ("auth.test", "conversations.create", "chat.postMessage", "chat.delete", "conversations.archive")
            self.slack.faults = {method: [slack.Fault(behave)] * 60 for method in methods}
        else:
            self.sites[tool].script = [fault] * 60

    def mend(self) -> None:
        """All is well again."""
        self.slack.faults = {}
        for site in self.sites.values():
            site.script = []

    def left(self) -> dict[str, list[Any]]:
        """What stands open at each of them, for whoever looks; nothing of what cannot be taken away."""
        return {"slack": self._of_slack()} | {tool: open_at(self.sites[tool]) for tool, open_at in OPEN.items()}

    def _of_slack(self) -> list[dict[str, Any]]:
        """What is archived keeps what was said in it."""
        archived = [pk for pk, one in self.slack.channels.items() if one.get("is_archived")]
        open_ones = [pk for pk in self.slack.channels if pk[0] == "C" and pk not in (ANNOUNCEMENTS, *archived)]
        said = [one for one in self.slack.messages if one["channel"] not in archived]
        return [*said, *[self.slack.channels[pk] for pk in open_ones]]


@contextmanager
def every_tool() -> Iterator[Tools]:
    """All tools, listening while the block runs."""
    with ExitStack() as stack:
        own = stack.enter_context(slack.fake_slack())
        own.channels[ANNOUNCEMENTS] = {"id": ANNOUNCEMENTS, "name": "announcements", "creator": slack.BOT}
        own.users["omar@example.com"] = "U0OMAR"
        yield Tools(own, {tool: stack.enter_context(standing(kind())) for tool, (kind, _) in TABLE.items()})


@contextmanager
def one_tool(tool: str) -> Iterator[Any]:
    """One tool, listening while the block runs, and connected."""
    kind, values = TABLE[tool]
    with standing(kind()) as site:
        _connect(tool, values(site))
        yield site


def connect_all(tools: Tools) -> None:
    """Connect the hub to all of them."""
    for tool, (_, values) in TABLE.items():
        _connect(tool, values(tools.sites[tool]))
    known = {"bot_token": slack.TOKEN, "api_url": tools.slack.api_url, "announcement_channel": ANNOUNCEMENTS}
    _connect("slack", known)


def _connect(tool: str, values: Mapping[str, str]) -> None:
    connect(SYSTEM, tool, TOOLS[tool].settings, name=TOOLS[tool].label, values=values)


# ---- workflows


def switch_on(user_id: str) -> list[Workflow]:
    """Three workflows that do something at every tool."""
    people = telling(
        [
            ("slack.create_channel", {}),
            ("slack.post_message", {"message": "Here we talk", "threaded_message": "And answer here"}),
            ("slack.announce", {}),
            ("slack.send_message", {"recipients": user_id, "message": "Have a look"}),
            ("discord.post_message", {"message": "Something is on"}),
            ("ms_teams.post_message", {"message": "Something is on"}),
            ("zoom.create_meeting", {}),
        ]
    )
    responders = telling(
        [
            ("pagerduty.create_incident", {}),
            ("opsgenie.create_alert", {}),
            ("datadog.post_event", {"title": "Incident"}),
            ("statuspage.open", {}),
            ("zendesk.comment", {"message": "We are at it"}),
        ]
    )
    issues = telling([(f"{tool}.export_follow_ups", {}) for tool in ("github", "gitlab", "jira", "linear")])
    return [
        on("incident.created", name="Tell people", steps=people),
        on("incident.status-changed", name="Tell responders", steps=responders, continue_on_step_error=True),
        on("follow_up.created", name="Follow-ups to trackers", steps=issues, continue_on_step_error=True),
    ]


def telling(wanted: list[tuple[str, dict[str, str]]]) -> list[dict[str, Any]]:
    """Steps as a form offers them, told literals by the names of their parameters."""
    return [_step(name, told) for name, told in wanted]


def _step(name: str, told: Mapping[str, str]) -> dict[str, Any]:
    step = dict(new_step(name))
    params = [param.name for param in STEPS[name].params]
    bindings = list(step["param_bindings"])
    for param, literal in told.items():
        bindings[params.index(param)] = _binding(name, param, literal)
    return step | {"param_bindings": bindings}


def _binding(name: str, param: str, literal: str) -> dict[str, Any]:
    array = next(one.array for one in STEPS[name].params if one.name == param)
    return {"array_value": [{"literal": literal}]} if array else {"value": {"literal": literal}}
