"""Workflows: what the hub shall do by itself, written by people and by their tools (API behaviour, section 9)."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.utils import timezone

from catalog.teams import check_owners
from catalog.words import archive, change, check_text, configuring, make, renew
from events.actors import Actor
from incidentio.core.encrypted import still_sealed
from incidentio.core.errors import Gather, Invalid
from incidentio.core.ids import new_id
from workflows import managed
from workflows.checking import check
from workflows.models import Workflow, WorkflowState, WorkflowVersion
from workflows.ownership import owners_of
from workflows.sealing import latest_version, parted, seal
from workflows.triggers import BY_THE_CLOCK
from workflows.world import world_of

SUBJECT = "workflow"
ALL, OWNING_TEAMS, NONE = "all", "owning_teams", "none"
SCOPES = (ALL, OWNING_TEAMS, NONE)
SHORTEST_INTERVAL_SECONDS = 60


@dataclass(frozen=True)
class WorkflowText:
    """What somebody wrote of a workflow. `definition` is all that decides what it does, in the wire's words.

    `state` None is a draft, or what it was; `annotations` None leaves alone who looks after it.
    """

    name: str
    definition: Mapping[str, Any]
    folder: str = ""
    state: str | None = None
    annotations: dict[str, str] | None = None


def create_workflow(actor: Actor, trigger: str, text: WorkflowText) -> Workflow:
    """A new workflow, in its first version.

    Raises:
        Invalid: all that is wrong with it, each with its place.
    """
    with configuring():
        workflow = Workflow(trigger=trigger)
        columns = _columns(workflow, text)
        sealed = seal(columns["definition"], None)
        for column, value in (columns | {"definition": sealed.definition}).items():
            setattr(workflow, column, value)
        make(actor, SUBJECT, workflow)
        _keep_version(workflow, sealed.secrets)
        managed.claim(actor, managed.WORKFLOW, workflow.id, text.annotations or {})
        return workflow


def update_workflow(actor: Actor, workflow: Workflow, text: WorkflowText) -> Workflow:
    """Write a workflow anew, as its next version; written as it already is, nothing changes. Its trigger stays, and so
    do secrets that are said as they are shown.

    Raises:
        Invalid: all that is wrong with it, each with its place.
        NotFound: it was archived meanwhile.
    """
    with configuring():
        renew(workflow, SUBJECT)
        columns, before = _columns(workflow, text), latest_version(workflow)
        sealed = seal(columns["definition"], before)
        columns["definition"] = sealed.definition
        is_new = before is None or sealed.secrets != still_sealed(before, "secrets")
        if is_new or any(getattr(workflow, column) != value for column, value in columns.items()):
            change(actor, SUBJECT, workflow, **columns, version=workflow.version + 1)
            _keep_version(workflow, sealed.secrets)
        if text.annotations is not None:
            managed.claim(actor, managed.WORKFLOW, workflow.id, text.annotations)
        return workflow


def archive_workflow(actor: Actor, workflow: Workflow) -> None:
    """Take a workflow out of use; its runs stay.

    Raises:
        NotFound: it was archived meanwhile.
    """
    with configuring():
        renew(workflow, SUBJECT)
        archive(actor, SUBJECT, workflow)


def check_draft(trigger: str, text: WorkflowText) -> dict[str, Any]:
    """The definition of a workflow nobody stored, checked as if it were to be, without its secrets.

    Raises:
        Invalid: all that is wrong with it, each with its place.
    """
    shown, _ = parted(_columns(Workflow(trigger=trigger), text)["definition"])
    return shown


def _columns(workflow: Workflow, text: WorkflowText) -> dict[str, Any]:
    """What `workflow` becomes by `text`: checked, and with everything said that was left out."""
    problems, unknown = Gather(), list[str]()
    definition = _settled(text.definition, workflow.definition)
    with problems:
        check_text(workflow, "name", text.name)
    with problems:
        _check_private_scope(text.definition)
    with problems:
        check_owners(owners_of(definition))
    with problems:
        _check_clock(workflow.trigger, definition)
    with problems:
        unknown = check(world_of([definition]), workflow.trigger, definition)
    problems.raise_if_any()
    state = WorkflowState.ERROR if unknown else WorkflowState(text.state or _quiet(workflow.state))
    columns: dict[str, Any] = {"name": text.name, "folder": text.folder, "state": state, "definition": definition}
    if state == WorkflowState.ACTIVE and (workflow._state.adding or workflow.state != WorkflowState.ACTIVE):
        columns["runs_from"] = timezone.now()
    return columns


def _quiet(state: str) -> str:
    """The state of a workflow of which nothing else is said: what was in error is a draft once it no longer is."""
    return WorkflowState.DRAFT if state == WorkflowState.ERROR else state


def _settled(said: Mapping[str, Any], before: Mapping[str, Any]) -> dict[str, Any]:
    """A definition with its defaults; form fields keep the ids they had under their keys."""
    definition = {name: value for name, value in said.items() if name != "include_private_incidents"}
    private = ALL if said.get("include_private_incidents") else NONE
    definition.setdefault("private_incident_scope", private)
    definition.setdefault("include_private_escalations", False)
    definition.setdefault("auto_run_mode", "run_automatically")
    ids = {field["key"]: field["id"] for field in before.get("form_fields", [])}
    if "form_fields" in said:
        definition["form_fields"] = [_field(field, ids) for field in said["form_fields"]]
    return definition


def _field(said: Mapping[str, Any], ids: Mapping[str, str]) -> dict[str, Any]:
    return {"id": ids.get(said["key"]) or new_id(), "array": False, "required": False, **said}


def _check_private_scope(said: Mapping[str, Any]) -> None:
    flag, scope = said.get("include_private_incidents"), said.get("private_incident_scope")
    if flag is not None and scope is not None and flag != (scope != NONE):
        message = "include_private_incidents and private_incident_scope disagree; send private_incident_scope alone"
        raise Invalid("invalid_value", message, "include_private_incidents")


def _check_clock(trigger: str, definition: Mapping[str, Any]) -> None:
    seconds = (definition.get("delay") or {}).get("for_seconds", 0)
    if trigger in BY_THE_CLOCK and seconds < SHORTEST_INTERVAL_SECONDS:
        message = f"Say how often it runs, or after how long: at least {SHORTEST_INTERVAL_SECONDS} seconds"
        raise Invalid("is_required", message, "delay.for_seconds")


def _keep_version(workflow: Workflow, secrets: str) -> None:
    WorkflowVersion.objects.create(
        workflow=workflow,
        number=workflow.version,
        definition=workflow.definition,
        secrets=secrets,
        state=workflow.state,
        runs_from=workflow.runs_from,
    )
