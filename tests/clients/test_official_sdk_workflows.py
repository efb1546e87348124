"""incident.io's own Python client: workflows, their runs, and who manages them."""

from collections.abc import Callable
from typing import Any

import pytest
from django.utils import timezone
from incident_io.api.managed_resources_v2 import managed_resources_v2_create_managed_resource
from incident_io.api.severities_v1 import severities_v1_list
from incident_io.api.workflow_runs_v2 import workflow_runs_v2_list, workflow_runs_v2_show
from incident_io.api.workflows_v2 import (
    workflows_v2_create_workflow,
    workflows_v2_destroy_workflow,
    workflows_v2_list_workflows,
    workflows_v2_show_workflow,
    workflows_v2_update_workflow,
)
from incident_io.models import (
    IncidentV2,
    ManagedResourcesCreateManagedResourcePayloadV2,
    WorkflowRunsV2ListCreatedAt,
    WorkflowsCreateWorkflowPayloadV2,
    WorkflowsUpdateWorkflowPayloadV2,
)
from incident_io.types import UNSET

from tests.clients.conftest import Sdk
from workflows.models import WorkflowRun, WorkflowVersion

pytestmark = pytest.mark.django_db(transaction=True)
Declared = Callable[..., IncidentV2]
NOTE = '{"type":"doc","content":[{"type":"paragraph","content":[{"type":"text","text":"Hello "}]}]}'


def escalation(severity_id: str) -> dict[str, Any]:
    """A workflow with a part of every kind."""
    condition = {
        "subject": "incident.severity",
        "operation": "one_of",
        "param_bindings": [{"array_value": [{"literal": severity_id}]}],
    }
    name = {"operation_type": "navigate", "navigate": {"reference": "name"}}
    expression = {"label": "Its name", "reference": "its-name", "root_reference": "incident.severity"}
    step = {
        "id": "01HZZZZZZZZZZZZZZZZZZZZZZ1",
        "name": "slack.post_message",
        "param_bindings": [{"value": {"literal": "C0SHOP"}}, {"value": {"literal": NOTE}}, {}],
    }
    return {
        "name": "Escalate",
        "once_for": ["incident"],
        "condition_groups": [{"conditions": [condition]}],
        "expressions": [expression | {"operations": [name]}],
        "steps": [step],
        "runs_on_incident_modes": ["standard", "retrospective"],
        "runs_on_incidents": "newly_created_and_active",
        "continue_on_step_error": True,
        "folder": "Shop",
        "delay": {"for_seconds": 60, "conditions_apply_over_delay": False},
    }


@pytest.fixture
def made(sdk: Sdk) -> Any:
    """The answer to the creation of a workflow."""
    minor = sdk(severities_v1_list).severities[0]
    said = escalation(minor.id) | {"trigger": "incident.updated", "state": "active", "annotations": {"by": "us"}}
    return sdk(workflows_v2_create_workflow, body=WorkflowsCreateWorkflowPayloadV2.from_dict(said))


@pytest.fixture
def run(made: Any, declared: Declared) -> WorkflowRun:
    """A run of it."""
    version = WorkflowVersion.objects.get(workflow_id=made.workflow.id)
    return WorkflowRun.objects.create(
        workflow_id=made.workflow.id, version=version, incident_id=declared().id, scheduled_at=timezone.now()
    )


def test_a_workflow_says_all_that_was_said_with_labels(made: Any) -> None:
    workflow = made.workflow
    assert (workflow.name, workflow.folder, workflow.version) == ("Escalate", "Shop", 1)
    assert (workflow.trigger.name, workflow.trigger.label) == ("incident.updated", "Incident Updated")
    assert [(once.key, once.array) for once in workflow.once_for] == [("incident", False)]
    ((condition,),) = [group.conditions for group in workflow.condition_groups]
    assert (condition.subject.reference, condition.operation.value) == ("incident.severity", "one_of")
    assert (condition.param_bindings[0].array_value[0].label, bool(condition.subject.label)) == ("Minor", True)
    (step,) = workflow.steps
    assert (step.id, step.name, bool(step.label)) == ("01HZZZZZZZZZZZZZZZZZZZZZZ1", "slack.post_message", True)
    assert [binding.value.literal for binding in step.param_bindings[:2]] == ["C0SHOP", NOTE]
    assert step.param_bindings[2].value is UNSET
    (expression,) = workflow.expressions
    assert (expression.reference, expression.returns.array) == ("its-name", False)
    assert expression.operations[0].navigate.reference == "name"
    assert (workflow.delay.for_seconds, workflow.runs_on_incidents) == (60, "newly_created_and_active")
    assert (workflow.auto_run_mode, workflow.private_incident_scope) == ("run_automatically", "none")
    assert made.management_meta.annotations.to_dict() == {"by": "us"}


