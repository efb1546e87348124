"""Follow-ups: what to do so that it does not happen again."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from accounts.models import Team
from catalog.models import FollowUpPriority
from events.actors import Actor
from incidentio.core.errors import Invalid
from incidentio.core.ids import is_id
from incidents.links import check_web_url
from incidents.models import FollowUp, IssueProvider, WorkStatus
from incidents.trackers import issue_name, site_of
from incidents.work import add, assign, changing_work, require_text, set_status

LONGEST_TITLE = 500
LONGEST_URL = 2_000


@dataclass(frozen=True)
class FollowUpEdit:
    """What to change; None leaves it alone, an empty id of an assignee, a team or a priority takes it away.

    A follow-up belongs to a person or to a team: giving it to one takes it from the other.
    """

    title: str | None = None
    description: str | None = None
    status: str | None = None
    labels: Sequence[str] | None = None
    assignee_id: str | None = None
    assignee_team_id: str | None = None
    priority_id: str | None = None


def create_follow_up(
    actor: Actor,
    incident_id: str,
    *,
    title: str,
    description: str = "",
    labels: Sequence[str] = (),
    assignee_id: str | None = None,
    assignee_team_id: str | None = None,
    priority_id: str | None = None,
    moment: datetime | None = None,
) -> FollowUp:
    """A new outstanding follow-up of the incident. `moment` is when it was made, where that is not now.

    Raises:
        NotFound: no such incident.
        Invalid: an empty or overlong title, nobody or no priority of that id, or a person and a team at once.
    """
    follow_up = FollowUp(incident_id=incident_id, description=description, labels=list(labels))
    follow_up.title = _title(title)
    _assign(follow_up, assignee_id or None, assignee_team_id or None)
    _set_priority(follow_up, priority_id)
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
        _set_priority(follow_up, edit.priority_id)
        set_status(follow_up, edit.status)
    return follow_up


def connect_issue(
    actor: Actor, follow_up_id: str, *, provider: str, url: str, moment: datetime | None = None
) -> FollowUp:
    """Let the issue at `url`, in the tracker `provider`, stand for the follow-up (API behaviour, section 6.10).

    Raises:
        NotFound: no such follow-up.
        Invalid: no such provider, no http(s) URL, or an issue stands for it already.
    """
    if provider not in IssueProvider.values:
        raise Invalid("invalid_value", f"There is no issue tracker {provider[:100]!r}", "provider")
    check_web_url(url, LONGEST_URL, "url")
    with changing_work(actor, FollowUp, follow_up_id, "updated", moment) as follow_up:
        if follow_up.external_issue_provider:
            connected = follow_up.external_issue_name
            raise Invalid("already_exists", f"This follow-up is already connected to {connected!r}", "url")
        follow_up.external_issue_provider = provider
        follow_up.external_issue_name = issue_name(provider, url, site_of(provider))
        follow_up.external_issue_permalink = url
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
    assign(follow_up, assignee_id)
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


def _set_priority(follow_up: FollowUp, priority_id: str | None) -> None:
    """Set the priority, or with an empty id none, unless that is None; the one it has may be archived meanwhile."""
    if priority_id is None or priority_id == follow_up.priority_id:
        return
    active = FollowUpPriority.objects.active()
    priority = active.filter(pk=priority_id).first() if is_id(priority_id) else None
    if priority_id and priority is None:
        message = f"There is no follow-up priority with the ID {priority_id[:100]!r}"
        raise Invalid("not_found", message, "follow_up_priority_option_id")
    follow_up.priority = priority
