"""Finding the people a request refers to: by id, e-mail or Slack user id, whichever it gives."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import Q

from accounts.models import User
from incidentio.core.errors import Invalid
from incidentio.core.ids import is_id


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
    """The active users `references` name, in their order, with one query.

    Raises:
        Invalid: naming the first reference that is empty or names nobody who is active.
    """
    query = Q(pk__in=[reference.id for reference in references if is_id(reference.id)])
    for reference in references:
        if reference.email and not reference.id:
            query |= Q(email__iexact=reference.email)
        elif reference.slack_user_id and not reference.id:
            query |= Q(slack_user_id=reference.slack_user_id)
    users = list(User.objects.filter(query, is_active=True)) if references else []
    return [_pick(reference, users) for reference in references]


def _pick(reference: PersonReference, users: list[User]) -> User:
    named = reference.id or reference.email or reference.slack_user_id
    if not named:
        raise Invalid("is_required", "Name the person by `id`, `email` or `slack_user_id`", reference.pointer)
    found = next((user for user in users if reference.matches(user)), None)
    if found is None:
        raise Invalid("not_found", f"There is no active user {named[:100]!r}", reference.pointer)
    return found
