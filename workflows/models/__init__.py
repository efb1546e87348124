"""Workflows and their runs, outgoing webhooks, the ledger they are written in, and the lease of the sweeper."""

from workflows.models.managed import ManagedBy, ManagedResource
from workflows.models.webhooks import CallState, Delivery, EventType, Lease, OutwardCall, Target, WebhookEndpoint
from workflows.models.workflows import StepRun, StepStatus, Workflow, WorkflowRun, WorkflowState, WorkflowVersion

__all__ = [
    "CallState",
    "Delivery",
    "EventType",
    "Lease",
    "ManagedBy",
    "ManagedResource",
    "OutwardCall",
    "StepRun",
    "StepStatus",
    "Target",
    "WebhookEndpoint",
    "Workflow",
    "WorkflowRun",
    "WorkflowState",
    "WorkflowVersion",
]
