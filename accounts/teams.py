"""Teams: groups of people that own things."""

from collections.abc import Iterable
from typing import Any

from django.db import transaction
from django.db.models import ProtectedError

from accounts.models import Team, User
from events.actors import Actor
from events.record import Changes, changed, created, raise_config_version, record_configuration, state_of
from incidentio.core.errors import Invalid

LONGEST_NAME = 200


@transaction.atomic
def create_team(actor: Actor, *, name: str, members: Iterable[User] = ()) -> Team:
    """Make a team.

    Raises:
        Invalid: the name is empty, too long or another team's.
    """
    raise_config_version()
    team = Team()
    team.name = _free_name(team, name)
    team.save(force_insert=True)
    team.members.set(members)
    record_configuration(actor, "team.created", "team", team, created(_state(team)))
    return team


@transaction.atomic
def update_team(actor: Actor, team: Team, *, name: str | None = None, members: Iterable[User] | None = None) -> Team:
    """Rename a team, or change who is in it; None keeps what is.

    Raises:
        Invalid: the name is empty, too long or another team's.
    """
    raise_config_version()
    team = Team.objects.select_for_update().get(pk=team.pk)
    before = _state(team)
    if name is not None:
        team.name = _free_name(team, name)
    if members is not None:
        team.members.set(members)
    changes: Changes = changed(before, _state(team))
    team.save()
    record_configuration(actor, "team.updated", "team", team, changes)
    return team


@transaction.atomic
def delete_team(actor: Actor, team: Team) -> None:
    """Remove a team. Its name stays in history.

    Raises:
        Invalid: API keys are kept to this team, which would lose their meaning, or other things are the team's.
    """
    raise_config_version()
    keys = [str(key) for key in team.api_keys.filter(revoked_at=None)[:3]]
    if keys:
        raise Invalid("in_use", f"API keys belong to this team ({', '.join(keys)}); change or revoke them first")
    before = _state(team)
    gone: Changes = changed(before, dict.fromkeys(before))
    record_configuration(actor, "team.deleted", "team", team, gone)
    try:
        team.delete()
    except ProtectedError as error:
        names = ", ".join(str(row) for row in list(error.protected_objects)[:3])
        raise Invalid("in_use", f"Things belong to this team ({names}); give them to somebody else first") from error


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
