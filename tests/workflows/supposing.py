"""Incidents as they are supposed to be at a moment, and the words a workflow has for them."""

from datetime import UTC, datetime
from typing import Any

from catalog import snapshot
from catalog.models import StatusCategory
from events.record import plain
from incidentio.core.vocabulary import Stored
from tests.workflows.writing import severity
from workflows.facts import Facts, IncidentState
from workflows.lookup import Lookup
from workflows.world import WorkflowWords, world_of

INCIDENT_ID = "01K5TSNDBF7KBZY9AFDKYXJM3M"
NOW = datetime(2026, 11, 25, 14, 3, tzinfo=UTC)


def words_of(trigger: str = "incident.updated", **said: Any) -> WorkflowWords:
    """The words of a workflow that says this."""
    definition: Stored = {"expressions": [], "form_fields": []} | said
    return WorkflowWords(world_of([definition]), trigger, definition)


def status_in(category: str) -> str:
    """The id of a status of this category."""
    return snapshot.current().statuses_in(category)[0].id


def supposed(**values: Any) -> Facts:
    """Facts of an incident with these columns and children beside the usual ones; of those that are None, without."""
    usual = {
        "name": "Checkout is down",
        "number": 12,
        "severity_id": severity("Major"),
        "incident_status_id": status_in(StatusCategory.LIVE),
        "mode": "standard",
        "visibility": "public",
        "creator_kind": "system",
        "creator_label": "incidentio",
        "created_at": plain(datetime(2026, 11, 25, 13, 0, tzinfo=UTC)),
    }
    told = {name: value for name, value in (usual | values).items() if value is not None}
    return Facts(snapshot.current(), Lookup(), NOW, IncidentState(INCIDENT_ID, told))


def telling(**given: Any) -> Facts:
    """The facts of the usual incident, with what a trigger told of besides."""
    return supposed().with_given(**given)
