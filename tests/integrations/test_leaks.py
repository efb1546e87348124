"""What a tool says of a call may quote a private incident: it stands in the ledger, and nowhere else."""

import logging
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings

from incidents.memberships import grant
from incidents.models import Incident
from integrations.models import Connection
from tests.conftest import SYSTEM, ApiClient
from tests.desk import Desk
from tests.integrations.calls import call, errors
from tests.integrations.slack.conftest import connected
from tests.integrations.slack.fake import Fault, fake_slack, said
from tests.integrations.standing_in import says
from tests.integrations.test_going_on import TOLD
from tests.workflows.drill_tools import one_tool

QUOTED = "Acquisition of Globex"
# Wherever tools say what is wrong.
BY_FIELD: dict[str, Any] = {
    "message": QUOTED,
    "errors": {"summary": QUOTED, QUOTED: "is bad"},
    "errorMessages": [QUOTED],
    "error": QUOTED,
    "error_description": QUOTED,
    "code": QUOTED,
    "status": QUOTED,
    "title": QUOTED,
    "detail": QUOTED,
}
LISTED = BY_FIELD | {"errors": [{"message": QUOTED, "field": QUOTED, "extensions": {"code": QUOTED}}]}
STATUSES = (200, 400, 403)
# What administrators read of tools and of what the hub does, whichever incidents they may see.
LISTS = ("integrations_connection", "workflows_workflowrun", "workflows_effect", "events_event")
PAGES = ["index", *(f"{name}_changelist" for name in LISTS)]
# Who notes failures in words: in the hub's own, or of what is told nothing of incidents.
NOTING = {"connections.py", "calling.py", "asking.py", "catalog_sync.py", "mailbox/polling.py"}


def garbled(handler: BaseHTTPRequestHandler, work: Callable[[], Any]) -> None:
    """Answers with a header that is none."""
    handler.wfile.write(f"HTTP/1.1 200 OK\r\n{QUOTED}\r\n\r\n".encode())


@pytest.mark.parametrize("status", STATUSES)
@pytest.mark.parametrize("tool", TOLD)
def test_no_word_of_a_tool_is_kept_on_its_connection(incident: Incident, tool: str, status: int) -> None:
    name, args = TOLD[tool]
    with one_tool(tool) as site:
        site.script = [says(status, LISTED if tool == "linear" else BY_FIELD, retry_after="1")] * 9
        call(name, incident, **args)
    kept = Connection.objects.get().last_error
    assert QUOTED not in kept
    assert kept == "" or f"({status}); its words stand in the ledger" in kept


@pytest.mark.parametrize("error", [QUOTED, "acquisition_of_globex"])
def test_no_word_of_slack_is_kept_either(incident: Incident, error: str) -> None:
    with fake_slack() as slack:
        connected(slack)
        slack.faults["conversations.create"] = [Fault(said(error))]
        effect = call("slack.create_channel", incident)
    assert error in errors(effect)
    told = "It refused what it was asked to do (200); its words stand in the ledger"
    assert Connection.objects.get().last_error == told


@pytest.mark.parametrize("error", ["missing_scope", "restricted_action"])
def test_what_slack_calls_a_failure_is_kept_if_the_hub_knows_it(incident: Incident, error: str) -> None:
    with fake_slack() as slack:
        connected(slack)
        slack.faults["conversations.create"] = [Fault(said(error))]
        call("slack.create_channel", incident)
    assert f"(200, {error})" in Connection.objects.get().last_error


def test_what_linear_calls_a_failure_is_kept_if_the_hub_knows_it(incident: Incident) -> None:
    refusal = {"errors": [{"message": QUOTED, "extensions": {"code": "AUTHENTICATION_ERROR"}}]}
    with one_tool("linear") as site:
        site.script = [says(400, refusal)]
        call("linear.create_issue", incident)
    assert "(400, AUTHENTICATION_ERROR)" in Connection.objects.get().last_error


def test_what_a_tool_quotes_of_a_private_incident_is_read_by_its_members_only(desk: Desk, private: Incident) -> None:
    with one_tool("jira") as site:
        site.script = [says(400, BY_FIELD)]
        effect = call("jira.create_issue", private, include_private=True)
    assert QUOTED in errors(effect)
    for page in PAGES:
        assert QUOTED not in desk.get(page).content.decode()
    assert QUOTED not in desk.get("integrations_connection_change", Connection.objects.get().pk).content.decode()
    assert desk.get("workflows_effect_change", effect.pk).status_code == 302
    grant(SYSTEM, private.pk, desk.user.pk)
    assert QUOTED in desk.get("workflows_effect_changelist").content.decode()


def test_neither_numbers_nor_logs_quote_it(
    private: Incident, api: Callable[..., ApiClient], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    with one_tool("jira") as site:
        site.script = [garbled, says(400, BY_FIELD)]
        effect = call("jira.create_issue", private, include_private=True)
        call("jira.create_issue", private, key="step.1", include_private=True)
    assert "illegal header line" in errors(effect)
    for told in (caplog.text, errors(effect), api().get("/metrics").content.decode()):
        assert QUOTED not in told


def test_failures_are_noted_in_few_places() -> None:
    rooms = Path(settings.BASE_DIR) / "integrations"
    noting = {str(path.relative_to(rooms)) for path in rooms.rglob("*.py") if "note_failure(" in path.read_text()}
    assert noting <= NOTING
