"""Whether the conditions of a workflow hold at a moment, and why (API behaviour, section 9.1).

Compiled once per version of a workflow, they cost well under a microsecond each and ask the database nothing unless a
condition is about what only a lookup knows.
"""

from collections.abc import Iterable
from typing import Any

from incidentio.core.vocabulary import Stored
from workflows.comparing import Test, any_group, condition, values_of
from workflows.facts import Facts
from workflows.values import reader
from workflows.wording import as_text
from workflows.world import WorkflowWords

LONGEST_TOLD = 300


def compile_groups(words: WorkflowWords, groups: Iterable[Stored]) -> Test:
    """Whether all conditions of one of `groups` hold; without groups, always. What it returns never raises."""
    return any_group(reader, words, groups)


def explain_groups(words: WorkflowWords, groups: Iterable[Stored], facts: Facts) -> list[dict[str, Any]]:
    """Every condition of `groups` in words: what was looked at, what it was, and whether it held."""
    return [_explained(words, group, facts) for group in groups]


def _explained(words: WorkflowWords, group: Stored, facts: Facts) -> dict[str, Any]:
    conditions = [_told(words, asked, facts) for asked in group["conditions"]]
    return {"met": all(told["met"] for told in conditions), "conditions": conditions}


def _told(words: WorkflowWords, asked: Stored, facts: Facts) -> dict[str, Any]:
    subject, operation = words.meaning(asked["subject"]), asked["operation"]
    expected = [
        one
        for binding in asked["param_bindings"]
        for one in values_of(reader, words, binding, subject.type)(facts)
        if one is not None
    ]
    actual = reader(words, asked["subject"])(facts)
    return {
        "subject": {"reference": asked["subject"], "label": subject.label},
        "operation": {"value": operation, "label": words.operation_label(subject, operation)},
        "expected": [as_text(one, subject, facts)[:LONGEST_TOLD] for one in expected],
        "actual": as_text(actual, subject, facts)[:LONGEST_TOLD],
        "met": condition(reader, words, asked)(facts),
    }
