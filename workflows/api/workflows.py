"""Workflows in V2 (API behaviour, section 9.1)."""

from typing import Any

from rest_framework.request import Request

from apikeys.authentication import Caller, caller_of
from incidentio.core.views import ResourceViewSet, operation
from workflows import managed
from workflows.api.render import management_meta_v2, workflow_slim_v2, workflow_v2
from workflows.api.shapes import (
    ShowQueryV2,
    WorkflowsCreateWorkflowPayloadV2,
    WorkflowsCreateWorkflowResultV2,
    WorkflowsListWorkflowsResultV2,
    WorkflowsShowWorkflowResultV2,
    WorkflowsUpdateWorkflowPayloadV2,
    WorkflowsUpdateWorkflowResultV2,
)
from workflows.delegation import DESTROY, UPDATE, archive_for, create_for, find_workflow, told_to, update_for, viewable
from workflows.models import Workflow
from workflows.workflows import WorkflowText
from workflows.world import world_of

BESIDE_THE_DEFINITION = ("name", "folder", "state", "annotations", "trigger", "skip_step_upgrades")


def text_of(body: dict[str, Any]) -> WorkflowText:
    """A request's body in the words of the verbs."""
    return WorkflowText(
        name=body["name"],
        folder=body.get("folder", ""),
        state=body.get("state"),
        annotations=body.get("annotations"),
        definition={name: value for name, value in body.items() if name not in BESIDE_THE_DEFINITION},
    )


def answer_v2(caller: Caller, workflow: Workflow, *, upgraded: bool) -> dict[str, Any]:
    """A workflow as `caller` may read it, and who looks after it."""
    steps, world = told_to(caller, workflow)["steps"], world_of([workflow.definition])
    return {
        "workflow": workflow_v2(workflow, steps, world, upgraded=upgraded),
        "management_meta": management_meta_v2(managed.claim_on(managed.WORKFLOW, workflow.id)),
    }


class WorkflowsV2(ResourceViewSet):
    """What the hub does by itself. A key with the permission for its teams only keeps to their workflows."""

    team_scoped = True

    @operation("Workflows V2#ListWorkflows", scope="workflows.view", answer=WorkflowsListWorkflowsResultV2)
    def list(self, request: Request) -> dict[str, Any]:
        rows = viewable(caller_of(request))
        world = world_of([row.definition for row in rows])
        return {"workflows": [workflow_slim_v2(row, world) for row in rows]}

    @operation(
        "Workflows V2#CreateWorkflow",
        scope="workflows.create",
        body=WorkflowsCreateWorkflowPayloadV2,
        answer=WorkflowsCreateWorkflowResultV2,
        status=201,
    )
    def create(self, request: Request, body: dict[str, Any]) -> dict[str, Any]:
        caller = caller_of(request)
        return answer_v2(caller, create_for(caller, body["trigger"], text_of(body)), upgraded=True)

    @operation(
        "Workflows V2#ShowWorkflow", scope="workflows.view", query=ShowQueryV2, answer=WorkflowsShowWorkflowResultV2
    )
    def retrieve(self, request: Request, pk: str, query: dict[str, Any]) -> dict[str, Any]:
        caller = caller_of(request)
        return answer_v2(caller, find_workflow(caller, pk), upgraded=not query["skip_step_upgrades"])

    @operation(
        "Workflows V2#UpdateWorkflow",
        scope="workflows.update",
        body=WorkflowsUpdateWorkflowPayloadV2,
        answer=WorkflowsUpdateWorkflowResultV2,
    )
    def update(self, request: Request, pk: str, body: dict[str, Any]) -> dict[str, Any]:
        caller = caller_of(request)
        workflow = update_for(caller, find_workflow(caller, pk, UPDATE), text_of(body))
        return answer_v2(caller, workflow, upgraded=not body.get("skip_step_upgrades"))

    @operation("Workflows V2#DestroyWorkflow", scope="workflows.destroy", status=204)
    def destroy(self, request: Request, pk: str) -> None:
        caller = caller_of(request)
        archive_for(caller, find_workflow(caller, pk, DESTROY))
