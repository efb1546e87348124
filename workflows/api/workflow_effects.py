"""The ledger over HTTP: what workflows did outside the hub, and what to do about calls nobody knows of (our own)."""

from typing import Any

from django.db.models import QuerySet
from rest_framework import serializers
from rest_framework.request import Request

from apikeys.authentication import caller_of
from incidentio.core.lookup import get_or_404
from incidentio.core.pagination import PaginationMeta, page_query, pagination_meta
from incidentio.core.times import rfc3339
from incidentio.core.views import ResourceViewSet, operation
from incidents.api.viewing import viewer_of
from incidents.visibility import Viewer, visible_to
from workflows.models import CallState, Effect
from workflows.runs import call_it_done, redrive

LARGEST_PAGE = 250


class EffectAttemptV2(serializers.Serializer[Any]):
    """One attempt."""

    at = serializers.DateTimeField()
    outcome = serializers.CharField()
    status = serializers.IntegerField(required=False)
    duration_ms = serializers.IntegerField(required=False)
    error = serializers.CharField(required=False)
    answer = serializers.CharField(required=False)


class WorkflowEffectV2(serializers.Serializer[Any]):
    """A call that a step makes."""

    id = serializers.CharField()
    workflow_run_id = serializers.CharField()
    step = serializers.CharField()
    idempotency_key = serializers.CharField(help_text="What the other side knows the call by")
    target = serializers.CharField()
    state = serializers.ChoiceField(choices=CallState.values)
    remote_id = serializers.CharField(required=False, help_text="What the other side calls what it made")
    attempts = EffectAttemptV2(many=True)
    due_at = serializers.DateTimeField(required=False, help_text="When it is tried next")
    created_at = serializers.DateTimeField()
    updated_at = serializers.DateTimeField()


class WorkflowEffectsListQueryV2(serializers.Serializer[Any]):
    """Which calls, and which page of them."""

    state = serializers.ChoiceField(choices=CallState.values, required=False)
    workflow_run_id = serializers.CharField(required=False)
    page_size = page_query(LARGEST_PAGE)["page_size"]
    after = page_query(LARGEST_PAGE)["after"]


class WorkflowEffectsListResultV2(serializers.Serializer[Any]):
    """A page of calls, newest first."""

    workflow_effects = WorkflowEffectV2(many=True)
    pagination_meta = PaginationMeta()


class WorkflowEffectsShowResultV2(serializers.Serializer[Any]):
    """One call."""

    workflow_effect = WorkflowEffectV2()


def effect_v2(effect: Effect) -> dict[str, Any]:
    """A call on the wire; what is sent stays sealed."""
    wire: dict[str, Any] = {
        "id": effect.pk,
        "workflow_run_id": effect.step_run.run_id,
        "step": effect.step_name,
        "idempotency_key": effect.key,
        "target": effect.target,
        "state": effect.state,
        "attempts": effect.log,
        "created_at": rfc3339(effect.created_at),
        "updated_at": rfc3339(effect.updated_at),
    }
    if effect.remote_id:
        wire["remote_id"] = effect.remote_id
    if effect.state == CallState.PENDING:
        wire["due_at"] = rfc3339(effect.due_at)
    return wire


def _known(viewer: Viewer) -> "QuerySet[Effect]":
    """Calls of runs the viewer may know of."""
    rows = Effect.objects.select_related("step_run").defer("sealed", "request_body", "detail")
    of_no_incident = rows.filter(step_run__run__incident=None)
    return of_no_incident | rows.filter(visible_to(viewer, "step_run__run__incident__"))


class WorkflowEffectsV2(ResourceViewSet):
    """The ledger of what workflows did outside the hub."""

    @operation(
        "WorkflowEffects V2#List",
        scope="workflows.view",
        query=WorkflowEffectsListQueryV2,
        answer=WorkflowEffectsListResultV2,
    )
    def list(self, request: Request, query: dict[str, Any]) -> dict[str, Any]:
        rows = _known(viewer_of(request)).order_by("-id")
        if "state" in query:
            rows = rows.filter(state=query["state"])
        if "workflow_run_id" in query:
            rows = rows.filter(step_run__run_id=query["workflow_run_id"])
        if "after" in query:
            rows = rows.filter(id__lt=query["after"])
        page = list(rows[: query["page_size"] + 1])
        return {
            "workflow_effects": [effect_v2(row) for row in page[: query["page_size"]]],
            "pagination_meta": pagination_meta(page, query["page_size"], lambda row: row.id),
        }

    @operation("WorkflowEffects V2#Show", scope="workflows.view", answer=WorkflowEffectsShowResultV2)
    def retrieve(self, request: Request, pk: str) -> dict[str, Any]:
        return self._shown(request, pk)

    @operation("WorkflowEffects V2#Redrive", scope="workflows.update", answer=WorkflowEffectsShowResultV2)
    def redrive(self, request: Request, pk: str) -> dict[str, Any]:
        redrive(caller_of(request).actor, get_or_404(_known(viewer_of(request)), pk, "workflow effect"))
        return self._shown(request, pk)

    @operation("WorkflowEffects V2#CallItDone", scope="workflows.update", answer=WorkflowEffectsShowResultV2)
    def call_it_done(self, request: Request, pk: str) -> dict[str, Any]:
        call_it_done(caller_of(request).actor, get_or_404(_known(viewer_of(request)), pk, "workflow effect"))
        return self._shown(request, pk)

    def _shown(self, request: Request, pk: str) -> dict[str, Any]:
        return {"workflow_effect": effect_v2(get_or_404(_known(viewer_of(request)), pk, "workflow effect"))}
