"""Follow-ups (API behaviour, section 6.10). What an update leaves out stays as it is; null takes an assignee, a team or
a priority away, as with actions.
"""

from typing import Any

from rest_framework import serializers
from rest_framework.request import Request

from accounts.api.users import ActorV2, UserV2, actor_v2, user_v1
from accounts.models import Team
from apikeys.authentication import caller_of
from incidentio.core.errors import Invalid
from incidentio.core.fields import Body, Choice, Id, Text
from incidentio.core.filters import bracketed
from incidentio.core.ids import is_id
from incidentio.core.pagination import PaginationMeta
from incidentio.core.views import ResourceViewSet, also, operation
from incidents import work_reads
from incidents.api.viewing import check_parent_in_body, viewer_of
from incidents.api.work import (
    ExternalIssueReferenceV2,
    WorkListQueryV2,
    WorkListQueryV3,
    external_issue,
    find,
    page,
    wanted,
)
from incidents.follow_ups import (
    LONGEST_TITLE,
    LONGEST_URL,
    FollowUpEdit,
    connect_issue,
    create_follow_up,
    delete_follow_up,
    update_follow_up,
)
from incidents.models import IssueProvider, WorkStatus
from incidents.work_reads import WorkRow

OWN_WORD = {"follow_up_priority_option_id": "priority_id"}


class TeamSlimV2(serializers.Serializer[Any]):
    """A team."""

    id = serializers.CharField()
    name = serializers.CharField()


class FollowUpPriorityV2(serializers.Serializer[Any]):
    """How pressing a follow-up is: the higher the rank, the more."""

    id = serializers.CharField()
    name = serializers.CharField()
    description = serializers.CharField(required=False)
    rank = serializers.IntegerField()


class FollowUpV2(serializers.Serializer[Any]):
    """What to do so that it does not happen again."""

    id = serializers.CharField()
    incident_id = serializers.CharField()
    title = serializers.CharField()
    description = serializers.CharField(required=False)
    status = serializers.ChoiceField(choices=WorkStatus.values)
    labels = serializers.ListField(child=serializers.CharField())
    creator = ActorV2()
    assignee = UserV2(required=False)
    assignee_team = TeamSlimV2(required=False)
    priority = FollowUpPriorityV2(required=False)
    external_issue_reference = ExternalIssueReferenceV2(required=False)
    completed_at = serializers.DateTimeField(required=False)
    created_at = serializers.DateTimeField()
    updated_at = serializers.DateTimeField()


class FollowUpsListResultV2(serializers.Serializer[Any]):
    """All follow-ups, oldest first."""

    follow_ups = FollowUpV2(many=True)


class FollowUpsListResultV3(FollowUpsListResultV2):
    """A page of follow-ups, oldest first."""

    pagination_meta = PaginationMeta()


class FollowUpsShowResultV2(serializers.Serializer[Any]):
    """One follow-up."""

    follow_up = FollowUpV2()


class FollowUpsListQueryV2(WorkListQueryV2):
    """Which follow-ups."""

    assignee_team_id = serializers.CharField(required=False, help_text="Only those of this team")


class FollowUpsListQueryV3(WorkListQueryV3, FollowUpsListQueryV2):
    """Which follow-ups, and which page of them."""


class NoSuchId(Id):
    """The id of something of which this installation has none."""

    def to_internal_value(self, data: Any) -> str:
        raise serializers.ValidationError(f"There is nothing with the ID {super().to_internal_value(data)!r}")


class FollowUpWords(Body):
    """What can be said of a follow-up, made or changed."""

    title = Text(max_length=LONGEST_TITLE)
    description = Text(required=False, allow_blank=True, max_length=100_000, help_text="Markdown")
    labels = serializers.ListField(child=Text(max_length=200), required=False, max_length=100)
    follow_up_category_id = NoSuchId(required=False, help_text="There are no categories here: leave it out")


class FollowUpsCreatePayloadV2(FollowUpWords):
    """A follow-up to make, for a person, a team or nobody yet."""

    incident_id = Id()
    assignee_id = Id(required=False)
    assignee_team_id = Id(required=False)
    follow_up_priority_option_id = Id(required=False)
    external_issue_reference_id = NoSuchId(required=False, help_text="Connect an issue by its URL instead")


class FollowUpsUpdatePayloadV2(FollowUpWords):
    """A follow-up as it shall be."""

    status = Choice(choices=WorkStatus.values, help_text="Not `deleted`: that is for the delete call")
    assignee_id = Id(required=False, allow_null=True, help_text="null unassigns; left out, it stays as it is")
    assignee_team_id = Id(required=False, allow_null=True, help_text="null unassigns; left out, it stays as it is")
    follow_up_priority_option_id = Id(required=False, allow_null=True, help_text="null takes it away")


class FollowUpsConnectExternalIssuePayloadV2(Body):
    """The issue that stands for the follow-up."""

    provider = Choice(choices=IssueProvider.values)
    url = Text(max_length=LONGEST_URL)


