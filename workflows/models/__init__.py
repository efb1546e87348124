"""Workflows, their runs and fire drills, outgoing webhooks, the ledger of both, and the lease of the sweeper."""

from workflows.models.drills import DrillState, FireDrill
from workflows.models.ledger import CallState, Lease, Leased, OutwardCall, Target
from workflows.models.managed import ManagedBy, ManagedResource
from workflows.models.webhooks import Delivery, EventType, WebhookEndpoint
from workflows.models.workflows import (
    Cursor,
    Effect,
    RunState,
    StepRun,
    StepStatus,
    Workflow,
    WorkflowRun,
    WorkflowState,
    WorkflowVersion,
)

__all__ = [
    "CallState",
    "Cursor",
    "Delivery",
    "DrillState",
    "Effect",
    "EventType",
    "FireDrill",
    "Lease",
    "Leased",
    "ManagedBy",
    "ManagedResource",
    "OutwardCall",
    "RunState",
    "StepRun",
    "StepStatus",
    "Target",
    "WebhookEndpoint",
    "Workflow",
    "WorkflowRun",
    "WorkflowState",
    "WorkflowVersion",
]
