"""Something done at a tool from an incident's page in the admin: which step, told what, and done at once."""

from dataclasses import dataclass, replace
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import URLPattern, path, reverse

from events.administration import VerbAdmin, actor_of
from incidentio.core.errors import DomainError
from incidentio.core.ids import is_id, new_id
from incidentio.core.vocabulary import STRING
from incidents.models import Incident, Visibility, WorkStatus
from incidents.visibility import Viewer
from integrations.base import Param, Step
from integrations.tracking import PRIVATE_TOO
from integrations.types import FOLLOW_UP, INCIDENT
from workflows.admin_explain import incident_seen_by
from workflows.building import LITERAL, Kind, Posted, read_binding
from workflows.by_hand import BINDINGS, definition_of, do_step, hindrance, is_at_a_tool, offered
from workflows.controls import Beside, Control, control_of
from workflows.offering import Choice, Choices, Offering, new_step
from workflows.registry import STEPS
from workflows.triggers import MANUAL
from workflows.world import WorkflowWords, world_of

KEY = "key"


@dataclass(frozen=True)
class Told:
    """A parameter people fill in: its place among the step's, and what is said for it."""

    place: str
    param: Param
    binding: dict[str, Any]


class StepForm:
    """What a step at a tool is told of an incident. `key` is the same however often the form is sent."""

    def __init__(self, incident: Incident, step: Step, posted: Posted | None) -> None:
        self.incident = incident
        sent = posted.get(KEY, "") if posted is not None else ""
        self.key = sent if is_id(sent) else new_id()
        self.offering = _offering(step, posted)
        self.bindings: list[dict[str, Any]] = new_step(step.name)["param_bindings"]
        self.asked: list[Told] = []
        for number, param in enumerate(step.params):
            if self._is_asked(param):
                place = f"{BINDINGS}.{number}"
                self.bindings[number] = self._said(place, param, posted)
                self.asked.append(Told(place, param, self.bindings[number]))

    def _is_asked(self, param: Param) -> bool:
        """The incident is known; of private ones there is nothing to say where it is public."""
        if param == PRIVATE_TOO:
            return self.incident.visibility == Visibility.PRIVATE
        return param.type != INCIDENT or param.array

    def _said(self, place: str, param: Param, posted: Posted | None) -> dict[str, Any]:
        if posted is not None:
            return read_binding(self.offering, posted, place, _as_written(param), {})
        words = _words_for(param, self.incident)
        return {"value": {"literal": words}} if words else {}

    def controls(self, beside: Beside) -> list[Control]:
        """What is asked, with what was said and what is wrong with it."""
        return [self._control(told, beside) for told in self.asked]

    def _control(self, told: Told, beside: Beside) -> Control:
        control = control_of(self.offering, _as_written(told.param), told.binding, told.place, beside)
        if told.param.type != FOLLOW_UP:
            return control
        choices = Choices(_follow_ups(self.incident))
        return replace(control, kind=Kind.CHOOSE, mode=LITERAL, choices=choices, references=[])


def _offering(step: Step, posted: Posted | None) -> Offering:
    """What can be chosen, with the names of what was."""
    given = [value for _, values in posted.lists() for value in values] if posted is not None else []
    definition = definition_of(step, [])
    world = world_of([{"ticked": [{"literal": value} for value in given]}])
    return Offering(WorkflowWords(world, MANUAL, definition))


def _as_written(param: Param) -> Param:
    """A follow-up is said by its ID: nothing refers to one here."""
    return replace(param, type=STRING) if param.type == FOLLOW_UP else param


def _follow_ups(incident: Incident) -> list[Choice]:
    rows = incident.follow_ups.exclude(status=WorkStatus.DELETED).order_by("id")
    return [Choice(*row) for row in rows.values_list("pk", "title")]


def _words_for(param: Param, incident: Incident) -> str:
    """What people would write first; nothing where a template would be made of it."""
    called = f"{incident.reference} {incident.name}"
    words = {"title": called, "subject": called, "description": incident.summary}.get(param.name, "")
    return "" if "{{" in words or "{%" in words else words


class ToolPages(VerbAdmin):
    """The pages by which people have something done at a tool, from an incident."""

    def viewer(self, request: HttpRequest) -> Viewer:
        """Whoever does it: private incidents are for their members."""
        raise NotImplementedError

    def get_urls(self) -> list[URLPattern]:
        view, name = self.admin_site.admin_view, f"{self.opts.app_label}_{self.opts.model_name}"
        return [
            path("tools/<str:incident_id>/", view(self.tools_view), name=f"{name}_tools"),
            path("tools/<str:incident_id>/<str:step_name>/", view(self.tool_view), name=f"{name}_tool"),
            *super().get_urls(),
        ]

    def tools_view(self, request: HttpRequest, incident_id: str) -> HttpResponse:
        """What can be done, by tool."""
        incident = incident_seen_by(self.viewer(request), incident_id)
        context = {
            "title": f"At a tool, for {incident.reference}",
            "tools": offered(),
            "back": reverse("admin:incidents_incident_change", args=[incident.pk]),
        }
        return self.page(request, incident, "admin/workflows/workflow/tools.html", context)

    def tool_view(self, request: HttpRequest, incident_id: str, step_name: str) -> HttpResponse:
        """What one step is told; sent, the step is done."""
        incident, step = incident_seen_by(self.viewer(request), incident_id), STEPS.get(step_name)
        if step is None or not is_at_a_tool(step):
            raise Http404("There is no such step at a tool")
        form = StepForm(incident, step, request.POST if request.method == "POST" else None)
        beside, refused = Beside(), hindrance(step)
        if request.method == "POST":
            try:
                run = do_step(actor_of(request), incident, step, form.bindings, form.key)
            except DomainError as refusal:
                beside = Beside(refusal.problems)
            else:
                self.message_user(request, f"Started: {step.label}", messages.SUCCESS)
                return redirect(reverse("admin:workflows_workflowrun_change", args=[run.pk]))
        context = {
            "title": step.label,
            "key": form.key,
            "controls": form.controls(beside),
            "refused": beside.rest() or ([refused] if refused else []),
            "back": self.url("tools", incident.pk),
        }
        return self.page(request, incident, "admin/workflows/workflow/tool.html", context)
