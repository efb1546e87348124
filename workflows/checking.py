"""Whether a workflow says what can be done (API behaviour, section 9.2).

Of names this version knows, what their type does not allow is refused, with the place and the reason. Names it does not
know are kept: the workflow is in error, and never runs.
"""

from collections.abc import Callable, Iterable, Iterator
from functools import partial
from typing import Any

from incidentio.core.errors import Invalid, Problem
from incidentio.core.vocabulary import Meaning, Stored, expression_named
from integrations.base import Param
from integrations.types import WORDS
from workflows.comparing import PATTERNS, pattern_refusal
from workflows.expressions import named_in
from workflows.operations import Operation, Takes, operation_label, operations_of
from workflows.registry import STEPS
from workflows.templates import literal_refusal
from workflows.triggers import TRIGGERS
from workflows.world import WorkflowWords, World

ANYTHING = Param("", "", "")


def check(world: World, trigger: str, definition: Stored) -> list[str]:
    """The names in a workflow that nobody here knows; without any, it can run.

    Raises:
        Invalid: all it says that its types do not allow, each with its place.
    """
    checking = _Checking(world, trigger, definition)
    checking.whole(trigger, definition)
    if checking.problems:
        raise Invalid.many(checking.problems)
    return checking.unknown


class _Checking:
    """One workflow being checked: what is wrong, and what is unknown."""

    def __init__(self, world: World, trigger: str, definition: Stored) -> None:
        self.world = world
        self.words = WorkflowWords(world, trigger, definition)
        self.problems: list[Problem] = []
        self.unknown: list[str] = []

    def refuse(self, pointer: str, message: str, code: str = "invalid_value") -> None:
        self.problems.append(Problem(code, message, pointer))

    def whole(self, trigger: str, definition: Stored) -> None:
        if trigger not in TRIGGERS:
            self.unknown.append(trigger)
        fields, steps, expressions = definition.get("form_fields", []), definition["steps"], definition["expressions"]
        self.once_each("form_fields", "key", fields)
        self.once_each("steps", "id", steps)
        self.once_each("expressions", "reference", expressions)
        for index, reference in enumerate(definition["once_for"]):
            self.meaning(reference, f"once_for.{index}", self.words)
        self.groups(definition["condition_groups"], "condition_groups", self.words)
        for index, expression in enumerate(expressions):
            self.expression(expression, f"expressions.{index}")
        for name, index in _circular(expressions):
            self.refuse(f"expressions.{index}", f"The expression {name!r} refers to itself, by way of others or not")
        for index, step in enumerate(steps):
            self.step(step, f"steps.{index}")

    def once_each(self, what: str, name: str, items: Iterable[Stored]) -> None:
        seen: set[str] = set()
        for index, item in enumerate(items):
            if item[name] in seen:
                self.refuse(f"{what}.{index}.{name}", f"There is another one with the {name} {item[name]!r}")
            seen.add(item[name])

    def meaning(self, reference: str, pointer: str, words: WorkflowWords) -> Meaning:
        named = expression_named(reference)
        if named is not None and named[0] not in words.expressions:
            self.refuse(pointer, f"There is no expression with the reference {named[0]!r}", "not_found")
        meaning = words.meaning(reference)
        if not meaning.known:
            self.unknown.append(reference)
        return meaning

    def groups(self, groups: Iterable[Stored], pointer: str, words: WorkflowWords) -> None:
        for index, group in enumerate(groups):
            for number, condition in enumerate(group["conditions"]):
                self.condition(condition, f"{pointer}.{index}.conditions.{number}", words)

    def condition(self, condition: Stored, pointer: str, words: WorkflowWords) -> None:
        subject = self.meaning(condition["subject"], f"{pointer}.subject", words)
        offered, param = operations_of(subject) if subject.known else None, ANYTHING
        if offered is not None:
            operation = offered.get(condition["operation"])
            if operation is None:
                asked = operation_label(subject, condition["operation"])
                others = ", ".join(f"“{one.label}” ({one.name})" for one in offered.values())
                message = f"{subject.label} cannot be asked “{asked}”; there are: {others}"
                self.refuse(f"{pointer}.operation", message)
                return
            if not self.takes(operation, condition["param_bindings"], pointer):
                return
            param = Param("", subject.label, subject.type, array=operation.takes is Takes.MANY)
        for index, binding in enumerate(condition["param_bindings"]):
            place = f"{pointer}.param_bindings.{index}"
            self.binding(binding, place, words, param)
            if condition["operation"] in PATTERNS and param is not ANYTHING:
                self.literals(binding, place, pattern_refusal)

    def literals(self, binding: Stored, pointer: str, refusal_of: Callable[[str], str | None]) -> None:
        """Refuse the literals of a binding that `refusal_of` has something against."""
        for place, value in placed(binding, pointer):
            refusal = refusal_of(value.get("literal", ""))
            if refusal is not None:
                self.refuse(f"{place}.literal", refusal)

    def takes(self, operation: Operation, bindings: list[Any], pointer: str) -> bool:
        given, asked = sum(1 for binding in bindings if binding), f"“{operation.label}”"
        wanted = 0 if operation.takes is Takes.NOTHING else 1
        if given > wanted:
            self.refuse(f"{pointer}.param_bindings", f"{asked} takes {wanted or 'no'} binding")
        elif given < wanted:
            self.refuse(f"{pointer}.param_bindings", f"{asked} needs a value to compare with", "is_required")
        return given == wanted

    def binding(self, binding: Stored, pointer: str, words: WorkflowWords, param: Param) -> None:
        if "value" in binding:
            self.value(binding["value"], f"{pointer}.value", words, param)
        if "array_value" in binding and not param.array and param is not ANYTHING:
            self.refuse(f"{pointer}.array_value", f"{param.label} takes one value, not many")
            return
        for index, value in enumerate(binding.get("array_value", [])):
            self.value(value, f"{pointer}.array_value.{index}", words, param)

    def value(self, value: Stored, pointer: str, words: WorkflowWords, param: Param) -> None:
        if "reference" in value:
            meaning = self.meaning(value["reference"], f"{pointer}.reference", words)
            if meaning.known and not _fits(param.type, meaning):
                self.refuse(f"{pointer}.reference", f"{meaning.label} is no {param.type}")
        elif "literal" in value:
            refusal = self.world.refusal(param.type, value["literal"])
            if refusal is not None:
                self.refuse(f"{pointer}.literal", refusal)

    def expression(self, expression: Stored, pointer: str) -> None:
        meaning = self.meaning(expression["root_reference"], f"{pointer}.root_reference", self.words)
        for index, operation in enumerate(expression["operations"]):
            before, meaning = meaning, self.words.after(meaning, operation)
            self.operation(operation, f"{pointer}.operations.{index}", before, meaning)
        if "else_branch" in expression:
            result = Param("", "The result", meaning.type, meaning.array)
            self.binding(expression["else_branch"]["result"], f"{pointer}.else_branch.result", self.words, result)

    def operation(self, operation: Stored, pointer: str, before: Meaning, after: Meaning) -> None:
        kind = operation["operation_type"]
        place = f"{pointer}.{kind}"
        match kind:
            case "navigate" if before.known and not after.known:
                self.unknown.append(operation[kind]["reference"])
            case "concatenate":
                self.meaning(operation[kind]["reference"], f"{place}.reference", self.words)
            case "filter":
                inside = self.words.with_one_of("input", before)
                self.groups(operation[kind]["condition_groups"], f"{place}.condition_groups", inside)
            case "branches":
                result = Param("", "The result", after.type, after.array)
                for index, branch in enumerate(operation[kind]["branches"]):
                    self.groups(branch["condition_groups"], f"{place}.branches.{index}.condition_groups", self.words)
                    self.binding(branch["result"], f"{place}.branches.{index}.result", self.words, result)

    def step(self, step: Stored, pointer: str) -> None:
        words = self.words
        if step.get("for_each"):
            over = self.meaning(step["for_each"], f"{pointer}.for_each", words)
            if over.known and not over.array:
                self.refuse(f"{pointer}.for_each", f"{over.label} is one, not many")
            words = words.with_one_of("loop_variable", over)
        known, bindings = STEPS.get(step["name"]), step["param_bindings"]
        params = known.params if known is not None else ()
        if known is None:
            self.unknown.append(step["name"])
        elif len(bindings) > len(params):
            labels = ", ".join(param.label for param in params)
            self.refuse(f"{pointer}.param_bindings", f"{known.label} takes {len(params)} parameters: {labels}")
        for index, binding in enumerate(bindings):
            param = params[index] if index < len(params) else ANYTHING
            place = f"{pointer}.param_bindings.{index}"
            self.binding(binding, place, words, param)
            self.literals(binding, place, partial(literal_refusal, param.type))


def _fits(type: str, meaning: Meaning) -> bool:
    """Whether something of this meaning may stand where `type` is expected: text may be anything, and of types that
    belong to other tools nobody here can tell.
    """
    ours = operations_of(Meaning("", type)) is not None and operations_of(meaning) is not None
    return type in WORDS or not ours or type == meaning.type


def _circular(expressions: Iterable[Stored]) -> Iterator[tuple[str, int]]:
    """The expressions that can never be worked out because they wait for themselves, with their places."""
    places = {expression["reference"]: index for index, expression in enumerate(expressions)}
    waiting = {expression["reference"]: set(named_in(expression)) & places.keys() for expression in expressions}
    while ready := [name for name, others in waiting.items() if not others & waiting.keys()]:
        for name in ready:
            del waiting[name]
    for name in waiting:
        yield name, places[name]


def placed(binding: Stored, pointer: str) -> Iterator[tuple[str, Stored]]:
    """The values of a binding, each with its place."""
    if "value" in binding:
        yield f"{pointer}.value", binding["value"]
    for index, value in enumerate(binding.get("array_value", [])):
        yield f"{pointer}.array_value.{index}", value
