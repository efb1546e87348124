"""Actions; in V1 follow-ups stand in the same list, read only (API behaviour, section 6.10).

What an update leaves out stays as it is, and null for the assignee unassigns: the contract says the latter and lets
clients leave fields out, so that a client that changes only the status does not unassign anybody.
"""

from typing import Any

from rest_framework import serializers
from rest_framework.request import Request

from accounts.api.users import ActorV2, UserV1, UserV2, actor_v2, user_v1
from apikeys.authentication import caller_of
from incidentio.core.fields import Body, Choice, Id, Text
from incidentio.core.filters import bracketed
from incidentio.core.pagination import PaginationMeta
from incidentio.core.views import ResourceViewSet, also, operation
from incidents import work_reads
from incidents.actions import ActionEdit, create_action, delete_action, update_action
from incidents.api.viewing import check_parent_in_body, check_parent_in_query, viewer_of
from incidents.api.work import WorkListQueryV2, WorkListQueryV3, external_issue, find, page, wanted
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
        wire["external_issue_reference"] = external_issue(row)
    if row.completed_at is not None:
        wire["completed_at"] = row.completed_at
    return wire


class ActionV2(serializers.Serializer[Any]):
    """What to do while the incident is on."""

    id = serializers.CharField()
    incident_id = serializers.CharField()
    description = serializers.CharField()
    status = serializers.ChoiceField(choices=WorkStatus.values)
    creator = ActorV2()
    assignee = UserV2(required=False)
    completed_at = serializers.DateTimeField(required=False)
    created_at = serializers.DateTimeField()
    updated_at = serializers.DateTimeField()


class ActionsListResultV2(serializers.Serializer[Any]):
    """All actions, oldest first."""

    actions = ActionV2(many=True)


class ActionsListResultV3(ActionsListResultV2):
    """A page of actions, oldest first."""

    pagination_meta = PaginationMeta()


class ActionsShowResultV2(serializers.Serializer[Any]):
    """One action."""

    action = ActionV2()


class ActionsCreatePayloadV2(Body):
    """An action to make."""

    incident_id = Id()
    description = Text(max_length=100_000, help_text="What to do; Markdown")
    assignee_id = Id(required=False)


class ActionsUpdatePayloadV2(Body):
    """An action as it shall be."""

    description = Text(max_length=100_000, help_text="What to do; Markdown")
    status = Choice(choices=WorkStatus.values, help_text="Not `deleted`: that is for the delete call")
    assignee_id = Id(required=False, allow_null=True, help_text="null unassigns; left out, it stays as it is")


def action_v2(row: WorkRow) -> dict[str, Any]:
    """An action on the wire of V2 and V3; what it does not have is left out."""
    wire: dict[str, Any] = {
        "id": row.id,
        "incident_id": row.incident_id,
        "description": row.text,
        "status": row.status,
        "creator": actor_v2(row.creator_kind, row.creator_id, row.creator_label, row.creator),
        "created_at": row.created_at,
        "updated_at": row.updated_at,
    }
    if row.assignee is not None:
        wire["assignee"] = user_v1(row.assignee)
    if row.completed_at is not None:
        wire["completed_at"] = row.completed_at
    return wire


def _show(request: Request, pk: str) -> dict[str, Any]:
    return {"action": action_v2(find(viewer_of(request), pk, follow_up=False))}


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
        return {"action": action_v1(find(viewer_of(request), pk, follow_up=None))}


class ActionsV2(ResourceViewSet):
    """What to do while an incident is on."""

    @operation(
        "Actions V2#List",
        scope="actions.view",
        query=WorkListQueryV2,
        answer=ActionsListResultV2,
    )
    def list(self, request: Request, query: dict[str, Any]) -> dict[str, Any]:
        viewer = viewer_of(request)
        rows = work_reads.listed(viewer, wanted(viewer, query, follow_ups=False))
        return {"actions": [action_v2(row) for row in rows]}

    @operation(
        "Actions V2#Create",
        scope="actions.create",
        body=ActionsCreatePayloadV2,
        answer=ActionsShowResultV2,
        status=201,
    )
    def create(self, request: Request, body: dict[str, Any]) -> dict[str, Any]:
        check_parent_in_body(viewer_of(request), body["incident_id"])
        return _show(request, create_action(caller_of(request).actor, **body).id)

    @operation("Actions V2#Show", scope="actions.view", answer=ActionsShowResultV2)
    def retrieve(self, request: Request, pk: str) -> dict[str, Any]:
        return _show(request, pk)

    @operation("Actions V2#Update", scope="actions.update", body=ActionsUpdatePayloadV2, answer=ActionsShowResultV2)
    def update(self, request: Request, pk: str, body: dict[str, Any]) -> dict[str, Any]:
        find(viewer_of(request), pk, follow_up=False)
        edit = ActionEdit(**{name: "" if value is None else value for name, value in body.items()})
        update_action(caller_of(request).actor, pk, edit)
        return _show(request, pk)

    @operation("Actions V2#Delete", scope="actions.destroy", status=204)
    def destroy(self, request: Request, pk: str) -> None:
        find(viewer_of(request), pk, follow_up=False)
        delete_action(caller_of(request).actor, pk)


class ActionsV3(ResourceViewSet):
    """What to do while an incident is on, in pages."""

    @operation(
        "Actions V3#List",
        scope="actions.view",
        query=WorkListQueryV3,
        query_data=bracketed,
        answer=ActionsListResultV3,
    )
    def list(self, request: Request, query: dict[str, Any]) -> dict[str, Any]:
        rows, meta = page(viewer_of(request), query, follow_ups=False)
        return {"actions": [action_v2(row) for row in rows], "pagination_meta": meta}

    create = also("Actions V3#Create", ActionsV2.create)
    retrieve = also("Actions V3#Show", ActionsV2.retrieve)
    update = also("Actions V3#Update", ActionsV2.update)
    destroy = also("Actions V3#Delete", ActionsV2.destroy)
