"""What a page shows of the conditions and steps of a workflow: controls, choices, and what is wrong beside them."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from incidentio.core.errors import Problem
from incidentio.core.vocabulary import Stored, binding_v2, condition_v2
from integrations.base import Param
from integrations.types import TEMPLATED_TEXT, TEXT
from workflows.building import (
    BINDINGS,
    CONDITIONS,
    GROUPS,
    KEPT,
    LITERAL,
    STEPS,
    Draft,
    Kind,
    as_posted,
    asked_with,
    kind_of,
    shown,
)
from workflows.documents import DocumentFailed, document_in, text_of
from workflows.offering import Choices, Offering, Subject, questions
from workflows.operations import Operation, operations_of
from workflows.registry import STEPS as KNOWN_STEPS
from workflows.steps.redacting import SECRET

Groups = list[tuple[str, list[Subject]]]
AS_WRITTEN = "As it was written"


class Beside:
    """What is wrong, by place. What nobody shows beside something is said of the whole."""

    def __init__(self, problems: Iterable[Problem] = ()) -> None:
        self._left = [(problem.pointer or "", problem.message) for problem in problems]

    def at(self, place: str) -> list[str]:
        """What is wrong exactly there."""
        return self._take(lambda pointer: pointer == place)

    def within(self, place: str) -> list[str]:
        """What is wrong there and in its parts."""
        return self._take(lambda pointer: pointer == place or pointer.startswith(f"{place}."))

    def rest(self) -> list[str]:
        """What nobody has shown so far."""
        return list(dict.fromkeys(message for _, message in self._left))

    def _take(self, here: Any) -> list[str]:
        taken = [message for pointer, message in self._left if here(pointer)]
        self._left = [(pointer, message) for pointer, message in self._left if not here(pointer)]
        return list(dict.fromkeys(taken))


@dataclass(frozen=True)
class Control:
    """The control of one parameter: its literal, the reference it may be instead, and what it was if it is neither."""

    place: str
    param: Param
    kind: Kind
    mode: str
    posted: list[str]
    reference: str
    kept: str
    choices: Choices | None
    references: Groups
    insertable: Groups
    errors: list[str]

    @property
    def text(self) -> str:
        return self.posted[0] if self.posted else ""

    @property
    def id(self) -> str:
        return self.place.replace(".", "-")

    @property
    def hides(self) -> bool:
        """Whether secrets are kept that it does not show."""
        return self.param.hide is not None and SECRET in self.text

    @property
    def settled(self) -> bool:
        """Whether there is nothing to choose: it is the only thing it can be."""
        offered = [one.reference for _, rows in self.references for one in rows]
        return self.kind is Kind.REFER and not self.errors and offered == [self.reference]

    @property
    def modes(self) -> list[tuple[str, str]]:
        """The ways to give it, where there are several."""
        offered = [(LITERAL, "Value")] if self.kind is not Kind.REFER else []
        offered += [("reference", "From the incident")] if self.references else []
        return [(KEPT, AS_WRITTEN), *offered] if self.kept else offered


@dataclass(frozen=True)
class ConditionView:
    """A condition: what is asked of what, and compared with what; `kept` in words where controls cannot say it."""

    place: str
    was: str
    subject: str
    subjects: Groups
    operation: str
    operations: list[Operation]
    control: Control | None
    kept: str
    subject_errors: list[str]
    operation_errors: list[str]
    errors: list[str]
    fresh: bool

    @property
    def id(self) -> str:
        return self.place.replace(".", "-")


@dataclass(frozen=True)
class GroupView:
    """Conditions that must all hold."""

    place: str
    conditions: list[ConditionView]
    fresh: bool
    errors: list[str]


@dataclass(frozen=True)
class StepView:
    """A step, what it is told, and whether this hub can do it; `kept` are bindings nobody here knows the meaning of."""

    place: str
    was: str
    name: str
    label: str
    available: bool
    for_each: str
    many: Groups
    controls: list[Control]
    kept: list[str]
    for_each_errors: list[str]
    errors: list[str]
    fresh: bool

    @property
    def id(self) -> str:
        return self.place.replace(".", "-")


@dataclass(frozen=True)
class Board:
    """The conditions and steps of a workflow as a page shows them."""

    groups: list[GroupView]
    steps: list[StepView]
    fresh: str


def board(offering: Offering, draft: Draft, beside: Beside) -> Board:
    """A draft to be shown."""
    groups = [_group(offering, draft, beside, place) for place in range(len(draft.groups))]
    steps = [_step(offering, draft, beside, place) for place in range(len(draft.steps))]
    return Board(groups, steps, draft.fresh)


def _group(offering: Offering, draft: Draft, beside: Beside, number: int) -> GroupView:
    place = f"{GROUPS}.{number}"
    conditions = [
        _condition(offering, condition, beside, f"{place}.{CONDITIONS}.{index}", draft.fresh)
        for index, condition in enumerate(draft.groups[number][CONDITIONS])
    ]
    return GroupView(place, conditions, draft.fresh == place, beside.within(place))


def _condition(offering: Offering, condition: Stored, beside: Beside, place: str, fresh: str) -> ConditionView:
    subject, operation = condition["subject"], condition["operation"]
    kept = "" if _can_show(offering, condition) else _in_words(offering, condition)
    param = asked_with(offering, subject, operation) if not kept else None
    binding = (condition[BINDINGS] or [{}])[0]
    control = control_of(offering, param, binding, f"{place}.{BINDINGS}.0", beside) if param is not None else None
    if control is not None:
        control.errors.extend(beside.within(f"{place}.{BINDINGS}"))
    return ConditionView(
        place=place,
        was=json.dumps(condition),
        subject=subject,
        subjects=_with(offering, offering.askable, subject),
        operation=operation,
        operations=questions(offering.words.meaning(subject), operation) if subject else [],
        control=control,
        kept=kept,
        subject_errors=beside.within(f"{place}.subject"),
        operation_errors=beside.within(f"{place}.operation"),
        errors=beside.within(place),
        fresh=fresh == place,
    )


def _can_show(offering: Offering, condition: Stored) -> bool:
    """Whether controls can say a condition."""
    subject, bindings = condition["subject"], condition[BINDINGS]
    if not subject and not condition["operation"]:
        return True
    meaning = offering.words.meaning(subject)
    if not meaning.known or condition["operation"] not in (operations_of(meaning) or {}):
        return False
    wanted = 1 if asked_with(offering, subject, condition["operation"]) is not None else 0
    return not any(bindings[wanted:])


def _in_words(offering: Offering, condition: Stored) -> str:
    told = condition_v2(condition, offering.words)
    values = [_values_in_words(offering, Param("", "", ""), binding) for binding in condition[BINDINGS] if binding]
    return " ".join([told["subject"]["label"], told["operation"]["label"], *values])


def _with(offering: Offering, groups: Groups, reference: str) -> Groups:
    """`groups`, with what was chosen before even where it is not among them."""
    if not reference or any(one.reference == reference for _, rows in groups for one in rows):
        return groups
    meaning = offering.words.meaning(reference)
    return [(AS_WRITTEN, [Subject(reference, meaning, AS_WRITTEN)]), *groups]


def control_of(offering: Offering, param: Param, binding: Stored, place: str, beside: Beside) -> Control:
    """The control of one parameter."""
    said = shown(offering, param, binding)
    kind = kind_of(offering, param, said.literals)
    texts = param.type in (TEXT, TEMPLATED_TEXT) and place.startswith(STEPS)
    return Control(
        place=place,
        param=param,
        kind=kind,
        mode=said.mode,
        posted=as_posted(kind, said.literals),
        reference=said.reference,
        kept=_values_in_words(offering, param, binding) if said.mode == KEPT else "",
        choices=offering.choices(param.type, said.literals),
        references=_with(offering, offering.fitting(param), said.reference),
        insertable=offering.insertable if texts else [],
        errors=beside.within(place),
    )


def _values_in_words(offering: Offering, param: Param, binding: Stored) -> str:
    try:
        told = binding_v2(binding, offering.words, param.type)
    except (AttributeError, KeyError, TypeError):  # nothing a verb would take
        return json.dumps(binding)
    values = [told["value"]] if "value" in told else []
    values += told.get("array_value", [])
    return ", ".join(_literal_in_words(offering, value["label"]) for value in values) or json.dumps(binding)


def _literal_in_words(offering: Offering, literal: str) -> str:
    """A literal as people read it: rich text as text, with what it refers to by its label."""
    document = document_in(literal)
    if document is None:
        return literal
    try:
        return text_of(document, lambda name: f"{{{{ {offering.words.meaning(name).label} }}}}", str)
    except DocumentFailed:
        return literal


def _step(offering: Offering, draft: Draft, beside: Beside, number: int) -> StepView:
    step, place = draft.steps[number], f"{STEPS}.{number}"
    known, over = KNOWN_STEPS.get(step["name"]), step.get("for_each") or ""
    inside = offering.inside(over) if over else offering
    params, bindings = inside.params(step), step[BINDINGS]
    padded = [*bindings, *[{}] * (len(params) - len(bindings))]
    controls = [
        control_of(inside, param, padded[index], f"{place}.{BINDINGS}.{index}", beside)
        for index, param in enumerate(params)
    ]
    kept = [_values_in_words(inside, Param("", "", ""), binding) for binding in bindings[len(params) :] if binding]
    return StepView(
        place=place,
        was=json.dumps(step),
        name=step["name"],
        label=known.label if known is not None else step["name"],
        available=known is not None,
        for_each=over,
        many=_with(offering, offering.many, over),
        controls=controls,
        kept=kept,
        for_each_errors=beside.within(f"{place}.for_each"),
        errors=beside.within(place),
        fresh=draft.fresh == place,
    )
