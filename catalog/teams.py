"""Teams: groups of people that own things. Each is an entry of the catalog too, which its verbs keep as it is.

The entries are of a type the hub keeps itself: nobody else writes to it. An entry's external id is its team's id.
"""

from collections.abc import Collection, Iterable, Sequence
from typing import Any

from django.db.models import ProtectedError
from django.utils import timezone

from accounts.models import Team, User
from catalog.entry_writing import draft_of, write
from catalog.models import ActiveQuerySet, CatalogEntry, CatalogType
from catalog.words import configuring
from events.actors import Actor
from events.record import changed, created, record_configuration, state_of
from incidentio.core.errors import Invalid
from incidentio.core.lookup import get_or_404

SUBJECT = "team"
TYPE_NAME = "Team"  # as primitives are named: `Custom["Team"]` is free for whoever brings teams along
LONGEST_NAME = 200


def create_team(actor: Actor, *, name: str, members: Iterable[User] = ()) -> Team:
    """Make a team.

    Raises:
        Invalid: the name is empty, too long or another team's.
    """
    with configuring():
        team = Team()
        team.name = _free_name(team, name)
        team.save(force_insert=True)
        team.members.set(members)
        record_configuration(actor, "team.created", SUBJECT, team, created(_state(team)))
        _enter(actor, team)
        return team


def update_team(actor: Actor, team: Team, *, name: str | None = None, members: Iterable[User] | None = None) -> Team:
    """Rename a team, or change who is in it; None keeps what is.

    Raises:
        Invalid: the name is empty, too long or another team's.
        NotFound: it was deleted meanwhile.
    """
    with configuring():
        team = get_or_404(Team.objects.all(), team.pk, SUBJECT)
        before = _state(team)
        if name is not None:
            team.name = _free_name(team, name)
        if members is not None:
            team.members.set(members)
        changes = changed(before, _state(team))
        if changes:
            team.save()
            record_configuration(actor, "team.updated", SUBJECT, team, changes)
            _write_entry(actor, entries().get(external_id=team.pk), name=team.name)
        return team


def delete_team(actor: Actor, team: Team) -> None:
    """Remove a team. Its name stays in history, and its entry in what refers to it.

    Raises:
        Invalid: API keys are kept to this team, which would lose their meaning, or other things are the team's.
        NotFound: it was deleted meanwhile.
    """
    with configuring():
        team = get_or_404(Team.objects.all(), team.pk, SUBJECT)
        keys = [str(key) for key in team.api_keys.filter(revoked_at=None)[:3]]
        if keys:
            raise Invalid("in_use", f"API keys belong to this team ({', '.join(keys)}); change or revoke them first")
        before = _state(team)
        record_configuration(actor, "team.deleted", SUBJECT, team, changed(before, dict.fromkeys(before)))
        _write_entry(actor, entries().get(external_id=team.pk), archived_at=timezone.now())
        try:
            team.delete()
        except ProtectedError as error:
            names = ", ".join(str(row) for row in list(error.protected_objects)[:3])
            message = f"Things belong to this team ({names}); give them to somebody else first"
            raise Invalid("in_use", message) from error


def entries() -> ActiveQuerySet:
    """The entries of the teams there are and were, one for each, with its team's id as external id."""
    kinds = CatalogType.objects.filter(type_name=TYPE_NAME)  # no join: SQLite would walk all entries there are
    return CatalogEntry.objects.filter(catalog_type__in=kinds).select_related("catalog_type")


def teams_meant(ids: Collection[str]) -> dict[str, str]:
    """The team each of `ids` stands for: its own, or that of the team's entry."""
    if not ids:
        return {}
    meant = dict(entries().active().filter(pk__in=ids).values_list("pk", "external_id"))
    return meant | {pk: pk for pk in Team.objects.filter(pk__in=ids).values_list("pk", flat=True)}


def check_owners(ids: Sequence[str]) -> None:
    """Refuse owners that are no teams.

    Raises:
        Invalid: on the first of them.
    """
    known = teams_meant(ids)
    for index, pk in enumerate(ids):
        if pk not in known:
            raise Invalid("not_found", f"There is no team with the ID {pk[:40]!r}", f"owning_team_ids.{index}")


def team_type() -> CatalogType:
    """The catalog type whose entries are the teams, as a new installation gets it."""
    return CatalogType(
        name="Team",
        type_name=TYPE_NAME,
        description="Groups of people that own things. The hub keeps an entry for each team.",
        categories=["team"],
        color="blue",
        icon="users",
        use_name_as_identifier=True,
        is_editable=False,
    )


def enter_teams(actor: Actor) -> None:
    """Give each team its entry, where teams are older than the catalog. Call inside `configuring()`."""
    for team in Team.objects.order_by("id"):
        _enter(actor, team)


def _enter(actor: Actor, team: Team) -> None:
    kind = CatalogType.objects.active().get(type_name=TYPE_NAME)
    _write_entry(actor, CatalogEntry(catalog_type=kind), name=team.name, external_id=team.pk)


def _write_entry(actor: Actor, entry: CatalogEntry, **columns: Any) -> None:
    """Write past the verbs of entries, which refuse to touch a type that the hub keeps itself."""
    draft = draft_of(entry)
    for name, value in columns.items():
        setattr(entry, name, value)
    write(actor, entry.catalog_type, [draft])


def _free_name(team: Team, name: str) -> str:
    if not name.strip() or len(name) > LONGEST_NAME or "\0" in name:
        raise Invalid("invalid_value", f"The name of a team has 1 to {LONGEST_NAME} characters", "name")
    if Team.objects.filter(name=name).exclude(pk=team.pk).exists():
        raise Invalid("already_exists", f"There is a team named {name!r} already", "name")
    return name


def _state(team: Team) -> dict[str, Any]:
    members = sorted(team.members.values_list("pk", flat=True))
    state = {name: value for name, value in state_of(team).items() if name != "updated_at"}
    return state | {"member_ids": members}
