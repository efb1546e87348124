"""Who takes part in an incident, and how."""

from dataclasses import dataclass

from django.db import connection

from incidents.reads import UserRow

RESPONDER, COLLABORATOR, OBSERVER = TYPES = ("responder", "collaborator", "observer")

# Each way of taking part, by the place of its type in TYPES: whoever takes part in several is what comes first.
PARTS = """SELECT a.assignee_id AS user_id, CASE r.role_type WHEN 'reporter' THEN 1 ELSE 0 END AS part
FROM incidents_roleassignment a JOIN catalog_incidentrole r ON r.id = a.incident_role_id WHERE a.incident_id = %s
UNION ALL SELECT assignee_id, 1 FROM incidents_action WHERE incident_id = %s AND status <> 'deleted'
UNION ALL SELECT assignee_id, 1 FROM incidents_followup WHERE incident_id = %s AND status <> 'deleted'
UNION ALL SELECT actor_id, 1 FROM events_event WHERE incident_id = %s AND actor_kind = 'user'
UNION ALL SELECT user_id, 2 FROM incidents_membership WHERE incident_id = %s"""
PARTICIPANTS = f"""SELECT MIN(p.part), u.id, u.name, u.email, u.role, u.slack_user_id
FROM ({PARTS}) AS p JOIN accounts_user u ON u.id = p.user_id
GROUP BY u.id, u.name, u.email, u.role, u.slack_user_id ORDER BY 1, 2"""  # noqa: S608


@dataclass(frozen=True)
class Participant:
    """A person and how they take part; `is_active` unless they may only look."""

    participant_type: str
    user: UserRow

    @property
    def is_active(self) -> bool:
        return self.participant_type != OBSERVER


def participants_of(incident_id: str) -> list[Participant]:
    """Everybody who takes part in the incident, responders first, each once. One statement.

    A responder holds a role (that of the reporter apart: reporting is no response). A collaborator did something: it is
    in the incident's events, or an action or a follow-up is theirs, or they reported it. An observer is a member of the
    private incident and did nothing. The API tells of these types without saying what they mean (section 6.11).
    """
    with connection.cursor() as cursor:
        cursor.execute(PARTICIPANTS, [incident_id] * PARTS.count("%s"))
        return [Participant(TYPES[part], UserRow._make(user)) for part, *user in cursor.fetchall()]
