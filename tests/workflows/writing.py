"""Workflows as Terraform writes them, and runs of them."""

from typing import Any

from django.utils import timezone

from catalog import snapshot
from catalog.custom_fields import create_custom_field, create_option
from catalog.types import create_type, update_schema
from incidentio.core.views import validated
from incidents.models import Incident
from tests.conftest import SYSTEM
from workflows.api.shapes import WorkflowsUpdateWorkflowPayloadV2
from workflows.api.workflows import text_of
from workflows.models import StepRun, StepStatus, Workflow, WorkflowRun
from workflows.workflows import WorkflowText, create_workflow

STEP_ID = "01HXVEA7Y0VWQBJB4F2X8WNRW6"
OTHER_STEP_ID = "01K5TSNDBF7KBZY9AFDKYXJM3M"
MESSAGE = (
    '{"type":"doc","content":[{"type":"paragraph","content":[{"type":"text","text":"Now at  "},'
    '{"type":"varSpec","attrs":{"name":"incident.status","label":"Incident → Status","missing":false}}]}]}'
)
DELIVERY: dict[str, Any] = {
    "endpoint": "https://hooks.example.com/",
    "method": "POST",
    "outcome": "non_2xx",
    "status_code": 500,
    "duration_ms": 12,
    "request": {"headers": {"webhook-signature": "[redacted]"}, "body": "{}", "body_truncated": False},
    "response": {"headers": {}, "body": "no", "body_truncated": False},
}


def plain(**said: Any) -> dict[str, Any]:
    """The least a workflow says, and what a test says of it."""
    least: dict[str, Any] = {
        "name": "Postmortem",
        "trigger": "incident.updated",
        "once_for": [],
        "condition_groups": [],
        "steps": [],
        "expressions": [],
        "runs_on_incidents": "newly_created",
        "runs_on_incident_modes": ["standard"],
        "continue_on_step_error": False,
    }
    return least | said


def change_of(body: dict[str, Any]) -> dict[str, Any]:
    """The same workflow as a PUT sends it."""
    return {name: value for name, value in body.items() if name != "trigger"}


def asking(subject: str, operation: str, *literals: str, many: bool = True) -> dict[str, Any]:
    """A condition with literals."""
    values = [{"literal": literal} for literal in literals]
    bindings = [{"array_value": values}] if many and values else [{"value": value} for value in values]
    return {"subject": subject, "operation": operation, "param_bindings": bindings}


def step(name: str, *bindings: dict[str, Any], **said: Any) -> dict[str, Any]:
    """A step with these bindings."""
    return {"id": STEP_ID, "name": name, "param_bindings": list(bindings)} | said


def of(reference: str) -> dict[str, Any]:
    """A binding of one reference."""
    return {"value": {"reference": reference}}


def severity(name: str) -> str:
    """The id of the severity of this name."""
    return next(row.id for row in snapshot.current().severities.values() if row.name == name)


def fields() -> tuple[str, str, str]:
    """A field with options, one of those, and a field of services that know their owner."""
    choice = create_custom_field(SYSTEM, name="Customers", description="", field_type="single_select")
    option = create_option(SYSTEM, choice, value="All customers")
    attributes = [{"id": "owner", "name": "Owner", "type": "User", "array": False, "mode": "api"}]
    kind = create_type(SYSTEM, name="Service", description="")
    update_schema(SYSTEM, kind, version=kind.schema_version, attributes=attributes)
    services = create_custom_field(
        SYSTEM, name="Services", description="", field_type="multi_select", catalog_type_id=kind.id
    )
    return choice.id, option.id, services.id


def _groups(field_id: str, option_id: str) -> list[dict[str, Any]]:
    return [
        {"conditions": [asking("incident.severity", "one_of", severity("Critical"))]},
        {
            "conditions": [
                asking("incident.severity", "gte", severity("Major"), many=False),
                asking(f'incident.custom_field["{field_id}"]', "one_of", option_id),
                asking("incident.creator.api_key", "is_set"),
                asking('expressions["participants"]', "gte", "3", many=False),
            ]
        },
    ]


