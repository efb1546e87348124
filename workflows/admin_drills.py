"""Fire drills in the admin: what one would do, how one goes, and what it came to."""

from collections import Counter
from dataclasses import dataclass
from typing import Any

from django.contrib import admin, messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.functional import SimpleLazyObject
from unfold.decorators import action, display

from events.administration import ReadOnlyAdmin, actor_of
from incidentio.core.errors import DomainError
from workflows.admin_runs import incident_link, step_label
from workflows.drilling import start_drill
from workflows.drills import How, Link, connections, links_of, rehearsals_at, tool_label
from workflows.models import DrillState, FireDrill, Workflow, WorkflowState

LOOKS = {How.WORKS: "success", How.BROKEN: "danger", How.WAITS: "info", How.LEFT_OUT: "default"}
STATE_LOOKS = {DrillState.RUNNING.label: "info", DrillState.TIDYING.label: "info", DrillState.DONE.label: "success"}


@dataclass(frozen=True)
class Planned:
    """What a drill would do: at which tools, and in which workflows by which steps."""

    tools: list[tuple[str, list[str]]]
    workflows: list[tuple[str, list[str]]]


@dataclass(frozen=True)
class LinkShown:
    """A link in its colour, with what it tried as people call it."""

    link: Link
    what: str
    look: str


def planned() -> Planned:
    """What a drill begun now would do. Two statements."""
    tools = [
        (tool_label(one.tool), [rehearsal.step.label for rehearsal in rehearsals_at(one)]) for one in connections()
    ]
    rows = Workflow.objects.filter(archived_at=None, state=WorkflowState.ACTIVE).order_by("name")
    workflows = [(row.name, [step_label(step["name"]) for step in row.definition["steps"]]) for row in rows]
    return Planned(tools, workflows)


@admin.register(FireDrill)
class FireDrillAdmin(ReadOnlyAdmin):
    """All fire drills there were."""

    class Media:
        css = {"all": ("incidentio/workflows.css",)}

    list_display = ("created_at", "state_label", "result", "started_by", "incident_shown")
    list_select_related = ("incident",)
    ordering = ("-id",)
    actions_list: Any = ("begin",)
    change_form_outer_after_template: Any = "admin/workflows/firedrill/report.html"
    fields = ("state_label", "incident_shown", "started_by", "created_at", "finished_at")

    @display(description="State", label=STATE_LOOKS)
    def state_label(self, drill: FireDrill) -> str:
        """How far it is."""
        return drill.get_state_display()

    @admin.display(description="Started by")
    def started_by(self, drill: FireDrill) -> str:
        """Who wanted it."""
        return drill.actor_label

    @admin.display(description="Incident")
    def incident_shown(self, drill: FireDrill) -> Any:
        """The incident in test mode it is about."""
        return incident_link(drill.incident)

    @admin.display(description="Result")
    def result(self, drill: FireDrill) -> str:
        """What it came to, in numbers."""
        return told(Link(**entry) for entry in drill.report)

    @action(description="Run a fire drill", icon="local_fire_department")
    def begin(self, request: HttpRequest) -> HttpResponse:
        """Say what a drill will do; on a yes, begin it and show how it goes."""
        if request.method == "POST":
            try:
                drill = start_drill(actor_of(request))
            except DomainError as refusal:
                self.message_user(request, str(refusal), messages.ERROR)
                return redirect(self.url("changelist"))
            return redirect(self.url("change", drill.pk))
        context = {"title": "Run a fire drill?", "planned": planned(), "back": self.url("changelist"), "original": ""}
        context["media"] = self.media
        return self.page(request, FireDrill(), "admin/workflows/firedrill/begin.html", context)

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """The report, which is loaded again until it is complete."""
        drill = self.get_object(request, object_id)
        context = extra_context or {}
        if drill is not None:
            context |= {"report": SimpleLazyObject(lambda: links_shown(drill))}
            context |= {"goes_on": drill.state != DrillState.DONE, "numbers": SimpleLazyObject(lambda: _numbers(drill))}
        return super().change_view(request, object_id, form_url, context)


def links_shown(drill: FireDrill) -> list[LinkShown]:
    """What the drill has come to, the broken first."""
    links = sorted(links_of(drill), key=lambda link: link.how != How.BROKEN)
    return [LinkShown(link, step_label(link.what), LOOKS[How(link.how)]) for link in links]


def _numbers(drill: FireDrill) -> str:
    return told(links_of(drill))


def told(links: Any) -> str:
    """The links in numbers, as in `1 broken, 12 work`."""
    counts = Counter(link.how for link in links)
    return ", ".join(
        _count(counts[how], how) for how in (How.BROKEN, How.WAITS, How.LEFT_OUT, How.WORKS) if counts[how]
    )


def _count(number: int, how: How) -> str:
    verbs = {How.WORKS: "work", How.WAITS: "wait"}
    return f"{number} {verbs.get(how, how) if number > 1 else how}"
