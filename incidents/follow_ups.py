"""Follow-ups: what to do so that it does not happen again."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from accounts.models import Team
from events.actors import Actor
from incidentio.core.errors import Invalid
from incidentio.core.ids import is_id
from incidents.models import FollowUp, WorkStatus
from incidents.work import add, changing_work, find_assignee, require_text, set_status

LONGEST_TITLE = 500


@dataclass(frozen=True)
class FollowUpEdit:
    """What to change; None leaves it alone, an empty `assignee_id` or `assignee_team_id` unassigns.

    A follow-up belongs to a person or to a team: giving it to one takes it from the other.
    """

    title: str | None = None
    description: str | None = None
    status: str | None = None
    labels: Sequence[str] | None = None
    assignee_id: str | None = None
    assignee_team_id: str | None = None


def create_follow_up(
    actor: Actor,
    incident_id: str,
    *,
    title: str,
    description: str = "",
    labels: Sequence[str] = (),
    assignee_id: str | None = None,
    assignee_team_id: str | None = None,
    moment: datetime | None = None,
) -> FollowUp:
    """A new outstanding follow-up of the incident. `moment` is when it was made, where that is not now.

    Raises:
        NotFound: no such incident.
        Invalid: an empty or overlong title, nobody of that id, or a person and a team at once.
    """
    follow_up = FollowUp(incident_id=incident_id, description=description, labels=list(labels))
    follow_up.title = _title(title)
    _assign(follow_up, assignee_id or None, assignee_team_id or None)
    add(actor, follow_up, moment)
    return follow_up


def update_follow_up(actor: Actor, follow_up_id: str, edit: FollowUpEdit, moment: datetime | None = None) -> FollowUp:
    """Apply `edit`; what is already so changes nothing and makes no event.

    Raises:
        NotFound: no such follow-up.
        Invalid: as for `create_follow_up`; an unknown status, or the status `deleted`.
    """
    with changing_work(actor, FollowUp, follow_up_id, "updated", moment) as follow_up:
        if edit.title is not None:
            follow_up.title = _title(edit.title)
        if edit.description is not None:
            follow_up.description = edit.description
        if edit.labels is not None:
            follow_up.labels = list(edit.labels)
        _assign(follow_up, edit.assignee_id, edit.assignee_team_id)
        set_status(follow_up, edit.status)
    return follow_up


def delete_follow_up(actor: Actor, follow_up_id: str, moment: datetime | None = None) -> None:
    """Delete the follow-up: it stays in the record, and is gone from lists.

    Raises:
        NotFound: no such follow-up, or it was deleted before.
    """
    with changing_work(actor, FollowUp, follow_up_id, "deleted", moment) as follow_up:
        follow_up.status = WorkStatus.DELETED


def _title(title: str) -> str:
    if len(title) > LONGEST_TITLE:
        raise Invalid("invalid_value", f"The title may have {LONGEST_TITLE} characters, not {len(title)}", "title")
    return require_text(title, "The title of a follow-up", "title")


def _assign(follow_up: FollowUp, assignee_id: str | None, team_id: str | None) -> None:
    if assignee_id and team_id:
        raise Invalid("invalid_value", "Assign it to a person or to a team, not to both", "assignee_team_id")
    if assignee_id is not None:
        follow_up.assignee = find_assignee(assignee_id)
    if team_id is not None:
        follow_up.assignee_team = _find_team(team_id)
    if assignee_id:
        follow_up.assignee_team = None
    if team_id:
        follow_up.assignee = None


def _find_team(team_id: str) -> Team | None:
    if not team_id:
        return None
    team = Team.objects.filter(pk=team_id).first() if is_id(team_id) else None
    if team is None:
        raise Invalid("not_found", f"There is no team with the ID {team_id[:100]!r}", "assignee_team_id")
    return team
