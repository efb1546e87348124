"""Who people are at GitLab: GET users?search=<address> finds those who show theirs, and for administrators all
(https://docs.gitlab.com/api/users/#list-users). Of others, somebody must say it: their number.
"""

from typing import Any

from accounts.models import User
from integrations.asking import ask
from integrations.base import StepFailed
from integrations.calling import json_of
from integrations.gitlab.account import TOOL, complaint, gitlab, limited
from integrations.people import Person, id_at

ADDRESSES = ("email", "public_email")


def id_of(user: User, seconds: float) -> str:
    """The person's number; nothing if GitLab finds nobody, or several.

    Raises:
        StepFailed: GitLab does not say.
    """

    def find(email: str) -> Person | None:
        query = {"search": email, "active": "true", "per_page": "5"}
        answer = ask(TOOL, gitlab().request("GET", "users", query=query), seconds, limited)
        said = json_of(answer)
        if answer.status != 200 or not isinstance(said, list):
            raise StepFailed(f"GitLab does not look for people ({answer.status}): {complaint(said)}", permanent=False)
        found = [one for one in said if isinstance(one, dict) and one.get("id") and _has(one, email)]
        return Person(str(found[0]["id"]), str(found[0].get("username", ""))) if len(found) == 1 else None

    return id_at(TOOL, user, find)


def _has(person: dict[str, Any], email: str) -> bool:
    """Whether the address may be theirs: it is shown, or none is, for it is looked for as a whole."""
    shown = {str(person[name]).casefold() for name in ADDRESSES if person.get(name)}
    return not shown or email.casefold() in shown
