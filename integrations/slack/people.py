"""Who is who: people of the hub are known at Slack by their Slack user id, or else found by their e-mail address."""

from accounts.models import User
from accounts.users import update_user
from events.actors import Actor
from incidentio.core.errors import Invalid
from integrations.base import Attempt, Outcome
from integrations.slack.client import NotDone, Slack, mapping_in, text_in


def slack_id_of(slack: Slack, actor: Actor, user: User) -> str:
    """The person's id at Slack; one found by e-mail is remembered.

    Raises:
        NotDone: Slack knows nobody of this address, or was not to be asked.
    """
    if user.slack_user_id:
        return user.slack_user_id
    found = slack.read("users.lookupByEmail", fine=("users_not_found",), email=user.email)
    slack_user_id = text_in(mapping_in(found, "user"), "id")
    if not slack_user_id:
        raise NotDone(Attempt(Outcome.REFUSED, f"Nobody at Slack has the address {user.email}"))
    remember(actor, user, slack_user_id)
    return slack_user_id


def remember(actor: Actor, user: User, slack_user_id: str) -> None:
    """Keep who the person is at Slack.

    Raises:
        NotDone: somebody else of the hub is that already.
    """
    try:
        update_user(actor, user, slack_user_id=slack_user_id)
    except Invalid as refusal:
        raise NotDone(Attempt(Outcome.REFUSED, f"{user.name}: {refusal}")) from refusal
