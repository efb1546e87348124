"""Markdown in the Atlassian Document Format (https://developer.atlassian.com/cloud/jira/platform/apis/document/structure/).

Jira refuses a document as a whole if one node stands where it may not; so what a node cannot hold stands there as its
words: a heading within a list, a quote within a quote. What the format or this module does not know stays as written.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from markdown_it import MarkdownIt
from markdown_it.rules_inline import StateInline
from markdown_it.token import Token

Node = dict[str, Any]
DEEPEST = 20
_BLOCKS = {
    "paragraph": "paragraph",
    "heading": "heading",
    "blockquote": "blockquote",
    "bullet_list": "bulletList",
    "ordered_list": "orderedList",
    "list_item": "listItem",
}
_MARKS = {"strong": "strong", "em": "em", "s": "strike", "link": "link"}
_BEGINNINGS = {"paragraph", "codeBlock"}
_LISTS = {"bulletList", "orderedList"}
_HOLDS = {
    "doc": {*_BEGINNINGS, *_LISTS, "heading", "blockquote", "rule"},
    "blockquote": {*_BEGINNINGS, *_LISTS},
    "listItem": {*_BEGINNINGS, *_LISTS},
    "bulletList": {"listItem"},
    "orderedList": {"listItem"},
}
# What is neither empty nor begins with anything else.
_BEGINS_WITH = {"blockquote": _HOLDS["blockquote"], "listItem": _BEGINNINGS}
_LINK = re.compile(r"(?:https?://|mailto:)[^\s<>\"]+", re.IGNORECASE)
_SCHEME = re.compile(r"\bhttps?$", re.IGNORECASE)
# The rest of an address in a text; what follows it in a sentence is not its end.
_ADDRESS = re.compile(r"://[^\s<>\"`]*[^\s<>\"`'.,;:!?*_~()\[\]{}|]/?")
_LANGUAGE = re.compile(r"[\w+#.-]+")
_UNSEEN = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")


def document(markdown: str) -> Node:
    """`markdown` as a document that Jira takes, whatever is written there."""
    tokens = _MARKDOWN.parse(markdown)
    if any(token.level >= DEEPEST - 1 for token in tokens):
        tokens = _PLAIN.parse(markdown)  # beyond its depth the parser drops what is written
    writer = _Writer()
    for token in tokens:
        writer.take(token)
    return writer.root


class _Writer:
    """A document being written. `open` is what is being written into, the innermost last; a block that may not stand
    where it does is there as what it is in.
    """

    def __init__(self) -> None:
        self.root: Node = {"type": "doc", "version": 1, "content": []}
        self.open = [self.root]

    def take(self, token: Token) -> None:
        """Write one token of the block level."""
        if token.type == "inline":
            self.open[-1]["content"] += _words(token.children or [])
        elif token.nesting > 0:
            self.enter(_block(token))
        elif token.nesting < 0:
            self.leave()
        elif token.type == "hr":
            self.put({"type": "rule"} if self.holds("rule") else _paragraph("---"))
        else:
            self.put(_code(token))

    def holds(self, kind: str) -> bool:
        return kind in _HOLDS[self.open[-1]["type"]]

    def put(self, node: Node) -> None:
        self.open[-1]["content"].append(node)

    def enter(self, node: Node) -> None:
        if node["type"] == "blockquote" and not self.holds("blockquote"):
            self.open.append(self.open[-1])
            return
        if not self.holds(node["type"]):
            node = _paragraph()
        self.put(node)
        self.open.append(node)

    def leave(self) -> None:
        node = self.open.pop()
        beginnings = _BEGINS_WITH.get(node["type"])
        content = node["content"]
        if node is not self.open[-1] and beginnings and (not content or content[0]["type"] not in beginnings):
            content.insert(0, _paragraph())


def _block(token: Token) -> Node:
    """The node that a token opens, with nothing in it yet."""
    node: Node = {"type": _BLOCKS[token.type.removesuffix("_open")]}
    if node["type"] == "heading":
        node["attrs"] = {"level": int(token.tag[1:])}
    elif node["type"] == "orderedList":
        node["attrs"] = {"order": int(token.attrs.get("start", 1))}
    return node | {"content": []}


def _paragraph(text: str = "") -> Node:
    return {"type": "paragraph", "content": list(_text(text))}


def _code(token: Token) -> Node:
    language = _LANGUAGE.match(token.info)
    attrs = {"attrs": {"language": language[0]}} if language else {}
    return {"type": "codeBlock", **attrs, "content": list(_text(token.content.removesuffix("\n")))}


def _words(tokens: Iterable[Token]) -> Iterator[Node]:
    """Texts and line breaks, each text with the marks that are open there."""
    marks: list[Node] = []
    for token in tokens:
        if token.nesting > 0:
            marks.append(_mark(token))
        elif token.nesting < 0:
            marks.pop()
        elif token.type in ("softbreak", "hardbreak"):
            yield {"type": "hardBreak"}
        elif token.type == "code_inline":
            links = [mark for mark in marks if mark["type"] == "link"]  # the only mark that code may have as well
            yield from _text(token.content, [*links, {"type": "code"}])
        elif token.type == "image":
            source = str(token.attrs["src"])
            yield from _text(" ".join(token.content.split()) or source, [*marks, _link(source)])
        else:
            yield from _text(token.content, marks)


def _mark(token: Token) -> Node:
    kind = _MARKS[token.type.removesuffix("_open")]
    return _link(str(token.attrs["href"])) if kind == "link" else {"type": kind}


def _link(target: str) -> Node:
    return {"type": "link", "attrs": {"href": target}}


def _text(text: str, marks: Sequence[Node] = ()) -> Iterator[Node]:
    """A text of which each mark is there once; no node if there is nothing to see."""
    text = _UNSEEN.sub("", text)
    once = {mark["type"]: mark for mark in marks}
    if text:
        yield {"type": "text", "text": text, **({"marks": list(once.values())} if once else {})}


def _address(state: StateInline, silent: bool) -> bool:
    """The rule of addresses that stand in a text as they are; nothing inside them is Markdown."""
    rest = None if silent or state.linkLevel else _ADDRESS.match(state.src, state.pos)
    scheme = _SCHEME.search(state.pending) if rest is not None else None
    if rest is None or scheme is None:
        return False
    address = scheme[0] + rest[0]
    state.pending = state.pending[: scheme.start()]
    state.push("link_open", "a", 1).attrs = {"href": address}
    state.push("text", "", 0).content = address
    state.push("link_close", "a", -1)
    state.pos = rest.end()
    return True


def _parser(preset: str, rules: Iterable[str]) -> MarkdownIt:
    parser = MarkdownIt(preset, {"html": False, "maxNesting": DEEPEST}).enable(rules)
    parser.inline.ruler.before("link", "address", _address)
    parser.validateLink = lambda url: _LINK.fullmatch(url) is not None  # type: ignore[method-assign]
    return parser


# Without definitions of links, which are lines that vanish.
_MARKDOWN = _parser("commonmark", ["strikethrough"]).disable("reference")
_PLAIN = _parser("zero", ["newline"])
