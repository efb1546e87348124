"""Who people are at Opsgenie: it knows them by their e-mail address, unless somebody said otherwise.

Nothing is looked for, so nothing is remembered: whose address changes in the hub has the new one here, too.
"""

from collections.abc import Sequence

from accounts.models import User
from integrations.models import FoundBy, UserAccount
from integrations.opsgenie.account import TOOL


def id_of(user: User, seconds: float) -> str:
    """The person's username; nothing if somebody said that they are nobody there."""
    return usernames_of([user])[user.pk]


def usernames_of(users: Sequence[User]) -> dict[str, str]:
    """The usernames of people by their IDs in the hub; nothing for those of whom somebody said that they have none."""
    said = UserAccount.objects.filter(tool=TOOL, user__in=users, found_by=FoundBy.PERSON)
    return {user.pk: user.email for user in users} | dict(said.values_list("user_id", "remote_id"))
