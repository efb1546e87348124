"""Markdown as Jira Cloud shows it, in documents it takes whatever is written."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from integrations.jira.document import document
from tests.integrations.jira.documents import is_valid

BREAK = {"type": "hardBreak"}
RULE = {"type": "rule"}
PIECES = [
    "# ",
    "> ",
    "- ",
    "7. ",
    "\n",
    "\n\n",
    "    ",
    "```",
    "``` py\n",
    "~~",
    "*",
    "**",
    "_",
    "`",
    "[",
    "]",
    "(",
    ")",
]
PIECES += [
    "](https://a.example)",
    "![",
    "https://a.example/b",
    "a",
    "b c",
    "---",
    "===",
    "<b>",
    "&#12;",
    "\x0b",
    "\\",
    "|",
]


def text(said: str, *marks: str | dict[str, Any]) -> dict[str, Any]:
    kinds = [{"type": mark} if isinstance(mark, str) else mark for mark in marks]
    return {"type": "text", "text": said, **({"marks": kinds} if kinds else {})}


def link(target: str) -> dict[str, Any]:
    return {"type": "link", "attrs": {"href": target}}


def block(kind: str, *content: dict[str, Any], **attrs: Any) -> dict[str, Any]:
    return {"type": kind, **({"attrs": attrs} if attrs else {}), "content": list(content)}


def lines(*content: str | dict[str, Any]) -> dict[str, Any]:
    return block("paragraph", *(text(one) if isinstance(one, str) else one for one in content))


def item(*content: dict[str, Any]) -> dict[str, Any]:
    return block("listItem", *content)


@pytest.mark.parametrize(
    ("markdown", "expected"),
    [
        ("# What\n\nNow", [block("heading", text("What"), level=1), lines("Now")]),
        ("###### *Why*", [block("heading", text("Why", "em"), level=6)]),
        ("- one\n- two", [block("bulletList", item(lines("one")), item(lines("two")))]),
        ("3. one\n4. two", [block("orderedList", item(lines("one")), item(lines("two")), order=3)]),
        ("- a\n  1. b", [block("bulletList", item(lines("a"), block("orderedList", item(lines("b")), order=1)))]),
        ("> said\n> - a", [block("blockquote", lines("said"), block("bulletList", item(lines("a"))))]),
        ("```sql\nSELECT *\n\n```", [block("codeBlock", text("SELECT *\n"), language="sql")]),
        ("    at main()", [block("codeBlock", text("at main()"))]),
        ("```\n```", [block("codeBlock")]),
        ("a\n\n---", [lines("a"), RULE]),
    ],
)
def test_blocks_are_what_they_are(markdown: str, expected: list[dict[str, Any]]) -> None:
    assert document(markdown)["content"] == expected


@pytest.mark.parametrize(
    ("markdown", "expected"),
    [
        ("**down** and __up__", [text("down", "strong"), text(" and "), text("up", "strong")]),
        ("*a* _b_ ~~c~~", [text("a", "em"), text(" "), text("b", "em"), text(" "), text("c", "strike")]),
        ("***both***", [text("both", "em", "strong")]),
        ("`rm -rf *`", [text("rm -rf *", "code")]),
        ("**`x`**", [text("x", "code")]),
        ("[`x`](https://a.example)", [text("x", link("https://a.example"), "code")]),
        (
            "[**a** b](mailto:a@b.example)",
            [text("a", link("mailto:a@b.example"), "strong"), text(" b", link("mailto:a@b.example"))],
        ),
        ("![Graph](https://a.example/g.png)", [text("Graph", link("https://a.example/g.png"))]),
        ("one\r\ntwo", [text("one"), BREAK, text("two")]),
        ("snake_case_name, 2 * 3 * 4", [text("snake_case_name, 2 * 3 * 4")]),
        ("\\*no\\*", [text("*no*")]),
    ],
)
def test_words_have_their_marks(markdown: str, expected: list[dict[str, Any]]) -> None:
    assert document(markdown)["content"] == [block("paragraph", *expected)]


@pytest.mark.parametrize(
    ("said", "address"),
    [
        ("see https://a.example/_x_/y_z.", "https://a.example/_x_/y_z"),
        ("(http://a.example/?q=1&w=*2*)", "http://a.example/?q=1&w=*2"),
        ("**https://a.example/**", "https://a.example/"),
        ("<https://a.example/b>", "https://a.example/b"),
        ("HTTPS://a.example", "HTTPS://a.example"),
    ],
)
def test_addresses_are_links(said: str, address: str) -> None:
    linked = [one for one in document(said)["content"][0]["content"] if link(address) in one.get("marks", [])]
    assert [one["text"] for one in linked] == [address]


@pytest.mark.parametrize(
    "said",
    [
        "<b onclick=x>now</b>",
        "[run](javascript:alert(1))",
        "[there](/relative) and [here](#part)",
        "[1]: timeout",
        "| a | b |",
        "{{ incident.name }} {color:red}",
        ">" * 60 + " deep",
        "xhttps://a.example",
    ],
)
def test_what_is_unknown_stays_as_written(said: str) -> None:
    assert document(said)["content"] == [lines(said)]


@pytest.mark.parametrize(
    ("markdown", "expected"),
    [
        ("- # Title", block("bulletList", item(lines("Title")))),
        ("- > quoted", block("bulletList", item(lines("quoted")))),
        ("- a\n\n  ***", block("bulletList", item(lines("a"), lines("---")))),
        ("> # Title", block("blockquote", lines("Title"))),
        ("> > twice", block("blockquote", lines("twice"))),
        (">", block("blockquote", lines())),
        ("-", block("bulletList", item(lines()))),
        ("- - a", block("bulletList", item(lines(), block("bulletList", item(lines("a")))))),
    ],
)
def test_what_may_not_stand_there_stands_as_its_words(markdown: str, expected: dict[str, Any]) -> None:
    assert document(markdown)["content"] == [expected]


@pytest.mark.parametrize("said", ["", "\n\n", " \n ", "\x01\x02"])
def test_nothing_to_see_is_no_text(said: str) -> None:
    assert [one["content"] for one in document(said)["content"]] in ([], [[]])


@pytest.mark.parametrize("said", ["> " * 19, "- " * 19, "1. > " * 12, "> - " * 400, "**_" * 300])
def test_however_deep_nothing_is_lost(said: str) -> None:
    made = document(f"{said}word")
    assert is_valid(made)
    assert "word" in json.dumps(made)


@given(st.lists(st.sampled_from(PIECES), max_size=40).map("".join) | st.text(max_size=60))
def test_whatever_is_written_is_a_document(said: str) -> None:
    assert is_valid(document(said))
