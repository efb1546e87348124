"""Who may know of a private incident: a key with global access, or a person who is a member of it."""

from dataclasses import dataclass
from typing import Any

from django.db.models import Exists, OuterRef, Q

from accounts.models import User
from incidents.models import Incident, Membership, Visibility


@dataclass(frozen=True)
class Viewer:
    """Somebody who looks: `sees_private` for keys with global access and the hub itself, `user_id` for people."""

    sees_private: bool
    user_id: str = ""


EVERYTHING = Viewer(sees_private=True)


def person(user: User) -> Viewer:
    """`user` as one who looks; being an administrator opens no private incident."""
    return Viewer(sees_private=False, user_id=user.id)


def visible_to(viewer: Viewer, incident: str = "") -> Q:
    """The condition under which `viewer` may know of an incident, for querysets of incidents, or of rows that
    belong to one: `incident` is then the path to it, as in `"incident__"`.
    """
    if viewer.sees_private:
        return Q()
    public = Q(**{f"{incident}visibility": Visibility.PUBLIC})
    if not viewer.user_id:
        return public
    path = f"{incident.removesuffix('__')}_id" if incident else "pk"
    return public | Q(Exists(Membership.objects.filter(user_id=viewer.user_id, incident_id=OuterRef(path))))


def gives_nothing_away(viewer: Viewer) -> Q:
    """The same condition for rows that name an incident, or none, in a bare `incident_id` (events, deliveries)."""
    if viewer.sees_private:
        return Q()
    hidden = Incident.objects.filter(pk=OuterRef("incident_id")).exclude(visible_to(viewer))
    return Q(incident_id=None) | Q(~Exists(hidden))


def visible_sql(viewer: Viewer) -> tuple[str, list[Any]]:
    """The same condition as SQL over an incident aliased `i`, with its parameters."""
    if viewer.sees_private:
        return "TRUE", []
    if not viewer.user_id:
        return "i.visibility = 'public'", []
    return (
        "(i.visibility = 'public' OR EXISTS "
        "(SELECT 1 FROM incidents_membership m WHERE m.incident_id = i.id AND m.user_id = %s))",
        [viewer.user_id],
    )
