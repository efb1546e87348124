"""Teams on the wire: people, and the entry of the catalog a team is (API behaviour, section 8)."""

from typing import Any

from django.db.models import Prefetch, QuerySet
from rest_framework import serializers
from rest_framework.request import Request

from accounts.models import Team, User
from catalog.models import CatalogEntry
from catalog.teams import entries
from incidentio.core.lookup import get_or_404
from incidentio.core.pagination import PaginationMeta, page_query, pagination_meta
from incidentio.core.views import ResourceViewSet, operation


class UserV3(serializers.Serializer[Any]):
    """A person."""

    id = serializers.CharField()
    name = serializers.CharField()
    email = serializers.CharField(required=False)
    slack_user_id = serializers.CharField(required=False)


class CatalogEntrySlimV3V3(serializers.Serializer[Any]):
    """An entry of the catalog."""

    id = serializers.CharField()
    name = serializers.CharField()
    external_id = serializers.CharField(required=False)


class TeamV3(serializers.Serializer[Any]):
    """A group of people that owns things."""

    id = serializers.CharField()
    name = serializers.CharField()
    members = UserV3(many=True)
    catalog_entry = CatalogEntrySlimV3V3()


class TeamsListQueryV3(serializers.Serializer[Any]):
    """Which page."""

    page_size = page_query(250)["page_size"]
    after = page_query(250)["after"]


class TeamsListResultV3(serializers.Serializer[Any]):
    """A page of teams, in the order they were made."""

    teams = TeamV3(many=True)
    pagination_meta = PaginationMeta()


class TeamsShowResultV3(serializers.Serializer[Any]):
    """One team."""

    team = TeamV3()


def user_v3(user: User) -> dict[str, Any]:
    """A person on the wire of V3; what they do not have is left out."""
    wire = {"id": user.id, "name": user.name}
    if user.email:
        wire["email"] = user.email
    if user.slack_user_id:
        wire["slack_user_id"] = user.slack_user_id
    return wire


def team_v3(team: Team, entry: CatalogEntry) -> dict[str, Any]:
    """A team on the wire."""
    return {
        "id": team.id,
        "name": team.name,
        "members": [user_v3(user) for user in team.members.all()],
        "catalog_entry": {"id": entry.id, "name": entry.name, "external_id": entry.external_id},
    }


def _with_members() -> QuerySet[Team]:
    return Team.objects.order_by("id").prefetch_related(Prefetch("members", User.objects.order_by("id")))


class TeamsV3(ResourceViewSet):
    """Teams. They are made, changed and deleted in the admin."""

    @operation("Teams V3#List", scope="catalog_entries.view", query=TeamsListQueryV3, answer=TeamsListResultV3)
    def list(self, request: Request, query: dict[str, Any]) -> dict[str, Any]:
        rows = _with_members()
        if "after" in query:
            rows = rows.filter(id__gt=query["after"])
        page = list(rows[: query["page_size"] + 1])
        shown = page[: query["page_size"]]
        entry_of = {entry.external_id: entry for entry in entries().filter(external_id__in=[team.id for team in shown])}
        return {
            "teams": [team_v3(team, entry_of[team.id]) for team in shown],
            "pagination_meta": pagination_meta(page, query["page_size"], lambda row: row.id),
        }

    @operation("Teams V3#Show", scope="catalog_entries.view", answer=TeamsShowResultV3)
    def retrieve(self, request: Request, pk: str) -> dict[str, Any]:
        team = get_or_404(_with_members(), pk, "team")
        return {"team": team_v3(team, entries().get(external_id=team.id))}
