"""What people tell the hub at Slack: `/incident declare`, `update`, `lead`, `severity`, `status`, `action`, `help`; and
what they ask: `actions`.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass

from accounts.models import User
from catalog import snapshot
from catalog.models import RoleType, Word
from catalog.snapshot import Snapshot, active
from incidents.actions import create_action
from incidents.declare import Report, declare
from incidents.edit import Edit, edit_incident
from incidents.links import permalink
from incidents.models import Action, Incident, RoleAssignment, Visibility, WorkStatus
from incidents.sharing import share_update
from integrations.slack.mrkdwn import escaped
from integrations.slack.visitors import Sorry, Unknown, incident_called, incident_in

HELP = """*What I understand*
`/incident` or `/incident declare` opens a form; `/incident declare "Checkout is down"` declares at once
In an incident's channel, or with its reference first, as in `/incident update INC-12 …`:
`/incident update We found the cause` shares an update
`/incident lead @somebody` hands over the lead; `/incident lead me` takes it
`/incident severity Major` and `/incident status Fixing` change them
`/incident action Call the bank` notes what is to be done; `/incident actions` tells what still is"""
LONGEST_NAME = 500
ACTIONS, MOST_ACTIONS, LONGEST_ACTION = "actions", 20, 200
_REFERENCE = re.compile(r"(?P<reference>INC-\d{1,15})\b[ ]*", re.IGNORECASE)
_MENTION = re.compile(r"<@(?P<id>[A-Z0-9]+)(?:\|[^>]*)?>")
_QUOTES = "\"'“”„«»"


@dataclass(frozen=True)
class Command:
    """A slash command as it arrived; `trigger_id` is its own."""

    text: str
    channel_id: str
    team_id: str
    trigger_id: str

    @property
    def verb(self) -> str:
        """The first word; to declare is what is meant if nothing is said."""
        return (self.text.split(maxsplit=1) or ["declare"])[0].lower()

    @property
    def rest(self) -> str:
        """What was said after the first word."""
        return " ".join(self.text.split(maxsplit=1)[1:]).strip()

    @property
    def wants_form(self) -> bool:
        """Whether it is to open the form."""
        return self.verb in ("declare", "new") and not self.rest


def obey(command: Command, user: User) -> str:
    """Do what the command says; the answer to whoever said it.

    Raises:
        Sorry: it cannot be done.
        DomainError: a verb refuses it.
    """
    words = snapshot.current()
    if command.verb in ("declare", "new"):
        return _declare(command, user, words)
    if command.verb not in _ABOUT_ONE:
        return HELP if command.verb == "help" else f"I do not understand {_quoted(command.verb)}.\n{HELP}"
    named = _REFERENCE.match(command.rest)
    incident = incident_called(named["reference"], user) if named else incident_in(command.channel_id, user)
    said = command.rest[named.end() :] if named else command.rest
    if not said and command.verb == ACTIONS:
        return _outstanding(incident)
    if not said:
        raise Sorry(f"Say what, as in `/incident {command.verb} …`")
    return _ABOUT_ONE[command.verb](command, user, words, incident, said)


def declared(incident_id: str) -> str:
    """What is said of an incident that was just declared."""
    incident = Incident.objects.get(pk=incident_id)
    return f"Declared <{permalink(incident.pk)}|{incident.reference}>: {escaped(incident.name)}"


def _declare(command: Command, user: User, words: Snapshot) -> str:
    name = " ".join(command.rest.strip(_QUOTES).split())
    if len(name) > LONGEST_NAME:
        raise Sorry(f"A name may have {LONGEST_NAME} characters; this one has {len(name)}")
    report = Report(
        idempotency_key=f"slack:{command.trigger_id}",
        visibility=Visibility.PUBLIC,
        name=name,
        slack_team_id=command.team_id[:40],
    )
    return declared(declare(user.actor, report, words).incident_id)


def _update(command: Command, user: User, words: Snapshot, incident: Incident, said: str) -> str:
    key = f"slack:{command.trigger_id}"
    share_update(user.actor, incident.id, words, idempotency_key=key, message=said)
    return f"Shared an update of {incident.reference}"


def _lead(command: Command, user: User, words: Snapshot, incident: Incident, said: str) -> str:
    mention = _MENTION.search(said)
    if mention is None and said.lower() != "me":
        raise Sorry(
            "Say who, as in `/incident lead @somebody`; if I see no mention, switch on "
            "“Escape channels, users, and links” for the command in the app's settings"
        )
    return take_lead(user, incident, _mentioned(mention["id"]) if mention else user, words)


def _mentioned(slack_user_id: str) -> User:
    found = User.objects.filter(slack_user_id=slack_user_id, is_active=True).first()
    if found is None:
        raise Unknown(
            "I do not know them yet. I am looking for them by their e-mail address: try again in a few seconds. "
            "If I still do not know them then, they are not in the hub, or with another address",
            slack_user_id,
        )
    return found


def take_lead(user: User, incident: Incident, lead: User, words: Snapshot) -> str:
    """Make `lead` the incident's lead."""
    role = next((role for role in active(words.roles.values()) if role.role_type == RoleType.LEAD), None)
    if role is None:
        raise Sorry("This hub has no lead role")
    if RoleAssignment.objects.filter(incident=incident, incident_role=role, assignee=lead).exists():
        return f"{escaped(lead.name)} leads {incident.reference} already"
    assignment = {"incident_role_id": role.id, "assignee": {"id": lead.id}}
    edit_incident(user.actor, incident.id, Edit(incident_role_assignments=[assignment]), words)
    return f"{escaped(lead.name)} leads {incident.reference} now"


