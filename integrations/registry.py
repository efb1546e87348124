"""The tools there are, one line each."""

from integrations.backstage import tool as backstage
from integrations.base import Inbound, Integration
from integrations.catalog_file import tool as catalog_file
from integrations.datadog import tool as datadog
from integrations.discord import tool as discord
from integrations.github import tool as github
from integrations.gitlab import tool as gitlab
from integrations.google_meet import tool as google_meet
from integrations.grafana import tool as grafana
from integrations.jira import tool as jira
from integrations.linear import tool as linear
from integrations.mailbox import tool as mailbox
from integrations.microsoft_teams import tool as microsoft_teams
from integrations.opsgenie import tool as opsgenie
from integrations.pagerduty import tool as pagerduty
from integrations.sentry import tool as sentry
from integrations.slack import tool as slack
from integrations.sns import tool as sns
from integrations.statuspage import tool as statuspage
from integrations.zendesk import tool as zendesk
from integrations.zoom import tool as zoom

_TABLE: list[Integration] = [
    backstage.INTEGRATION,
    catalog_file.INTEGRATION,
    datadog.INTEGRATION,
    discord.INTEGRATION,
    github.INTEGRATION,
    gitlab.INTEGRATION,
    google_meet.INTEGRATION,
    jira.INTEGRATION,
    linear.INTEGRATION,
    mailbox.INTEGRATION,
    microsoft_teams.INTEGRATION,
    opsgenie.INTEGRATION,
    pagerduty.INTEGRATION,
    slack.INTEGRATION,
    statuspage.INTEGRATION,
    zendesk.INTEGRATION,
    zoom.INTEGRATION,
]
# What only sends: there is nothing to connect. The hub reads by itself what the last two send.
_SENDING: list[Integration] = [
    grafana.INTEGRATION,
    sentry.INTEGRATION,
    sns.INTEGRATION,
    Integration("alertmanager", "Prometheus Alertmanager", docs="docs/integrations/alertmanager.md"),
    Integration("http_custom", "Any other sender", docs="docs/integrations/http_custom.md"),
]
TOOLS = {tool.name: tool for tool in _TABLE}
SENDING = {tool.name: tool for tool in _SENDING}
STEPS = {step.name: step for tool in _TABLE for step in tool.steps}
INBOUND: dict[str, Inbound] = {
    inbound.source_type: inbound for tool in (*_TABLE, *_SENDING) for inbound in tool.inbound
}
FORGOTTEN = [tool.wake_forgotten for tool in (*_TABLE, *_SENDING) if tool.wake_forgotten is not None]
