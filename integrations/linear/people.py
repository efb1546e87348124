"""Who people are at Linear, found by their e-mail address."""

from accounts.models import User
from integrations.linear.account import TOOL, linear, nodes_in, told
from integrations.people import Person, id_at

_FIND = """query People($filter: UserFilter!) {
  users(filter: $filter, first: 2) { nodes { id displayName active } }
}"""


def id_of(user: User, seconds: float) -> str:
    """The person's ID; nothing if Linear finds nobody, or several.

    Raises:
        StepFailed: Linear does not say.
    """

    def find(email: str) -> Person | None:
        found = nodes_in(told(linear(), _FIND, {"filter": {"email": {"eqIgnoreCase": email}}}, seconds), "users")
        people = [one for one in found if one.get("id") and one.get("active", True)]
        return Person(str(people[0]["id"]), str(people[0].get("displayName", ""))) if len(people) == 1 else None

    return id_at(TOOL, user, find)
