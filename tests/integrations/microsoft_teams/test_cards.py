"""Messages as Teams shows them: cards, whose texts know less than Markdown."""

import json
from typing import Any

import pytest

from integrations.microsoft_teams.cards import blocks, message


def text_of(said: str) -> str:
    """What is shown of a text that is one block."""
    (block,) = blocks(said)
    assert (block["type"], block["wrap"]) == ("TextBlock", True)
    return str(block["text"])


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        ("Checkout is down", "Checkout is down"),
        ("**bold** and __bold__", "**bold** and **bold**"),
        ("*leaning* and _leaning_", "_leaning_ and _leaning_"),
        ("2 * 3 * 4 and a*b*c", "2 * 3 * 4 and a*b*c"),
        ("~~over~~ and `code`", "over and code"),
        ("[the graph](https://graphs.test/a_b_c)", "[the graph](https://graphs.test/a_b_c)"),
        ("See https://graphs.test/a?b=c.", "See [https://graphs.test/a?b=c](https://graphs.test/a?b=c)."),
        ("(https://graphs.test)", "(https://graphs.test)"),
        ("- one\n* two\n+ three", "- one\r- two\r- three"),
        ("1. one\n2) two", "1. one\r2. two"),
        ("one\ntwo", "one\n\ntwo"),
        ("<at>Ada</at> @everyone", "<at>Ada</at> @everyone"),
    ],
)
def test_markdown_becomes_what_cards_know(said: str, shown: str) -> None:
    assert text_of(said) == shown


def test_headings_paragraphs_and_code_are_blocks_of_their_own() -> None:
    said = "# Down\nCheckout fails\n\nSince ten:\n- EU\n\n```text\nexit 1\n\nexit 2\n```\nWe look."
    assert [(block["text"], block.get("weight"), block.get("fontType")) for block in blocks(said)] == [
        ("Down", "Bolder", None),
        ("Checkout fails", None, None),
        ("Since ten:\r- EU", None, None),
        ("exit 1\n\n\n\nexit 2", None, "Monospace"),
        ("We look.", None, None),
    ]


def read(content: bytes) -> dict[str, Any]:
    """The card of a message."""
    body = json.loads(content)
    assert body["type"] == "message"
    (attachment,) = body["attachments"]
    assert attachment["contentType"] == "application/vnd.microsoft.card.adaptive"
    card: dict[str, Any] = attachment["content"]
    assert (card["type"], card["version"]) == ("AdaptiveCard", "1.4")
    return card


def test_a_button_opens_the_incident() -> None:
    card = read(message("Look", ("INC-12 Checkout is down", "https://hub.test/incidents/1")))
    button = {"type": "Action.OpenUrl", "title": "INC-12 Checkout is down", "url": "https://hub.test/incidents/1"}
    assert card["actions"] == [button]
    assert "actions" not in read(message("Look", None))


MUCH = ["x" * 100_000, "🔥" * 30_000, "a\n\n" * 20_000, "https://x.test/y " * 9_000, "\x01" * 9_000]


@pytest.mark.parametrize("text", MUCH)
def test_what_is_more_than_teams_takes_is_cut_off(text: str) -> None:
    content = message(text, ("INC-12", "https://hub.test/incidents/1"))
    assert len(content) <= 24_000
    assert read(content)["body"][-1]["text"].endswith("…")
