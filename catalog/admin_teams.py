"""Teams in the admin, listed with people."""

from typing import Any

from django.contrib import admin
from django.db.models import Count, QuerySet
from django.http import HttpRequest, HttpResponse
from unfold.decorators import action

from accounts.models import Team
from catalog.teams import create_team, delete_team, update_team
from events.administration import VerbAdmin, VerbForm, actor_of


class TeamForm(VerbForm):
    """A team and who is in it."""

    class Meta:
        model = Team
        fields = ("name", "members")


@admin.register(Team)
class TeamAdmin(VerbAdmin):
    """Teams."""

    form = TeamForm
    list_display = ("name", "member_count")
    search_fields = ("name", "members__name")
    autocomplete_fields = ("members",)
    actions_detail: Any = ("remove",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Team]:
        rows: QuerySet[Team] = super().get_queryset(request)
        return rows.annotate(size=Count("members", distinct=True))

    @admin.display(description="Members", ordering="size")
    def member_count(self, team: Any) -> int:
        """How many people are in it."""
        return int(team.size)

    def create(self, request: HttpRequest, form: Any) -> Team:
        return create_team(actor_of(request), **form.cleaned_data)

    def update(self, request: HttpRequest, row: Any, form: Any) -> Team:
        return update_team(actor_of(request), row, **form.cleaned_data)

    @action(description="Delete", icon="delete")
    def remove(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Dissolve the team."""

        def do(team: Team) -> None:
            delete_team(actor_of(request), team)

        text = "Its members stay; its name stays in history. A team that API keys or follow-ups belong to is kept."
        return self.ask(request, object_id, title="Delete this team", text=text, do=do, done="Deleted", danger=True)
