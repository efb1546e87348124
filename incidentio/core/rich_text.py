"""Markdown as the documents rich text is kept in: `{"type": "doc", "content": […]}` (API behaviour, section 9.2).

`{{ name }}` becomes a variable, with the filters `truncate: N` and `omit_if_unset`. What the place a document is meant
for cannot hold is dropped, its words are kept where it has any, and the kind of what was dropped is told.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from markdown_it import MarkdownIt
from markdown_it.rules_inline import StateInline
from markdown_it.token import Token

from incidentio.core.errors import Invalid

Node = dict[str, Any]
_MARKS = {"strong": "bold", "em": "italic", "s": "strike", "link": "link"}
_BLOCKS = {
    "paragraph": "paragraph",
    "heading": "heading",
    "blockquote": "blockquote",
    "bullet_list": "list",
    "ordered_list": "list",
    "list_item": "listItem",
    "table": "table",
    "tr": "tableRow",
    "th": "tableHeaderCell",
    "td": "tableCell",
}
_WITHIN = {"listItem": "list", "tableRow": "table", "tableHeaderCell": "table", "tableCell": "table"}
_LINES = {"lineBreak"}
_BASIC = _LINES | {"bold", "italic", "strike", "code", "list"}
_CHAT = _BASIC | {"link", "codeBlock", "blockquote"}
_RICH = _CHAT | {"heading", "horizontalRule", "table"}
FEATURE_SETS: dict[str, frozenset[str]] = {
    "plain_single_line": frozenset(),
    "plain_single_line_with_secrets": frozenset(),
    "plain_multi_line": frozenset(_LINES),
    "mrkdwn": frozenset(_CHAT),
    "rich": frozenset(_RICH),
    "rich_with_images": frozenset(_RICH | {"image"}),
    "slack_rich_text": frozenset(_CHAT),
    "slack_rich_text_with_headings": frozenset(_CHAT | {"heading"}),
    "basic": frozenset(_BASIC | {"link"}),
    "basic_no_links": frozenset(_BASIC),
    "jira": frozenset(_RICH),
}


@dataclass(frozen=True)
class Parsed:
    """A document, and the kinds of what it could not hold."""

    document: Node
    dropped: list[str]


def parse_markdown(markdown: str, feature_set: str) -> Parsed:
    """`markdown` as a document for a place that holds what `feature_set` does.

    Raises:
        Invalid: a variable is not closed, has no name, or a filter there is not.
    """
    writer = _Writer(FEATURE_SETS[feature_set])
    for token in _parser().parse(markdown):
        writer.block(token)
    if "lineBreak" not in writer.allowed:
        writer.join_lines()
    blocks = writer.root["content"] or [{"type": "paragraph"}]
    return Parsed({"type": "doc", "content": blocks}, list(writer.dropped))


def _parser() -> MarkdownIt:
    parser = MarkdownIt("commonmark", {"html": False}).enable(["strikethrough", "table"])
    parser.inline.ruler.before("emphasis", "variable", _variable)
    parser.normalizeLink = lambda url: url  # type: ignore[method-assign]  # a link may be a variable
    return parser


def _variable(state: StateInline, silent: bool) -> bool:
    """The rule of `{{ … }}`; nothing inside it is Markdown."""
    if not state.src.startswith("{{", state.pos):
        return False
    end = state.src.find("}}", state.pos)
    inside = state.src[state.pos + 2 : end]
    if end < 0 or end >= state.posMax:
        raise Invalid("invalid_value", "A variable is not closed; close it with }}", "markdown")
    if not silent:
        state.push("variable", "", 0).meta = _variable_attrs(inside)
    state.pos = end + 2
    return True


def _variable_attrs(inside: str) -> dict[str, Any]:
    name, *filters = (part.strip() for part in inside.split("|"))
    if "{{" in inside:
        raise Invalid("invalid_value", "A variable stands inside another one", "markdown")
    if not name:
        raise Invalid("invalid_value", "A variable has no name", "markdown")
    attrs: dict[str, Any] = {"name": name}
    for filter in filters:
        truncate = re.fullmatch(r"truncate\s*:\s*([1-9][0-9]{0,8})", filter)
        if truncate is None and filter != "omit_if_unset":
            message = f"{filter[:60]!r} is no filter; there are `truncate: 100` and `omit_if_unset`"
            raise Invalid("invalid_value", message, "markdown")
        attrs |= {"truncateTo": int(truncate[1])} if truncate is not None else {"omitIfUnset": True}
    return attrs


@dataclass
class _Writer:
    """A document being written. `open` is what is being written into, the innermost last; what is not allowed stands
    there as what it is in.
    """

    allowed: frozenset[str]
    root: Node = field(default_factory=lambda: {"type": "doc", "content": []})
    dropped: dict[str, None] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.open = [self.root]

    def allows(self, kind: str) -> bool:
        """Whether the place holds this kind of node or mark; that it does not is noted."""
        if kind == "paragraph" or kind in self.allowed:
            return True
        self.dropped[kind] = None
        return False

    def block(self, token: Token) -> None:
        """Write one token of the block level."""
        name, _, end = token.type.rpartition("_")
        if token.type == "inline":
            self.line(token.children or [])
        elif token.type in ("fence", "code_block"):
            self.code(token.content.removesuffix("\n"))
        elif token.type == "hr" and self.allows("horizontalRule"):
            self.write({"type": "horizontalRule"})
        elif name in _BLOCKS and end == "open":
            self.start(name, token)
        elif name in _BLOCKS and end == "close":
            self.finish()
            if name in ("th", "td"):
                self.finish()

    def start(self, name: str, token: Token) -> None:
        """Begin a block, or a paragraph in place of one whose words are to be kept."""
        kind = _BLOCKS[name]
        if not self.allows(_WITHIN.get(kind, kind)):
            if kind == "heading":
                self.enter({"type": "paragraph", "content": []})
            else:
                self.open.append(self.open[-1])
        else:
            node: Node = {"type": kind}
            if kind == "heading":
                node["attrs"] = {"level": int(token.tag[1:])}
            elif kind == "list":
                node["attrs"] = {
                    "type": "bullet" if name == "bullet_list" else "ordered",
                    "start": int(token.attrs.get("start", 1)),
                }
            self.enter(node | {"content": []})
        if name in ("th", "td"):
            self.enter({"type": "paragraph", "content": []})

    def enter(self, node: Node) -> None:
        self.write(node)
        self.open.append(node)

    def write(self, node: Node) -> None:
        self.open[-1]["content"].append(node)

    def finish(self) -> None:
        node = self.open.pop()
        if node["content"] == [] and node["type"] == "paragraph":
            del node["content"]

    def code(self, text: str) -> None:
        """A block of code, or its lines."""
        if self.allows("codeBlock"):
            self.write({"type": "codeBlock", "content": [{"type": "text", "text": text}] if text else []})
            return
        nodes: list[Node] = []
        for line in text.split("\n"):
            nodes += [{"type": "lineBreak"}] if nodes else []
            nodes += [{"type": "text", "text": line}] if line else []
        self.write({"type": "paragraph", "content": nodes})

    def line(self, tokens: Sequence[Token]) -> None:
        """The words of a block."""
        alone = len(tokens) == 1 and tokens[0].type == "image" and self.open[-1]["type"] == "paragraph"
        if alone and self.allows("image"):
            self.open[-2]["content"][-1] = _image(tokens[0])
            return
        for node in _joined(self.words(tokens)):
            self.write(node)

    def words(self, tokens: Iterable[Token]) -> Iterator[Node]:
        """Texts, variables and line breaks, each with the marks that are open there."""
        marks: list[Node] = []
        for token in tokens:
            name, _, end = token.type.rpartition("_")
            if name in _MARKS and end == "open":
                marks.append(_mark(_MARKS[name], token))
            elif name in _MARKS and end == "close":
                marks.pop()
            elif token.type == "variable":
                yield self.marked({"type": "varSpec", "attrs": token.meta}, marks)
            elif token.type in ("softbreak", "hardbreak"):
                yield {"type": "lineBreak"}
            elif token.type == "code_inline":
                yield self.marked({"type": "text", "text": token.content}, [*marks, {"type": "code"}])
            elif token.content:
                if token.type == "image":
                    self.dropped["image"] = None
                yield self.marked({"type": "text", "text": token.content}, marks)

    def marked(self, node: Node, marks: Iterable[Node]) -> Node:
        allowed: dict[str, Node] = {}
        for mark in marks:
            if self.allows(mark["type"]):
                allowed.setdefault(mark["type"], mark)
        return node | {"marks": list(allowed.values())} if allowed else node

    def join_lines(self) -> None:
        """Make all blocks one line."""
        words: list[Node] = []
        for block in self.root["content"]:
            words += [{"type": "lineBreak"}] if words else []
            words += block.get("content", [])
        if any(node["type"] == "lineBreak" for node in words):
            self.dropped["lineBreak"] = None
        line = _joined({"type": "text", "text": " "} if node["type"] == "lineBreak" else node for node in words)
        self.root["content"] = [{"type": "paragraph", "content": list(line)}] if words else []


def _mark(kind: str, token: Token) -> Node:
    return {"type": kind, "attrs": {"href": token.attrs["href"]}} if kind == "link" else {"type": kind}


def _image(token: Token) -> Node:
    attrs = {"src": token.attrs["src"], "alt": token.content, "title": token.attrs.get("title", "")}
    return {"type": "image", "attrs": attrs}


def _joined(nodes: Iterable[Node]) -> Iterator[Node]:
    """Texts that follow each other with the same marks, as one."""
    last: Node | None = None
    for node in nodes:
        if last is not None and last["type"] == node["type"] == "text" and last.get("marks") == node.get("marks"):
            last = last | {"text": last["text"] + node["text"]}
            continue
        if last is not None:
            yield last
        last = node
    if last is not None:
        yield last