def _severity(command: Command, user: User, words: Snapshot, incident: Incident, said: str) -> str:
    severity = _word(list(words.severities.values()), said, "severity")
    edit_incident(user.actor, incident.id, Edit(severity_id=severity.id), words)
    return f"The severity of {incident.reference} is {escaped(severity.name)}"


def _status(command: Command, user: User, words: Snapshot, incident: Incident, said: str) -> str:
    status = _word(list(words.statuses.values()), said, "status")
    edit_incident(user.actor, incident.id, Edit(incident_status_id=status.id), words)
    return f"{incident.reference} is {escaped(status.name)}"


def _action(command: Command, user: User, words: Snapshot, incident: Incident, said: str) -> str:
    create_action(user.actor, incident.id, description=said)
    return f"Noted for {incident.reference}: {escaped(said[:LONGEST_ACTION])}"


def _outstanding(incident: Incident) -> str:
    rows = incident.actions.filter(status=WorkStatus.OUTSTANDING).select_related("assignee").order_by("id")
    lines = [f"• {_told(row)}" for row in rows[: MOST_ACTIONS + 1]]
    if not lines:
        return f"Nothing is to be done for {incident.reference}"
    more = ["…"] if len(lines) > MOST_ACTIONS else []
    return "\n".join([f"To be done for {incident.reference}:", *lines[:MOST_ACTIONS], *more])


def _told(action: Action) -> str:
    whose = action.assignee.name if action.assignee is not None else "nobody's"
    return escaped(f"{action.description[:LONGEST_ACTION]} ({whose})")


def _word[W: Word](words: list[W], said: str, what: str) -> W:
    offered = active(words)
    wanted = said.strip(_QUOTES + " ").casefold()
    found = next((word for word in offered if word.name.casefold() == wanted), None)
    if found is None:
        names = ", ".join(escaped(word.name) for word in offered)
        raise Sorry(f"There is no {what} {_quoted(said)}; there are {names}")
    return found


def _quoted(text: str) -> str:
    return f"“{escaped(text[:100])}”"


_ABOUT_ONE: dict[str, Callable[[Command, User, Snapshot, Incident, str], str]] = {
    "update": _update,
    "lead": _lead,
    "severity": _severity,
    "status": _status,
    "action": _action,
    ACTIONS: _action,
}
