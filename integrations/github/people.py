"""Who people are at GitHub: its search finds those by e-mail address who show theirs; of others, somebody must say it.

GET search/users?q=<address>+in:email (https://docs.github.com/en/rest/search/search#search-users).
"""

from accounts.models import User
from integrations.asking import ask
from integrations.base import StepFailed
from integrations.calling import json_of
from integrations.github.account import TOOL, complaint, github, limited
from integrations.people import Person, id_at


def login_of(user: User, seconds: float) -> str:
    """The person's login; nothing if GitHub finds nobody, or several.

    Raises:
        StepFailed: GitHub does not say.
    """

    def find(email: str) -> Person | None:
        query = {"q": f"{email} in:email", "per_page": "2"}
        answer = ask(TOOL, github().request("GET", "search/users", query=query), seconds, limited)
        said = json_of(answer)
        found = said.get("items") if isinstance(said, dict) else None
        if answer.status != 200 or not isinstance(found, list):
            raise StepFailed(f"GitHub does not look for people ({answer.status}): {complaint(said)}", permanent=False)
        logins = [str(one["login"]) for one in found if isinstance(one, dict) and one.get("login")]
        return Person(logins[0], logins[0]) if len(logins) == 1 else None

    return id_at(TOOL, user, find)
