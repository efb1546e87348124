"""Documents of YAML or JSON as mappings, lists and texts.

Texts stay as they are written: `010` is not 8, `no` is not false, and a date is no date. So a catalog says the same
here as in its file. Nothing is made by a name in a file, and nothing in it can grow: not by its depth, nor by aliases.
"""

import json
from collections.abc import Iterator
from typing import Any

import yaml

from incidentio.core.errors import Invalid

DEEPEST = 50
MOST_NODES = 5_000_000  # aliases counted as often as they stand for something
MERGE = "<<"
_Loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_NULLS = ("", "~", "null", "Null", "NULL")


def read_documents(content: bytes) -> list[Any]:
    """The documents of a file: one of JSON, or any number of YAML.

    Raises:
        Invalid: it is neither; says where it ends to be, or what is too much.
    """
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise Invalid("invalid_value", f"It is not UTF-8: byte {error.start} is no text", "file") from None
    if text.lstrip()[:1] in ("{", "["):
        return [_json(text)]
    if text.lstrip()[:1] == "<":
        raise Invalid("invalid_value", "It is neither YAML nor JSON: it looks like a web page", "file")
    return _yaml(text)


def _json(text: str) -> Any:
    try:
        return json.loads(text, parse_int=str, parse_float=str, parse_constant=str)
    except RecursionError:
        raise Invalid("invalid_value", "It is nested too deep", "file") from None
    except ValueError as error:
        raise Invalid("invalid_value", f"It is no JSON: {error}", "file") from None


def _yaml(text: str) -> list[Any]:
    builder = _Builder()
    try:
        for event in yaml.parse(text, Loader=_Loader):
            builder.take(event)
    except yaml.YAMLError as error:
        where = getattr(error, "problem_mark", None)
        place = f", line {where.line + 1}, column {where.column + 1}" if where is not None else ""
        why = getattr(error, "problem", None) or "it has a character that may not be in it"
        raise Invalid("invalid_value", f"It is no YAML: {why}{place}", "file") from None
    return builder.documents


class _Open:
    """A mapping or list that is being built."""

    def __init__(self, anchor: str | None, *, is_mapping: bool) -> None:
        self.anchor = anchor
        self.made: Any = {} if is_mapping else []
        self.key: Any = None
        self.has_key = False
        self.merged = set[Any]()  # keys that came from elsewhere, which the mapping's own replace
        self.weight = 1

    def put(self, value: Any) -> None:
        if isinstance(self.made, list):
            self.made.append(value)
        elif self.has_key:
            self._set(value)
        elif isinstance(value, dict | list):
            raise Invalid("invalid_value", "A key is a text, not a mapping or list", "file")
        else:
            self.key, self.has_key = value, True

    def _set(self, value: Any) -> None:
        self.has_key = False
        if self.key != MERGE:
            if self.key in self.made and self.key not in self.merged:
                raise Invalid("already_exists", f"The key {str(self.key)[:100]!r} stands twice in a mapping", "file")
            self.made[self.key] = value
            self.merged.discard(self.key)
            return
        for one in value if isinstance(value, list) else [value]:
            if isinstance(one, dict):
                fresh = {key: said for key, said in one.items() if key not in self.made}
                self.made |= fresh
                self.merged |= fresh.keys()


class _Builder:
    """Builds documents of a parser's events, without recursion."""

    def __init__(self) -> None:
        self.documents: list[Any] = []
        self.open: list[_Open] = []
        self.anchors: dict[str, tuple[Any, int]] = {}
        self.nodes = 0

    def take(self, event: yaml.Event) -> None:
        match event:
            case yaml.DocumentStartEvent():
                self.anchors.clear()
            case yaml.MappingStartEvent() | yaml.SequenceStartEvent():
                self._begin(_Open(event.anchor, is_mapping=isinstance(event, yaml.MappingStartEvent)))
            case yaml.MappingEndEvent() | yaml.SequenceEndEvent():
                ended = self.open.pop()
                self._put(ended.made, ended.weight, ended.anchor)
            case yaml.ScalarEvent():
                is_null = not event.style and event.tag is None and event.value in _NULLS
                self._put(None if is_null else event.value, 1, event.anchor)
            case yaml.AliasEvent():
                self._put(*self._meant(event.anchor), None)

    def _begin(self, begun: _Open) -> None:
        if len(self.open) >= DEEPEST:
            raise Invalid("invalid_value", f"It is nested deeper than {DEEPEST}", "file")
        self.open.append(begun)

    def _meant(self, anchor: str | None) -> tuple[Any, int]:
        if anchor is None or anchor not in self.anchors:
            raise Invalid("invalid_value", f"The alias *{anchor} stands for nothing, or for itself", "file")
        return self.anchors[anchor]

    def _put(self, value: Any, weight: int, anchor: str | None) -> None:
        self.nodes += 1
        if anchor is not None:
            self.anchors[anchor] = value, weight
        if not self.open:
            self.documents.append(value)
            return
        self.open[-1].weight += weight
        if self.open[-1].weight > MOST_NODES:
            raise Invalid("invalid_value", "Its aliases make it grow beyond measure", "file")
        self.open[-1].put(value)


def walk(documents: list[Any]) -> Iterator[Any]:
    """The documents, those of a list one by one."""
    for document in documents:
        yield from document if isinstance(document, list) else [document]
