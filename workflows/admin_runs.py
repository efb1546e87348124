"""Runs of workflows in the admin: why they started, what they did, and the ledger of their calls."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.contrib import admin, messages
from django.db.models import Prefetch, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.functional import SimpleLazyObject
from django.utils.html import format_html
from django.utils.safestring import SafeString
from unfold.decorators import action, display
from unfold.paginator import InfinitePaginator

from events.actors import Actor
from events.administration import ReadOnlyAdmin, actor_of
from incidents.models import Incident
from incidents.visibility import visible_to
from workflows.admin_ticked import for_each
from workflows.admin_workflows import RUN_LOOKS, runs_seen_by, viewer_of
from workflows.doers import started_by
from workflows.models import CallState, Effect, RunState, StepRun, StepStatus, WorkflowRun
from workflows.registry import STEPS
from workflows.runs import call_it_done, cancel_run, confirm_run, redrive, retry_run

LOOKS = {look: look for look in ("danger", "warning", "info", "success", "default")}
STEP_LOOKS = {StepStatus.COMPLETE: "success", StepStatus.PENDING: "info", StepStatus.ERROR: "danger"}
CALL_LOOKS = {
    CallState.PENDING: "info",
    CallState.DONE: "success",
    CallState.NOT_DONE: "danger",
    CallState.UNKNOWN: "warning",
}
NOTHING = "–"


def step_label(name: str) -> str:
    """What people call a step."""
    known = STEPS.get(name)
    return known.label if known is not None else name


def incident_link(incident: Incident | None) -> SafeString | str:
    """The way to an incident."""
    if incident is None:
        return NOTHING
    url = reverse("admin:incidents_incident_change", args=[incident.pk])
    return format_html('<a href="{}" class="text-link">{}</a>', url, incident.reference)


@dataclass(frozen=True)
class CallShown:
    """A call of a step, in its colour, and what was said last."""

    effect: Effect
    look: str
    said: str


@dataclass(frozen=True)
class StepShown:
    """A step of a run: what it did, or why not, and its calls."""

    step: StepRun
    label: str
    status: str
    look: str
    calls: list[CallShown]


def steps_shown(run: WorkflowRun) -> list[StepShown]:
    """The steps of a run with their calls. Two statements."""
    calls = Effect.objects.order_by("place").defer("request_body", "sealed", "detail")
    steps = StepRun.objects.filter(run=run).order_by("place").prefetch_related(Prefetch("effects", calls))
    return [_step_shown(run, step) for step in steps]


def _step_shown(run: WorkflowRun, step: StepRun) -> StepShown:
    effects = [
        CallShown(effect, CALL_LOOKS[CallState(effect.state)], effect.log[-1].get("error", "") if effect.log else "")
        for effect in step.effects.all()
    ]
    status, look = step.get_status_display(), STEP_LOOKS[StepStatus(step.status)]
    if step.status == StepStatus.PENDING and run.state not in (RunState.PENDING, RunState.ASKING):
        status, look = "Not done", "default"
    return StepShown(step, step_label(step.name), status, look, effects)


@admin.register(WorkflowRun)
class WorkflowRunAdmin(ReadOnlyAdmin):
    """Runs, without those on private incidents the reader is no member of."""

    list_display = ("created_at", "workflow", "incident_label", "state_label", "version_number", "finished_at", "error")
    list_filter = ("state", "workflow")
    list_select_related = ("workflow", "version", "incident")
    search_fields = ("id", "incident__id", "incident__name")
    ordering = ("-id",)
    paginator = InfinitePaginator
    show_full_result_count = False
    actions_detail: Any = ("confirm", "retry", "cancel")
    change_form_outer_before_template: Any = "admin/workflows/workflowrun/told.html"
    fields = ("started_by", "created_at", "scheduled_at", "finished_at", "identity")

    class Media:
        css = {"all": ("incidentio/workflows.css",)}

    def get_queryset(self, request: HttpRequest) -> QuerySet[WorkflowRun]:
        rows = runs_seen_by(viewer_of(request)).defer("version__definition", "workflow__definition", "scope")
        return rows.select_related("workflow", "version", "incident").order_by("-id")

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        def steps() -> list[StepShown]:
            run = self.get_object(request, object_id)
            return steps_shown(run) if run is not None else []

        context = {**(extra_context or {}), "steps": SimpleLazyObject(steps), "looks": RUN_LOOKS}
        response: HttpResponse = super().change_view(request, object_id, form_url, context)
        return response

    @admin.display(description="Version", ordering="version__number")
    def version_number(self, run: WorkflowRun) -> int:
        """The version it started with."""
        return run.version.number

    @admin.display(description="Incident", ordering="incident__number")
    def incident_label(self, run: WorkflowRun) -> SafeString | str:
        """The incident it is about."""
        return incident_link(run.incident)

    @display(description="State", ordering="state", label=LOOKS)
    def state_label(self, run: WorkflowRun) -> tuple[str, str]:
        """How far it is."""
        return RUN_LOOKS.get(run.state, "default"), run.get_state_display()

    @admin.display(description="ID")
    def identity(self, run: WorkflowRun) -> str:
        """What callers of the API name it by."""
        return run.pk

    @admin.display(description="Started by")
    def started_by(self, run: WorkflowRun) -> SafeString | str:
        """The event that started it, or whoever did."""
        if run.event_id is None:
            person = started_by(run)
            return f"{person.label}, by hand" if person is not None else "The clock"
        url = reverse("admin:events_event_change", args=[run.event_id])
        return format_html('<a href="{}" class="text-link">This event</a>', url)

    def has_confirm_permission(self, request: HttpRequest, object_id: str | None = None) -> bool:
        """Whether the run waits for a word."""
        return self._is(request, object_id, RunState.ASKING)

    def has_retry_permission(self, request: HttpRequest, object_id: str | None = None) -> bool:
        """Whether the run failed."""
        return self._is(request, object_id, RunState.ERROR)

    def has_cancel_permission(self, request: HttpRequest, object_id: str | None = None) -> bool:
        """Whether the run is not over."""
        return self._is(request, object_id, RunState.PENDING, RunState.ASKING)

    def _is(self, request: HttpRequest, object_id: str | None, *states: str) -> bool:
        row = self.get_object(request, object_id) if object_id else None
        return row is None or row.state in states

    @action(description="Let it run", icon="play_arrow", permissions=["confirm"])
    def confirm(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Let a run begin that waits for a person."""
        text = "It waits for somebody to say so: its steps are done now."
        return self._ask(request, object_id, "Let this run begin", text, confirm_run, "It runs")

    @action(description="Try again", icon="refresh", permissions=["retry"])
    def retry(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Go on with a run that failed."""
        text = "It goes on with the first step that is not complete. Steps that are complete are not done again."
        return self._ask(request, object_id, "Try this run again", text, retry_run, "It goes on")

    @action(description="Stop", icon="stop", permissions=["cancel"])
    def cancel(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Stop a run before its next step."""
        text = "No further step is done. What was done stays done."
        return self._ask(request, object_id, "Stop this run", text, cancel_run, "Stopped", danger=True)

    def _ask(
        self,
        request: HttpRequest,
        object_id: str,
        title: str,
        text: str,
        verb: Callable[[Actor, WorkflowRun], None],
        done: str,
        *,
        danger: bool = False,
    ) -> HttpResponse:
        def do(run: WorkflowRun) -> None:
            verb(actor_of(request), run)

        return self.ask(request, object_id, title=title, text=text, do=do, done=done, danger=danger)


@admin.register(Effect)
class EffectAdmin(ReadOnlyAdmin):
    """The ledger: calls of workflows, without those about private incidents the reader is no member of."""

    list_display = ("created_at", "step_label", "target", "incident_label", "state_label", "attempts", "last_said")
    list_filter = ("state", "step_name")
    search_fields = ("id", "key", "target", "step_run__run__id")
    search_help_text = "The ID of a call or a run, an idempotency key, or whom it goes to"
    ordering = ("-id",)
    paginator = InfinitePaginator
    show_full_result_count = False
    actions: Any = ("send_again_selected", "arrived_selected")
    actions_detail: Any = ("send_again", "arrived")
    list_disable_select_all = True
    change_form_outer_after_template: Any = "admin/workflows/effect/attempts.html"
    fields = (
        "step_label",
        "run_label",
        "incident_label",
        "target",
        "state_said",
        "attempts",
        "due_at",
        "remote_id",
        "request_body",
        "key",
        "repeats_label",
        "created_at",
        "updated_at",
        "identity",
    )

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        response: HttpResponse = super().changelist_view(request, {**(extra_context or {}), "title": "Ledger"})
        return response

    def get_queryset(self, request: HttpRequest) -> QuerySet[Effect]:
        path = "step_run__run__incident"
        visible = Q(**{path: None}) | visible_to(viewer_of(request), f"{path}__")
        rows: QuerySet[Effect] = super().get_queryset(request).filter(visible)
        told = ("step_run__run__scope", "step_run__run__explanation", "step_run__run__workflow__definition")
        return rows.select_related("step_run__run__workflow", path).defer("sealed", *told)

    @admin.display(description="Step", ordering="step_name")
    def step_label(self, effect: Effect) -> str:
        """The step it belongs to, in words."""
        return step_label(effect.step_name)

    @admin.display(description="Run")
    def run_label(self, effect: Effect) -> SafeString:
        """The run it belongs to."""
        run = effect.step_run.run
        url = reverse("admin:workflows_workflowrun_change", args=[run.pk])
        return format_html('<a href="{}" class="text-link">{}</a>', url, run.workflow)

    @admin.display(description="Incident")
    def incident_label(self, effect: Effect) -> SafeString | str:
        """The incident its run is about."""
        return incident_link(effect.step_run.run.incident)

    @display(description="State", ordering="state", label=LOOKS)
    def state_label(self, effect: Effect) -> tuple[str, str]:
        """What became of it."""
        return CALL_LOOKS[CallState(effect.state)], effect.get_state_display()

    @admin.display(description="State")
    def state_said(self, effect: Effect) -> str:
        """The same in plain words."""
        return effect.get_state_display()

    @admin.display(description="ID")
    def identity(self, effect: Effect) -> str:
        """What callers of the API name it by."""
        return effect.pk

    @admin.display(description="Last said")
    def last_said(self, effect: Effect) -> str:
        """What went wrong last."""
        return effect.log[-1].get("error", "") if effect.log else ""

    @admin.display(description="After a lost answer")
    def repeats_label(self, effect: Effect) -> str:
        """What makes another attempt safe."""
        return effect.get_repeats_display()

    @admin.action(description="Send again")
    def send_again_selected(self, request: HttpRequest, queryset: QuerySet[Effect]) -> None:
        """Make each of the ticked calls once more, and say which cannot be."""
        self._all(request, queryset, redrive, "Sending again")

    @admin.action(description="It arrived")
    def arrived_selected(self, request: HttpRequest, queryset: QuerySet[Effect]) -> None:
        """Take the ticked calls as done, and say which cannot be."""
        self._all(request, queryset, call_it_done, "Taken as done")

    def _all(
        self, request: HttpRequest, queryset: QuerySet[Effect], verb: Callable[[Actor, Effect], None], done: str
    ) -> None:
        number = for_each(self, request, queryset, verb)
        self.message_user(request, f"{done}: {number}", messages.SUCCESS)

    @action(description="Send again", icon="send")
    def send_again(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Make the call once more."""

        def do(effect: Effect) -> None:
            redrive(actor_of(request), effect)

        text = (
            "The same call is made again now, under the same key; its run goes on when it has arrived. Where the other "
            "side does not look at the key and the last call did arrive, it arrives twice."
        )
        return self.ask(request, object_id, title="Send this again", text=text, do=do, done="Sending again")

    @action(description="It arrived", icon="check")
    def arrived(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Take a person's word that the call arrived."""

        def do(effect: Effect) -> None:
            call_it_done(actor_of(request), effect)

        text = "Nothing is sent. The call counts as done, and its run goes on after it."
        return self.ask(request, object_id, title="It arrived", text=text, do=do, done="Taken as done")
