"""Finding the people a request refers to: by id, e-mail or Slack user id, whichever it gives."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.db import connection

from accounts.models import User
from incidentio.core import sql
from incidentio.core.errors import Invalid
from incidentio.core.ids import is_id

FIELDS = ("id", "email", "name", "slack_user_id", "role")  # in the order of the model's
USERS = f"SELECT u.{', u.'.join(FIELDS)} FROM accounts_user u"  # noqa: S608  column names of our own


@dataclass(frozen=True)
class PersonReference:
    """A person as callers name them; `pointer` is where in the request."""

    pointer: str
    id: str | None = None
    email: str | None = None
    slack_user_id: str | None = None

    def matches(self, user: User) -> bool:
        if self.id:
            return bool(user.id == self.id)
        if self.email:
            return user.email.lower() == self.email.lower()
        return user.slack_user_id == self.slack_user_id


def find_people(references: Sequence[PersonReference]) -> list[User]:
    """The active users `references` name, in their order, with one query; they know what answers show of them.

    Raises:
        Invalid: naming the first reference that is empty or names nobody who is active.
    """
    users = _named(references)
    return [_pick(reference, users) for reference in references]


def _named(references: Sequence[PersonReference]) -> list[User]:
    """The active users that may be meant; each way of naming somebody has an index of its own."""
    ways = {
        "u.id": [reference.id for reference in references if reference.id is not None and is_id(reference.id)],
        "lower(u.email)": [reference.email.lower() for reference in references if reference.email],
        "u.slack_user_id <> '' AND u.slack_user_id": [
            reference.slack_user_id for reference in references if reference.slack_user_id
        ],
    }
    conditions, params = [], []
    for column, values in ways.items():
        if values:
            one_of, given = sql.among(values)
            conditions.append(f"{column} {one_of}")
            params.append(given)
    if not conditions:
        return []
    with sql.cursor() as cursor:
        cursor.execute(f"{USERS} WHERE u.is_active AND ({' OR '.join(conditions)})", params)
        return [User.from_db(connection.alias, FIELDS, row) for row in cursor.fetchall()]


def _pick(reference: PersonReference, users: list[User]) -> User:
    named = reference.id or reference.email or reference.slack_user_id
    if not named:
        raise Invalid("is_required", "Name the person by `id`, `email` or `slack_user_id`", reference.pointer)
    found = next((user for user in users if reference.matches(user)), None)
    if found is None:
        raise Invalid("not_found", f"There is no active user {named[:100]!r}", reference.pointer)
    return found
