"""Workflows in the admin: listed, built, switched, copied and archived."""

from datetime import timedelta
from typing import Any, cast

from django.contrib import admin, messages
from django.db.models import Count, F, IntegerField, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.functional import SimpleLazyObject
from django.utils.html import format_html
from django.utils.safestring import SafeString
from unfold.decorators import action, display

from accounts.models import User
from catalog.admin_words import InUseFilter
from events.administration import actor_of
from incidentio.core.errors import DomainError
from incidentio.core.ids import is_id
from incidents.visibility import Viewer, person, visible_to
from integrations.base import Param
from workflows import managed
from workflows.admin_builder import WorkflowForm, fields_gone
from workflows.admin_explain import ExplanationPages
from workflows.admin_preview import TRY, PreviewPages
from workflows.admin_starting import StartPages
from workflows.admin_tools import ToolPages
from workflows.controls import Beside, control_of
from workflows.models import ManagedBy, Workflow, WorkflowRun, WorkflowState
from workflows.offering import Offering
from workflows.switching import copy_workflow, switch
from workflows.triggers import TRIGGERS
from workflows.workflows import archive_workflow, create_workflow, update_workflow
from workflows.world import WorkflowWords, world_of

STATE_LOOKS = {
    WorkflowState.ACTIVE.label: "success",
    WorkflowState.DISABLED.label: "warning",
    WorkflowState.DRAFT.label: "info",
    WorkflowState.ERROR.label: "danger",
}
RUN_LOOKS = {"complete": "success", "pending": "info", "asking": "warning", "error": "danger", "cancelled": "default"}
MOST_VERSIONS = 20
MOST_RUNS = 10
RECENT = timedelta(days=30)


def viewer_of(request: HttpRequest) -> Viewer:
    """Whoever is signed in: administrators see private incidents as members only."""
    return person(cast(User, request.user))


def runs_seen_by(viewer: Viewer) -> "QuerySet[WorkflowRun]":
    """Runs that are on no incident, or on one the viewer may know of."""
    return WorkflowRun.objects.filter(Q(incident=None) | visible_to(viewer, "incident__"))


class StateFilter(admin.SimpleListFilter):
    """Workflows by whether they run."""

    title = "running"
    parameter_name = "running"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [(str(value), str(label)) for value, label in WorkflowState.choices]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        value = self.value()
        return queryset.filter(state=value) if value else queryset


