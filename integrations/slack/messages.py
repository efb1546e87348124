"""What messages look like: Block Kit, with a plain text for notifications (docs.slack.dev/block-kit)."""

from collections.abc import Sequence
from typing import Any

from slack_sdk.models.blocks import (
    ActionsBlock,
    Block,
    ButtonElement,
    HeaderBlock,
    LinkButtonElement,
    MarkdownTextObject,
    PlainTextObject,
    SectionBlock,
)

from catalog.snapshot import Snapshot
from incidents.links import permalink
from incidents.models import Incident
from integrations.slack.mrkdwn import escaped, mrkdwn

LONGEST_SECTION = 3_000
LONGEST_TEXT = 35_000  # Slack cuts at 40,000
LONGEST_HEADER = 150
TAKE_LEAD = "incidentio_take_lead"
OPEN_IN_HUB = "incidentio_open"
Message = dict[str, Any]


def message_of(text: str) -> Message:
    """A message that says `text`, in Markdown."""
    shown = mrkdwn(text)
    if len(shown) > LONGEST_TEXT:
        shown = shown[: LONGEST_TEXT - 1] + "…"
    return _message(shown, sections(shown))


def announcement_of(incident: Incident, words: Snapshot, text: str) -> Message:
    """A message that tells of an incident: what it is, how it stands, where to go."""
    title = f"{incident.reference} {incident.name}"
    severity = words.severities[incident.severity_id].name if incident.severity_id else "not set"
    status = words.statuses[incident.incident_status_id].name
    facts = [f"*Status*\n{escaped(status)}", f"*Severity*\n{escaped(severity)}"]
    if incident.slack_channel_id:
        facts.append(f"*Channel*\n<#{incident.slack_channel_id}>")
    blocks: list[Block] = [
        HeaderBlock(text=PlainTextObject(text=title[:LONGEST_HEADER], emoji=False)),
        *sections(mrkdwn(text or incident.summary)[:LONGEST_SECTION]),
        SectionBlock(fields=[MarkdownTextObject(text=fact) for fact in facts]),
        ActionsBlock(
            elements=[
                LinkButtonElement(text="Open", url=permalink(incident.pk), action_id=OPEN_IN_HUB),
                ButtonElement(text="Take the lead", action_id=TAKE_LEAD, value=incident.id),
            ]
        ),
    ]
    return _message(f"{escaped(title)} ({escaped(status)})", blocks)


def sections(text: str) -> list[Block]:
    """`text` in as many blocks as it needs, each ending where a line does, if it can."""
    blocks: list[Block] = []
    while text.strip():
        end = len(text) if len(text) <= LONGEST_SECTION else text.rfind("\n", 1, LONGEST_SECTION)
        part = text[: end if end > 0 else LONGEST_SECTION]
        blocks.append(SectionBlock(text=MarkdownTextObject(text=part)))
        text = text[len(part) :]
    return blocks


def _message(text: str, blocks: Sequence[Block]) -> Message:
    return {"text": text, "blocks": [block.to_dict() for block in blocks]}
