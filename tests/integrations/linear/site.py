"""A Linear on loopback, as its GraphQL API is published: issues with IDs of the caller's, states, labels and people."""

import json
import re
from pathlib import Path
from typing import Any

from tests.integrations.standing_in import Asked, Reply, StandIn

PAYLOADS = Path(__file__).parent / "payloads"
KEY = "lin_api_hunter2"
TEAM = {"id": "9cfb482a-81e3-4154-b5b9-2c805e70a02d", "key": "OPS", "name": "Operations"}
NAMES = {
    "backlog": "Backlog",
    "unstarted": "Todo",
    "started": "In Progress",
    "completed": "Done",
    "canceled": "Canceled",
}
STATES = {
    name: {"id": f"state-{kind}", "name": name, "type": kind, "position": float(place)}
    for place, (kind, name) in enumerate(NAMES.items())
}
_UUID_V4 = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")


def payload(name: str) -> Any:
    """A recorded webhook."""
    return json.loads((PAYLOADS / f"{name}.json").read_text())


def error(message: str, code: str = "INPUT_ERROR", told: str = "", status: int = 200) -> Reply:
    """How Linear says no: with 200, or with 400."""
    extensions = {"code": code, "type": code.lower().replace("_", " "), "userError": True}
    extensions |= {"userPresentableMessage": told} if told else {}
    return status, {"errors": [{"message": message, "extensions": extensions}], "data": None}


class LinearSite(StandIn):
    """`refuses`: what its complaints come with, 200 or 400. `people` are those it finds, by e-mail address."""

    def __init__(self) -> None:
        super().__init__()
        self.issues: list[dict[str, Any]] = []
        self.labels: list[dict[str, Any]] = []
        self.states = list(STATES.values())
        self.people: dict[str, list[dict[str, Any]]] = {}
        self.refuses = 200

    def work(self, asked: Asked) -> Reply:
        if asked.headers.get("authorization") != KEY:
            return error("Authentication required, not authenticated", "AUTHENTICATION_ERROR", status=400)
        query, variables = asked.body["query"], asked.body["variables"]
        answer = getattr(self, "_" + query.split("(")[0].split()[1].lower())
        reply: Reply = answer(**variables)
        return reply

    def _check(self, team: dict[str, Any]) -> Reply:
        data = {"viewer": {"name": "Omar Aziz"}, "organization": {"name": "Acme"}}
        return 200, {"data": data | {"teams": {"nodes": self._teams(team)}}}

    def _teams(self, team: dict[str, Any]) -> list[dict[str, Any]]:
        by_id, by_key = team.get("id", {}).get("eq"), team.get("key", {}).get("eqIgnoreCase", "").upper()
        return [TEAM] if by_id == TEAM["id"] or by_key == TEAM["key"] else []

    def _place(self, team: dict[str, Any], labels: dict[str, Any]) -> Reply:
        names, teams = labels["and"][0]["or"], labels["and"][1]["or"]
        assert teams == [{"team": team}, {"team": {"null": True}}]
        wanted = {name["name"]["eqIgnoreCase"].casefold() for name in names}
        found = [label for label in self.labels if label["name"].casefold() in wanted]
        return 200, {"data": {"teams": {"nodes": self._teams(team)}, "issueLabels": {"nodes": found}}}

    def _create(self, input: dict[str, Any]) -> Reply:
        if not _UUID_V4.fullmatch(input["id"]):
            return error("Argument Validation Error", told="id must be a UUID", status=self.refuses)
        if any(one["id"] == input["id"] for one in self.issues):
            told = f"Entity Issue with id {input['id']} already exists."
            return error("conflict on insert of Issue", told=told, status=self.refuses)
        if "assigneeId" in input and input["assigneeId"] not in str(self.people):
            return error("Argument Validation Error", told="assigneeId is no member", status=self.refuses)
        key = f"OPS-{len(self.issues) + 1}"
        made = input | {
            "identifier": key,
            "url": f"https://linear.app/acme/issue/{key}/a-slug",
            "state": STATES["Todo"],
        }
        self.issues.append(made)
        return 200, {"data": {"issueCreate": {"success": True, "issue": self._told(made)}}}

    def _told(self, issue: dict[str, Any]) -> dict[str, Any]:
        return {name: issue[name] for name in ("id", "identifier", "url")}

    def _find(self, filter: dict[str, Any]) -> Reply:
        found = [self._told(one) for one in self.issues if one["id"] == filter["id"]["eq"]]
        return 200, {"data": {"issues": {"nodes": found}}}

    def _by_id(self, id: str) -> dict[str, Any] | None:
        return next((one for one in self.issues if id in (one["id"], one["identifier"])), None)

    def _read(self, id: str) -> Reply:
        found = self._by_id(id)
        if found is None:
            return error("Entity not found: Issue", told="Could not find referenced Issue.", status=self.refuses)
        team = {"states": {"nodes": self.states}}
        return 200, {"data": {"issue": self._told(found) | {"state": found["state"], "team": team}}}

    def _move(self, id: str, state: str) -> Reply:
        found = self._by_id(id)
        assert found is not None
        found["state"] = next(one for one in self.states if one["id"] == state)
        return 200, {"data": {"issueUpdate": {"success": True}}}

    def _people(self, filter: dict[str, Any]) -> Reply:
        found = self.people.get(filter["email"]["eqIgnoreCase"], [])
        return 200, {"data": {"users": {"nodes": found}}}
