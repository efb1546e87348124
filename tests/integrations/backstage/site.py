"""A Backstage on loopback: its catalog answers by its API's document, a page at a time."""

import base64
import json
from collections.abc import Mapping
from itertools import pairwise
from typing import Any

from tests.integrations.recorded import payload
from tests.integrations.standing_in import Asked, Reply, StandIn

TOKEN = "tok-4711"
UNAUTHORISED = {
    "error": {"name": "AuthenticationError", "message": "Missing credentials"},
    "response": {"statusCode": 401},
}
UNKNOWN = {"error": {"name": "NotFoundError", "message": "No such route"}, "response": {"statusCode": 404}}


class BackstageSite(StandIn):
    """`entities` are what it has. `pages_by`: "cursor", or "offset" of a server from before `by-query`."""

    def __init__(self) -> None:
        super().__init__()
        self.entities: list[dict[str, Any]] = list(payload("backstage", "entities")["items"])
        self.pages_by = "cursor"
        self.token = TOKEN

    def work(self, asked: Asked) -> Reply:
        if self.token and asked.headers.get("authorization") != f"Bearer {self.token}":
            return 401, UNAUTHORISED
        query = dict(asked.query)
        filters = [value for name, value in asked.query if name == "filter"]
        if asked.path == "/api/catalog/entities/by-query" and self.pages_by == "cursor":
            return 200, self._by_query(query, filters)
        if asked.path == "/api/catalog/entities":
            start, limit = int(query.get("offset", 0)), int(query.get("limit", 10_000))
            return 200, self._wanted(filters)[start : start + limit]
        return 404, UNKNOWN

    def _by_query(self, query: Mapping[str, str], filters: list[str]) -> dict[str, Any]:
        """A cursor carries the filter and the place: beside one, a filter says nothing."""
        place = 0
        if "cursor" in query:
            filters, place = json.loads(base64.b64decode(query["cursor"]))
        wanted, limit = self._wanted(filters), int(query.get("limit", 20))
        items, info = wanted[place : place + limit], dict[str, str]()
        if place + limit < len(wanted):
            info["nextCursor"] = base64.b64encode(json.dumps([filters, place + limit]).encode()).decode()
        return {"items": items, "totalItems": len(wanted), "pageInfo": info}

    def _wanted(self, filters: list[str]) -> list[dict[str, Any]]:
        kinds = {text.removeprefix("kind=") for text in filters}
        return [one for one in self.entities if not kinds or one["kind"].lower() in kinds]


def component(name: str, owner: str = "payments", **metadata: Any) -> dict[str, Any]:
    """A service as Backstage gives it."""
    return {
        "apiVersion": "backstage.io/v1alpha1",
        "kind": "Component",
        "metadata": {"name": name, "namespace": "default", "tags": ["go"]} | metadata,
        "spec": {"type": "service", "lifecycle": "production"},
        "relations": [{"type": "ownedBy", "targetRef": f"group:default/{owner}"}],
    }


def many(count: int) -> list[dict[str, Any]]:
    """This many services, each needing the one before it."""
    made = [component(f"svc-{place:05}", title=f"Service {place:05}") for place in range(count)]
    for before, one in pairwise(made):
        target = f"component:default/{before['metadata']['name']}"
        one["relations"].append({"type": "dependsOn", "targetRef": target})
    return made
