"""Who may see a private incident: granting and revoking."""

from datetime import datetime

from accounts.models import User
from events.actors import Actor
from incidentio.core.errors import Invalid
from incidentio.core.ids import is_id
from incidents.changing import Change, changing
from incidents.models import Membership, Visibility
from incidents.people import PersonReference, find_people


def grant(actor: Actor, incident_id: str, user_id: str, moment: datetime | None = None) -> Membership:
    """Let a person see a private incident; a second time returns the membership they have.

    `moment` is when it happened, where that is not now.

    Raises:
        NotFound: no such incident.
        Invalid: the incident is public, or there is no such active person.
    """
    with changing(actor, incident_id, "incident.membership_granted", moment) as change:
        _require_private(change)
        user = find_people([PersonReference("user_id", id=user_id)])[0]
        times = {"created_at": change.moment, "updated_at": change.moment}
        membership, made = Membership.objects.get_or_create(incident=change.incident, user=user, defaults=times)
        if made:
            change.note("memberships", user.id, None, membership.id)
    return membership


def revoke(actor: Actor, incident_id: str, user_id: str, moment: datetime | None = None) -> None:
    """Take a person's access to a private incident away; whoever has none keeps having none.

    Raises:
        NotFound: no such incident.
        Invalid: the incident is public, or there is no such person.
    """
    with changing(actor, incident_id, "incident.membership_revoked", moment) as change:
        _require_private(change)
        if not (is_id(user_id) and User.objects.filter(pk=user_id).exists()):
            raise Invalid("not_found", f"There is no user with the ID {user_id[:100]!r}", "user_id")
        membership = Membership.objects.filter(incident=change.incident, user_id=user_id).first()
        if membership is not None:
            change.note("memberships", user_id, membership.id, None)
            membership.delete()


def _require_private(change: Change) -> None:
    if change.incident.visibility != Visibility.PRIVATE:
        raise Invalid(
            "invalid_value", "This incident is public: everybody sees it. Only private ones have members", "incident_id"
        )
