"""Reading runs of workflows for the API: a constant number of statements, whatever the number of runs."""

from dataclasses import dataclass

from django.db.models import QuerySet

from incidentio.core.errors import NotFound
from incidentio.core.filters import Span
from incidentio.core.ids import is_id
from incidentio.core.lookup import get_or_404
from incidents.visibility import Viewer, visible_to
from workflows.models import Workflow, WorkflowRun


@dataclass(frozen=True)
class Wanted:
    """Which runs: of one workflow, of one incident, made in a span of time; None means no such filter."""

    workflow_id: str | None = None
    incident_id: str | None = None
    created_at: Span | None = None


@dataclass(frozen=True)
class Page:
    """Runs, newest first, one more than asked for where there are more; and how many there are in all."""

    rows: list[WorkflowRun]
    total: int


def listed(viewer: Viewer, wanted: Wanted, size: int, after: str | None) -> Page:
    """The runs `viewer` may know of that were not cancelled.

    Raises:
        NotFound: there is no run `after`, or no such workflow.
    """
    if wanted.workflow_id is not None:
        get_or_404(Workflow.objects.all(), wanted.workflow_id, "workflow", "workflow_id")
    runs = _narrowed(_known(viewer).filter(cancelled_at=None), wanted)
    total, page = runs.count(), runs.order_by("-id")
    if after is not None:
        if not is_id(after) or not _known(viewer).filter(pk=after).exists():
            raise NotFound("workflow run", "after")
        page = page.filter(id__lt=after)
    return Page(list(_whole(page)[: size + 1]), total)


def one(viewer: Viewer, pk: str) -> WorkflowRun:
    """The run with the id `pk`, cancelled or not.

    Raises:
        NotFound: there is none the viewer may know of.
    """
    return get_or_404(_whole(_known(viewer)), pk, "workflow run")


def _known(viewer: Viewer) -> "QuerySet[WorkflowRun]":
    of_no_incident = WorkflowRun.objects.filter(incident=None)
    return of_no_incident | WorkflowRun.objects.filter(visible_to(viewer, "incident__"))


def _narrowed(runs: "QuerySet[WorkflowRun]", wanted: Wanted) -> "QuerySet[WorkflowRun]":
    if wanted.workflow_id is not None:
        runs = runs.filter(workflow_id=wanted.workflow_id)
    if wanted.incident_id is not None:
        runs = runs.filter(incident_id=wanted.incident_id)
    if wanted.created_at is not None and wanted.created_at.since is not None:
        runs = runs.filter(created_at__gte=wanted.created_at.since)
    if wanted.created_at is not None and wanted.created_at.until is not None:
        runs = runs.filter(created_at__lt=wanted.created_at.until)
    return runs


def _whole(runs: "QuerySet[WorkflowRun]") -> "QuerySet[WorkflowRun]":
    """`runs` with their workflow's name, version's number, incident's reference and steps; definitions stay behind."""
    told = (
        "event_id", "scheduled_at", "enqueued_at", "cancelled_at", "error", "created_at", "updated_at", "state",
        "finished_at", "explanation",
        "workflow__name", "version__number", "incident__number",
    )  # fmt: skip
    return runs.select_related("workflow", "version", "incident").only(*told).prefetch_related("steps")