def expression(reference: str, root: str, *operations: dict[str, Any], **said: Any) -> dict[str, Any]:
    """An expression called as it is referred to."""
    return {"label": reference, "reference": reference, "root_reference": root, "operations": list(operations)} | said


def branches(*pairs: tuple[dict[str, Any], dict[str, Any]], type: str = "User") -> dict[str, Any]:
    """An operation that takes the result of the first pair whose condition is true."""
    taken = [{"condition_groups": [{"conditions": [asked]}], "result": result} for asked, result in pairs]
    return {"operation_type": "branches", "branches": {"returns": {"type": type, "array": False}, "branches": taken}}


def _expressions(services_id: str, user_id: str) -> list[dict[str, Any]]:
    has_name = {"condition_groups": [{"conditions": [asking("input.name", "is_set")]}]}
    about_databases = asking("incident.name", "contains", "db", many=False)
    return [
        expression("participants", "incident.active_participants", {"operation_type": "count"}),
        expression(
            "owner",
            f'incident.custom_field["{services_id}"]',
            {"operation_type": "filter", "filter": has_name},
            {"operation_type": "navigate", "navigate": {"reference": 'catalog_attribute["owner"]'}},
            {"operation_type": "first"},
        ),
        expression(
            "whom",
            ".",
            branches((about_databases, of('expressions["owner"]'))),
            else_branch={"result": {"value": {"literal": user_id}}},
        ),
    ]


def _steps() -> list[dict[str, Any]]:
    lead = {"value": {"literal": next(iter(snapshot.current().roles))}}
    channel, message = {"value": {"literal": "C02A1FSNEKC"}}, {"value": {"literal": MESSAGE}}
    return [
        step("incident.assign_role", of("incident"), lead, of('expressions["whom"]')),
        step("slack.post_message", channel, message, id=OTHER_STEP_ID),
        step("incident.create_follow_ups", of("incident"), {"array_value": [{"literal": "Talk"}]}, {}, id="follow"),
    ]


def realistic(user_id: str) -> dict[str, Any]:
    """Groups of conditions, expressions with branches and filters, steps with rich text, and all that is optional."""
    field_id, option_id, services_id = fields()
    return plain(
        name="Subscribe CSMs ",
        folder="Customers",
        once_for=["incident"],
        condition_groups=_groups(field_id, option_id),
        expressions=_expressions(services_id, user_id),
        steps=_steps(),
        delay={"for_seconds": 60, "conditions_apply_over_delay": True},
        form_fields=[{"key": "reason", "title": "Why", "type": "String", "description": ""}],
        state="active",
        annotations={"incident.io/terraform/version": "6.4.0"},
    )


def text(**said: Any) -> WorkflowText:
    """What `plain` says, in the words of the verbs."""
    body = plain(**said)
    return text_of(validated(WorkflowsUpdateWorkflowPayloadV2, change_of(body)))


def written(trigger: str = "incident.updated", **said: Any) -> Workflow:
    """A workflow somebody wrote."""
    return create_workflow(SYSTEM, trigger, text(**said))


def run_of(workflow: Workflow, incident: Incident | None = None, **said: Any) -> WorkflowRun:
    """A run with a finished call of a webhook, and a step that waits."""
    version = workflow.versions.get()
    run = WorkflowRun.objects.create(
        workflow=workflow, version=version, incident=incident, scheduled_at=timezone.now(), **said
    )
    StepRun.objects.create(
        run=run,
        place=0,
        step_id=STEP_ID,
        name="webhook.send",
        status=StepStatus.ERROR,
        error="500",
        completed_at=timezone.now(),
        delivery=DELIVERY,
    )
    StepRun.objects.create(run=run, place=1, step_id=OTHER_STEP_ID, name="incident.accept")
    return run
