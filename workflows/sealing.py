"""Secrets in what steps are told: hidden where they stood in the definition, and kept apart from it, encrypted.

A definition says `[secret]` for what a parameter hides (`Param.hide`). What stood there is among the `secrets` of the
version: JSON, by the parameter's place and its step's id. They are opened by the step that is told them, and for keys
that may write the workflow. `[secret]` sent back means what is kept there.
"""

import json
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from incidentio.core.crypto import UndecryptableSecret
from incidentio.core.encrypted import still_sealed
from incidentio.core.errors import Invalid, Problem
from incidentio.core.vocabulary import Stored
from workflows.checking import placed
from workflows.models import Workflow, WorkflowVersion
from workflows.registry import STEPS
from workflows.steps.redacting import SECRET

UNKNOWN = f"{SECRET} stands for a secret that is kept here, and there is none, or none that can be told: enter it again"
Secrets = dict[str, list[str]]


@dataclass(frozen=True)
class Sealed:
    """A definition without its secrets, and those as a version keeps them."""

    definition: dict[str, Any]
    secrets: str


@dataclass(frozen=True)
class _Slot:
    """A parameter that hides secrets: what it is called among `Secrets`, and its literals, each with its pointer."""

    name: str
    hide: Callable[[str], str]
    values: list[tuple[str, dict[str, Any]]]

    def hidden(self) -> list[tuple[str, str]]:
        """Its literals that are hidden already, each with its pointer."""
        said = [(pointer, value["literal"]) for pointer, value in self.values]
        return [(pointer, text) for pointer, text in said if SECRET in text and self.hide(text) == text]


def seal(definition: Stored, before: WorkflowVersion | None) -> Sealed:
    """What a definition is stored as, where `before` is the version it replaces. What is hidden in it is what `before`
    keeps; if nothing else is, that is handed on unopened.

    Raises:
        Invalid: on what is hidden, and is not known.
    """
    shown, said = parted(definition)
    kept = still_sealed(before, "secrets") if before is not None else ""
    if not said and _hidden(shown) == _hidden(before.definition if before is not None else {}):
        return Sealed(shown, kept)
    known = _known(before)
    whole = with_secrets(definition, known or {})
    lost = [Problem("invalid_value", UNKNOWN, pointer) for slot in _slots(whole) for pointer, _ in slot.hidden()]
    if lost:
        raise Invalid.many(lost)
    shown, secrets = parted(whole)
    return Sealed(shown, kept if secrets == known else _text(secrets))


def parted(definition: Stored) -> tuple[dict[str, Any], Secrets]:
    """A definition with all it hides hidden, and what stood there."""
    shown, secrets = _copied(definition), Secrets()
    for slot in _slots(shown):
        for _, value in slot.values:
            literal = value["literal"]
            value["literal"] = slot.hide(literal)
            if value["literal"] != literal:
                secrets.setdefault(slot.name, []).append(literal)
    return shown, secrets


def with_secrets(definition: Stored, secrets: Secrets) -> dict[str, Any]:
    """A definition with these secrets where they are hidden. Of those that look alike, all or none are."""
    whole = _copied(definition)
    for slot in _slots(whole):
        alike = defaultdict[str, list[str]](list)
        for secret in secrets.get(slot.name, []):
            alike[slot.hide(secret)].append(secret)
        said = [value["literal"] for _, value in slot.values]
        meant = {text: iter(ones) for text, ones in alike.items() if len(ones) == said.count(text)}
        for _, value in slot.values:
            value["literal"] = next(meant.get(value["literal"], iter(())), value["literal"])
    return whole


def secrets_of(version: WorkflowVersion) -> Secrets:
    """What the definition of a version hides.

    Raises:
        UndecryptableSecret: no key opens it.
    """
    secrets: Secrets = json.loads(version.secrets or "{}")
    return secrets


def opened(workflow: Workflow) -> dict[str, Any]:
    """The definition of a workflow with its secrets; they stay hidden where no key opens them."""
    if not hides(workflow.definition):
        return workflow.definition
    return with_secrets(workflow.definition, _known(latest_version(workflow)) or {})


def hides(definition: Stored) -> bool:
    """Whether anything is hidden in a definition."""
    return bool(_hidden(definition))


def latest_version(workflow: Workflow) -> WorkflowVersion | None:
    """The version of a workflow that it is in now."""
    return workflow.versions.filter(number=workflow.version).first()


def _known(version: WorkflowVersion | None) -> Secrets | None:
    """What a version keeps; None if no key opens it."""
    try:
        return secrets_of(version) if version is not None else {}
    except UndecryptableSecret:
        return None


def _text(secrets: Secrets) -> str:
    return json.dumps(secrets) if secrets else ""


def _hidden(definition: Stored) -> dict[str, list[str]]:
    """What is hidden in a definition, by slot, as it is shown."""
    found = {slot.name: sorted(text for _, text in slot.hidden()) for slot in _slots(definition)}
    return {name: texts for name, texts in found.items() if texts}


def _copied(definition: Stored) -> dict[str, Any]:
    """A definition whose literals can be written on."""
    steps = [
        {**step, "param_bindings": [_copied_binding(one) for one in step["param_bindings"]]}
        for step in definition["steps"]
    ]
    return {**definition, "steps": steps}


def _copied_binding(binding: Stored) -> dict[str, Any]:
    copy = dict(binding)
    if "value" in copy:
        copy["value"] = dict(copy["value"])
    if "array_value" in copy:
        copy["array_value"] = [dict(value) for value in copy["array_value"]]
    return copy


def _slots(definition: Stored) -> Iterator[_Slot]:
    for index, step in enumerate(definition.get("steps", [])):
        known = STEPS.get(step["name"])
        for place, (binding, param) in enumerate(
            zip(step["param_bindings"], known.params if known is not None else (), strict=False)
        ):
            if param.hide is not None:
                values = _literals(binding, f"steps.{index}.param_bindings.{place}")
                yield _Slot(f"{place}.{step['id']}", param.hide, values)


def _literals(binding: Stored, pointer: str) -> list[tuple[str, dict[str, Any]]]:
    """The literals of a binding that say something, each with its pointer."""
    values: Iterable[tuple[str, Any]] = placed(binding, pointer)
    return [(f"{place}.literal", value) for place, value in values if value.get("literal")]
