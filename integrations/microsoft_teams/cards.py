"""Messages as Teams shows them: Adaptive Cards, whose texts know less than Markdown does: bold, italic, lists and links
(learn.microsoft.com/adaptive-cards/authoring-cards/text-features). Nobody is mentioned by what stands in a text.
"""

import json
import re
from typing import Any

# Teams takes about 28 KB (learn.microsoft.com/microsoftteams/platform/webhooks-and-connectors); what it adds counts.
MOST_BYTES = 24_000
CARD = "application/vnd.microsoft.card.adaptive"
SCHEMA, VERSION = "http://adaptivecards.io/schemas/adaptive-card.json", "1.4"
LONGEST_TITLE = 200

Block = dict[str, Any]
_CODE = re.compile(r"```[^\n`]*\n?(.*?)```", re.DOTALL)
_HEADING = re.compile(r"#{1,6}[ \t]+(.+?)[ \t]*#*")
_ITEM = re.compile(r"[ \t]*(?:[-*+]|(\d+)[.)])[ \t]+(.+)")
_MARKS: tuple[tuple[re.Pattern[str], str], ...] = (
    (re.compile(r"__(?=\S)(.+?)(?<=\S)__"), r"**\1**"),
    (re.compile(r"(?<![*\w])\*(?=[^\s*])([^*\n]+?)(?<=\S)\*(?![*\w])"), r"_\1_"),
    (re.compile(r"~~(?=\S)(.+?)(?<=\S)~~"), r"\1"),
    (re.compile(r"`([^`\n]+)`"), r"\1"),
    (re.compile(r"(?<![(\[<])\bhttps?://[^\s<>()\[\]]+[^\s<>()\[\].,;:!?]"), r"[\g<0>](\g<0>)"),
)


def message(text: str, about: tuple[str, str] | None) -> bytes:
    """The body of a message that says `text`, with a button that opens what it is `about`: a title and a link. What is
    more than Teams takes is cut off.
    """
    content = _content(text, about)
    while len(content) > MOST_BYTES:
        text = text[: len(text) * 3 // 4]
        content = _content(f"{text} …", about)
    return content


def _content(text: str, about: tuple[str, str] | None) -> bytes:
    card: dict[str, Any] = {"$schema": SCHEMA, "type": "AdaptiveCard", "version": VERSION, "body": blocks(text)}
    if about is not None:
        title, url = about
        card["actions"] = [{"type": "Action.OpenUrl", "title": title[:LONGEST_TITLE], "url": url}]
    attachment = {"contentType": CARD, "contentUrl": None, "content": card | {"msteams": {"width": "Full"}}}
    return json.dumps({"type": "message", "attachments": [attachment]}, ensure_ascii=False).encode()


def blocks(text: str) -> list[Block]:
    """Markdown as blocks of text: a heading, a paragraph, a list and a piece of code are one each."""
    found: list[Block] = []
    for place, part in enumerate(_CODE.split(text)):
        if place % 2:
            found.append(_block("\n\n".join(part.strip("\n").splitlines()), fontType="Monospace"))
        else:
            for paragraph in re.split(r"\n\s*\n", part):
                found += _paragraph(paragraph.strip("\n").splitlines())
    return found


def _paragraph(lines: list[str]) -> list[Block]:
    """The lines of a paragraph: its headings, and what stands between them."""
    found: list[Block] = []
    between: list[str] = []
    for line in lines:
        heading = _HEADING.fullmatch(line.strip())
        if heading is None:
            between.append(line)
            continue
        found += _lines(between)
        between = []
        found.append(_block(_marked(heading[1]), weight="Bolder", size="Medium"))
    return found + _lines(between)


def _lines(lines: list[str]) -> list[Block]:
    """Lines, each of which stays one."""
    text = ""
    for line in lines:
        item = _ITEM.fullmatch(line)
        end = "\r" if item is not None else "\n\n"
        said = f"{item[1]}. {item[2]}" if item and item[1] else f"- {item[2]}" if item else line.strip()
        text = f"{text}{end if text else ''}{_marked(said)}"
    return [_block(text)] if text.strip() else []


def _marked(text: str) -> str:
    for pattern, mark in _MARKS:
        text = pattern.sub(mark, text)
    return text


def _block(text: str, **look: str) -> Block:
    return {"type": "TextBlock", "text": text, "wrap": True, **look}
