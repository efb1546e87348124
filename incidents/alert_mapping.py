"""Reading alerts out of any JSON, by paths (RFC 9535) that people give to a source of type http_custom.

Nothing is run: a path finds a part of what was sent.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

import jsonpath

from incidentio.core.errors import Gather, Invalid
from incidents.alert_templates import as_text
from incidents.models import AlertStatus

KEY_PATH = "deduplication_key_path"
PATHS = ("title_path", "status_path", "description_path", "source_url_path")
RESOLVED_VALUES, SAMPLE = "resolved_values", "sample"
# What people say of a source beyond what the public API has words for.
OWN = (*PATHS, RESOLVED_VALUES, SAMPLE)
USUAL_RESOLVED = ("resolved", "ok", "recovered", "closed", "success", "up", "normal", "inactive", "false", "0")
LONGEST_PATH = 500
LONGEST_KEY = 500
MOST_VALUES = 50


@dataclass(frozen=True)
class Mapped:
    """What the paths find in one document; `problems` tells, by path, which of them find nothing."""

    title: str
    status: str
    deduplication_key: str
    description: str
    source_url: str
    problems: Mapping[str, str] = field(default_factory=dict)


def is_mapped(options: Mapping[str, Any]) -> bool:
    """Whether the source says where title or status stand; else its senders say them in the hub's own words."""
    return any(options.get(name) for name in PATHS)


def check(options: Mapping[str, Any], pointer: str) -> None:
    """Check the paths and the values.

    Raises:
        Invalid: all that is wrong, each with what is wrong with it.
    """
    problems = Gather()
    for name in (KEY_PATH, *PATHS):
        with problems:
            _check_path(str(options.get(name) or ""), f"{pointer}.{name}")
    with problems:
        values = options.get(RESOLVED_VALUES) or []
        if len(values) > MOST_VALUES or not all(isinstance(value, str) for value in values):
            raise Invalid("invalid_value", f"At most {MOST_VALUES} texts", f"{pointer}.{RESOLVED_VALUES}")
    with problems:
        if not isinstance(options.get(SAMPLE, {}), dict):
            raise Invalid("invalid_value", "A sample is a JSON object", f"{pointer}.{SAMPLE}")
    problems.raise_if_any()


def _check_path(path: str, pointer: str) -> None:
    if len(path) > LONGEST_PATH:
        raise Invalid("invalid_value", f"At most {LONGEST_PATH} characters", pointer)
    try:
        _compiled(path or "$")
    except (jsonpath.JSONPathError, RecursionError) as error:
        why = str(error).splitlines()[0] if str(error) else "it is nested too deeply"
        raise Invalid("invalid_value", f"This is no path of JSONPath, as in $.alert.name: {why}", pointer) from error


@lru_cache(maxsize=512)
def _compiled(path: str) -> Any:
    """The path, ready to find; `labels.id` is the same as `$.labels.id`."""
    return jsonpath.compile(path if path.startswith("$") else f"$.{path}")


def found(document: Any, path: str) -> str:
    """The first that the path finds, as text; nothing if it finds nothing."""
    match = _compiled(path).match(document)
    return as_text(match.obj).strip() if match is not None else ""


def mapped(options: Mapping[str, Any], document: Mapping[str, Any]) -> Mapped:
    """What the paths of a source find in what was sent. What no path is given for stands where the hub's own words
    have it.
    """
    said: dict[str, str] = {}
    problems: dict[str, str] = {}
    for name, usual in {**{path: path.removesuffix("_path") for path in PATHS}, KEY_PATH: "deduplication_key"}.items():
        path = str(options.get(name) or "")
        said[usual] = found(document, path or usual)
        if path and not said[usual]:
            problems[name] = f"{path} finds nothing"
    if len(said["deduplication_key"]) > LONGEST_KEY:
        problems[KEY_PATH] = f"It finds more than {LONGEST_KEY} characters"
    over = [value.casefold() for value in options.get(RESOLVED_VALUES) or USUAL_RESOLVED]
    said["status"] = AlertStatus.RESOLVED if said["status"].casefold() in over else AlertStatus.FIRING
    return Mapped(**said, problems=problems)
