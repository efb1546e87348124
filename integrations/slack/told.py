"""What steps are told, and whom of a private incident they may tell."""

import json
from collections.abc import Callable, Collection, Mapping
from dataclasses import asdict
from typing import Any

from django.utils import timezone

from accounts.models import User
from events.actors import Actor
from incidentio.core.ids import is_id
from incidents.models import Incident, Membership, Visibility
from incidents.people import PersonReference, find_people
from integrations.base import PART, Args, Attempt, Call, Doing, Param, Sent, StepFailed
from integrations.connections import account_of
from integrations.slack.account import slack_of
from integrations.slack.client import TOOL, NotDone, Slack
from integrations.types import INCIDENT, USER

INCIDENT_PARAM = Param("incident", "Incident", INCIDENT)
USERS = Param("users", "User(s)", USER, array=True)
Body = Mapping[str, Any]


def text_of(args: Args, name: str) -> str:
    """What was said for the parameter `name`; nothing if it was left out."""
    value = args.get(name)
    return "" if value is None else str(value).strip()


def texts_of(args: Args, name: str) -> list[str]:
    """All that was said for the parameter `name`, each once, without what says nothing."""
    texts = [str(value).strip() for value in args.get(name) or () if value is not None]
    return [text for text in dict.fromkeys(texts) if text]


def needed(args: Args, param: Param) -> str:
    """What was said for `param`.

    Raises:
        StepFailed: it was left out, or came to nothing.
    """
    text = text_of(args, param.name)
    if not text:
        raise StepFailed(f"{param.label} is not set")
    return text


def incident_of(doing: Doing, args: Args) -> Incident:
    """The incident the step is about: the one named, else the run's.

    Raises:
        StepFailed: it is about none, or there is no such incident.
    """
    incident_id = text_of(args, INCIDENT_PARAM.name) or doing.incident_id or ""
    if not incident_id:
        raise StepFailed("There is no incident to do this to: this run is about none, and the step names none")
    return known(incident_id)


def known(incident_id: str) -> Incident:
    """The incident as it is now.

    Raises:
        StepFailed: there is no such incident.
    """
    incident = Incident.objects.filter(pk=incident_id).first() if is_id(incident_id) else None
    if incident is None:
        raise StepFailed(f"There is no incident with the ID {incident_id[:100]!r}")
    return incident


def people_of(args: Args, name: str) -> list[User]:
    """The active people of the parameter `name`.

    Raises:
        Invalid: one of them is not there.
    """
    return find_people([PersonReference(name, id=pk) for pk in texts_of(args, name)])


def hidden_from(incident_id: str | None, users: Collection[User]) -> list[User]:
    """Those of `users` who may not see the incident."""
    if not users or not is_private(incident_id):
        return []
    members = set(Membership.objects.filter(incident_id=incident_id).values_list("user_id", flat=True))
    return [user for user in users if user.id not in members]


def is_private(incident_id: str | None) -> bool:
    """Whether only its members may know of the incident."""
    return incident_id is not None and Incident.objects.filter(pk=incident_id, visibility=Visibility.PRIVATE).exists()


def listed(names: list[str]) -> str:
    """Names as people list them: `Ada, Omar and Nora`; nothing if there are none."""
    return " and ".join(part for part in (", ".join(names[:-1]), *names[-1:]) if part)


def call(doing: Doing, *, at: str = "", **body: Any) -> Call:
    """A call to Slack: what it is told, by whom and from when on. What is said `at` a channel or to a person
    is counted there: Slack takes about a message a second in each (docs.slack.dev/apis/web-api/rate-limits), and a busy
    one is not to hold back others.
    """
    told = {"actor": asdict(doing.actor), "planned_at": (doing.now or timezone.now()).timestamp()}
    target = f"{TOOL}{PART}{at.removeprefix('#')}" if at else TOOL
    return Call(target, body=json.dumps(body | told))


def actor_of(body: Body) -> Actor:
    """Whoever a planned call is made for."""
    return Actor(**body["actor"])


def making(do: Callable[[Slack, Body, str], Attempt]) -> Callable[[Sent], Attempt]:
    """One attempt of a planned call by `do`, which is given its body and its key; the first call that is not done ends
    it.
    """

    def make(sent: Sent) -> Attempt:
        slack = slack_of(account_of(TOOL), sent.seconds)
        try:
            return do(slack, json.loads(sent.body), sent.key)
        except NotDone as failure:
            return failure.attempt

    return make
