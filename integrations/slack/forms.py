"""The form that declares an incident (docs.slack.dev/surfaces/modals)."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from slack_sdk.models.blocks import (
    CheckboxesElement,
    InputBlock,
    MarkdownTextObject,
    Option,
    PlainTextInputElement,
    SectionBlock,
    StaticSelectElement,
)
from slack_sdk.models.views import View

from accounts.models import User
from catalog.snapshot import Snapshot, active
from incidentio.core.errors import DomainError
from incidents.declare import Report, declare
from incidents.models import Visibility
from integrations.slack.client import Slack, items_in, mapping_in, text_in
from integrations.slack.commands import declared

DECLARE = "incidentio_declare"
SAID = "said"  # the action of every block
NAME, SUMMARY, SEVERITY, PRIVATE = "name", "summary", "severity", "private"
MOST_OPTIONS, LONGEST_OPTION = 100, 75
LONGEST_NAME, LONGEST_SUMMARY = 500, 3_000
# What the verb calls what the form's blocks say.
_BLOCKS = {"name": NAME, "summary": SUMMARY, "severity_id": SEVERITY}


@dataclass(frozen=True)
class Origin:
    """The message a form was opened on, if it was on one."""

    channel_id: str = ""
    ts: str = ""
    text: str = ""


def open_form(slack: Slack, trigger_id: str, words: Snapshot, origin: Origin) -> None:
    """Show the form to whoever asked for it; Slack wants that within three seconds.

    Raises:
        NotDone: Slack did not show it.
    """
    slack.write("views.open", does_once=False, trigger_id=trigger_id, view=declare_form(words, origin))


def declare_form(words: Snapshot, origin: Origin) -> dict[str, Any]:
    """The form, as Slack takes it."""
    severities = sorted(active(words.severities.values()), key=lambda severity: severity.rank)[:MOST_OPTIONS]
    options = [Option(label=severity.name[:LONGEST_OPTION], value=severity.id) for severity in severities]
    summary = PlainTextInputElement(
        action_id=SAID, multiline=True, max_length=LONGEST_SUMMARY, initial_value=origin.text[:LONGEST_SUMMARY] or None
    )
    blocks = [
        _input(NAME, "What is wrong?", PlainTextInputElement(action_id=SAID, max_length=LONGEST_NAME), optional=False),
        _input(SUMMARY, "What is known?", summary),
        _input(PRIVATE, "Who may see it?", CheckboxesElement(action_id=SAID, options=[_PRIVATELY])),
    ]
    if options:
        blocks.insert(2, _input(SEVERITY, "How bad is it?", StaticSelectElement(action_id=SAID, options=options)))
    place = {"channel_id": origin.channel_id, "ts": origin.ts}
    view = View(
        type="modal",
        callback_id=DECLARE,
        title="Declare an incident",
        submit="Declare",
        close="Cancel",
        private_metadata=json.dumps(place),
        blocks=blocks,
    )
    return dict(view.to_dict())


_PRIVATELY = Option(label="Only I, and those I let in", value=PRIVATE)


def _input(block_id: str, label: str, element: Any, *, optional: bool = True) -> InputBlock:
    return InputBlock(block_id=block_id, label=label, element=element, optional=optional)


def submit(payload: Mapping[str, Any], user: User, words: Snapshot) -> dict[str, Any]:
    """Declare what the form says, once however often it is sent; what Slack shall show instead of it."""
    view = mapping_in(payload, "view")
    team_id = text_in(mapping_in(payload, "team"), "id")
    try:
        made = declare(user.actor, _report(view, team_id), words)
    except DomainError as refusal:
        return {"response_action": "errors", "errors": _errors(refusal)}
    text = SectionBlock(text=MarkdownTextObject(text=declared(made.incident_id)))
    shown = View(type="modal", title="Declared", close="Close", blocks=[text])
    return {"response_action": "update", "view": shown.to_dict()}


def _report(view: Mapping[str, Any], team_id: str) -> Report:
    values = mapping_in(mapping_in(view, "state"), "values")
    said = {block: mapping_in(mapping_in(values, block), SAID) for block in (NAME, SUMMARY, SEVERITY, PRIVATE)}
    origin = json.loads(text_in(view, "private_metadata") or "{}")
    return Report(
        idempotency_key=f"slack:{text_in(view, 'id')}",
        visibility=Visibility.PRIVATE if items_in(said[PRIVATE], "selected_options") else Visibility.PUBLIC,
        name=" ".join(text_in(said[NAME], "value").split())[:LONGEST_NAME],
        summary=text_in(said[SUMMARY], "value"),
        severity_id=text_in(mapping_in(said[SEVERITY], "selected_option"), "value") or None,
        slack_team_id=team_id[:40],
        source_message_channel_id=text_in(origin, "channel_id")[:40],
        source_message_timestamp=text_in(origin, "ts")[:40],
    )


def _errors(refusal: DomainError) -> dict[str, str]:
    """What is wrong, by the block it is wrong in; what is in none stands with the first."""
    return {_BLOCKS.get(problem.pointer or "", NAME): problem.message for problem in refusal.problems}
