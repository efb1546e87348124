"""Workflows started by hand in the admin: on which incident, and with which answers to what they ask."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, cast

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.widgets import AutocompleteSelect
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import URLPattern, path, reverse
from unfold.decorators import action

from events.administration import VerbAdmin, actor_of
from incidentio.core.errors import DomainError
from incidentio.core.ids import is_id
from incidents.models import Incident
from incidents.visibility import Viewer, visible_to
from integrations.base import Param
from workflows.admin_explain import incident_seen_by
from workflows.building import LITERAL, Kind, Posted, read_binding
from workflows.controls import Beside, Control, control_of
from workflows.models import Workflow, WorkflowRun, WorkflowState
from workflows.offering import Offering
from workflows.starting import start_workflow
from workflows.triggers import MANUAL
from workflows.world import WorkflowWords, world_of


class StartForm(forms.Form):
    """On which incident."""

    incident: Any = forms.ModelChoiceField(
        Incident.objects.none(),
        widget=AutocompleteSelect(WorkflowRun._meta.get_field("incident"), admin.site),
        help_text="By its reference or words of its name",
    )

    def __init__(self, viewer: Viewer, data: Any = None, **kwargs: Any) -> None:
        super().__init__(data, **kwargs)
        self.fields["incident"].queryset = Incident.objects.filter(visible_to(viewer))  # type: ignore[attr-defined]


@dataclass(frozen=True)
class Question:
    """Something a workflow asks of whoever starts it, as a control."""

    control: Control
    description: str


class Questions:
    """What a workflow asks, and what was answered."""

    def __init__(self, workflow: Workflow, posted: Posted | None) -> None:
        self.asked: list[Mapping[str, Any]] = workflow.definition.get("form_fields", [])
        given = posted.lists() if posted is not None else []
        ticked = [{"literal": value} for name, values in given if name.startswith("form.") for value in values]
        definition = workflow.definition
        world = world_of([definition, {"expressions": [], "ticked": ticked}])
        self.offering = Offering(WorkflowWords(world, workflow.trigger, definition))
        self.said = {field["key"]: self._said(field, posted) for field in self.asked} if posted is not None else {}

    def _said(self, field: Mapping[str, Any], posted: Posted) -> dict[str, Any]:
        return read_binding(self.offering, posted, _place(field), _param(field), {})

    @property
    def answers(self) -> dict[str, Any]:
        """The answers as the verb takes them."""
        return {key: answer for key, binding in self.said.items() if (answer := _answer(binding))}

    def controls(self, beside: Beside) -> list[Question]:
        """What is asked, with what was answered and what is wrong with it."""
        return [Question(self._control(field, beside), field.get("description", "")) for field in self.asked]

    def _control(self, field: Mapping[str, Any], beside: Beside) -> Control:
        binding = self.said.get(field["key"], {})
        control = control_of(self.offering, _param(field), binding, _place(field), beside)
        kind = Kind.TEXT if control.kind is Kind.REFER else control.kind
        return replace(control, kind=kind, mode=LITERAL, references=[], insertable=[])


def _param(field: Mapping[str, Any]) -> Param:
    return Param(field["key"], field["title"], field["type"], field["array"], field["required"])


def _place(field: Mapping[str, Any]) -> str:
    return f"form.{field['key']}"


def _answer(binding: Mapping[str, Any]) -> str | list[str]:
    if "array_value" in binding:
        return [value["literal"] for value in binding["array_value"]]
    return cast(str, binding["value"]["literal"]) if binding else ""


class StartPages(VerbAdmin):
    """The pages by which people start a workflow: from it, or from an incident."""

    def viewer(self, request: HttpRequest) -> Viewer:
        """Whoever starts it: private incidents are for their members."""
        raise NotImplementedError

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(self.start_on_view)
        name = f"{self.opts.app_label}_{self.opts.model_name}_start_on"
        return [path("start/<str:incident_id>/", view, name=name), *super().get_urls()]

    def has_start_permission(self, request: HttpRequest, object_id: str | None = None) -> bool:
        """Whether the workflow waits for people to start it."""
        if not object_id or not is_id(str(object_id)):
            return True
        return bool(_startable().filter(pk=object_id).exists())

    def start_on_view(self, request: HttpRequest, incident_id: str) -> HttpResponse:
        """Which workflow: those that are started by hand."""
        incident = incident_seen_by(self.viewer(request), incident_id)
        context = {
            "title": f"Start a workflow on {incident.reference}",
            "workflows": _startable().order_by("name").only("pk", "name", "folder"),
            "back": reverse("admin:incidents_incident_change", args=[incident.pk]),
        }
        return self.page(request, incident, "admin/workflows/workflow/start_on.html", context)

    @action(description="Start", icon="play_circle", permissions=["start"])
    def start(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Start it by hand."""
        workflow: Workflow = self.get_object(request, object_id)
        posted = request.POST if request.method == "POST" else None
        form = StartForm(self.viewer(request), posted, initial={"incident": request.GET.get("incident")})
        questions, beside = Questions(workflow, posted), Beside()
        if form.is_valid():
            try:
                run = start_workflow(actor_of(request), workflow, form.cleaned_data["incident"], questions.answers)
            except DomainError as refusal:
                beside = Beside(refusal.problems)
            else:
                self.message_user(request, f"Started: {workflow}", messages.SUCCESS)
                return redirect(reverse("admin:workflows_workflowrun_change", args=[run.pk]))
        context = {
            "title": "Start this workflow",
            "form": form,
            "questions": questions.controls(beside),
            "refused": beside.rest(),
            "back": self.url("change", workflow.pk),
        }
        return self.page(request, workflow, "admin/workflows/workflow/start.html", context)


def _startable() -> Any:
    return Workflow.objects.active().filter(trigger=MANUAL, state=WorkflowState.ACTIVE)
