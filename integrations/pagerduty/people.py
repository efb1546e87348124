"""Who people are at PagerDuty: GET /users, which finds by name and address alike.

https://developer.pagerduty.com/api-reference/c96e889522dd6-list-users
"""

from accounts.models import User
from integrations.asking import ask
from integrations.base import StepFailed
from integrations.calling import json_of
from integrations.pagerduty.account import TOOL, account_with, rest_request
from integrations.people import Person, id_at

MOST = "25"


def id_of(user: User, seconds: float) -> str:
    """The person's ID; nothing if nobody there has their address.

    Raises:
        StepFailed: PagerDuty does not say.
    """

    def find(email: str) -> Person | None:
        query = [("query", email), ("limit", MOST)]
        answer = ask(TOOL, rest_request(account_with("api_token"), "GET", "/users", query=query), seconds)
        said = json_of(answer)
        rows = said.get("users") if isinstance(said, dict) else None
        if answer.status != 200 or not isinstance(rows, list):
            raise StepFailed(f"PagerDuty does not look for people ({answer.status})", permanent=False)
        theirs = [row for row in rows if str(row.get("email") or "").casefold() == email.casefold()]
        return Person(str(theirs[0]["id"]), str(theirs[0].get("name") or "")) if theirs else None

    return id_at(TOOL, user, find)
