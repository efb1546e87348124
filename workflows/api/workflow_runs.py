"""Runs of workflows in V2 (API behaviour, section 9.3)."""

from datetime import datetime, timedelta
from typing import Any

from django.utils import timezone
from rest_framework import serializers
from rest_framework.request import Request

from apikeys.authentication import caller_of
from apikeys.roles import EDIT_INCIDENTS
from incidentio.core.errors import Invalid
from incidentio.core.fields import Body, Id
from incidentio.core.filters import FilterQuery, Instants, bracketed
from incidentio.core.pagination import page_query, pagination_meta
from incidentio.core.times import rfc3339
from incidentio.core.views import ResourceViewSet, operation
from incidents.api.incidents_v2_shapes import PaginationMetaWithTotal
from incidents.api.viewing import check_parent_in_body, check_parent_in_query, viewer_of
from incidents.models import Incident
from workflows import run_reads
from workflows.api.explanations import ComparedGroupV2
from workflows.models import RunState, StepRun, StepStatus, Workflow, WorkflowRun
from workflows.run_reads import Wanted
from workflows.runs import cancel_run, confirm_run, retry_run
from workflows.starting import start_workflow

LARGEST_PAGE = 50
DELIVERIES_KEPT = timedelta(days=7)
CALLS_A_WEBHOOK = "webhook.send"
DELIVERY_STATES = ("available", "expired", "unavailable")
OUTCOMES = ("success", "non_2xx", "timeout", "unreachable", "network_error", "tls_error")
IN_DETAIL = ("request", "response")


class WebhookDeliverySlimV2(serializers.Serializer[Any]):
    """What became of a call."""

    endpoint = serializers.CharField()
    method = serializers.CharField()
    outcome = serializers.ChoiceField(choices=OUTCOMES)
    status_code = serializers.IntegerField(required=False)
    duration_ms = serializers.IntegerField(required=False)


class WebhookDeliveryRequestV2(serializers.Serializer[Any]):
    """What was sent; secrets are not shown."""

    headers = serializers.DictField(child=serializers.CharField())
    body = serializers.CharField(required=False)
    body_truncated = serializers.BooleanField()


class WebhookDeliveryResponseV2(WebhookDeliveryRequestV2):
    """What came back."""


class WebhookDeliveryV2(WebhookDeliverySlimV2):
    """A call in detail."""

    request = WebhookDeliveryRequestV2()
    response = WebhookDeliveryResponseV2(required=False)


class StepProgressSlimV2(serializers.Serializer[Any]):
    """How far a step is."""

    step = serializers.CharField(help_text="The step's name")
    status = serializers.ChoiceField(choices=StepStatus.values)
    completed_at = serializers.DateTimeField(required=False)
    error = serializers.CharField(required=False)
    incident_id = serializers.CharField(required=False)
    incident_reference = serializers.CharField(required=False)
    webhook_delivery_state = serializers.ChoiceField(choices=DELIVERY_STATES, required=False)
    webhook_delivery = WebhookDeliverySlimV2(required=False)


class StepProgressV2(StepProgressSlimV2):
    """How far a step is, with its call in detail."""

    did = serializers.CharField(required=False, help_text="What it did, in words")
    webhook_delivery = WebhookDeliveryV2(required=False)


class WorkflowRunSlimV2(serializers.Serializer[Any]):
    """A run in a list."""

    id = serializers.CharField()
    workflow_id = serializers.CharField()
    workflow_name = serializers.CharField(required=False)
    workflow_version_id = serializers.CharField()
    workflow_version_number = serializers.IntegerField()
    incident_id = serializers.CharField(required=False)
    incident_reference = serializers.CharField(required=False)
    scheduled_at = serializers.DateTimeField()
    enqueued_at = serializers.DateTimeField(required=False)
    cancelled_at = serializers.DateTimeField(required=False)
    error = serializers.CharField(required=False)
    progress = StepProgressSlimV2(many=True)
    created_at = serializers.DateTimeField()
    updated_at = serializers.DateTimeField()


class WorkflowRunV2(WorkflowRunSlimV2):
    """A run. `state`, what its steps did and why it ran are this hub's own."""

    progress = StepProgressV2(many=True)
    state = serializers.ChoiceField(choices=RunState.values)
    event_id = serializers.CharField(required=False, help_text="What started it")
    finished_at = serializers.DateTimeField(required=False)
    explanation = ComparedGroupV2(many=True, help_text="Its conditions, with the values they compared")


class WorkflowRunsListResultV2(serializers.Serializer[Any]):
    """A page of runs, newest first."""

    workflow_runs = WorkflowRunSlimV2(many=True)
    pagination_meta = PaginationMetaWithTotal()


class WorkflowRunsShowResultV2(serializers.Serializer[Any]):
    """One run."""

    workflow_run = WorkflowRunV2()


class WorkflowRunsCreatePayloadV2(Body):
    """A manual workflow, the incident it is to run on, and answers to its form."""

    workflow_id = Id()
    incident_id = Id()
    form = serializers.DictField(required=False, help_text="By the keys of the form's fields; text, or lists of it")


class WorkflowRunsListQueryV2(FilterQuery):
    """Which runs; cancelled ones are never listed."""

    workflow_id = serializers.CharField(required=False, help_text="Only those of this workflow")
    incident_id = serializers.CharField(required=False, help_text="Only those on this incident")
    created_at = Instants()
    page_size = page_query(LARGEST_PAGE)["page_size"]
    after = serializers.CharField(required=False, help_text="The last ID of the page before")


