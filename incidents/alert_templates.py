"""Words made of what an alert says: `{{ alert.title }}`, and paths that name a part of a JSON document.

Nothing is ever run: a path is looked up, what stands there is put in its place, and what was put in is not read again.
"""

import json
import re
from collections.abc import Iterator
from typing import Any

_PLACE = re.compile(r"\{\{\s*([^{}\s]{1,200})\s*\}\}")
_STEP = re.compile(r"[^.\[\]]+")


def find(document: Any, path: str) -> Any:
    """What stands at `path` in `document`, as in `labels.team`, `items[0].name` or `$.labels.team`; None if nothing."""
    value = document
    for step in _STEP.findall(path.removeprefix("$")):
        if isinstance(value, dict):
            value = value.get(step)
        elif isinstance(value, list) and step.isascii() and step.isdecimal() and int(step) < len(value):
            value = value[int(step)]
        else:
            return None
    return value


def as_text(value: Any) -> str:
    """`value` of a JSON document as people read it; nothing for null."""
    if isinstance(value, str):
        return value
    return "" if value is None else json.dumps(value, ensure_ascii=False)


def render(template: str, document: Any, longest: int) -> str:
    """`template` with what its places name in `document`, cut after `longest` characters."""
    text = ""
    for piece in _pieces(template, document):
        text += piece[: longest - len(text)]
        if len(text) >= longest:
            break
    return text


def _pieces(template: str, document: Any) -> Iterator[str]:
    end = 0
    for place in _PLACE.finditer(template):
        yield template[end : place.start()]
        yield as_text(find(document, place[1]))
        end = place.end()
    yield template[end:]
