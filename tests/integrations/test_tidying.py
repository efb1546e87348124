"""Tidying up after a fire drill, the same at every tool: done, or said why not and done later; safe to repeat.

Slack, which is one of its own kind, is tried in `slack/test_tidying.py`.
"""

from typing import Any

import pytest

from incidents.follow_ups import create_follow_up
from incidents.models import Incident
from integrations.base import Made, Remains, StepFailed
from integrations.registry import TOOLS
from tests.conftest import SYSTEM
from tests.integrations.calls import call
from tests.integrations.issues import resets
from tests.integrations.standing_in import done_and_failed, done_and_reset, done_in_silence, says, silent
from tests.workflows.drill_tools import OPEN, one_tool
from workflows.models import Effect

SECONDS = 0.4
TRACKERS = ["github", "gitlab", "jira", "linear"]
# Where each of the others keeps what it has.
KEPT = {
    "discord": "messages",
    "google_meet": "spaces",
    "opsgenie": "alerts",
    "pagerduty": "alerts",
    "zoom": "meetings",
}
TIDIED = [*TRACKERS, *KEPT]
FAULTS = {
    "401": says(401, {"message": "who?"}),
    "403": says(403, {"message": "a scope is missing"}),
    "429": says(429, {}, retry_after="90"),
    "500": says(500, b"oops"),
    "500, done": done_and_failed,
    "silence": silent,
    "silence, done": done_in_silence,
    "reset": resets,
    "reset, done": done_and_reset,
}


@pytest.fixture(autouse=True)
def patience(settings: Any) -> None:
    """Calls of steps may take 0.6 s."""
    settings.LEASE_SECONDS = 0.9


def rehearse(tool: str, site: Any, incident: Incident) -> list[Effect]:
    """Do what a drill does at the tool; people are in the meeting."""
    made = [call(one.step.name, incident, **one.told) for one in TOOLS[tool].rehearsals]
    if tool == "google_meet":
        site.going_on.append(site.spaces[-1]["name"])
    assert len(OPEN[tool](site)) == 1
    return made


def tidy(tool: str, incident: Incident, made: list[Effect]) -> str:
    tidy_up = TOOLS[tool].tidy_up
    assert tidy_up is not None
    calls = [Made(one.step_name, one.key, one.request_body, one.remote_id) for one in made]
    return tidy_up(Remains(incident, calls, SECONDS))


@pytest.mark.parametrize("tool", TIDIED)
def test_what_was_made_is_taken_away_and_that_is_said(tool: str, incident: Incident) -> None:
    with one_tool(tool) as site:
        made = rehearse(tool, site, incident)
        assert tidy(tool, incident, made)
        assert OPEN[tool](site) == []


@pytest.mark.parametrize("tool", TIDIED)
def test_where_nothing_was_made_nothing_is_asked(tool: str, incident: Incident) -> None:
    with one_tool(tool) as site:
        assert tidy(tool, incident, []) == ""
        assert site.asked == []


@pytest.mark.parametrize("tool", TIDIED)
def test_it_may_be_done_again(tool: str, incident: Incident) -> None:
    with one_tool(tool) as site:
        made = rehearse(tool, site, incident)
        tidy(tool, incident, made)
        tidy(tool, incident, made)
        assert OPEN[tool](site) == []


@pytest.mark.parametrize("tool", KEPT)
def test_what_somebody_deleted_is_gone(tool: str, incident: Incident) -> None:
    with one_tool(tool) as site:
        made = rehearse(tool, site, incident)
        getattr(site, KEPT[tool]).clear()
        tidy(tool, incident, made)
        assert not getattr(site, KEPT[tool])


@pytest.mark.parametrize("tool", TRACKERS)
def test_trackers_do_not_tell_what_is_deleted_from_what_is_hidden(tool: str, incident: Incident) -> None:
    with one_tool(tool) as site:
        made = rehearse(tool, site, incident)
        site.issues.clear()
        with pytest.raises(StepFailed, match="may still be open"):
            tidy(tool, incident, made)


def test_one_issue_that_stays_does_not_keep_the_others_open(incident: Incident) -> None:
    create_follow_up(SYSTEM, incident.pk, title="Look into it")
    with one_tool("github") as site:
        made = [call(f"github.{step}", incident) for step in ("create_issue", "export_follow_ups")]
        site.script = [says(403, {})]
        with pytest.raises(StepFailed):
            tidy("github", incident, made)
        assert [issue["state"] for issue in site.issues].count("closed") == 1


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("tool", TIDIED)
def test_what_fails_is_said_and_can_be_done_later(tool: str, fault: str, incident: Incident) -> None:
    with one_tool(tool) as site:
        made = rehearse(tool, site, incident)
        site.script = [FAULTS[fault]]
        with pytest.raises(StepFailed):
            tidy(tool, incident, made)
        tidy(tool, incident, made)
        assert OPEN[tool](site) == []


def test_several_messages_at_discord_are_all_deleted(incident: Incident) -> None:
    with one_tool("discord") as site:
        made = [call("discord.post_message", incident, key=f"s.{number}", message="Hi") for number in range(3)]
        assert tidy("discord", incident, made) == "Deleted 3 messages"
        assert site.messages == {}


def test_a_message_of_which_discord_said_nothing_is_told_of(incident: Incident) -> None:
    with one_tool("discord") as site:
        site.script = [done_in_silence]
        lost = call("discord.post_message", incident, message="Hi")
        assert "1 more may stand there" in tidy("discord", incident, [lost])


def test_what_was_opened_at_pagerduty_by_hand_is_resolved_as_well(incident: Incident) -> None:
    with one_tool("pagerduty") as site:
        made = [call("pagerduty.create_incident", incident)]
        assert tidy("pagerduty", incident, made) == "Resolved PT4KHL0"
        assert [row["status"] for row in site.incidents] == ["resolved"]
        assert site.alerts == []


@pytest.mark.parametrize(
    ("tool", "step", "said", "told"),
    [
        ("microsoft_teams", "ms_teams.post_message", {"message": "Hi"}, "1 message stays"),
        ("datadog", "datadog.post_event", {"title": "Hi"}, "1 event stays"),
    ],
)
def test_what_cannot_be_taken_away_is_said(
    tool: str, step: str, said: dict[str, str], told: str, incident: Incident
) -> None:
    with one_tool(tool) as site:
        made = call(step, incident, **said)
        asked = len(site.asked)
        assert tidy(tool, incident, [made]).startswith(told)
        assert (tidy(tool, incident, []), len(site.asked)) == ("", asked)
