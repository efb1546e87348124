"""The form of a workflow: its settings as fields, its conditions and steps as controls, all refused by the verbs."""

from collections.abc import Mapping
from typing import Any, cast

from django import forms
from django.utils.functional import cached_property
from rest_framework.exceptions import ValidationError
from unfold.widgets import (
    UnfoldAdminCheckboxSelectMultipleWidget,
    UnfoldAdminIntegerFieldWidget,
    UnfoldAdminSelectWidget,
    UnfoldAdminTextInputWidget,
    UnfoldBooleanWidget,
)

from accounts.models import Team
from catalog.teams import teams_meant
from events.administration import VerbForm
from incidentio.core.errors import DomainError, Invalid, Problem, translate
from incidentio.core.views import validated
from integrations.base import Step
from workflows.api.shapes import AUTO_RUN_MODES, MODES, RUNS_ON, WorkflowPayload
from workflows.building import CONDITIONS, GROUPS, STEPS, Draft, Posted, read
from workflows.controls import Beside, Board, board
from workflows.models import Workflow, WorkflowState
from workflows.offering import Interval, Offering, interval_of, steps, triggers
from workflows.triggers import TRIGGERS
from workflows.workflows import ALL, NONE, OWNING_TEAMS, WorkflowText
from workflows.world import WorkflowWords, world_of

ONCE = ["incident"]
UNITS = {"days": 86_400, "hours": 3_600, "minutes": 60, "seconds": 1}
STATES = [(state.value, state.label) for state in (WorkflowState.DRAFT, WorkflowState.ACTIVE, WorkflowState.DISABLED)]
LABELS = {
    "newly_created": "Incidents that are created from when it is switched on",
    "newly_created_and_active": "Those, and incidents that are active when it is switched on",
    "run_automatically": "By itself",
    "confirm_before_running": "After somebody confirms",
    NONE: "Public incidents only",
    ALL: "All, private ones included",
    OWNING_TEAMS: "Public ones, and private ones of the owning teams",
}
BLANK: Mapping[str, Any] = {
    "once_for": ONCE,
    GROUPS: [],
    STEPS: [],
    "expressions": [],
    "runs_on_incidents": "newly_created",
    "runs_on_incident_modes": ["standard"],
    "continue_on_step_error": False,
    "private_incident_scope": NONE,
    "auto_run_mode": "run_automatically",
}
FIRST_TRIGGER = "incident.created"
# The fields that are one word of the definition each.
SETTINGS = {
    "modes": "runs_on_incident_modes",
    "private_scope": "private_incident_scope",
    "owning_teams": "owning_team_ids",
    "runs_on": "runs_on_incidents",
    "auto_run_mode": "auto_run_mode",
    "continue_on_step_error": "continue_on_step_error",
}
OVERTAKEN = (
    "Somebody changed it since you opened it. What you see is what you wrote: compare it with the page in another tab, "
    "and save again to replace what is there"
)
SOMEWHERE = "Something is not right yet: it is said beside the condition, step or setting it is about"


def _labelled(values: Any) -> list[tuple[str, str]]:
    return [(value, LABELS.get(value, value.capitalize())) for value in values]


def _select(label: str, choices: Any, help_text: str = "", **kwargs: Any) -> forms.ChoiceField:
    return forms.ChoiceField(
        label=label, choices=choices, help_text=help_text, widget=UnfoldAdminSelectWidget, **kwargs
    )


def _flag(label: str, help_text: str = "") -> forms.BooleanField:
    return forms.BooleanField(label=label, required=False, help_text=help_text, widget=UnfoldBooleanWidget)


def _ticked(label: str, choices: Any, help_text: str = "") -> forms.MultipleChoiceField:
    return forms.MultipleChoiceField(
        label=label,
        choices=choices,
        required=False,
        help_text=help_text,
        widget=UnfoldAdminCheckboxSelectMultipleWidget,
    )


