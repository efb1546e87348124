"""What the API of actions and that of follow-ups share, in every version."""

from typing import Any

from rest_framework import serializers

from incidentio.core.errors import NotFound
from incidentio.core.filters import FilterQuery, Instants
from incidentio.core.ids import is_id
from incidentio.core.pagination import page_query, pagination_meta
from incidents import work_reads
from incidents.api.viewing import check_parent_in_query
from incidents.models import IssueProvider, Mode
from incidents.visibility import Viewer
from incidents.work_reads import Wanted, WorkRow

LISTED_MODES = (Mode.STANDARD, Mode.RETROSPECTIVE)
MODES_OF_V2 = (*Mode.values, "stream")  # no incident of ours is a stream
MAX_PAGE = 250


class ExternalIssueReferenceV2(serializers.Serializer[Any]):
    """The issue in a tracker that stands for this."""

    provider = serializers.ChoiceField(choices=IssueProvider.values)
    issue_name = serializers.CharField()
    issue_permalink = serializers.CharField()


class WorkListQueryV2(serializers.Serializer[Any]):
    """Which ones."""

    incident_id = serializers.CharField(required=False, help_text="Only those of this incident")
    incident_mode = serializers.ChoiceField(
        choices=MODES_OF_V2,
        required=False,
        help_text="Only those of incidents of this mode; unless given, of standard and retrospective ones",
    )


class WorkListQueryV3(FilterQuery, WorkListQueryV2):
    """Which ones, and which page of them."""

    page_size = page_query(MAX_PAGE)["page_size"]
    after = page_query(MAX_PAGE)["after"]
    created_at = Instants()
    updated_at = Instants()


def external_issue(row: WorkRow) -> dict[str, Any]:
    """The issue in a tracker that stands for this piece of work."""
    return {
        "provider": row.external_issue_provider,
        "issue_name": row.external_issue_name,
        "issue_permalink": row.external_issue_permalink,
    }


def wanted(viewer: Viewer, query: dict[str, Any], *, follow_ups: bool) -> Wanted:
    """What a V2 or V3 list asks for.

    Raises:
        NotFound: there is no such incident.
    """
    if "incident_id" in query:
        check_parent_in_query(viewer, query["incident_id"])
    return Wanted(
        query.get("incident_id"),
        follow_ups,
        [query["incident_mode"]] if "incident_mode" in query else LISTED_MODES,
        query.get("assignee_team_id"),
        query.get("created_at"),
        query.get("updated_at"),
    )


def page(viewer: Viewer, query: dict[str, Any], *, follow_ups: bool) -> tuple[list[WorkRow], dict[str, Any]]:
    """The page a V3 list asks for, and its meta.

    Raises:
        NotFound: there is no such incident.
    """
    size = query["page_size"]
    rows = work_reads.listed(viewer, wanted(viewer, query, follow_ups=follow_ups), query.get("after"), size + 1)
    return rows[:size], pagination_meta(rows, size, lambda row: row.id)


def find(viewer: Viewer, pk: str, *, follow_up: bool | None) -> WorkRow:
    """The action or follow-up (None: either) with the id `pk`. What was deleted is shown as such: statuses on the wire
    include that one.

    Raises:
        NotFound: there is none that `viewer` may know of.
    """
    row = work_reads.one(viewer, pk, follow_up=follow_up) if is_id(pk) else None
    if row is None:
        raise NotFound("follow-up" if follow_up else "action")
    return row
