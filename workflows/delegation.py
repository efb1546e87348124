"""Keys that write workflows: what one key may do to which (API behaviour, section 5.1).

A key that may do something for its teams only may do it to workflows that belong to no team but those.
"""

from collections.abc import Mapping
from typing import Any

from accounts.models import Team
from apikeys.authentication import Caller
from catalog.teams import teams_meant
from incidentio.core.errors import Forbidden, NotFound
from incidentio.core.lookup import get_or_404
from workflows.models import Workflow
from workflows.ownership import owners_of
from workflows.sealing import opened
from workflows.workflows import NONE, WorkflowText, archive_workflow, create_workflow, update_workflow

VIEW, UPDATE = "workflows.view", "workflows.update"
CREATE, DESTROY = "workflows.create", "workflows.destroy"
PRIVATE = "workflows.edit_private"
PRIVATE_ESCALATIONS = "workflows.edit_private_escalations"


def viewable(caller: Caller) -> list[Workflow]:
    """The workflows in use that `caller` may view, oldest first."""
    rows = list(Workflow.objects.active().order_by("id"))
    if caller.has(VIEW):
        return rows
    meant = teams_meant({pk for row in rows for pk in owners_of(row.definition)})
    own = _teams_of(caller)
    return [row for row in rows if _belongs(row.definition, meant, own)]


def find_workflow(caller: Caller, pk: str, scope: str = VIEW) -> Workflow:
    """The workflow with the id `pk`, if `caller` may do `scope` to it.

    Raises:
        NotFound: there is none, or the caller may not know of it.
        Forbidden: the caller may view it, and no more.
    """
    workflow: Workflow = get_or_404(Workflow.objects.active(), pk, "workflow")
    if not _may(caller, scope, workflow.definition) and not _may(caller, VIEW, workflow.definition):
        raise NotFound("workflow")
    _check_may(caller, scope, workflow.definition)
    return workflow


def create_for(caller: Caller, trigger: str, text: WorkflowText) -> Workflow:
    """Write a workflow at the request of a key.

    Raises:
        Forbidden: the workflow would not be its teams' alone, or touch private things the key may not let it touch.
        Invalid: see `create_workflow`.
    """
    _check_may(caller, CREATE, text.definition)
    return create_workflow(caller.actor, trigger, text)


def update_for(caller: Caller, workflow: Workflow, text: WorkflowText) -> Workflow:
    """Write a workflow anew at the request of a key that may update it as it is.

    Raises:
        Forbidden: as `create_for`.
        Invalid: see `update_workflow`.
    """
    _check_may(caller, UPDATE, text.definition)
    return update_workflow(caller.actor, workflow, text)


def told_to(caller: Caller, workflow: Workflow) -> Mapping[str, Any]:
    """The definition of a workflow `caller` may view; its secrets are told to who may write it, as it could have them
    sent anywhere.
    """
    may_write = all(_may(caller, one, workflow.definition) for one in _needed(UPDATE, workflow.definition))
    return opened(workflow) if may_write else workflow.definition


def archive_for(caller: Caller, workflow: Workflow) -> None:
    """Archive a workflow at the request of a key that may."""
    archive_workflow(caller.actor, workflow)


def _check_may(caller: Caller, scope: str, definition: Mapping[str, Any]) -> None:
    for one in _needed(scope, definition):
        caller.require(one, team_scoped=True)
        if not _may(caller, one, definition):
            message = f"API key {caller.name!r} may do this for its teams only; the workflow has to be theirs alone"
            raise Forbidden("missing_required_scopes", message)


def _needed(scope: str, definition: Mapping[str, Any]) -> list[str]:
    """What one has to be allowed to do `scope` to a workflow that says this."""
    needed = [scope]
    if scope != VIEW and _touches_private(definition):
        needed.append(PRIVATE)
    if scope != VIEW and definition.get("include_private_escalations"):
        needed.append(PRIVATE_ESCALATIONS)
    return needed


def _touches_private(definition: Mapping[str, Any]) -> bool:
    scope = definition.get("private_incident_scope", NONE)
    return scope != NONE or bool(definition.get("include_private_incidents"))


def _may(caller: Caller, scope: str, definition: Mapping[str, Any]) -> bool:
    if caller.has(scope):
        return True
    if scope not in caller.team_scopes:
        return False
    return _belongs(definition, teams_meant(owners_of(definition)), _teams_of(caller))


def _belongs(definition: Mapping[str, Any], meant: dict[str, str], own: set[str]) -> bool:
    owners = owners_of(definition)
    return bool(owners) and all(meant.get(pk) in own for pk in owners)


def _teams_of(caller: Caller) -> set[str]:
    return set(Team.objects.filter(api_keys=caller.id).values_list("pk", flat=True))
