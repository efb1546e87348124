"""What references, operations and literals mean, and stored bindings told in those words.

A `Vocabulary` knows a place: which references there are and of what type. This one knows expressions and what
operations do to types; a place that knows more is a subclass (workflows, templates of alerts).
"""

import re
from collections.abc import Iterable, Mapping
from copy import copy
from dataclasses import dataclass, replace
from typing import Any, Self

Stored = Mapping[str, Any]
STRING, NUMBER = "String", "Number"
ARROW = " → "
_EXPRESSION = re.compile(r'expressions\["([^"\]]+)"\](?:\.(.+))?', re.DOTALL)
_SEGMENT = re.compile(r'[^.\["]+(?:\["[^"]*"\])?')


@dataclass(frozen=True)
class Meaning:
    """How people call something, its type, whether it is many, and whether it is known at all."""

    label: str
    type: str = STRING
    array: bool = False
    known: bool = True

    @property
    def returns(self) -> dict[str, Any]:
        return {"type": self.type, "array": self.array}


# What an expression starts at that looks at several things: `.` is all there is to refer to.
EVERYTHING = Meaning("Everything", "")


def unknown(reference: str) -> Meaning:
    """What nobody knows is called what it says."""
    return Meaning(reference, known=False)


def expression_named(reference: str) -> tuple[str, str] | None:
    """The expression `reference` names and the part of it, as in `expressions["owner"].name`; None if it names none."""
    match = _EXPRESSION.fullmatch(reference)
    return (match[1], match[2] or "") if match else None


class Vocabulary:
    """What can be said in one place. Subclasses know its references (`look_up`), parts (`part_of`) and words."""

    def __init__(self, expressions: Iterable[Stored] = (), given: Mapping[str, Meaning] | None = None) -> None:
        self.expressions = {expression["reference"]: expression for expression in expressions}
        self.given = {".": EVERYTHING} | dict(given or {})
        self._open: set[str] = set()
        self._returned: dict[str, Meaning] = {}

    def look_up(self, reference: str) -> Meaning:
        """What `reference` means here, where it is neither an expression nor `given`."""
        return unknown(reference)

    def part_of(self, whole: Meaning, segment: str) -> Meaning:
        """The part of something that one segment of a reference names, as in `severity` or `role["ID"]`."""
        return unknown(segment)

    def operation_label(self, subject: Meaning, operation: str) -> str:
        """What asking `operation` of `subject` is called."""
        return operation.replace("_", " ")

    def literal_label(self, type: str, literal: str) -> str:
        """What people call the literal of a type: a severity's name for its id."""
        return literal

    def meaning(self, reference: str) -> Meaning:
        """What `reference` means here."""
        named = expression_named(reference)
        meaning = self._expression(*named) if named is not None else self._given(reference)
        return meaning if meaning.known else unknown(reference)

    def with_one_of(self, name: str, many: Meaning) -> Self:
        """This vocabulary where `name` is one of many: `input` in a filter, `loop_variable` in a loop."""
        inside = copy(self)
        inside.given = self.given | {name: replace(many, array=False)}
        return inside

    def after(self, before: Meaning, operation: Stored) -> Meaning:
        """What comes out of an operation of an expression on `before`."""
        kind = operation["operation_type"]
        match kind:
            case "navigate":
                return self._part(before, operation[kind]["reference"])
            case "parse" | "branches" | "cast":
                return Meaning(before.label, operation[kind]["returns"]["type"], operation[kind]["returns"]["array"])
            case "count" | "sum":
                return Meaning(before.label, NUMBER)
            case "concatenate":
                return replace(before, array=True)
            case "min" | "max" | "random" | "first":
                return replace(before, array=False)
            case _:
                return before

    def returned_by(self, expression: Stored) -> Meaning:
        """What comes out of the whole expression, called by its label."""
        meaning = self.meaning(expression["root_reference"])
        for operation in expression["operations"]:
            meaning = self.after(meaning, operation)
        return replace(meaning, label=expression["label"])

    def _given(self, reference: str) -> Meaning:
        for name, meaning in self.given.items():
            if reference == name:
                return meaning
            if reference.startswith(f"{name}."):
                return self._part(meaning, reference.removeprefix(f"{name}."))
        return self.look_up(reference)

    def _expression(self, name: str, part: str) -> Meaning:
        expression = self.expressions.get(name)
        if expression is None or name in self._open:  # one that refers to itself means nothing
            return unknown(name)
        if name not in self._returned:
            self._open.add(name)
            self._returned[name] = self.returned_by(expression)
            self._open.discard(name)
        whole = self._returned[name]
        return self._part(whole, part) if part else whole

    def _part(self, whole: Meaning, reference: str) -> Meaning:
        segments = _SEGMENT.findall(reference)
        if not segments or ".".join(segments) != reference:
            return unknown(reference)
        for segment in segments:
            part = self.part_of(whole, segment)
            if not part.known:
                return unknown(reference)
            whole = replace(part, label=f"{whole.label}{ARROW}{part.label}", array=part.array or whole.array)
        return whole


