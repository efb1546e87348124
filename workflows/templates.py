"""What a step is told: its bindings as values, and its texts with what they name (API behaviour, section 9.2)."""

from collections.abc import Sequence
from typing import Any

from incidentio.core.vocabulary import Stored
from integrations.base import Param, StepFailed
from integrations.types import TEMPLATED_TEXT, TEXT, WORDS
from workflows.documents import DocumentFailed, document_in, text_of
from workflows.facts import LOOP_VARIABLE, Facts
from workflows.kinds import first, listed, shaped
from workflows.rendering import LONGEST_OUTPUT, TemplateFailed, refusal_of, render
from workflows.things import things_in
from workflows.values import reader
from workflows.wording import as_text
from workflows.world import WorkflowWords

_TEMPLATES = (TEXT, TEMPLATED_TEXT)


def bind_step(words: WorkflowWords, step: Stored, params: Sequence[Param], facts: Facts) -> dict[str, Any]:
    """What `step` is told, by the names of its parameters. Of a step that is done for each of many, `facts` tell the
    one at hand.

    Raises:
        StepFailed: for good: a text or a literal that cannot be read, or nothing where something is needed.
    """
    if step.get("for_each"):
        words = words.with_one_of(LOOP_VARIABLE, words.meaning(step["for_each"]))
    bindings = dict(enumerate(step["param_bindings"]))
    return {param.name: bind(words, param, bindings.get(place, {}), facts) for place, param in enumerate(params)}


def for_each_values(words: WorkflowWords, step: Stored, facts: Facts) -> list[Any] | None:
    """What the step is done for, one after another; None if it is done once."""
    over = step.get("for_each")
    return listed(reader(words, over)(facts)) if over else None


def bind(words: WorkflowWords, param: Param, binding: Stored, facts: Facts) -> Any:
    """What one parameter is told: a value or None, or a list where it takes many.

    Raises:
        StepFailed: as `bind_step`.
    """
    bound = [*([binding["value"]] if "value" in binding else []), *binding.get("array_value", [])]
    try:
        values = [one for value in bound for one in listed(_value(words, param, value, facts)) if one not in (None, "")]
    except (TemplateFailed, DocumentFailed) as failure:
        raise StepFailed(f"{param.label}: {failure}") from failure
    if param.required and not values:
        raise StepFailed(f"{param.label}: nothing was given, and this step needs it")
    return values if param.array else first(values)


def literal_refusal(type: str, literal: str) -> str | None:
    """Why a literal cannot stand where texts of `type` do; None if it can, or others than texts are expected."""
    if type not in WORDS or document_in(literal) is not None or not _is_template(type, literal):
        return None
    return refusal_of(literal)


def _value(words: WorkflowWords, param: Param, value: Stored, facts: Facts) -> Any:
    if "reference" in value:
        return _referred(words, param, value["reference"], facts)
    literal = value.get("literal", "")
    if param.type in WORDS:
        return _text(words, param.type, literal, facts)
    read = shaped(param.type, literal)
    if read is None and literal:
        refusal = words.world.refusal(param.type, literal) or f"{literal[:60]!r} cannot be read"
        raise StepFailed(f"{param.label}: {refusal}")
    return read


def _referred(words: WorkflowWords, param: Param, reference: str, facts: Facts) -> Any:
    """What a reference stands for; where texts are expected, as people read it."""
    value, meaning = reader(words, reference)(facts), words.meaning(reference)
    if param.type not in WORDS:
        return value
    if param.array:
        return [as_text(one, meaning, facts)[:LONGEST_OUTPUT] for one in listed(value)]
    return as_text(value, meaning, facts)[:LONGEST_OUTPUT]


def _is_template(type: str, literal: str) -> bool:
    return "{{" in literal or ("{%" in literal and type in _TEMPLATES)


def _text(words: WorkflowWords, type: str, literal: str, facts: Facts) -> str:
    document = document_in(literal)
    if document is not None:
        return text_of(document, lambda name: _named(words, name, facts), lambda url: _link(words, url, facts))
    return render(literal, things_in(words, facts)) if _is_template(type, literal) else literal


def _named(words: WorkflowWords, name: str, facts: Facts) -> str:
    return as_text(reader(words, name)(facts), words.meaning(name), facts)


def _link(words: WorkflowWords, url: str, facts: Facts) -> str:
    return render(url, things_in(words, facts)) if "{{" in url else url
