"""Zoom on loopback, by its published contract: tokens for an app of an account, and a host's meetings."""

import base64
import re
from secrets import token_urlsafe
from typing import Any

from tests.integrations.recorded import payload
from tests.integrations.standing_in import Asked, Reply, StandIn

CLIENT, SECRET, HOST = "c1ient", "s3cret of the app", "calls@example.com"
BASIC = base64.b64encode(f"{CLIENT}:{SECRET}".encode()).decode()
LISTED_AGENDA = 250  # characters


class Zoom(StandIn):
    """`meetings` are all of the host; `tokens` are those that are good; `page` is how many are listed at once."""

    def __init__(self) -> None:
        super().__init__()
        self.account = token_urlsafe()  # tokens of another test are none of this account's
        self.meetings: list[dict[str, Any]] = []
        self.tokens: list[str] = []
        self.given = 0
        self.page = 300
        self.lasts = 3_599

    @property
    def told(self) -> list[tuple[str, str]]:
        """Method and path of all that was asked, tokens apart."""
        return [(asked.method, asked.path) for asked in self.asked if asked.path != "/oauth/token"]

    def work(self, asked: Asked) -> Reply:
        if asked.path == "/oauth/token":
            return self._token(asked)
        if asked.headers.get("authorization", "").removeprefix("Bearer ") not in self.tokens:
            return 401, {"code": 124, "message": "Invalid access token."}
        if asked.method == "DELETE":
            return self._delete(asked.path)
        found = re.fullmatch(r"/v2/users/([^/]+)(/meetings)?", asked.path)
        if found is None or found[1] not in ("me", HOST):
            return 404, {"code": 1001, "message": f"User does not exist: {found[1] if found else ''}."}
        if not found[2]:
            return 200, {"id": "30R7kT7bTIKSNUFEuH_Qlg", "email": HOST, "type": 2}
        return self._create(asked.body) if asked.method == "POST" else self._list(dict(asked.query))

    def _token(self, asked: Asked) -> Reply:
        if asked.headers.get("authorization") != f"Basic {BASIC}":
            return 400, {"reason": "Invalid client_id or client_secret", "error": "invalid_client"}
        if dict(asked.query) != {"grant_type": "account_credentials", "account_id": self.account}:
            return 400, {"reason": "Bad request", "error": "invalid_request"}
        self.given += 1
        self.tokens.append(f"eyJ-token-{self.given}")
        return 200, {"access_token": self.tokens[-1], "token_type": "bearer", "expires_in": self.lasts}

    def _create(self, said: dict[str, Any]) -> Reply:
        if len(said["topic"]) > 200:
            errors = [{"field": "topic", "message": "Topic is too long."}]
            return 400, {"code": 300, "message": "Validation Failed.", "errors": errors}
        number = 92674392836 + len(self.meetings)
        links = {"join_url": f"https://zoom.us/j/{number}?pwd=UkFzZjRlSGVZ"}
        self.meetings.append(payload("zoom", "meeting") | said | links | {"id": number})
        return 201, self.meetings[-1]

    def _delete(self, path: str) -> Reply:
        there = [meeting for meeting in self.meetings if path == f"/v2/meetings/{meeting['id']}"]
        if not there:
            return 404, {"code": 3001, "message": f"Meeting does not exist: {path.rsplit('/', 1)[-1]}."}
        self.meetings.remove(there[0])
        return 204, None

    def _list(self, query: dict[str, str]) -> Reply:
        """Instant meetings are not listed, and of an agenda only the beginning is."""
        start = int(query.get("next_page_token") or 0)
        listed = [row | {"agenda": row["agenda"][:LISTED_AGENDA]} for row in self.meetings if row["type"] != 1]
        more = str(start + self.page) if start + self.page < len(listed) else ""
        return 200, {"page_size": self.page, "next_page_token": more, "meetings": listed[start : start + self.page]}
