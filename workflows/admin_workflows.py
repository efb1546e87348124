"""Workflows and their runs in the admin, to look at; they are written over the API so far."""

from typing import Any, cast

from django.contrib import admin
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.timezone import localtime
from unfold.admin import TabularInline
from unfold.decorators import display
from unfold.paginator import InfinitePaginator

from accounts.models import User
from catalog.admin_words import InUseFilter
from events.administration import ReadOnlyAdmin
from incidents.visibility import person, visible_to
from workflows.models import StepRun, StepStatus, Workflow, WorkflowRun, WorkflowState
from workflows.triggers import TRIGGERS

STATE_LOOKS = {
    WorkflowState.ACTIVE.label: "success",
    WorkflowState.DISABLED.label: "warning",
    WorkflowState.DRAFT.label: "info",
    WorkflowState.ERROR.label: "danger",
}
STEP_LOOKS = {
    StepStatus.COMPLETE.label: "success",
    StepStatus.PENDING.label: "info",
    StepStatus.ERROR.label: "danger",
}
MOST_VERSIONS = 20


@admin.register(Workflow)
class WorkflowAdmin(ReadOnlyAdmin):
    """What the hub does by itself."""

    list_display = ("name", "trigger_label", "state_label", "version", "folder", "runs_from")
    list_filter = (InUseFilter, "state")
    search_fields = ("name", "folder", "id")
    fields = (
        "name",
        "folder",
        "trigger_label",
        "state_label",
        "version",
        "runs_from",
        "definition",
        "versions",
        "runs",
        "id",
        "created_at",
        "updated_at",
    )

    @admin.display(description="Trigger", ordering="trigger")
    def trigger_label(self, workflow: Workflow) -> str:
        """What starts it, in words."""
        known = TRIGGERS.get(workflow.trigger)
        return known.label if known is not None else f"{workflow.trigger} (unknown here)"

    @display(description="State", ordering="state", label=STATE_LOOKS)
    def state_label(self, workflow: Workflow) -> str:
        """Whether it runs."""
        return workflow.get_state_display()

    @admin.display(description="Versions")
    def versions(self, workflow: Workflow) -> SafeString:
        """Its latest versions, and when they were written."""
        latest = workflow.versions.order_by("-number").values_list("number", "created_at")[:MOST_VERSIONS]
        rows = ((number, date_format(localtime(at), "DATETIME_FORMAT")) for number, at in latest)
        return format_html_join("", "<div>{} · {}</div>", rows)

    @admin.display(description="Runs")
    def runs(self, workflow: Workflow) -> SafeString:
        """The way to its runs."""
        address = reverse("admin:workflows_workflowrun_changelist") + f"?workflow__id__exact={workflow.pk}"
        return format_html('<a href="{}" class="text-link">Show its runs</a>', address)


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
        rows: QuerySet[WorkflowRun] = super().get_queryset(request)
        visible = visible_to(person(cast(User, request.user)), "incident__")
        return rows.filter(Q(incident=None) | visible).defer("version__definition", "workflow__definition")

    @admin.display(description="Version")
    def version_number(self, run: WorkflowRun) -> int:
        """The version it started with."""
        return run.version.number