class WorkflowForm(VerbForm):
    """A workflow. What is not on the form (expressions, questions to people, owners by other names) stays as it is."""

    started_by = _select("Trigger", [], "What starts it. Cannot be changed later")
    state = _select("State", STATES, "Only active workflows run", initial=WorkflowState.DRAFT)
    modes = _ticked("Kinds of incidents", _labelled(MODES))
    private_scope = _select("Private incidents", _labelled((NONE, OWNING_TEAMS, ALL)))
    owning_teams = _ticked("Owning teams", [])
    runs_on = _select("Runs for", _labelled(RUNS_ON))
    auto_run_mode = _select("Runs", _labelled(AUTO_RUN_MODES))
    once = _flag("Once per incident", "However often it would start for the same one")
    continue_on_step_error = _flag("Go on after a step that failed")
    delay_number = forms.IntegerField(
        label="Wait", required=False, min_value=0, max_value=100_000_000, widget=UnfoldAdminIntegerFieldWidget
    )
    delay_unit = _select("Unit", [(unit, unit) for unit in reversed(UNITS)], initial="minutes", required=False)
    delay_again = _flag("Check the conditions again after the wait")
    seen_version = forms.CharField(required=False, widget=forms.HiddenInput)

    class Meta:
        model = Workflow
        fields = ("name", "folder")
        widgets = {"name": UnfoldAdminTextInputWidget, "folder": UnfoldAdminTextInputWidget}
        help_texts = {"folder": "To find it by, in the list"}

    pointers = {
        **{key: name for name, key in SETTINGS.items()},
        "trigger": "started_by",
        "once_for": "once",
        "delay": "delay_number",
        "include_private_incidents": "private_scope",
    }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        workflow = self.instance
        self.beside = Beside()
        self.definition: dict[str, Any] = dict(BLANK) if self.adding else workflow.definition
        self.initial = {**_initial(workflow, self.definition), **self.initial}
        for name in self.fields.keys() & {"name", "folder"}:
            words: Any = self.fields[name]
            words.strip = False  # as it was written
        teams: Any = self.fields["owning_teams"]
        teams.choices = self._team_choices()
        trigger: Any = self.fields["started_by"]
        trigger.choices = [(noun, [(one.name, one.label) for one in rows]) for noun, rows in triggers()]
        for name in fields_gone(workflow) if not self.adding else ():
            del self.fields[name]
        delay: Any = self.fields["delay_number"]
        delay.label, delay.help_text = self.interval.label, self.interval.help

    def _team_choices(self) -> list[tuple[str, str]]:
        """Teams by the ids they were named with; the others by their own."""
        named = teams_meant(self.definition.get("owning_team_ids", []))
        names = dict(Team.objects.order_by("name").values_list("pk", "name"))
        written = [(pk, names[team]) for pk, team in named.items() if team in names]
        return sorted([*written, *((pk, name) for pk, name in names.items() if pk not in named.values())], key=_second)

    # ---- what it is about

    @property
    def trigger_name(self) -> str:
        """What starts it: chosen once."""
        if not self.adding:
            return str(self.instance.trigger)
        chosen = self.data.get("started_by") if self.is_bound else self.initial.get("started_by")
        return chosen if chosen in TRIGGERS else FIRST_TRIGGER

    @property
    def trigger_label(self) -> str:
        """The same in words."""
        known = TRIGGERS.get(self.trigger_name)
        return known.label if known is not None else f"{self.trigger_name} (unknown here)"

    @property
    def interval(self) -> Interval:
        """What its delay means."""
        return interval_of(self.trigger_name)

    @property
    def adding(self) -> bool:
        """Whether it is new."""
        return bool(self.instance._state.adding)

    @property
    def waits(self) -> bool:
        """Whether its delay is a wait, and no interval."""
        return self.interval == interval_of("")

    @property
    def step_choices(self) -> list[tuple[str, list[Step]]]:
        """What can be added to its steps."""
        return steps()

    @property
    def once_for(self) -> str:
        """What it runs once for each of, where that is more than the incident."""
        return ", ".join(self.words.meaning(reference).label for reference in self.definition["once_for"])

    @property
    def kept(self) -> list[str]:
        """What it says besides, in words."""
        named = (("expressions", "Expression"), ("form_fields", "Question"))
        told = [f"{what}: {one.get('label') or one['title']}" for key, what in named for one in self._list(key)]
        if self.definition.get("shortform"):
            told.append(f"Short name: {self.definition['shortform']}")
        if self.definition.get("include_private_escalations"):
            told.append("Private escalations are included")
        return told

    def _list(self, key: str) -> list[dict[str, Any]]:
        return self.definition.get(key) or []

    @cached_property
    def words(self) -> WorkflowWords:
        """What can be said in it as it was."""
        return WorkflowWords(world_of([self.definition]), self.trigger_name, self.definition)

    @cached_property
    def draft(self) -> Draft:
        """Its conditions and steps, as they are or as somebody sent them."""
        if not self.is_bound:
            return Draft(list(self.definition[GROUPS]), list(self.definition[STEPS]))
        return read(Offering(self.words), cast(Posted, self.data))

    @cached_property
    def board(self) -> Board:
        """Its conditions and steps as controls, with what is wrong beside them."""
        said = self.definition | {GROUPS: self.draft.groups, STEPS: self.draft.steps}
        words = WorkflowWords(world_of([said]), self.trigger_name, said)
        return board(Offering(words), self.draft, self.beside)

    # ---- what it says

    def text(self) -> WorkflowText:
        """The valid form as the verbs take it: what nobody changed is as it was written.

        Raises:
            Invalid: what has no place in a workflow at all.
        """
        said = self.cleaned_data
        definition = self._definition(said) | {GROUPS: self.draft.groups, STEPS: self.draft.steps}
        _check_shape(said["name"], definition)
        return WorkflowText(said["name"], definition, said["folder"], said["state"])

    def _definition(self, said: Mapping[str, Any]) -> dict[str, Any]:
        definition = dict(self.definition)
        changed = set(self.fields if self.adding else self.changed_data)
        definition |= {key: said[name] for name, key in SETTINGS.items() if name in changed}
        if "once" in changed:
            definition["once_for"] = ONCE if said["once"] else []
        if changed & {"delay_number", "delay_unit", "delay_again"}:
            seconds = (said["delay_number"] or 0) * UNITS[said["delay_unit"] or "seconds"]
            definition["delay"] = {"for_seconds": seconds, "conditions_apply_over_delay": said["delay_again"]}
            if not seconds:
                del definition["delay"]
        return definition

    def clean(self) -> dict[str, Any] | None:
        cleaned = super(VerbForm, self).clean()
        if self.refused is not None:
            self._tell(self.refused.refusal)
        elif self._is_overtaken():
            self.add_error(None, OVERTAKEN)
        return cleaned

    def _is_overtaken(self) -> bool:
        """Whether somebody else changed it since the form was opened; saved once more, it is overwritten."""
        seen = self.data.get("seen_version", "")
        overtaken = not self.adding and seen not in ("", str(self.instance.version))
        if overtaken:
            data = cast(Posted, self.data).copy()
            data["seen_version"] = str(self.instance.version)
            self.data = data
        return overtaken

    def _tell(self, refusal: DomainError) -> None:
        """Show what a verb refused: beside its field, its condition or its step."""
        elsewhere: list[Problem] = []
        for problem in refusal.problems:
            pointer = problem.pointer or ""
            if pointer.startswith((f"{GROUPS}.", f"{STEPS}.")):
                elsewhere.append(problem)
            else:
                self.add_error(self.field_of(pointer), problem.message)
        self.beside = Beside(elsewhere)
        if elsewhere:
            self.add_error(None, SOMEWHERE)


