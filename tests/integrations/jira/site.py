"""A Jira on loopback, as its REST API is published: issues, their search by label, and their workflow."""

import json
import re
from pathlib import Path
from typing import Any

from tests.integrations.jira.documents import is_valid
from tests.integrations.standing_in import Asked, Reply, StandIn

PAYLOADS = Path(__file__).parent / "payloads"
TO_DO = {"name": "To Do", "statusCategory": {"key": "new"}}
IN_PROGRESS = {"name": "In Progress", "statusCategory": {"key": "indeterminate"}}
DONE = {"name": "Done", "statusCategory": {"key": "done"}}
WONT_DO = {"name": "Won't Do", "statusCategory": {"key": "done"}}
STATUSES = {"11": TO_DO, "21": IN_PROGRESS, "31": DONE, "41": WONT_DO}


def payload(name: str) -> Any:
    """A recorded webhook."""
    return json.loads((PAYLOADS / f"{name}.json").read_text())


class JiraSite(StandIn):
    """`cloud` speaks version 3 and takes documents, Data Center version 2 and text. `indexed`: its search is up to
    date. `people` are those it finds, by e-mail address.
    """

    def __init__(self, *, cloud: bool = True) -> None:
        super().__init__()
        self.cloud = cloud
        self.issues: list[dict[str, Any]] = []
        self.people: dict[str, list[dict[str, Any]]] = {}
        self.indexed = True
        self.ways = dict(STATUSES)

    def work(self, asked: Asked) -> Reply:
        expected = "Basic b21hckBleGFtcGxlLmNvbTpodW50ZXIy" if self.cloud else "Bearer hunter2"
        if asked.headers.get("authorization") != expected:
            return 401, {"errorMessages": ["You are not authenticated"], "errors": {}}
        base, path = f"/rest/api/{3 if self.cloud else 2}/", asked.path
        if not path.startswith(base):
            return 404, None
        return self._answer(asked, path.removeprefix(base))

    def _answer(self, asked: Asked, path: str) -> Reply:
        issue = re.fullmatch(r"issue/([^/]+)(/transitions)?", path)
        if issue:
            return self._issue(asked, issue[1], bool(issue[2]))
        match asked.method, path:
            case "GET", "myself":
                return 200, {"accountId": "5b10", "displayName": "Omar Aziz"}
            case "GET", "project/OPS":
                return 200, {"id": "10000", "key": "OPS", "name": "Operations"}
            case "GET", "user/search":
                return 200, self.people.get(dict(asked.query)["query" if self.cloud else "username"], [])
            case "POST", "issue":
                return self._create(asked.body["fields"])
            case "GET", "search/jql" | "search" if self.cloud == (path == "search/jql"):
                return 200, {"issues": self._search(dict(asked.query)["jql"])}
        return 404, {"errorMessages": ["Not found"], "errors": {}}

    def _create(self, fields: dict[str, Any]) -> Reply:
        if fields["project"]["key"] != "OPS":
            return 400, {"errorMessages": [], "errors": {"project": "valid project is required"}}
        if is_valid(fields["description"]) != self.cloud:
            return 400, {"errorMessages": [], "errors": {"description": "Operation value must be a document"}}
        if not fields["summary"] or any(" " in label for label in fields["labels"]):
            return 400, {"errorMessages": [], "errors": {"labels": "The label contains spaces which is invalid."}}
        number = len(self.issues) + 1
        self.issues.append({"id": str(10_000 + number), "key": f"OPS-{number}", "fields": fields | {"status": TO_DO}})
        return 201, {"id": str(10_000 + number), "key": f"OPS-{number}", "self": f"{self.url}/issue/{number}"}

    def _search(self, jql: str) -> list[dict[str, Any]]:
        label = jql.split('"')[1]
        found = [one for one in self.issues if label in one["fields"]["labels"]] if self.indexed else []
        return [{"id": one["id"], "key": one["key"]} for one in found]

    def _issue(self, asked: Asked, key: str, transitions: bool) -> Reply:
        found = next((one for one in self.issues if one["key"] == key), None)
        if found is None:
            return 404, {"errorMessages": ["Issue does not exist or you do not have permission to see it."]}
        if not transitions:
            return 200, found
        if asked.method == "GET":
            return 200, {"transitions": [{"id": pk, "name": "Go", "to": to} for pk, to in self.ways.items()]}
        to = self.ways.get(asked.body["transition"]["id"])
        if to is None:
            return 400, {"errorMessages": ["It is not on the appropriate screen"], "errors": {}}
        found["fields"]["status"] = to
        return 204, None
