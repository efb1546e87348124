"""A GitLab on loopback, as its REST API is published: a project's issues, their search, and people."""

import json
import re
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from tests.integrations.standing_in import Asked, Reply, StandIn

PAYLOADS = Path(__file__).parent / "payloads"
PROJECT, PROJECT_ID, TOKEN = "acme/ops/incidents", 42, "glpat-hunter2"
_BASE = "/git/api/v4"


def payload(name: str) -> Any:
    """A recorded webhook."""
    return json.loads((PAYLOADS / f"{name}.json").read_text())


class GitLabSite(StandIn):
    """It lives under a path, as servers of one's own may. `people` are those it finds, by e-mail address."""

    def __init__(self) -> None:
        super().__init__()
        self.issues: list[dict[str, Any]] = []
        self.people: dict[str, list[dict[str, Any]]] = {}
        self.visibility = "private"

    @property
    def address(self) -> str:
        return f"{self.url}/git"

    def work(self, asked: Asked) -> Reply:
        if asked.headers.get("private-token") != TOKEN:
            return 401, {"message": "401 Unauthorized"}
        path = asked.path.removeprefix(_BASE)
        if path == "/user":
            return 200, {"id": 1, "username": "omar"}
        if path == "/users":
            return 200, self.people.get(dict(asked.query)["search"], [])
        found = re.fullmatch(r"/projects/([^/]+)(/issues)?(?:/(\d+))?", path)
        if not asked.path.startswith(_BASE) or found is None or unquote(found[1]) not in (PROJECT, str(PROJECT_ID)):
            return 404, {"message": "404 Project Not Found"}
        if found[3]:
            return self._issue(asked, int(found[3]))
        if found[2]:
            return self._create(asked.body) if asked.method == "POST" else self._search(dict(asked.query))
        return 200, {"id": PROJECT_ID, "path_with_namespace": PROJECT, "visibility": self.visibility}

    def _create(self, body: dict[str, Any]) -> Reply:
        if not body["title"]:
            return 400, {"message": {"title": ["can't be blank"]}}
        iid = len(self.issues) + 1
        made = {"id": 9_000 + iid, "iid": iid, "project_id": PROJECT_ID, "state": "opened"} | body
        made |= {"web_url": f"{self.address}/{PROJECT}/-/issues/{iid}", "labels": body["labels"].split(",")}
        made |= {"references": {"short": f"#{iid}", "full": f"{PROJECT}#{iid}"}}
        self.issues.append(made)
        return 201, made

    def _search(self, query: dict[str, str]) -> Reply:
        assert (query["in"], query["scope"], query["state"]) == ("description", "all", "all")
        return 200, [one for one in self.issues if query["search"] in one["description"]]

    def _issue(self, asked: Asked, iid: int) -> Reply:
        found = next((one for one in self.issues if one["iid"] == iid), None)
        if found is None:
            return 404, {"message": "404 Not found"}
        if asked.method == "PUT":
            found["state"] = {"close": "closed", "reopen": "opened"}[asked.body["state_event"]]
        return 200, found
