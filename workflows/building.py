"""Conditions and steps as controls of a form, and what is said by what comes back from it.

Names of controls are the wire's pointers, so that what is refused finds its control. Every condition and step travels
with what it was, as JSON: what nobody touched comes back as it was written, byte for byte, and so does what controls
cannot say (rich text, mixed references, unknown names), which is shown and kept.
"""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

from django.core.exceptions import SuspiciousOperation
from django.utils.datastructures import MultiValueDict
from django.utils.dateparse import parse_datetime
from django.utils.timezone import get_current_timezone, is_naive

from incidentio.core.times import rfc3339
from incidentio.core.vocabulary import NUMBER, Stored
from integrations.base import Param
from integrations.types import ACTION, CREATOR, FOLLOW_UP, INCIDENT, TEMPLATED_TEXT, TEXT, TIMESTAMP, WORDS
from workflows.documents import document_in
from workflows.offering import FEW, Offering, new_condition, new_step, questions
from workflows.operations import Takes, operations_of

LITERAL, REFERENCE, KEPT = "literal", "reference", "kept"
GROUPS, CONDITIONS, STEPS, BINDINGS = "condition_groups", "conditions", "steps", "param_bindings"
Posted = MultiValueDict[str, str]


class Kind(StrEnum):
    """How a literal is given."""

    REFER = "refer"  # not at all: only by reference
    CHOOSE = "choose"
    PICK = "pick"
    TEXT = "text"
    LONG = "long"
    LINES = "lines"
    NUMBER = "number"
    MOMENT = "moment"


CHOSEN = (Kind.CHOOSE, Kind.PICK)


@dataclass(frozen=True)
class Shown:
    """What a binding says, as far as controls can."""

    mode: str
    literals: list[str] = field(default_factory=list)
    reference: str = ""


def kind_of(offering: Offering, param: Param, literals: Sequence[str] = ()) -> Kind:
    """By which control literals of a parameter are given."""
    if param.type in (INCIDENT, CREATOR, ACTION, FOLLOW_UP):
        return Kind.REFER
    choices = offering.choices(param.type)
    if choices is not None:
        few = not param.array and not choices.more and len(choices.rows) <= FEW
        return Kind.CHOOSE if few else Kind.PICK
    if param.array:
        return Kind.LINES
    if param.type in (TEXT, TEMPLATED_TEXT) or any("\n" in literal or "\r" in literal for literal in literals):
        return Kind.LONG
    return {NUMBER: Kind.NUMBER, TIMESTAMP: Kind.MOMENT}.get(param.type, Kind.TEXT)


def shown(offering: Offering, param: Param, binding: Stored) -> Shown:
    """What controls show of a binding."""
    if not binding:
        return Shown(REFERENCE if kind_of(offering, param) is Kind.REFER else LITERAL)
    values = _values(binding)
    literals = [value["literal"] for value in values if value.keys() == {"literal"}]
    references = [value["reference"] for value in values if value.keys() == {"reference"}]
    if not all(isinstance(one, str) for one in (*literals, *references)):
        return Shown(KEPT)
    if len(literals) == len(values) and _can_show(offering, param, literals):
        return Shown(LITERAL, literals)
    return Shown(REFERENCE, [], references[0]) if len(references) == len(values) == 1 else Shown(KEPT)


def _values(binding: Stored) -> list[Stored]:
    """The values of a binding; one that says nothing, if it is none of those there are."""
    nothing: list[Stored] = [{}]
    if binding.keys() == {"value"} and isinstance(binding["value"], dict):
        return [binding["value"]]
    many = binding.get("array_value")
    if binding.keys() == {"array_value"} and isinstance(many, list):
        return many if all(isinstance(value, dict) for value in many) else nothing
    return nothing


def _can_show(offering: Offering, param: Param, literals: list[str]) -> bool:
    kind = kind_of(offering, param, literals)
    if kind is Kind.REFER or (len(literals) > 1 and not param.array):
        return False
    if kind is Kind.LINES:
        return all(literal and not set("\r\n") & set(literal) for literal in literals) and not _any_rich(literals)
    if kind is Kind.MOMENT:
        return all(_moment(literal) for literal in literals)
    return param.type not in WORDS or not _any_rich(literals)


def _any_rich(literals: Iterable[str]) -> bool:
    return any(document_in(literal) is not None for literal in literals)


# ---- what comes back


