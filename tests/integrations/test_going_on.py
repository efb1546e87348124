"""A tool that refuses holds back nothing else of the same run."""

from collections.abc import Callable

import pytest

from incidents.models import Incident
from tests.integrations.standing_in import says
from tests.workflows.asking import NOTE, on
from tests.workflows.drill_tools import one_tool, telling
from workflows.models import CallState, Effect, RunState, WorkflowRun

# What each tool is told; of Slack it is shown with every fault, in its own tests.
TOLD = {
    "datadog": ("datadog.post_event", {"title": "Checkout is down"}),
    "discord": ("discord.post_message", {"message": "Checkout is down"}),
    "github": ("github.create_issue", {}),
    "gitlab": ("gitlab.create_issue", {}),
    "google_meet": ("google_meet.create_space", {}),
    "jira": ("jira.create_issue", {}),
    "linear": ("linear.create_issue", {}),
    "microsoft_teams": ("ms_teams.post_message", {"message": "Checkout is down"}),
    "opsgenie": ("opsgenie.create_alert", {}),
    "pagerduty": ("pagerduty.escalate", {}),
    "statuspage": ("statuspage.open", {"name": "Checkout is down"}),
    "zendesk": ("zendesk.comment", {"message": "We are on it", "ticket": "35436"}),
    "zoom": ("zoom.create_meeting", {}),
}


@pytest.mark.parametrize("tool", TOLD)
def test_other_steps_of_the_run_go_on(
    hub: None, declare: Callable[..., Incident], drain: Callable[[], None], tool: str
) -> None:
    on("incident.created", steps=[*telling([TOLD[tool]]), {**NOTE, "id": "note"}], continue_on_step_error=True)
    with one_tool(tool) as site:
        site.script = [says(401, {"message": "no"})] * 9
        incident = declare()
        drain()
    assert (Effect.objects.get().state, WorkflowRun.objects.get().state) == (CallState.NOT_DONE, RunState.ERROR)
    assert incident.actions.count() == 1