def test_a_workflow_is_replaced_and_archived(sdk: Sdk, made: Any) -> None:
    said = escalation(sdk(severities_v1_list).severities[1].id) | {"name": "Escalate more", "steps": []}
    del said["folder"], said["delay"]
    body = WorkflowsUpdateWorkflowPayloadV2.from_dict(said)
    changed = sdk(workflows_v2_update_workflow, id=made.workflow.id, body=body).workflow
    assert (changed.name, changed.version, changed.steps) == ("Escalate more", 2, [])
    assert {changed.folder, changed.delay} == {UNSET}
    shown = sdk(workflows_v2_show_workflow, id=made.workflow.id, skip_step_upgrades=True)
    assert shown.workflow == changed
    (listed,) = sdk(workflows_v2_list_workflows).workflows
    assert (listed.id, listed.trigger, listed.condition_groups) == (
        changed.id,
        changed.trigger,
        changed.condition_groups,
    )
    assert sdk.detailed(workflows_v2_destroy_workflow, id=changed.id).status_code == 204
    assert sdk(workflows_v2_list_workflows).workflows == []
    assert sdk.refusal(workflows_v2_show_workflow, id=changed.id).status == 404


def test_a_workflow_is_claimed(sdk: Sdk, made: Any) -> None:
    claim = {"resource_type": "workflow", "resource_id": made.workflow.id}
    said = claim | {"annotations": {"incident.io/terraform/version": "5.1.0"}}
    body = ManagedResourcesCreateManagedResourcePayloadV2.from_dict(said)
    claimed = sdk(managed_resources_v2_create_managed_resource, body=body).managed_resource
    assert (claimed.managed_by, claimed.resource_id) == ("terraform", made.workflow.id)
    assert claimed.annotations.to_dict() == {"incident.io/terraform/version": "5.1.0"}
    assert sdk(workflows_v2_show_workflow, id=made.workflow.id).management_meta.managed_by == "terraform"


def test_runs_are_listed_and_shown(sdk: Sdk, run: WorkflowRun) -> None:
    (listed,) = sdk(workflow_runs_v2_list).workflow_runs
    assert (listed.id, listed.workflow_id, listed.workflow_name) == (run.id, run.workflow_id, "Escalate")
    assert (listed.incident_id, listed.incident_reference) == (run.incident_id, "INC-1")
    assert (listed.workflow_version_number, listed.workflow_version_id) == (1, run.version_id)
    assert {listed.error, listed.cancelled_at} == {UNSET}
    shown = sdk(workflow_runs_v2_show, id=run.id).workflow_run
    assert (shown.id, shown.scheduled_at) == (listed.id, listed.scheduled_at)
    assert sdk(workflow_runs_v2_list, workflow_id=run.workflow_id, incident_id=run.incident_id).workflow_runs == [
        listed
    ]
    long_ago = WorkflowRunsV2ListCreatedAt.from_dict({"date_range": ["2024-12-02~2024-12-08"]})
    assert sdk(workflow_runs_v2_list, created_at=long_ago).workflow_runs == []
    page = sdk(workflow_runs_v2_list, page_size=1, after=run.id)
    assert (page.workflow_runs, page.pagination_meta.after) == ([], UNSET)
    assert sdk.refusal(workflow_runs_v2_list, after="01HZZZZZZZZZZZZZZZZZZZZZZZ").status == 404