@dataclass
class Draft:
    """The groups of conditions and the steps somebody is at work on; `fresh` is the place they just made or moved."""

    groups: list[dict[str, Any]]
    steps: list[dict[str, Any]]
    fresh: str = ""

    def do(self, what: str, chosen: str = "") -> None:
        """Add, remove or move a piece, as in `condition.remove 0 1`; `chosen` is the step to add."""
        name, *numbers = what.split() or [""]
        if not all(number.isdecimal() for number in numbers):
            return
        match name, [int(number) for number in numbers]:
            case "group.add", []:
                self.groups.append({CONDITIONS: [new_condition()]})
                self.fresh = f"{GROUPS}.{len(self.groups) - 1}.{CONDITIONS}.0"
            case "group.remove", [place] if place < len(self.groups):
                del self.groups[place]
                self.fresh = GROUPS
            case "condition.add", [place] if place < len(self.groups):
                conditions = self.groups[place][CONDITIONS]
                conditions.append(new_condition())
                self.fresh = f"{GROUPS}.{place}.{CONDITIONS}.{len(conditions) - 1}"
            case "condition.remove", [place, number] if place < len(self.groups):
                self._remove_condition(place, number)
            case (("step.add" | "step.remove" | "step.up" | "step.down"), places):
                self._change_steps(name, places, chosen)

    def _remove_condition(self, place: int, number: int) -> None:
        conditions = self.groups[place][CONDITIONS]
        del conditions[number : number + 1]
        self.fresh = f"{GROUPS}.{place}" if conditions else GROUPS
        if not conditions:
            del self.groups[place]

    def _change_steps(self, name: str, places: list[int], chosen: str) -> None:
        if name == "step.add":
            if chosen:
                self.steps.append(new_step(chosen))
                self.fresh = f"{STEPS}.{len(self.steps) - 1}"
            return
        place = places[0] if places and places[0] < len(self.steps) else None
        if place is None:
            return
        step = self.steps.pop(place)
        self.fresh = STEPS
        if name != "step.remove":
            to = max(0, place - 1 if name == "step.up" else place + 1)
            self.steps.insert(to, step)
            self.fresh = f"{STEPS}.{min(to, len(self.steps) - 1)}"


def read(offering: Offering, data: Posted) -> Draft:
    """What a form that was sent says."""
    groups: list[dict[str, Any]] = []
    while f"{GROUPS}.{len(groups)}.here" in data:
        place, conditions = f"{GROUPS}.{len(groups)}.{CONDITIONS}", list[dict[str, Any]]()
        while f"{place}.{len(conditions)}.was" in data:
            conditions.append(_read_condition(offering, data, f"{place}.{len(conditions)}"))
        groups.append({CONDITIONS: conditions})
    steps: list[dict[str, Any]] = []
    while f"{STEPS}.{len(steps)}.was" in data:
        steps.append(_read_step(offering, data, f"{STEPS}.{len(steps)}"))
    return Draft(groups, steps)


def _was(data: Posted, place: str, *names: str) -> dict[str, Any]:
    """A piece as it was when the form was shown."""
    try:
        was = json.loads(data.get(f"{place}.was") or "")
    except (ValueError, RecursionError) as error:
        raise SuspiciousOperation("A piece of a workflow is no JSON") from error
    whole = isinstance(was, dict) and all(isinstance(was.get(name), str) for name in names)
    bindings = was.get(BINDINGS) if whole else None
    if not isinstance(bindings, list) or not all(isinstance(binding, dict) for binding in bindings):
        raise SuspiciousOperation("A piece of a workflow is none")
    return dict(was)


def asked_with(offering: Offering, subject: str, operation: str) -> Param | None:
    """What a condition is compared with; None where it is with nothing."""
    meaning = offering.words.meaning(subject)
    known = (operations_of(meaning) or {}).get(operation) if meaning.known else None
    if known is None or known.takes is Takes.NOTHING:
        return None
    return Param("", meaning.label, meaning.type, array=known.takes is Takes.MANY)


def _read_condition(offering: Offering, data: Posted, place: str) -> dict[str, Any]:
    was = _was(data, place, "subject", "operation")
    subject, operation = data.get(f"{place}.subject"), data.get(f"{place}.operation", "")
    if subject is None:
        return was
    before = asked_with(offering, was["subject"], was["operation"])
    binding = (was[BINDINGS] or [{}])[0]
    said = read_binding(offering, data, f"{place}.{BINDINGS}.0", before, binding) if before is not None else binding
    if (subject, operation) == (was["subject"], was["operation"]):
        return was if said == binding else was | {BINDINGS: [said]}
    offered = [one.name for one in questions(offering.words.meaning(subject), operation)]
    if operation not in offered:
        operation = next(iter(offered), "")
    now = asked_with(offering, subject, operation)
    bindings = [_carried(said, before, now)] if now is not None else []
    return {"subject": subject, "operation": operation, BINDINGS: bindings}