def follow_up_v2(row: WorkRow) -> dict[str, Any]:
    """A follow-up on the wire of V2 and V3; what it does not have is left out."""
    wire: dict[str, Any] = {
        "id": row.id,
        "incident_id": row.incident_id,
        "title": row.text,
        "status": row.status,
        "labels": row.labels,
        "creator": actor_v2(row.creator_kind, row.creator_id, row.creator_label, row.creator),
        "created_at": row.created_at,
        "updated_at": row.updated_at,
    }
    if row.description:
        wire["description"] = row.description
    if row.assignee is not None:
        wire["assignee"] = user_v1(row.assignee)
    if row.assignee_team is not None:
        wire["assignee_team"] = row.assignee_team._asdict()
    if row.priority is not None:
        wire["priority"] = {name: value for name, value in row.priority._asdict().items() if value != ""}
    if row.external_issue_provider:
        wire["external_issue_reference"] = external_issue(row)
    if row.completed_at is not None:
        wire["completed_at"] = row.completed_at
    return wire


def _check_team(query: dict[str, Any]) -> None:
    team_id = query.get("assignee_team_id")
    if team_id is not None and not (is_id(team_id) and Team.objects.filter(pk=team_id).exists()):
        raise Invalid("not_found", f"There is no team with the ID {team_id[:100]!r}", "assignee_team_id")


def _said(body: dict[str, Any]) -> dict[str, Any]:
    """`body` in the hub's words: an empty id takes away what it names."""
    return {OWN_WORD.get(name, name): "" if value is None else value for name, value in body.items()}


def _show(request: Request, pk: str) -> dict[str, Any]:
    return {"follow_up": follow_up_v2(find(viewer_of(request), pk, follow_up=True))}


class FollowUpsV2(ResourceViewSet):
    """What to do so that an incident does not happen again."""

    @operation(
        "Follow-ups V2#List",
        scope="actions.view",
        query=FollowUpsListQueryV2,
        answer=FollowUpsListResultV2,
    )
    def list(self, request: Request, query: dict[str, Any]) -> dict[str, Any]:
        _check_team(query)
        viewer = viewer_of(request)
        rows = work_reads.listed(viewer, wanted(viewer, query, follow_ups=True))
        return {"follow_ups": [follow_up_v2(row) for row in rows]}

    @operation(
        "Follow-ups V2#Create",
        scope="follow_ups.create",
        body=FollowUpsCreatePayloadV2,
        answer=FollowUpsShowResultV2,
        status=201,
    )
    def create(self, request: Request, body: dict[str, Any]) -> dict[str, Any]:
        check_parent_in_body(viewer_of(request), body["incident_id"])
        return _show(request, create_follow_up(caller_of(request).actor, **_said(body)).id)

    @operation("Follow-ups V2#Show", scope="actions.view", answer=FollowUpsShowResultV2)
    def retrieve(self, request: Request, pk: str) -> dict[str, Any]:
        return _show(request, pk)

    @operation(
        "Follow-ups V2#Update", scope="follow_ups.update", body=FollowUpsUpdatePayloadV2, answer=FollowUpsShowResultV2
    )
    def update(self, request: Request, pk: str, body: dict[str, Any]) -> dict[str, Any]:
        find(viewer_of(request), pk, follow_up=True)
        update_follow_up(caller_of(request).actor, pk, FollowUpEdit(**_said(body)))
        return _show(request, pk)

    @operation("Follow-ups V2#Delete", scope="follow_ups.destroy", status=204)
    def destroy(self, request: Request, pk: str) -> None:
        find(viewer_of(request), pk, follow_up=True)
        delete_follow_up(caller_of(request).actor, pk)

    @operation(
        "Follow-ups V2#ConnectExternalIssue",
        scope="follow_ups.connect_external_issue",
        body=FollowUpsConnectExternalIssuePayloadV2,
        answer=FollowUpsShowResultV2,
    )
    def connect_external_issue(self, request: Request, pk: str, body: dict[str, Any]) -> dict[str, Any]:
        find(viewer_of(request), pk, follow_up=True)
        connect_issue(caller_of(request).actor, pk, **body)
        return _show(request, pk)


class FollowUpsV3(ResourceViewSet):
    """What to do so that an incident does not happen again, in pages."""

    @operation(
        "Follow-ups V3#List",
        scope="actions.view",
        query=FollowUpsListQueryV3,
        query_data=bracketed,
        answer=FollowUpsListResultV3,
    )
    def list(self, request: Request, query: dict[str, Any]) -> dict[str, Any]:
        _check_team(query)
        rows, meta = page(viewer_of(request), query, follow_ups=True)
        return {"follow_ups": [follow_up_v2(row) for row in rows], "pagination_meta": meta}

    create = also("Follow-ups V3#Create", FollowUpsV2.create)
    retrieve = also("Follow-ups V3#Show", FollowUpsV2.retrieve)
    update = also("Follow-ups V3#Update", FollowUpsV2.update)
    destroy = also("Follow-ups V3#Delete", FollowUpsV2.destroy)
    connect_external_issue = also("Follow-ups V3#ConnectExternalIssue", FollowUpsV2.connect_external_issue)
