"""The time machine over HTTP: calls of this hub's own."""

from datetime import timedelta
from typing import Any

from django.utils import timezone
from rest_framework import serializers
from rest_framework.request import Request

from apikeys.authentication import caller_of
from incidentio.core.fields import Body, Id, Whole
from incidentio.core.pagination import PaginationMeta
from incidentio.core.times import rfc3339
from incidentio.core.views import ResourceViewSet, operation
from incidents.api.viewing import viewer_of
from workflows.api.explanations import ComparedGroupV2, ExplainedEventV2
from workflows.api.shapes import WorkflowsCreateWorkflowPayloadV2
from workflows.api.workflows import text_of
from workflows.book import Entry
from workflows.delegation import VIEW, find_workflow
from workflows.models import Workflow
from workflows.preview import Chunk, RenderedStep, Run, Seen, Window, draft, preview
from workflows.workflows import check_draft

LONGEST_DAYS = 366
MOST_AT_ONCE = 100


class PreviewWindowPayloadV2(Body):
    """How far to look back, and which incidents to take next."""

    days = Whole(required=False, min_value=1, max_value=LONGEST_DAYS, help_text="How many days back; 30 if left out")
    page_size = Whole(required=False, min_value=1, max_value=MOST_AT_ONCE, help_text="Incidents in one answer")
    after = Id(required=False, help_text="The last incident of the answer before")


class WorkflowsPreviewPayloadV2(PreviewWindowPayloadV2):
    """A workflow that is not stored, and how far to look back."""

    workflow = WorkflowsCreateWorkflowPayloadV2()


class PreviewedParamV2(serializers.Serializer[Any]):
    """What a step would have been told."""

    label = serializers.CharField()  # type: ignore[assignment]
    value = serializers.CharField(help_text="In words")


class PreviewedStepV2(serializers.Serializer[Any]):
    """A step that would have been done."""

    name = serializers.CharField()
    label = serializers.CharField()  # type: ignore[assignment]
    params = PreviewedParamV2(many=True)
    error = serializers.CharField(required=False)


class PreviewedRunV2(serializers.Serializer[Any]):
    """One time the workflow would have run."""

    at = serializers.DateTimeField()
    event = ExplainedEventV2(required=False)
    condition_groups = ComparedGroupV2(many=True)
    steps = PreviewedStepV2(many=True)


class PreviewedIncidentV2(serializers.Serializer[Any]):
    """An incident the workflow would have seen."""

    id = serializers.CharField()
    reference = serializers.CharField()
    name = serializers.CharField()


class PreviewV2(serializers.Serializer[Any]):
    """What the workflow would have made of one incident."""

    incident = PreviewedIncidentV2()
    matched = serializers.BooleanField()
    reason = serializers.CharField()
    condition_groups = ComparedGroupV2(many=True, help_text="What was compared last")
    runs = PreviewedRunV2(many=True)


class PreviewMetaV2(PaginationMeta):
    """Where to go on, and of how many incidents."""

    total_record_count = serializers.IntegerField()

    class Meta:
        ref_name = "PreviewMetaV2"


class WorkflowsPreviewResultV2(serializers.Serializer[Any]):
    """Some of the incidents of the window, oldest first."""

    previews = PreviewV2(many=True)
    pagination_meta = PreviewMetaV2()


def window_of(days: int) -> Window:
    """The last days, until now."""
    now = timezone.now()
    return Window(now - timedelta(days=days), now)


def chunk_v2(chunk: Chunk, size: int) -> dict[str, Any]:
    """Some incidents on the wire."""
    meta: dict[str, Any] = {"page_size": size, "total_record_count": chunk.total}
    if chunk.after is not None:
        meta["after"] = chunk.after
    return {"previews": [_seen_v2(seen) for seen in chunk.seen], "pagination_meta": meta}


def _seen_v2(seen: Seen) -> dict[str, Any]:
    incident = seen.incident
    return {
        "incident": {"id": incident.pk, "reference": incident.reference, "name": incident.name},
        "matched": bool(seen.runs),
        "reason": seen.reason,
        "condition_groups": seen.groups,
        "runs": [_run_v2(run) for run in seen.runs],
    }


def _run_v2(run: Run) -> dict[str, Any]:
    wire: dict[str, Any] = {"at": rfc3339(run.at), "condition_groups": run.groups}
    if run.event is not None:
        wire["event"] = {"id": run.event.id, "type": run.event.type, "created_at": rfc3339(run.event.created_at)}
    return wire | {"steps": [_step_v2(step) for step in run.steps]}


def _step_v2(step: RenderedStep) -> dict[str, Any]:
    wire: dict[str, Any] = {"name": step.name, "label": step.label}
    wire["params"] = [{"label": label, "value": value} for label, value in step.params]
    return wire | ({"error": step.error} if step.error else {})


class WorkflowPreviewsV2(ResourceViewSet):
    """What a workflow would have done. Nothing is done."""

    team_scoped = True

    @operation(
        "Workflows V2#PreviewWorkflow",
        scope=VIEW,
        body=PreviewWindowPayloadV2,
        answer=WorkflowsPreviewResultV2,
    )
    def preview(self, request: Request, pk: str, body: dict[str, Any]) -> dict[str, Any]:
        workflow: Workflow = find_workflow(caller_of(request), pk)
        return self._answer(request, draft(workflow.trigger, workflow.definition, workflow.name), body)

    @operation(
        "Workflows V2#PreviewDraft",
        scope=VIEW,
        body=WorkflowsPreviewPayloadV2,
        answer=WorkflowsPreviewResultV2,
    )
    def preview_draft(self, request: Request, body: dict[str, Any]) -> dict[str, Any]:
        trigger, text = body["workflow"]["trigger"], text_of(body["workflow"])
        return self._answer(request, draft(trigger, check_draft(trigger, text), text.name), body)

    def _answer(self, request: Request, entry: Entry, body: dict[str, Any]) -> dict[str, Any]:
        size = body.get("page_size", MOST_AT_ONCE)
        window = window_of(body.get("days", 30))
        return chunk_v2(preview(viewer_of(request), entry, window, body.get("after"), size), size)
