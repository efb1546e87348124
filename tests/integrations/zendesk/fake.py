"""Zendesk on loopback, by its published contract: an update of a ticket adds a comment each time it is sent."""

import base64
from typing import Any

from tests.integrations.standing_in import Asked, Reply, StandIn

EMAIL, TOKEN = "hub@acme.example", "z3nd3sk-t0ken"
TICKET, CLOSED = "35436", "99"


class Zendesk(StandIn):
    """`comments` are those of the tickets; the ticket CLOSED takes none."""

    def __init__(self) -> None:
        super().__init__()
        self.comments: dict[str, list[dict[str, Any]]] = {TICKET: [], CLOSED: []}
        self.role = "agent"

    def work(self, asked: Asked) -> Reply:
        expected = base64.b64encode(f"{EMAIL}/token:{TOKEN}".encode()).decode()
        if asked.headers.get("authorization") != f"Basic {expected}":
            return 401, {"error": "Couldn't authenticate you"}
        if asked.path == "/api/v2/users/me.json":
            return 200, {"user": {"id": 8447388090494, "name": "Incident hub", "role": self.role}}
        ticket_id = asked.path.removeprefix("/api/v2/tickets/").split("/")[0].removesuffix(".json")
        if ticket_id not in self.comments:
            return 404, {"error": "RecordNotFound", "description": "Not found"}
        if asked.path.endswith("/comments.json"):
            assert dict(asked.query) == {"sort": "-created_at", "page[size]": "100"}
            return 200, {"comments": self.comments[ticket_id][::-1][:100], "meta": {"has_more": False}}
        return self._update(asked, ticket_id)

    def _update(self, asked: Asked, ticket_id: str) -> Reply:
        assert asked.method == "PUT"
        if ticket_id == CLOSED:
            details = {"status": [{"description": "Status: closed prevents ticket update"}]}
            return 422, {"error": "RecordInvalid", "description": "Record validation errors", "details": details}
        comment = asked.body["ticket"]["comment"]
        number = 2127301143 + len(self.comments[ticket_id])
        self.comments[ticket_id].append({"id": number, "type": "Comment"} | comment)
        return 200, {"ticket": {"id": int(ticket_id)}, "audit": {"id": number, "ticket_id": int(ticket_id)}}
