"""Rich text as plain text: documents `{"type": "doc", "content": […]}` as the Markdown they were made of
(API behaviour, section 9.2; `incidentio/core/rich_text.py` is the way there).
"""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

import orjson

DEEPEST = 50
LONGEST = 100_000
_MARKS = {"code": "`{}`", "bold": "**{}**", "italic": "*{}*", "strike": "~~{}~~"}
# Blocks of nothing but words: those, and what stands before a heading.
_AROUND = {"paragraph": "{0}", "heading": "{1} {0}", "codeBlock": "```\n{0}\n```", "horizontalRule": "---"}
Node = Mapping[str, Any]


class DocumentFailed(Exception):
    """A document cannot be told as text; says why."""


def document_in(literal: str) -> Node | None:
    """The document a literal is; None if it is none."""
    if not literal.lstrip().startswith("{") or '"doc"' not in literal:
        return None
    try:
        document = orjson.loads(literal)
    except orjson.JSONDecodeError:
        return None
    return document if document.get("type") == "doc" and isinstance(document.get("content"), list) else None


def text_of(document: Node, variable: Callable[[str], str], link: Callable[[str], str]) -> str:
    """`document` as text, where `variable` tells what a name stands for, and `link` where a link leads.

    Raises:
        DocumentFailed: it is too long, or its parts lie too deep in each other.
    """
    return _Teller(variable, link).blocks(document["content"], 0).strip("\n")


class _Teller:
    def __init__(self, variable: Callable[[str], str], link: Callable[[str], str]) -> None:
        self.variable = variable
        self.link = link
        self.left = LONGEST

    def blocks(self, nodes: Any, depth: int) -> str:
        if depth > DEEPEST:
            raise DocumentFailed(f"The parts of this text lie more than {DEEPEST} deep in each other")
        return "\n".join(self.block(node, depth) for node in _nodes(nodes))

    def block(self, node: Node, depth: int) -> str:
        inner, kind = node.get("content"), str(node.get("type"))
        if kind in _AROUND:
            return _AROUND[kind].format(self.inline(inner), "#" * min(_whole(node, "level", 1), 6))
        match kind:
            case "list" | "bulletList" | "orderedList":
                return self.items(node, depth)
            case "blockquote":
                return _indented(self.blocks(inner, depth + 1), "> ", "> ")
            case "image":
                return f"![{_attr(node, 'alt')}]({self.link(_attr(node, 'src'))})"
            case "tableRow":
                return self.row(node, depth)
            case _:
                return self.words(node) if inner is None else self.blocks(inner, depth + 1)

    def row(self, node: Node, depth: int) -> str:
        cells = [self.blocks(cell.get("content"), depth + 1) for cell in _nodes(node.get("content"))]
        return f"| {' | '.join(cell.replace(chr(10), ' ') for cell in cells)} |"

    def items(self, node: Node, depth: int) -> str:
        ordered = node.get("type") == "orderedList" or _attr(node, "type") == "ordered"
        start, lines = _whole(node, "start", 1), []
        for place, item in enumerate(_nodes(node.get("content"))):
            bullet = f"{start + place}. " if ordered else "- "
            lines.append(_indented(self.blocks(item.get("content"), depth + 1), bullet, " " * len(bullet)))
        return "\n".join(lines)

    def inline(self, nodes: Any) -> str:
        return "".join(self.words(node) for node in _nodes(nodes))

    def words(self, node: Node) -> str:
        match node.get("type"):
            case "text":
                words = node.get("text")
                return self.marked(words if isinstance(words, str) else "", node)
            case "varSpec":
                return self.marked(self.value(node), node)
            case "lineBreak" | "hardBreak":
                return "\n"
            case _:
                return ""

    def value(self, node: Node) -> str:
        value, longest = self.variable(_attr(node, "name")), _whole(node, "truncateTo", 0)
        return f"{value[:longest]}…" if 0 < longest < len(value) else value

    def marked(self, words: str, node: Node) -> str:
        self.left -= len(words)
        if self.left < 0:
            raise DocumentFailed(f"This text has more than {LONGEST} characters")
        if not words:
            return ""
        marks = {mark.get("type"): mark for mark in _nodes(node.get("marks"))}
        for kind, form in _MARKS.items():
            words = form.format(words) if kind in marks else words
        return f"[{words}]({self.link(_attr(marks['link'], 'href'))})" if "link" in marks else words


def _nodes(content: Any) -> Iterable[Node]:
    return [node for node in content if isinstance(node, Mapping)] if isinstance(content, list) else []


def _attrs(node: Node) -> Node:
    attrs = node.get("attrs")
    return attrs if isinstance(attrs, Mapping) else {}


def _attr(node: Node, name: str) -> str:
    value = _attrs(node).get(name)
    return value if isinstance(value, str) else ""


def _whole(node: Node, name: str, otherwise: int) -> int:
    value = _attrs(node).get(name)
    return min(value, 1_000_000) if isinstance(value, int) and value > 0 else otherwise


def _indented(text: str, first: str, others: str) -> str:
    return first + text.replace("\n", f"\n{others}")
