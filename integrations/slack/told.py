"""What steps are told, and whom of a private incident they may tell."""

import json
from collections.abc import Callable, Collection, Mapping
from dataclasses import asdict
from typing import Any

from django.utils import timezone

from accounts.models import User
from events.actors import Actor
from incidents.models import Incident, Membership, Visibility
from incidents.people import PersonReference, find_people
from integrations.base import PART, Args, Attempt, Call, Doing, Param, Sent, StepFailed
from integrations.connections import account_of
from integrations.slack.account import slack_of
from integrations.slack.client import TOOL, NotDone, Slack
from integrations.told import text_of, texts_of
from integrations.types import USER

USERS = Param("users", "User(s)", USER, array=True)
Body = Mapping[str, Any]


def needed(args: Args, param: Param) -> str:
    """What was said for `param`.

    Raises:
        StepFailed: it was left out, or came to nothing.
    """
    text = text_of(args, param.name)
    if not text:
        raise StepFailed(f"{param.label} is not set")
    return text


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
