"""Who may see a private incident."""

from accounts.models import User
from incidents.memberships import grant, revoke
from incidents.models import Visibility
from integrations.base import Args, Doing, Step
from workflows.steps.arguments import INCIDENT_PARAM, USERS, all_needed, incident_of, listed, people_of


def _add(doing: Doing, args: Args) -> str:
    incident, people = incident_of(doing, args), people_of(args, USERS)
    if incident.visibility != Visibility.PRIVATE:
        return f"{incident.reference} is public: everybody sees it already"
    for user in people:
        grant(doing.actor, incident.id, user.id)
    return f"Gave {listed([user.name for user in people])} access to {incident.reference}"


def _remove(doing: Doing, args: Args) -> str:
    incident, ids = incident_of(doing, args), dict.fromkeys(all_needed(args, USERS))
    if incident.visibility != Visibility.PRIVATE:
        return f"{incident.reference} is public: everybody sees it, and nobody's access can be taken away"
    for user_id in ids:  # people who left may be among them
        revoke(doing.actor, incident.id, user_id)
    names = list(User.objects.filter(pk__in=ids).order_by("name").values_list("name", flat=True))
    return f"Took access to {incident.reference} from {listed(names)}"


ADD = Step("incident.add_member", "Give access to a private incident", (INCIDENT_PARAM, USERS), do=_add)
REMOVE = Step("incident.remove_member", "Take away access to a private incident", (INCIDENT_PARAM, USERS), do=_remove)
