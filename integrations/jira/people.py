"""Who people are in Jira: GET user/search, by e-mail address. Cloud knows them by account ID, Data Center by name.

Cloud shows an address only to whom its owner lets see it, but finds by it; so of one that is found alone and shows
none, the address is taken to be theirs.
"""

from typing import Any

from accounts.models import User
from integrations.asking import ask
from integrations.base import StepFailed
from integrations.calling import json_of
from integrations.jira.account import TOOL, complaint, jira
from integrations.people import Person, id_at

ID = {True: "accountId", False: "name"}  # by whether it is Cloud
MOST = "10"


def id_of(user: User, seconds: float) -> str:
    """The person's ID; nothing if Jira finds nobody, or several.

    Raises:
        StepFailed: Jira does not say.
    """

    def find(email: str) -> Person | None:
        there = jira()
        query = {"query" if there.is_cloud else "username": email, "maxResults": MOST}
        answer = ask(TOOL, there.request("GET", "user/search", query=query), seconds)
        said = json_of(answer)
        if answer.status != 200 or not isinstance(said, list):
            raise StepFailed(f"Jira does not look for people ({answer.status}): {complaint(said)}", permanent=False)
        found = [one for one in said if isinstance(one, dict) and one.get(ID[there.is_cloud])]
        one = _with_address(found, email)
        return Person(str(one[ID[there.is_cloud]]), str(one.get("displayName", ""))) if one is not None else None

    return id_at(TOOL, user, find)


def _with_address(found: list[dict[str, Any]], email: str) -> dict[str, Any] | None:
    theirs = [one for one in found if str(one.get("emailAddress") or "").casefold() == email.casefold()]
    if not theirs:
        theirs = [one for one in found if not one.get("emailAddress")]
    return theirs[0] if len(theirs) == 1 else None
