"""Bindings, conditions and expressions on the wire: what workflows and templates of alerts are written in.

Requests name things; answers say them with labels (API behaviour, section 9.1). What is stored is the request, byte
for byte; labels are made anew on each answer, by a `Vocabulary` (`incidentio/core/vocabulary.py`).
"""

from typing import Any

from rest_framework import serializers

from incidentio.core.fields import Body, Choice, Flag, Text

LONGEST_LITERAL = 100_000
LONGEST_REFERENCE = 1_000
LONGEST_LABEL = 500
MOST_VALUES = 1_000
MOST_BINDINGS = 100
MOST_CONDITIONS = 100
MOST_GROUPS = 100
MOST_OPERATIONS = 50
MOST_BRANCHES = 250
MOST_EXPRESSIONS = 100
OPERATION_TYPES = (
    "navigate", "filter", "concatenate", "count", "min", "max", "sum", "random", "first", "parse", "branches", "cast",
)  # fmt: skip
# Operations that say nothing without their options, which stand under their own name.
WITH_OPTIONS = ("navigate", "filter", "concatenate", "parse", "branches", "cast")


# ---- requests


class EngineParamBindingValuePayloadV2(Body):
    """A value: written down, or what a reference stands for."""

    literal = Text(required=False, allow_blank=True, max_length=LONGEST_LITERAL)
    reference = Text(required=False, allow_blank=True, max_length=LONGEST_REFERENCE)


class EngineParamBindingPayloadV2(Body):
    """What a parameter is given: one value, many, or nothing."""

    value = EngineParamBindingValuePayloadV2(required=False)
    array_value = serializers.ListField(
        child=EngineParamBindingValuePayloadV2(), required=False, max_length=MOST_VALUES
    )


class ConditionPayloadV2(Body):
    """A subject, what is asked of it, and what it is compared with."""

    subject = Text(max_length=LONGEST_REFERENCE)
    operation = Text(max_length=LONGEST_LABEL)
    param_bindings = serializers.ListField(child=EngineParamBindingPayloadV2(), max_length=MOST_BINDINGS)


class ConditionGroupPayloadV2(Body):
    """Conditions that must all be true."""

    conditions = serializers.ListField(child=ConditionPayloadV2(), max_length=MOST_CONDITIONS)


def condition_groups_field() -> serializers.ListField:
    """Groups of which one must be true; none at all is always true."""
    return serializers.ListField(child=ConditionGroupPayloadV2(), max_length=MOST_GROUPS)


class ReturnsMetaV2(Body):
    """The type of what comes out, and whether it is many."""

    type = Text(max_length=LONGEST_REFERENCE)
    array = Flag()


class ExpressionNavigateOptsPayloadV2(Body):
    """Which part of what came before."""

    reference = Text(max_length=LONGEST_REFERENCE)


class ExpressionConcatenateOptsPayloadV2(Body):
    """What is put after what came before."""

    reference = Text(max_length=LONGEST_REFERENCE)


class ExpressionFilterOptsPayloadV2(Body):
    """Which of what came before is kept."""

    condition_groups = condition_groups_field()


class ExpressionParseOptsPayloadV2(Body):
    """How a value is read out of what came before."""

    source = Text(max_length=LONGEST_LITERAL)  # type: ignore[assignment]
    returns = ReturnsMetaV2()


class ExpressionCastOptsPayloadV2(Body):
    """What type what came before becomes."""

    returns = ReturnsMetaV2()


class ExpressionBranchPayloadV2(Body):
    """A result, and when it is the one."""

    condition_groups = condition_groups_field()
    result = EngineParamBindingPayloadV2()


class ExpressionBranchesOptsPayloadV2(Body):
    """Branches, of which the first that is true is taken."""

    branches = serializers.ListField(child=ExpressionBranchPayloadV2(), max_length=MOST_BRANCHES)
    returns = ReturnsMetaV2()


class ExpressionOperationPayloadV2(Body):
    """One thing an expression does to what came before."""

    operation_type = Choice(choices=OPERATION_TYPES)
    navigate = ExpressionNavigateOptsPayloadV2(required=False)
    filter = ExpressionFilterOptsPayloadV2(required=False)
    concatenate = ExpressionConcatenateOptsPayloadV2(required=False)
    parse = ExpressionParseOptsPayloadV2(required=False)
    branches = ExpressionBranchesOptsPayloadV2(required=False)
    cast = ExpressionCastOptsPayloadV2(required=False)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        kind = attrs["operation_type"]
        if kind in WITH_OPTIONS and kind not in attrs:
            raise serializers.ValidationError({kind: [f"An operation of the type {kind} needs these options"]})
        return {name: value for name, value in attrs.items() if name in ("operation_type", kind)}


