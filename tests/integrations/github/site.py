"""A GitHub on loopback, as its REST API is published: repositories' issues."""

import json
import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from tests.integrations.standing_in import Asked, Reply, StandIn

PAYLOADS = Path(__file__).parent / "payloads"
REPOSITORY = "acme/operations"


def payload(name: str) -> Any:
    """A recorded webhook."""
    return json.loads((PAYLOADS / f"{name}.json").read_text())


class GitHubSite(StandIn):
    """`may_label`: whether the account may set labels; where not, GitHub drops them without a word. `people` are those
    it finds, by e-mail address.
    """

    def __init__(self) -> None:
        super().__init__()
        self.issues: list[dict[str, Any]] = []
        self.people: dict[str, list[dict[str, Any]]] = {}
        self.may_label = True
        self.public = False

    def work(self, asked: Asked) -> Reply:
        if asked.headers.get("authorization") != "Bearer hunter2":
            return 401, {"message": "Bad credentials", "documentation_url": "https://docs.github.com/rest"}
        found = re.fullmatch(rf"/repos/{REPOSITORY}(/issues)?(?:/(\d+))?", asked.path)
        if asked.path == "/user":
            return 200, {"login": "omar", "id": 1}
        if asked.path == "/search/users":
            return 200, {"items": self.people.get(dict(asked.query)["q"].removesuffix(" in:email"), [])}
        if found is None:
            return 404, {"message": "Not Found", "documentation_url": "https://docs.github.com/rest"}
        if found[2]:
            return self._issue(asked, int(found[2]))
        if found[1]:
            return self._create(asked.body) if asked.method == "POST" else self._list(dict(asked.query))
        return 200, {"full_name": REPOSITORY, "private": not self.public, "has_issues": True}

    def _create(self, body: dict[str, Any]) -> Reply:
        if not body["title"]:
            return 422, {"message": "Validation Failed", "errors": [{"field": "title", "code": "missing_field"}]}
        number, now = len(self.issues) + 1, datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        url = f"{self.url}/{REPOSITORY}/issues/{number}"
        made = {"id": 9_000 + number, "number": number, "html_url": url, "state": "open", "state_reason": None}
        made |= body | {"created_at": now, "updated_at": now}
        made["labels"] = [{"name": name} for name in body["labels"]] if self.may_label else []
        self.issues.append(made)
        return 201, made

    def _list(self, query: dict[str, str]) -> Reply:
        since = [one for one in self.issues if one["updated_at"] >= query["since"]]
        size, page = int(query["per_page"]), int(query["page"])
        return 200, since[::-1][(page - 1) * size : page * size]

    def _issue(self, asked: Asked, number: int) -> Reply:
        found = next((one for one in self.issues if one["number"] == number), None)
        if found is None:
            return 410, {"message": "This issue was deleted"}
        if asked.method == "PATCH":
            found |= asked.body
        return 200, found
