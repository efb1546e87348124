"""Actions, in V1: actions and follow-ups in one list, read only."""

from typing import Any

from rest_framework import serializers
from rest_framework.request import Request

from accounts.api.users import UserV1, user_v1
from incidentio.core.errors import NotFound
from incidentio.core.ids import is_id
from incidentio.core.views import ResourceViewSet, operation
from incidents import work_reads
from incidents.api.viewing import check_parent_in_query, viewer_of
from incidents.models import IssueProvider, Mode, WorkStatus
from incidents.work_reads import WorkRow

MODES_OF_V1 = {
    "real": (Mode.STANDARD, Mode.RETROSPECTIVE),
    "test": (Mode.TEST,),
    "tutorial": (Mode.TUTORIAL,),
}


class ExternalIssueReferenceV1(serializers.Serializer[Any]):
    """The issue in a tracker that stands for this."""

    provider = serializers.ChoiceField(choices=IssueProvider.values, required=False)
    issue_name = serializers.CharField(required=False)
    issue_permalink = serializers.CharField(required=False)


class ActionV1(serializers.Serializer[Any]):
    """An action or a follow-up."""

    id = serializers.CharField()
    incident_id = serializers.CharField()
    description = serializers.CharField(required=False, help_text="What to do; of a follow-up, its title")
    status = serializers.ChoiceField(choices=WorkStatus.values)
    follow_up = serializers.BooleanField(help_text="Whether it is a follow-up")
    assignee = UserV1(required=False)
    external_issue_reference = ExternalIssueReferenceV1(required=False)
    completed_at = serializers.DateTimeField(required=False)
    created_at = serializers.DateTimeField()
    updated_at = serializers.DateTimeField()


class ActionsListResultV1(serializers.Serializer[Any]):
    """Actions and follow-ups, oldest first."""

    actions = ActionV1(many=True)


class ActionsShowResultV1(serializers.Serializer[Any]):
    """One action or follow-up."""

    action = ActionV1()


class ActionsListQueryV1(serializers.Serializer[Any]):
    """Which actions."""

    incident_id = serializers.CharField(required=False, help_text="Only those of this incident")
    is_follow_up = serializers.BooleanField(required=False, help_text="Only follow-ups, or only actions")
    incident_mode = serializers.ChoiceField(
        choices=list(MODES_OF_V1), default="real", help_text="Only those of incidents of this mode"
    )


def external_issue_v1(row: WorkRow) -> dict[str, Any]:
    """The issue in a tracker that stands for this piece of work."""
    return {
        "provider": row.external_issue_provider,
        "issue_name": row.external_issue_name,
        "issue_permalink": row.external_issue_permalink,
    }


def action_v1(row: WorkRow) -> dict[str, Any]:
    """An action or a follow-up on the wire; what it does not have is left out."""
    wire: dict[str, Any] = {
        "id": row.id,
        "incident_id": row.incident_id,
        "description": row.text,
        "status": row.status,
        "follow_up": row.follow_up,
        "created_at": row.created_at,
        "updated_at": row.updated_at,
    }
    if row.assignee is not None:
        wire["assignee"] = user_v1(row.assignee)
    if row.external_issue_provider:
        wire["external_issue_reference"] = external_issue_v1(row)
    if row.completed_at is not None:
        wire["completed_at"] = row.completed_at
    return wire


class ActionsV1(ResourceViewSet):
    """Actions and follow-ups in the words of V1."""

    @operation(
        "Actions V1#List",
        scope="actions.view",
        query=ActionsListQueryV1,
        answer=ActionsListResultV1,
        deprecated=True,
    )
    def list(self, request: Request, query: dict[str, Any]) -> dict[str, Any]:
        viewer, incident_id = viewer_of(request), query.get("incident_id")
        if incident_id is not None:
            check_parent_in_query(viewer, incident_id)
        wanted = work_reads.Wanted(incident_id, query.get("is_follow_up"), MODES_OF_V1[query["incident_mode"]])
        return {"actions": [action_v1(row) for row in work_reads.listed(viewer, wanted)]}

    @operation("Actions V1#Show", scope="actions.view", answer=ActionsShowResultV1, deprecated=True)
    def retrieve(self, request: Request, pk: str) -> dict[str, Any]:
        row = work_reads.one(viewer_of(request), pk) if is_id(pk) else None
        if row is None:
            raise NotFound("action")
        return {"action": action_v1(row)}