def value_v2(value: Stored, words: Vocabulary, type: str = "") -> dict[str, Any]:
    """A value with its label; `type` is what is expected where it stands."""
    label = ""
    if "reference" in value:
        label = words.meaning(value["reference"]).label
    elif "literal" in value:
        label = words.literal_label(type, value["literal"])
    return {**value, "label": label}


def binding_v2(binding: Stored, words: Vocabulary, type: str = "") -> dict[str, Any]:
    """A binding with labels; `type` is what its parameter takes."""
    wire: dict[str, Any] = {}
    if "value" in binding:
        wire["value"] = value_v2(binding["value"], words, type)
    if "array_value" in binding:
        wire["array_value"] = [value_v2(value, words, type) for value in binding["array_value"]]
    return wire


def condition_v2(condition: Stored, words: Vocabulary) -> dict[str, Any]:
    """A condition with labels."""
    subject = words.meaning(condition["subject"])
    operation = condition["operation"]
    return {
        "subject": {"reference": condition["subject"], "label": subject.label},
        "operation": {"value": operation, "label": words.operation_label(subject, operation)},
        "param_bindings": [binding_v2(binding, words, subject.type) for binding in condition["param_bindings"]],
    }


def condition_groups_v2(groups: Iterable[Stored], words: Vocabulary) -> list[dict[str, Any]]:
    """Groups of conditions with labels."""
    return [{"conditions": [condition_v2(condition, words) for condition in group["conditions"]]} for group in groups]


def expression_v2(expression: Stored, words: Vocabulary) -> dict[str, Any]:
    """An expression with labels, and what comes out of each operation and of all."""
    meaning, operations = words.meaning(expression["root_reference"]), []
    for operation in expression["operations"]:
        before, meaning = meaning, words.after(meaning, operation)
        operations.append(_operation_v2(operation, words, before, meaning))
    wire = {
        "label": expression["label"],
        "reference": expression["reference"],
        "root_reference": expression["root_reference"],
        "operations": operations,
        "returns": meaning.returns,
    }
    if "else_branch" in expression:
        wire["else_branch"] = {"result": binding_v2(expression["else_branch"]["result"], words, meaning.type)}
    return wire


def _operation_v2(operation: Stored, words: Vocabulary, before: Meaning, after: Meaning) -> dict[str, Any]:
    kind = operation["operation_type"]
    wire: dict[str, Any] = {"operation_type": kind, "returns": after.returns}
    options: Any = operation.get(kind)
    match kind:
        case "navigate":
            label = after.label.removeprefix(f"{before.label}{ARROW}")
            wire[kind] = {"reference": options["reference"], "reference_label": label}
        case "concatenate":
            label = words.meaning(options["reference"]).label
            wire[kind] = {"reference": options["reference"], "reference_label": label}
        case "filter":
            groups = condition_groups_v2(options["condition_groups"], words.with_one_of("input", before))
            wire[kind] = {"condition_groups": groups}
        case "parse" | "cast":
            wire[kind] = options
        case "branches":
            branches = [
                {
                    "condition_groups": condition_groups_v2(branch["condition_groups"], words),
                    "result": binding_v2(branch["result"], words, after.type),
                }
                for branch in options["branches"]
            ]
            wire[kind] = {"branches": branches, "returns": options["returns"]}
    return wire
