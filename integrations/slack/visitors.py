"""Who speaks at Slack, what they may do, and doing it once however often Slack says it."""

import hashlib
from collections.abc import Callable

from django.db import transaction
from django.tasks import task

from accounts.models import OrganisationRole, User
from events.actors import Actor
from incidents.models import Incident
from incidents.visibility import person, visible_to
from integrations.base import StepFailed
from integrations.connections import account_of
from integrations.models import RemoteObject
from integrations.slack.account import slack_of
from integrations.slack.client import TOOL, NotDone, Slack, mapping_in, text_in
from integrations.slack.people import is_ours, remember

REQUEST = "request"
LOOK_SECONDS = 10.0
MAY_CHANGE = (OrganisationRole.RESPONDER, OrganisationRole.ADMINISTRATOR, OrganisationRole.OWNER)


class Sorry(Exception):
    """What was asked for cannot be done; says why to whoever asked."""


class Unknown(Sorry):
    """Nobody of the hub is known to be the person with this ID at Slack."""

    def __init__(self, message: str, slack_user_id: str) -> None:
        super().__init__(message)
        self.slack_user_id = slack_user_id


def visitor(slack_user_id: str) -> User:
    """The person of the hub who has this id at Slack, and may change incidents.

    Raises:
        Unknown: nobody has.
        Sorry: they may only look.
    """
    user = User.objects.filter(slack_user_id=slack_user_id, is_active=True).exclude(slack_user_id="").first()
    if user is None:
        raise Unknown(
            "I do not know you yet. I am looking for you by your e-mail address: try again in a few seconds. "
            "If I still do not know you then, ask an administrator of the hub to enter your Slack user ID: "
            f"{slack_user_id}",
            slack_user_id,
        )
    if user.role not in MAY_CHANGE:
        raise Sorry("You may look at incidents, not change them: ask an administrator of the hub")
    return user


def incident_in(channel_id: str, user: User) -> Incident:
    """The incident whose channel this is.

    Raises:
        Sorry: it is none's, or none's that the person may know of.
    """
    incidents = Incident.objects.filter(visible_to(person(user)), slack_channel_id=channel_id)
    incident = incidents.exclude(slack_channel_id="").order_by("-id").first()
    if incident is None:
        raise Sorry("This is no incident's channel: say it there, or name the incident, as in INC-12")
    return incident


def incident_called(reference: str, user: User) -> Incident:
    """The incident with this reference, as in `INC-12`.

    Raises:
        Sorry: there is none that the person may know of.
    """
    number = int(reference.upper().removeprefix("INC-"))
    incident = Incident.objects.filter(visible_to(person(user)), number=number).first()
    if incident is None:
        raise Sorry(f"There is no incident {reference}")
    return incident


def once(request_id: str, do: Callable[[], str]) -> str:
    """What `do` says, done once for this id in one transaction: whoever sends it again is told the same."""
    key = hashlib.sha256(request_id.encode()).hexdigest()[:26]
    with transaction.atomic():
        row, fresh = RemoteObject.objects.get_or_create(
            tool=TOOL, kind=REQUEST, subject_type="slack_request", subject_id=key, defaults={"remote_id": key}
        )
        if fresh:
            row.state = {"said": do()}
            row.save(update_fields=["state"])
        return str(row.state.get("said", ""))


@task
def recognise(slack_user_id: str) -> None:
    """Ask Slack for the e-mail address of somebody who spoke, and remember who of the hub they are."""
    try:
        recognised(slack_of(account_of(TOOL), LOOK_SECONDS), slack_user_id)
    except (NotDone, StepFailed):
        return  # it stands on the connection; whoever spoke was told what to do


def recognised(slack: Slack, slack_user_id: str) -> User | None:
    """The person of the hub with this id at Slack, or with the e-mail address Slack has for it; None if nobody is.

    Raises:
        NotDone: Slack does not say.
    """
    known = User.objects.filter(slack_user_id=slack_user_id, is_active=True).first()
    if known is not None:
        return known
    found = mapping_in(slack.read("users.info", fine=("user_not_found",), user=slack_user_id), "user")
    email = text_in(mapping_in(found, "profile"), "email")
    # Whoever has a Slack user id already is not given another.
    user = User.objects.filter(email__iexact=email, is_active=True, slack_user_id="").first() if email else None
    if user is None or not is_ours(slack, found):
        return None
    remember(Actor.system(), user, slack_user_id)
    return user