def run_v2(run: WorkflowRun, *, in_detail: bool) -> dict[str, Any]:
    """A run on the wire; what it does not have is left out."""
    on = {"incident_id": run.incident.id, "incident_reference": run.incident.reference} if run.incident else {}
    progress = [_progress_v2(step, timezone.now(), in_detail=in_detail) | on for step in run.steps.all()]
    wire: dict[str, Any] = {
        "id": run.id,
        "workflow_id": run.workflow_id,
        "workflow_name": run.workflow.name,
        "workflow_version_id": run.version_id,
        "workflow_version_number": run.version.number,
        "scheduled_at": rfc3339(run.scheduled_at),
        "progress": progress,
        "created_at": rfc3339(run.created_at),
        "updated_at": rfc3339(run.updated_at),
        **on,
    }
    for name in ("enqueued_at", "cancelled_at"):
        moment = getattr(run, name)
        if moment is not None:
            wire[name] = rfc3339(moment)
    if run.error:
        wire["error"] = run.error
    return wire | _in_detail(run) if in_detail else wire


def _in_detail(run: WorkflowRun) -> dict[str, Any]:
    wire: dict[str, Any] = {"state": run.state, "explanation": run.explanation or []}
    if run.event_id is not None:
        wire["event_id"] = run.event_id
    if run.finished_at is not None:
        wire["finished_at"] = rfc3339(run.finished_at)
    return wire


def _progress_v2(step: StepRun, now: datetime, *, in_detail: bool) -> dict[str, Any]:
    wire: dict[str, Any] = {"step": step.name, "status": step.status}
    if step.completed_at is not None:
        wire["completed_at"] = rfc3339(step.completed_at)
    if step.error:
        wire["error"] = step.error
    if step.did and in_detail:
        wire["did"] = step.did
    if step.name == CALLS_A_WEBHOOK:
        wire["webhook_delivery_state"] = state = _delivery_state(step, now)
        if state == "available":
            wire["webhook_delivery"] = {
                name: value for name, value in step.delivery.items() if in_detail or name not in IN_DETAIL
            }
    return wire


def _delivery_state(step: StepRun, now: datetime) -> str:
    if step.delivery is None:
        return "unavailable"
    return "available" if (step.completed_at or step.updated_at) > now - DELIVERIES_KEPT else "expired"


class WorkflowRunsV2(ResourceViewSet):
    """What workflows did. Runs on private incidents are for those who may see the incident."""

    @operation(
        "WorkflowRuns V2#List",
        scope="workflows.view",
        query=WorkflowRunsListQueryV2,
        query_data=bracketed,
        answer=WorkflowRunsListResultV2,
    )
    def list(self, request: Request, query: dict[str, Any]) -> dict[str, Any]:
        viewer, size, incident_id = viewer_of(request), query["page_size"], query.get("incident_id")
        if incident_id is not None:
            check_parent_in_query(viewer, incident_id)
        wanted = Wanted(query.get("workflow_id"), incident_id, query.get("created_at"))
        page = run_reads.listed(viewer, wanted, size, query.get("after"))
        meta = pagination_meta(page.rows, size, lambda run: run.id) | {"total_record_count": page.total}
        return {"workflow_runs": [run_v2(run, in_detail=False) for run in page.rows[:size]], "pagination_meta": meta}

    @operation("WorkflowRuns V2#Show", scope="workflows.view", answer=WorkflowRunsShowResultV2)
    def retrieve(self, request: Request, pk: str) -> dict[str, Any]:
        return {"workflow_run": run_v2(run_reads.one(viewer_of(request), pk), in_detail=True)}

    @operation(
        "WorkflowRuns V2#Create",
        scope=EDIT_INCIDENTS,
        body=WorkflowRunsCreatePayloadV2,
        answer=WorkflowRunsShowResultV2,
        status=201,
    )
    def create(self, request: Request, body: dict[str, Any]) -> dict[str, Any]:
        """Start a manual workflow on an incident: a call of this hub's own."""
        viewer = viewer_of(request)
        check_parent_in_body(viewer, body["incident_id"])
        workflow = Workflow.objects.active().filter(pk=body["workflow_id"]).first()
        if workflow is None:
            raise Invalid("not_found", f"There is no workflow with the ID {body['workflow_id']!r}", "workflow_id")
        incident = Incident.objects.get(pk=body["incident_id"])
        run = start_workflow(caller_of(request).actor, workflow, incident, body.get("form", {}))
        return self._shown(request, run.pk)

    @operation("WorkflowRuns V2#Cancel", scope="workflows.update", answer=WorkflowRunsShowResultV2)
    def cancel(self, request: Request, pk: str) -> dict[str, Any]:
        """Stop a run before its next step: a call of this hub's own."""
        cancel_run(caller_of(request).actor, run_reads.one(viewer_of(request), pk))
        return self._shown(request, pk)

    @operation("WorkflowRuns V2#Retry", scope="workflows.update", answer=WorkflowRunsShowResultV2)
    def retry(self, request: Request, pk: str) -> dict[str, Any]:
        """Go on with a run that ended in an error: a call of this hub's own."""
        retry_run(caller_of(request).actor, run_reads.one(viewer_of(request), pk))
        return self._shown(request, pk)

    @operation("WorkflowRuns V2#Confirm", scope="workflows.update", answer=WorkflowRunsShowResultV2)
    def confirm(self, request: Request, pk: str) -> dict[str, Any]:
        """Let a run begin that waits for a person's word: a call of this hub's own."""
        confirm_run(caller_of(request).actor, run_reads.one(viewer_of(request), pk))
        return self._shown(request, pk)

    def _shown(self, request: Request, pk: str) -> dict[str, Any]:
        return {"workflow_run": run_v2(run_reads.one(viewer_of(request), pk), in_detail=True)}
