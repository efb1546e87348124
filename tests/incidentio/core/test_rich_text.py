"""Markdown as rich text."""

from typing import Any

import pytest

from incidentio.core.errors import Invalid
from incidentio.core.rich_text import FEATURE_SETS, parse_markdown


def blocks(markdown: str, feature_set: str = "rich_with_images") -> list[Any]:
    content: list[Any] = parse_markdown(markdown, feature_set).document["content"]
    return content


def words(markdown: str, feature_set: str = "rich_with_images") -> list[Any]:
    """The words of a document of one block."""
    (block,) = blocks(markdown, feature_set)
    content: list[Any] = block["content"]
    return content


def said(text: str, *marks: str) -> dict[str, Any]:
    node: dict[str, Any] = {"type": "text", "text": text}
    return node | {"marks": [{"type": mark} for mark in marks]} if marks else node


def variable(name: str, **attrs: Any) -> dict[str, Any]:
    return {"type": "varSpec", "attrs": {"name": name} | attrs}


def paragraph(*content: Any) -> dict[str, Any]:
    return {"type": "paragraph", "content": list(content)} if content else {"type": "paragraph"}


def test_words_carry_the_marks_that_are_open() -> None:
    assert words("a **b *c*** ~~d~~ `*e*`") == [
        said("a "),
        said("b ", "bold"),
        said("c", "bold", "italic"),
        said(" "),
        said("d", "strike"),
        said(" "),
        said("*e*", "code"),
    ]


def test_a_link_is_a_mark_that_knows_where_it_goes() -> None:
    link = {"type": "link", "attrs": {"href": "{{url}}"}}
    assert words("[go **on**]({{url}})") == [
        {"type": "text", "text": "go ", "marks": [link]},
        {"type": "text", "text": "on", "marks": [link, {"type": "bold"}]},
    ]
    assert words("[x](javascript:alert)") == [said("[x](javascript:alert)")]


def test_variables_are_no_markdown() -> None:
    assert words('{{ incident.custom_field["a_b_c"] }} {{a|omit_if_unset|truncate:100}}{{{b}}') == [
        variable('incident.custom_field["a_b_c"]'),
        said(" "),
        variable("a", omitIfUnset=True, truncateTo=100),
        variable("{b"),
    ]
    assert words("**{{a}}** `{{b}}` 100}}") == [
        variable("a") | {"marks": [{"type": "bold"}]},
        said(" "),
        said("{{b}}", "code"),
        said(" 100}}"),
    ]


@pytest.mark.parametrize(
    "markdown",
    ["{{a", "{{a | upcase}}", "{{a | truncate: 0}}", "{{a | truncate}}", "{{a | omit_if_unset: 5}}", "{{}}",
     "{{ | x }}", "{{a {{b}} c}}", "a }} {{b"],
)  # fmt: skip
def test_a_variable_that_cannot_be_read_is_refused(markdown: str) -> None:
    with pytest.raises(Invalid) as refusal:
        parse_markdown(markdown, "rich")
    assert refusal.value.problems[0].pointer == "markdown"


def test_lines_and_paragraphs() -> None:
    assert blocks("first\nsecond\n\n\nthird") == [
        paragraph(said("first"), {"type": "lineBreak"}, said("second")),
        paragraph(said("third")),
    ]
    assert blocks("") == blocks("\n \n") == [paragraph()]


def test_blocks() -> None:
    item = {"type": "listItem", "content": [paragraph(said("one"))]}
    assert blocks("## H\n\n1. one\n\n> q\n\n```py\nx\n```\n\n---\n\n![alt](a.png)") == [
        {"type": "heading", "attrs": {"level": 2}, "content": [said("H")]},
        {"type": "list", "attrs": {"type": "ordered", "start": 1}, "content": [item]},
        {"type": "blockquote", "content": [paragraph(said("q"))]},
        {"type": "codeBlock", "content": [said("x")]},
        {"type": "horizontalRule"},
        {"type": "image", "attrs": {"src": "a.png", "alt": "alt", "title": ""}},
    ]


def test_a_table() -> None:
    (table,) = blocks("| a |\n|---|\n| 1 |")
    rows = [[(cell["type"], cell["content"]) for cell in row["content"]] for row in table["content"]]
    assert rows == [[("tableHeaderCell", [paragraph(said("a"))])], [("tableCell", [paragraph(said("1"))])]]


def test_what_a_place_cannot_hold_is_dropped_and_told() -> None:
    parsed = parse_markdown("# **H**\n\n- one\n- two\n\n```\nx\ny\n```\n\n---\n\n![alt](a)", "plain_multi_line")
    assert parsed.document["content"] == [
        paragraph(said("H")),
        paragraph(said("one")),
        paragraph(said("two")),
        paragraph(said("x"), {"type": "lineBreak"}, said("y")),
        paragraph(said("alt")),
    ]
    assert parsed.dropped == ["heading", "bold", "list", "codeBlock", "horizontalRule", "image"]


def test_one_line_is_one_line() -> None:
    parsed = parse_markdown("{{a}}\n\n| b | c |\n|---|---|\n\nd\ne", "plain_single_line")
    assert parsed.document["content"] == [paragraph(variable("a"), said(" b c d e"))]
    assert parsed.dropped == ["table", "lineBreak"]


@pytest.mark.parametrize("feature_set", ["rich", "plain_single_line"])
@pytest.mark.parametrize("markdown", ["*a " * 5_000, "> " * 5_000 + "x", "[" * 5_000, "- " * 500 + "x", "`" * 5_000])
def test_deep_nesting_is_read(markdown: str, feature_set: str) -> None:
    assert blocks(markdown, feature_set)


def test_every_feature_set_takes_plain_words() -> None:
    assert all(
        parse_markdown("Hi", name).document == {"type": "doc", "content": [paragraph(said("Hi"))]}
        for name in FEATURE_SETS
    )