def _carried(binding: dict[str, Any], before: Param | None, now: Param) -> dict[str, Any]:
    """What was said, where something else is asked about the same: one value becomes a list of one and back."""
    values = _values(binding)
    if before is None or before.type != now.type or not values or not values[0]:
        return {}
    return _bound(now, values)


def _bound(param: Param, values: list[Stored]) -> dict[str, Any]:
    return {"array_value": values} if param.array else {"value": values[0]}


def read_binding(offering: Offering, data: Posted, place: str, param: Param, was: dict[str, Any]) -> dict[str, Any]:
    """What the controls of one parameter say; untouched, what `was`."""
    mode, before = data.get(f"{place}.mode", KEPT), shown(offering, param, was)
    if mode == REFERENCE:
        reference = data.get(f"{place}.reference", "")
        if before.mode == REFERENCE and reference == before.reference:
            return was
        return _bound(param, [{"reference": reference}]) if reference else {}
    if mode != LITERAL:
        return was
    kind = kind_of(offering, param, before.literals)
    posted = _without_blanks(data.getlist(f"{place}.values"))
    if before.mode == LITERAL and _same(kind, posted, as_posted(kind, before.literals)):
        return was
    literals = _literals(kind, posted)
    return _bound(param, [{"literal": literal} for literal in literals]) if literals else {}


def _same(kind: Kind, posted: list[str], before: list[str]) -> bool:
    return set(posted) == set(_without_blanks(before)) if kind in CHOSEN else posted == before


def _without_blanks(posted: Iterable[str]) -> list[str]:
    """Browsers end lines in two characters."""
    texts = [text.replace("\r\n", "\n").replace("\r", "\n") for text in posted]
    return [text for text in texts if text]


def as_posted(kind: Kind, literals: Iterable[str]) -> list[str]:
    """What a control shows of literals, and sends when nobody touches it."""
    if kind is Kind.LINES:
        return _without_blanks(["\n".join(literals)])
    if kind is Kind.MOMENT:
        return [_moment(literal) for literal in literals]
    return [literal for literal in literals if literal] if kind in CHOSEN else _without_blanks(literals)


def _literals(kind: Kind, posted: Iterable[str]) -> list[str]:
    if kind is Kind.LINES:
        return [line.strip() for text in posted for line in text.split("\n") if line.strip()]
    return [_instant(text) for text in posted] if kind is Kind.MOMENT else list(posted)


def _moment(literal: str) -> str:
    """An instant as a browser's control for local times has it; blank if it is none."""
    try:
        instant = parse_datetime(literal)
    except ValueError:
        return ""
    if instant is None:
        return ""
    local = instant if is_naive(instant) else instant.astimezone(get_current_timezone())
    return local.strftime("%Y-%m-%dT%H:%M:%S" if local.second else "%Y-%m-%dT%H:%M")


def _instant(text: str) -> str:
    """The other way; what is no time is left to be refused."""
    try:
        local = datetime.fromisoformat(text)
    except ValueError:
        return text
    return rfc3339(local.replace(tzinfo=get_current_timezone()).astimezone(UTC))


def _read_step(offering: Offering, data: Posted, place: str) -> dict[str, Any]:
    was = _was(data, place, "id", "name")
    step, bindings = dict(was), list(was[BINDINGS])
    over = was.get("for_each") or ""
    inside = offering.inside(over) if over else offering
    params = inside.params(was)
    for index, param in enumerate(params):
        before = bindings[index] if index < len(bindings) else {}
        said = read_binding(inside, data, f"{place}.{BINDINGS}.{index}", param, before)
        if said != before:
            bindings += [{}] * (index + 1 - len(bindings))
            bindings[index] = said
    step[BINDINGS] = bindings
    for index, (param, now) in enumerate(zip(params, inside.params(step), strict=True)):
        if param.type != now.type and index < len(bindings):
            bindings[index] = {}
    for_each = data.get(f"{place}.for_each", over)
    if for_each != over:
        step["for_each"] = for_each
    return step if step.get("for_each") or "for_each" in was else {k: v for k, v in step.items() if k != "for_each"}
