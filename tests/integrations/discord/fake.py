"""Discord on loopback, by its published contract: webhooks of channels, and what was posted by them."""

import re
from typing import Any

from tests.integrations.recorded import payload
from tests.integrations.standing_in import Asked, Reply, StandIn

ID, TOKEN = "223704706495545344", "3d89bb7572e0fb30d8128367b3b1b44fecd1726de135cbe28a41f8b2f777c372ba"
PATH = f"/api/webhooks/{ID}/{TOKEN}"


class Discord(StandIn):
    """`messages` are all that were posted, by their IDs."""

    def __init__(self) -> None:
        super().__init__()
        self.messages: dict[str, dict[str, Any]] = {}

    @property
    def said(self) -> list[str]:
        """What stands in the channels, the oldest first."""
        return [message["content"] for message in self.messages.values()]

    def work(self, asked: Asked) -> Reply:
        found = re.fullmatch(r"/api/webhooks/(\d+)/([\w-]+)(?:/messages/(\d+))?", asked.path)
        if found is None:
            return 404, {"message": "404: Not Found", "code": 0}
        if found[1] != ID:
            return 404, {"message": "Unknown Webhook", "code": 10015}
        if found[2] != TOKEN:
            return 401, {"message": "Invalid Webhook Token", "code": 50027}
        if found[3] is not None and found[3] not in self.messages:
            return 404, {"message": "Unknown Message", "code": 10008}
        if asked.method == "GET":
            return 200, payload("discord", "webhook")
        if asked.method == "DELETE":
            del self.messages[found[3]]
            return 204, None
        return self._write(found[3], asked.body, dict(asked.query))

    def _write(self, message_id: str | None, said: dict[str, Any], query: dict[str, str]) -> Reply:
        if not said.get("content") or len(said["content"]) > 2_000:
            errors = {"content": {"_errors": [{"code": "BASE_TYPE_BAD_LENGTH", "message": "Must be 2000 or fewer."}]}}
            return 400, {"message": "Invalid Form Body", "code": 50035, "errors": errors}
        pk = message_id or str(1_200_000_000_000_000_000 + len(self.messages))
        self.messages[pk] = payload("discord", "message") | said | {"id": pk}
        return (200, self.messages[pk]) if message_id or query.get("wait") == "true" else (204, None)