@admin.register(Workflow)
class WorkflowAdmin(PreviewPages, StartPages, ToolPages, ExplanationPages):
    """What the hub does by itself."""

    form = WorkflowForm
    change_form_template = "admin/workflows/workflow/change_form.html"
    change_form_outer_after_template: Any = "admin/workflows/workflow/history.html"
    list_display = ("name", "trigger_label", "state_label", "folder", "last_run", "recent_runs")
    list_filter = (InUseFilter, StateFilter)
    search_fields = ("name", "folder", "id")
    sortable_by = ("name", "folder", "state_label", "trigger_label", "last_run", "recent_runs")
    actions: Any = ("switch_on_selected", "switch_off_selected")
    actions_row: Any = ("switch_on", "switch_off", "preview", "copy", "archive")
    actions_detail: Any = ("start", *actions_row)
    actions_submit_line: Any = ("try_unsaved",)
    list_disable_select_all = True
    about = ("name", "folder", "trigger_label", "state_label", "version", "definition", "id", "created_at")

    class Media:
        js = ("incidentio/workflows.js",)
        css = {"all": ("incidentio/workflows.css",)}

    def viewer(self, request: HttpRequest) -> Viewer:
        return viewer_of(request)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Workflow]:
        rows: QuerySet[Workflow] = super().get_queryset(request).filter(by_hand=False)
        runs = runs_seen_by(viewer_of(request)).filter(workflow=OuterRef("pk"))
        recent = runs.filter(created_at__gte=timezone.now() - RECENT).order_by().values("workflow")
        counted = recent.annotate(number=Count("pk")).values("number")
        return rows.annotate(
            last_run_at=Subquery(runs.order_by("-id").values("created_at")[:1]),
            runs_lately=Coalesce(Subquery(counted, output_field=IntegerField()), 0),
        )

    def get_urls(self) -> list[URLPattern]:
        view, name = self.admin_site.admin_view, f"{self.opts.app_label}_{self.opts.model_name}"
        return [
            path("builder/", view(self.builder_view), name=f"{name}_builder"),
            path("choices/", view(self.choices_view), name=f"{name}_choices"),
            *super().get_urls(),
        ]

    # ---- the list

    @admin.display(description="Trigger", ordering="trigger")
    def trigger_label(self, workflow: Workflow) -> str:
        """What starts it, in words."""
        known = TRIGGERS.get(workflow.trigger)
        return known.label if known is not None else f"{workflow.trigger} (unknown here)"

    @display(description="State", ordering="state", label=STATE_LOOKS)
    def state_label(self, workflow: Workflow) -> str:
        """Whether it runs."""
        return workflow.get_state_display()

    @admin.display(description="Last run", ordering=F("last_run_at").desc(nulls_last=True))
    def last_run(self, workflow: Any) -> Any:
        """When it last started."""
        return workflow.last_run_at

    @admin.display(description="Runs in 30 days", ordering="runs_lately")
    def recent_runs(self, workflow: Any) -> SafeString:
        """How often it started lately; the way to these runs."""
        address = reverse("admin:workflows_workflowrun_changelist") + f"?workflow__id__exact={workflow.pk}"
        return format_html('<a href="{}" class="text-link">{}</a>', address, workflow.runs_lately)

    @admin.action(description="Switch on")
    def switch_on_selected(self, request: HttpRequest, queryset: QuerySet[Workflow]) -> None:
        """Let each of the ticked workflows run."""
        self._switch_all(request, queryset, on=True)

    @admin.action(description="Switch off")
    def switch_off_selected(self, request: HttpRequest, queryset: QuerySet[Workflow]) -> None:
        """Let none of the ticked workflows run."""
        self._switch_all(request, queryset, on=False)

    def _switch_all(self, request: HttpRequest, queryset: QuerySet[Workflow], *, on: bool) -> None:
        done = 0
        for workflow in queryset:
            try:
                switched = switch(actor_of(request), workflow, on=on)
            except DomainError as refusal:
                self.message_user(request, f"{workflow}: {refusal}", messages.ERROR)
            else:
                done += switched.state != WorkflowState.ERROR
                self._warn(request, switched)
        self.message_user(request, f"Switched {'on' if on else 'off'}: {done}", messages.SUCCESS)

    def _warn(self, request: HttpRequest, workflow: Workflow) -> None:
        """Say why a workflow that was saved does not run."""
        if workflow.state == WorkflowState.ERROR:
            message = f"{workflow} speaks of something this hub does not know: it is kept, and does not run"
            self.message_user(request, message, messages.WARNING)

    # ---- what is done to one

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return obj is None or obj.archived_at is None

    def has_use_permission(self, request: HttpRequest, object_id: str | None = None) -> bool:
        """Whether the workflow is in use."""
        return self._is(object_id)

    def has_switch_on_permission(self, request: HttpRequest, object_id: str | None = None) -> bool:
        """Whether the workflow can be switched on."""
        return self._is(object_id, ~Q(state=WorkflowState.ACTIVE))

    def has_switch_off_permission(self, request: HttpRequest, object_id: str | None = None) -> bool:
        """Whether the workflow is switched on."""
        return self._is(object_id, Q(state=WorkflowState.ACTIVE))

    def _is(self, object_id: str | None, *so: Q) -> bool:
        """Whether a workflow is in use, and so; of none in particular it may be."""
        if not object_id or not is_id(object_id):
            return True
        return Workflow.objects.active().filter(*so, pk=object_id).exists()

    @action(description="Switch on", icon="play_arrow", permissions=["switch_on"])
    def switch_on(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Let it run."""
        text = "It runs from now on, whenever its trigger happens and its conditions are met."
        return self._ask_to_switch(request, object_id, text, on=True)

    @action(description="Switch off", icon="pause", permissions=["switch_off"])
    def switch_off(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Let it run no more."""
        text = "It starts no more. Runs that are under way go on."
        return self._ask_to_switch(request, object_id, text, on=False)

    def _ask_to_switch(self, request: HttpRequest, object_id: str, text: str, *, on: bool) -> HttpResponse:
        def do(workflow: Workflow) -> HttpResponse | None:
            switched = switch(actor_of(request), workflow, on=on)
            self._warn(request, switched)
            return redirect(self.url("changelist")) if switched.state == WorkflowState.ERROR else None

        title = f"Switch this workflow {'on' if on else 'off'}"
        return self.ask(request, object_id, title=title, text=text, do=do, done=f"Switched {'on' if on else 'off'}")

    @action(
        description="Try before saving",
        icon="history_toggle_off",
        permissions=["use"],
        attrs={"name": TRY, "formtarget": "_blank"},
    )
    def try_unsaved(self, request: HttpRequest, obj: Workflow) -> None:
        """A button of the form: see `changeform_view`."""

    @action(description="Copy", icon="content_copy")
    def copy(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Make a draft that is the same."""

        def do(workflow: Workflow) -> HttpResponse:
            made = copy_workflow(actor_of(request), workflow)
            self.message_user(request, f"This is the copy, a draft: {made}", messages.SUCCESS)
            return redirect(self.url("change", made.pk))

        text = "The copy is a draft: nothing runs until you switch it on."
        return self.ask(request, object_id, title="Copy this workflow", text=text, do=do)

    @action(description="Archive", icon="archive", permissions=["use"])
    def archive(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Take it out of use."""

        def do(workflow: Workflow) -> None:
            archive_workflow(actor_of(request), workflow)

        text = "It starts no more and cannot be changed. Its runs stay."
        return self.ask(
            request, object_id, title="Archive this workflow", text=text, do=do, done="Archived", danger=True
        )

    # ---- the form

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        if obj is not None and not self.has_change_permission(request, obj):
            return ((None, {"fields": self.about}),)
        gone = fields_gone(obj) if obj is not None else set[str]()
        return ((None, {"fields": [name for name in WorkflowForm.base_fields if name not in gone]}),)

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        return self.about if obj is not None and not self.has_change_permission(request, obj) else ()

    def create(self, request: HttpRequest, form: Any) -> Workflow:
        self.only_try(request, form.trigger_name, form.text())
        workflow = create_workflow(actor_of(request), form.trigger_name, form.text())
        self._warn(request, workflow)
        return workflow

    def update(self, request: HttpRequest, row: Any, form: Any) -> Workflow:
        self.only_try(request, row.trigger, form.text())
        workflow = update_workflow(actor_of(request), Workflow.objects.get(pk=row.pk), form.text())
        self._warn(request, workflow)
        return workflow

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        history = SimpleLazyObject(lambda: _history(viewer_of(request), object_id))
        context = {**(extra_context or {}), "history": history}
        response: HttpResponse = super().change_view(request, object_id, form_url, context)
        return response

    def builder_view(self, request: HttpRequest) -> HttpResponse:
        """The form that was sent, with one piece added, removed or moved, or offering what follows from a choice."""
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        row = self.get_object(request, request.POST.get("workflow", "")) if request.POST.get("workflow") else None
        made: Any = self.get_form(request, row, change=row is not None)
        known = {"instance": row} if row is not None else {}
        sent = made(request.POST, **known)
        sent.draft.do(request.POST.get("do", ""), request.POST.get("new_step", ""))
        said = {name: field.widget.value_from_datadict(request.POST, {}, name) for name, field in sent.fields.items()}
        form = made(initial=said, **known)
        form.draft = sent.draft
        return TemplateResponse(request, "admin/workflows/workflow/builder.html", {"form": form, "opts": self.opts})

    def choices_view(self, request: HttpRequest) -> HttpResponse:
        """Values of a type that a search finds, those that are ticked first."""
        place, type = request.GET.get("place", ""), request.GET.get("type", "")
        ticked = [value for value in request.GET.getlist(f"{place}.values") if value]
        spoken_of = {"expressions": [], "ticked": [{"literal": value} for value in ticked]}
        offering = Offering(WorkflowWords(world_of([spoken_of]), "", spoken_of))
        choices = offering.choices(type, ticked, request.GET.get(f"{place}.find", "").strip())
        if choices is None:
            raise Http404("There is no list of these")
        param = Param("", "", type, array=request.GET.get("many") == "1")
        binding = {"array_value": [{"literal": value} for value in ticked]} if ticked else {}
        control = control_of(offering, param, binding, place, Beside())
        context = {"control": control, "choices": choices}
        return TemplateResponse(request, "admin/workflows/workflow/options.html", context)


def _history(viewer: Viewer, object_id: str) -> dict[str, Any]:
    """What became of a workflow: who looks after it, its versions, its latest runs."""
    runs = runs_seen_by(viewer).filter(workflow=object_id).select_related("incident", "version")
    versions = Workflow(pk=object_id).versions.order_by("-number").values("number", "created_at", "state")
    claim = managed.claim_on(managed.WORKFLOW, object_id)
    return {
        "manager": claim.get_managed_by_display() if claim and claim.managed_by != ManagedBy.DASHBOARD else "",
        "versions": [row | {"state": WorkflowState(row["state"]).label} for row in versions[:MOST_VERSIONS]],
        "runs": [
            (run, RUN_LOOKS.get(run.state, "default"))
            for run in runs.defer("version__definition", "explanation", "scope").order_by("-id")[:MOST_RUNS]
        ],
    }
