"""Datadog on loopback, by its published contract: an event is posted each time it is sent."""

from typing import Any

from tests.integrations.standing_in import Asked, Reply, StandIn

API_KEY, APPLICATION_KEY = "dd0123456789abcdef0123456789abcd", "ddapp0123456789abcdef"


class Datadog(StandIn):
    """`events` are those of the stream."""

    def __init__(self) -> None:
        super().__init__()
        self.events: list[dict[str, Any]] = []

    def work(self, asked: Asked) -> Reply:
        if asked.headers.get("dd-api-key") != API_KEY:
            return 403, {"errors": ["Forbidden"]}
        if asked.path == "/api/v1/validate":
            return 200, {"valid": True}
        if asked.path != "/api/v1/events":
            return 404, {"errors": ["Not found"]}
        if asked.method == "POST":
            event = asked.body | {"id": 7_000_000_000 + len(self.events)}
            self.events.append(event)
            return 202, {"status": "ok", "event": event | {"id_str": str(event["id"])}}
        if asked.headers.get("dd-application-key") != APPLICATION_KEY:
            return 403, {"errors": ["Forbidden"]}
        query = dict(asked.query)
        assert int(query["start"]) < int(query["end"])
        return 200, {"events": [event for event in self.events if query["tags"] in event["tags"]]}
