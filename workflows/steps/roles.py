"""Who does what in an incident."""

from incidents.edit import Edit, edit_incident
from incidents.models import RoleAssignment
from incidents.people import PersonReference, find_people
from integrations.base import Args, Doing, Param, Step
from integrations.types import ROLE, USER
from workflows.steps.arguments import INCIDENT_PARAM, incident_of, needed, word

_ROLE = Param("role", "Role", ROLE, required=True)
_USER = Param("user", "User", USER, required=True)


def _assign(doing: Doing, args: Args) -> str:
    incident = incident_of(doing, args)
    role = word(doing.words.roles, needed(args, _ROLE), "role")
    user = find_people([PersonReference("user", id=needed(args, _USER))])[0]
    held = RoleAssignment.objects.filter(incident=incident, incident_role=role, assignee=user)
    if held.exists():
        return f"{user.name} is {role.name} already"
    assignment = {"incident_role_id": role.id, "assignee": {"id": user.id}}
    edit_incident(doing.actor, incident.id, Edit(incident_role_assignments=[assignment]), doing.words)
    return f"Assigned {user.name} as {role.name}"


ASSIGN_ROLE = Step("incident.assign_role", "Assign incident roles", (INCIDENT_PARAM, _ROLE, _USER), do=_assign)