class ExpressionElseBranchPayloadV2(Body):
    """The result when no branch is true."""

    result = EngineParamBindingPayloadV2()


class ExpressionPayloadV2(Body):
    """A value that is worked out: it starts at a reference and goes through operations."""

    label = Text(max_length=LONGEST_LABEL)  # type: ignore[assignment]
    reference = Text(max_length=LONGEST_REFERENCE)
    root_reference = Text(max_length=LONGEST_REFERENCE)
    operations = serializers.ListField(child=ExpressionOperationPayloadV2(), max_length=MOST_OPERATIONS)
    else_branch = ExpressionElseBranchPayloadV2(required=False)


def expressions_field(**options: Any) -> serializers.ListField:
    """The expressions other parts refer to as `expressions["<reference>"]`."""
    return serializers.ListField(child=ExpressionPayloadV2(), max_length=MOST_EXPRESSIONS, **options)


# ---- answers


class EngineParamBindingValueV2(serializers.Serializer[Any]):
    """A value, and how people call it."""

    label = serializers.CharField()  # type: ignore[assignment]
    literal = serializers.CharField(required=False)
    reference = serializers.CharField(required=False)


class EngineParamBindingV2(serializers.Serializer[Any]):
    """What a parameter is given."""

    value = EngineParamBindingValueV2(required=False)
    array_value = EngineParamBindingValueV2(many=True, required=False)


class ConditionSubjectV2(serializers.Serializer[Any]):
    """What is looked at."""

    reference = serializers.CharField()
    label = serializers.CharField()  # type: ignore[assignment]


class ConditionOperationV2(serializers.Serializer[Any]):
    """What is asked of it."""

    value = serializers.CharField()
    label = serializers.CharField()  # type: ignore[assignment]


class ConditionV2(serializers.Serializer[Any]):
    """A condition in words."""

    subject = ConditionSubjectV2()
    operation = ConditionOperationV2()
    param_bindings = EngineParamBindingV2(many=True)


class ConditionGroupV2(serializers.Serializer[Any]):
    """Conditions that must all be true."""

    conditions = ConditionV2(many=True)


class ExpressionNavigateOptsV2(serializers.Serializer[Any]):
    """Which part of what came before."""

    reference = serializers.CharField()
    reference_label = serializers.CharField()


class ExpressionConcatenateOptsV2(ExpressionNavigateOptsV2):
    """What is put after what came before."""


class ExpressionFilterOptsV2(serializers.Serializer[Any]):
    """Which of what came before is kept."""

    condition_groups = ConditionGroupV2(many=True)


class ExpressionParseOptsV2(serializers.Serializer[Any]):
    """How a value is read out of what came before."""

    source = serializers.CharField()  # type: ignore[assignment]
    returns = ReturnsMetaV2()


class ExpressionCastOptsV2(serializers.Serializer[Any]):
    """What type what came before becomes."""

    returns = ReturnsMetaV2()


class ExpressionBranchV2(serializers.Serializer[Any]):
    """A result, and when it is the one."""

    condition_groups = ConditionGroupV2(many=True)
    result = EngineParamBindingV2()


class ExpressionBranchesOptsV2(serializers.Serializer[Any]):
    """Branches, of which the first that is true is taken."""

    branches = ExpressionBranchV2(many=True)
    returns = ReturnsMetaV2()


class ExpressionOperationV2(serializers.Serializer[Any]):
    """One thing an expression does, and what comes out of it."""

    operation_type = serializers.ChoiceField(choices=OPERATION_TYPES)
    returns = ReturnsMetaV2()
    navigate = ExpressionNavigateOptsV2(required=False)
    filter = ExpressionFilterOptsV2(required=False)
    concatenate = ExpressionConcatenateOptsV2(required=False)
    parse = ExpressionParseOptsV2(required=False)
    branches = ExpressionBranchesOptsV2(required=False)
    cast = ExpressionCastOptsV2(required=False)


class ExpressionElseBranchV2(serializers.Serializer[Any]):
    """The result when no branch is true."""

    result = EngineParamBindingV2()


class ExpressionV2(serializers.Serializer[Any]):
    """A value that is worked out, and its type."""

    label = serializers.CharField()  # type: ignore[assignment]
    reference = serializers.CharField()
    root_reference = serializers.CharField()
    operations = ExpressionOperationV2(many=True)
    else_branch = ExpressionElseBranchV2(required=False)
    returns = ReturnsMetaV2()


class EngineReferenceV2(serializers.Serializer[Any]):
    """Something that can be referred to, and its type."""

    key = serializers.CharField()
    label = serializers.CharField()  # type: ignore[assignment]
    type = serializers.CharField()
    array = serializers.BooleanField()
