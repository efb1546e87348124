"""Runs of workflows in the admin: why they started, what they did, and what became of their calls."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from unfold.admin import TabularInline
from unfold.decorators import display
from unfold.paginator import InfinitePaginator

from events.administration import ReadOnlyAdmin
from workflows.admin_workflows import runs_seen_by, viewer_of
from workflows.models import StepRun, StepStatus, WorkflowRun

STEP_LOOKS = {
    StepStatus.COMPLETE.label: "success",
    StepStatus.PENDING.label: "info",
    StepStatus.ERROR.label: "danger",
}


class StepRunInline(TabularInline):
    """The steps of a run."""

    model = StepRun
    fields = ("place", "name", "status_label", "completed_at", "error")
    readonly_fields = fields
    extra = 0
    can_delete = False

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    @display(description="Status", label=STEP_LOOKS)
    def status_label(self, step: StepRun) -> str:
        """How far it is."""
        return step.get_status_display()


@admin.register(WorkflowRun)
class WorkflowRunAdmin(ReadOnlyAdmin):
    """Runs, without those on private incidents the reader is no member of."""

    list_display = ("created_at", "workflow", "version_number", "incident", "scheduled_at", "cancelled_at", "error")
    list_filter = ("workflow",)
    list_select_related = ("workflow", "version", "incident")
    search_fields = ("id", "incident__id")
    ordering = ("-id",)
    paginator = InfinitePaginator
    show_full_result_count = False
    inlines = (StepRunInline,)
    fields = (
        "workflow",
        "version_number",
        "incident",
        "scheduled_at",
        "enqueued_at",
        "cancelled_at",
        "error",
        "id",
        "created_at",
        "updated_at",
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[WorkflowRun]:
        rows = runs_seen_by(viewer_of(request)).defer("version__definition", "workflow__definition")
        return rows.order_by("-id")

    @admin.display(description="Version")
    def version_number(self, run: WorkflowRun) -> int:
        """The version it started with."""
        return run.version.number
