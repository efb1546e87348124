"""Who is who: people of the hub are known at Slack by their Slack user id, or else found by their e-mail address."""

from collections.abc import Mapping
from typing import Any

from accounts.models import User
from accounts.users import update_user
from events.actors import Actor
from incidentio.core.errors import Invalid
from integrations.base import Attempt, Outcome, StepFailed
from integrations.connections import account_of
from integrations.slack.account import slack_of
from integrations.slack.client import TOOL, NotDone, Slack, mapping_in, text_in


def slack_id_of(slack: Slack, actor: Actor, user: User) -> str:
    """The person's id at Slack; one found by e-mail is remembered.

    Raises:
        NotDone: Slack knows nobody of this address, or was not to be asked.
    """
    slack_user_id = user.slack_user_id or _find(slack, actor, user)
    if not slack_user_id:
        raise NotDone(Attempt(Outcome.REFUSED, f"Nobody at Slack has the address {user.email}"))
    return slack_user_id


def id_of(user: User, seconds: float) -> str:
    """The person's ID, within so many seconds; nothing if Slack knows nobody of their address.

    Raises:
        StepFailed: Slack does not say.
    """
    try:
        return user.slack_user_id or _find(slack_of(account_of(TOOL), seconds), Actor.system(), user)
    except NotDone as failure:
        raise StepFailed(failure.attempt.error, permanent=False) from failure


def _find(slack: Slack, actor: Actor, user: User) -> str:
    found = mapping_in(slack.read("users.lookupByEmail", fine=("users_not_found",), email=user.email), "user")
    slack_user_id = text_in(found, "id")
    if not slack_user_id or not is_ours(slack, found):
        return ""
    remember(actor, user, slack_user_id)
    return slack_user_id


def is_ours(slack: Slack, found: Mapping[str, Any]) -> bool:
    """Whether somebody of Slack is a person of the app's own workspace. In shared channels there are others, and what
    addresses those have is their own administrators' to say.

    Raises:
        NotDone: Slack does not say which workspace the app is in.
    """
    if found.get("deleted") or found.get("is_bot") or found.get("is_stranger"):
        return False
    teams = mapping_in(found, "enterprise_user").get("teams")
    own = [text_in(found, "team_id"), *(teams if isinstance(teams, list) else [])]
    return text_in(slack.read("auth.test"), "team_id") in own


def remember(actor: Actor, user: User, slack_user_id: str) -> None:
    """Keep who the person is at Slack.

    Raises:
        NotDone: somebody else of the hub is that already.
    """
    try:
        update_user(actor, user, slack_user_id=slack_user_id)
    except Invalid as refusal:
        raise NotDone(Attempt(Outcome.REFUSED, f"{user.name}: {refusal}")) from refusal
