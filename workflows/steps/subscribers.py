"""Letting people follow an incident: those who may not see it yet may then, and all are told where it is."""

from incidentio.core import mail
from incidents.links import permalink
from incidents.memberships import grant
from incidents.models import Visibility
from integrations.base import Args, Call, Doing, Repeat, Step
from workflows.steps.arguments import INCIDENT_PARAM, USERS, known_incident, people_of
from workflows.steps.letters import letters, make


def _plan(doing: Doing, args: Args) -> list[Call]:
    """Who has access already keeps it, so planning it twice does it once."""
    incident = known_incident(doing, args)
    people = people_of(args, USERS)
    private = incident.visibility == Visibility.PRIVATE
    if private:
        for user in people:
            grant(doing.actor, incident.id, user.id)
        if not mail.is_set_up():
            return []
    subject = f"You were subscribed to {incident.reference}: {incident.name}"
    text = "\n\n".join(part for part in (incident.summary, permalink(incident.pk)) if part)
    return letters([user.email for user in people], subject, text, incident.id)


SUBSCRIBE = Step(
    "incident.subscribe_user_to_incident",
    "Subscribe a user to the incident",
    (INCIDENT_PARAM, USERS),
    plan=_plan,
    make=make,
    repeats=Repeat.ASK,
)
