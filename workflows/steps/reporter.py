"""Telling the person who reported an incident."""

from accounts.models import User
from events.actors import ActorKind
from incidents.links import permalink
from incidents.models import Incident, RoleAssignment
from integrations.base import Args, Call, Doing, Param, Repeat, Step, StepFailed
from integrations.types import TEMPLATED_TEXT
from workflows.steps.arguments import INCIDENT_PARAM, known_incident, needed
from workflows.steps.letters import letters, make

_MESSAGE = Param("message", "Message", TEMPLATED_TEXT, required=True)


def _plan(doing: Doing, args: Args) -> list[Call]:
    incident = known_incident(doing, args)
    reporter = _reporter(doing, incident)
    subject = f"{incident.reference}: {incident.name}"
    text = f"{needed(args, _MESSAGE)}\n\n{permalink(incident.pk)}"
    return letters([reporter.email], subject, text, incident.id)


def _reporter(doing: Doing, incident: Incident) -> User:
    """The person in the role of the reporter, else the one who declared the incident."""
    role = doing.words.reporter_role
    held = RoleAssignment.objects.filter(incident=incident, incident_role_id=role.id if role is not None else None)
    user = next((assignment.assignee for assignment in held.select_related("assignee")), None)
    if user is None and incident.creator_kind == ActorKind.USER:
        user = User.objects.filter(pk=incident.creator_id).first()
    if user is None:
        raise StepFailed(f"Nobody is the reporter of {incident.reference}: {incident.creator_label} declared it")
    if not user.is_active:
        raise StepFailed(f"{user.name}, who reported {incident.reference}, is not active any more")
    return user


NOTIFY = Step(
    "incident.notify_reporter",
    "Notify the reporter",
    (INCIDENT_PARAM, _MESSAGE),
    plan=_plan,
    make=make,
    repeats=Repeat.ASK,
)
