"""The people that entries of the catalog lead to."""

from collections.abc import Collection
from dataclasses import dataclass

from accounts.models import User
from incidentio.core import sql

LONGEST = 254  # characters of an e-mail address
_PEOPLE = f"SELECT id, name, email, slack_user_id FROM {User._meta.db_table}"  # noqa: S608


@dataclass(frozen=True)
class Person:
    """What can be asked of a person."""

    id: str
    name: str
    email: str
    slack_user_id: str


def people_named(literals: Collection[str]) -> dict[str, Person]:
    """The people `literals` name, by ID or by e-mail address in any case; those who were deactivated too. One
    statement, with an index for each way.
    """
    emails = {literal: literal.lower() for literal in literals if 0 < len(literal) <= LONGEST}
    if not emails:
        return {}
    (one_of, ids), (_, lower) = sql.among(list(emails)), sql.among(list(emails.values()))
    with sql.cursor() as cursor:
        cursor.execute(f"{_PEOPLE} WHERE id {one_of} OR lower(email) {one_of}", [ids, lower])
        people = [Person(*row) for row in cursor.fetchall()]
    by_email = {person.email.lower(): person for person in people}
    by_id = {person.id: person for person in people}
    found = ((literal, by_id.get(literal) or by_email.get(email)) for literal, email in emails.items())
    return {literal: person for literal, person in found if person is not None}