def fields_gone(workflow: Workflow) -> set[str]:
    """The fields a workflow has none of once it is there: its trigger, and what a tick cannot say."""
    return {"started_by"} if workflow.definition["once_for"] in ([], ONCE) else {"started_by", "once"}


def _initial(workflow: Workflow, definition: Mapping[str, Any]) -> dict[str, Any]:
    """The settings of a workflow as the form shows them."""
    initial = {name: definition[key] for name, key in SETTINGS.items() if key in definition}
    delay = definition.get("delay") or {}
    seconds = delay.get("for_seconds", 0)
    unit = next(name for name, length in UNITS.items() if seconds % length == 0) if seconds else "minutes"
    return initial | {
        "started_by": FIRST_TRIGGER,
        "state": workflow.state if workflow.state != WorkflowState.ERROR else WorkflowState.DRAFT,
        "once": definition["once_for"] == ONCE,
        "delay_number": seconds // UNITS[unit] or None,
        "delay_unit": unit,
        "delay_again": delay.get("conditions_apply_over_delay", False),
        "seen_version": str(workflow.version),
    }


def _second(pair: tuple[str, str]) -> str:
    return pair[1].casefold()


def _check_shape(name: str, definition: Mapping[str, Any]) -> None:
    """Refuse what people left open, then what no workflow can be."""
    problems = [
        Problem("is_required", "Choose what to look at", f"{GROUPS}.{place}.{CONDITIONS}.{number}.subject")
        for place, group in enumerate(definition[GROUPS])
        for number, condition in enumerate(group[CONDITIONS])
        if not condition["subject"]
    ]
    if problems:
        raise Invalid.many(problems)
    try:
        validated(WorkflowPayload, {**definition, "name": name or "?"})
    except ValidationError as error:
        raise translate(error) or error from error
