"""Why workflows ran on an incident, and why others did not: a call of this hub's own."""

from typing import Any

from rest_framework import serializers
from rest_framework.request import Request

from incidentio.core.pagination import PaginationMeta, page_query
from incidentio.core.times import rfc3339
from incidentio.core.views import ResourceViewSet, operation
from incidents.api.viewing import find_incident, viewer_of
from workflows.explain import Explanation, explain
from workflows.triggers import TRIGGERS


class ComparedSubjectV2(serializers.Serializer[Any]):
    """What was looked at."""

    reference = serializers.CharField()
    label = serializers.CharField()  # type: ignore[assignment]


class ComparedOperationV2(serializers.Serializer[Any]):
    """What was asked of it."""

    value = serializers.CharField()
    label = serializers.CharField()  # type: ignore[assignment]


class ComparedConditionV2(serializers.Serializer[Any]):
    """A condition, with the values it compared."""

    subject = ComparedSubjectV2()
    operation = ComparedOperationV2()
    expected = serializers.ListField(child=serializers.CharField())
    actual = serializers.CharField(help_text="Empty: there was nothing")
    met = serializers.BooleanField()


class ComparedGroupV2(serializers.Serializer[Any]):
    """Conditions that must all hold; one group that does is enough."""

    met = serializers.BooleanField()
    conditions = ComparedConditionV2(many=True)


class ExplainedEventV2(serializers.Serializer[Any]):
    """What happened."""

    id = serializers.CharField()
    type = serializers.CharField()
    created_at = serializers.DateTimeField()


class ExplainedWorkflowV2(serializers.Serializer[Any]):
    """The workflow as it was then."""

    id = serializers.CharField()
    name = serializers.CharField()
    version = serializers.IntegerField()
    trigger = serializers.CharField(help_text="In words")


class WorkflowExplanationV2(serializers.Serializer[Any]):
    """What became of one workflow at one event."""

    event = ExplainedEventV2()
    workflow = ExplainedWorkflowV2()
    started = serializers.BooleanField()
    workflow_run_id = serializers.CharField(required=False)
    reason = serializers.CharField()
    condition_groups = ComparedGroupV2(many=True)


class WorkflowExplanationsListQueryV2(serializers.Serializer[Any]):
    """Which events."""

    page_size = page_query(50)["page_size"]
    after = page_query(50)["after"]


class WorkflowExplanationsListResultV2(serializers.Serializer[Any]):
    """What the workflows made of a page of events, the latest first."""

    workflow_explanations = WorkflowExplanationV2(many=True)
    pagination_meta = PaginationMeta()


def explanation_v2(found: Explanation) -> dict[str, Any]:
    """An explanation on the wire."""
    trigger = TRIGGERS.get(found.entry.trigger)
    wire: dict[str, Any] = {
        "event": {
            "id": found.event.id,
            "type": found.event.type,
            "created_at": rfc3339(found.event.created_at),
        },
        "workflow": {
            "id": found.entry.workflow_id,
            "name": found.entry.name,
            "version": found.number,
            "trigger": trigger.label if trigger else found.entry.trigger,
        },
        "started": found.run_id is not None,
        "reason": found.reason,
        "condition_groups": found.groups,
    }
    if found.run_id is not None:
        wire["workflow_run_id"] = found.run_id
    return wire


class WorkflowExplanationsV2(ResourceViewSet):
    """What workflows made of what happened to an incident."""

    @operation(
        "WorkflowExplanations V2#List",
        scope="workflows.view",
        query=WorkflowExplanationsListQueryV2,
        answer=WorkflowExplanationsListResultV2,
    )
    def list(self, request: Request, pk: str, query: dict[str, Any]) -> dict[str, Any]:
        found, after = explain(find_incident(viewer_of(request), pk), query["page_size"], query.get("after"))
        meta: dict[str, Any] = {"page_size": query["page_size"]}
        if after is not None:
            meta["after"] = after
        return {"workflow_explanations": [explanation_v2(one) for one in found], "pagination_meta": meta}
