"""A flow of Power Automate on loopback, which posts cards in a channel: it answers 202 before it has posted."""

from typing import Any

from tests.integrations.recorded import payload
from tests.integrations.standing_in import Asked, Reply, StandIn

SIGNATURE = "2rFcSOqZ3yK8vQ0b7T1nLpW4mXhJgUeD"
PATH = "/workflows/6ff7a1b0/triggers/manual/paths/invoke"
QUERY = f"api-version=2016-06-01&sp=%2Ftriggers%2Fmanual%2Frun&sv=1.0&sig={SIGNATURE}"
CARD = "application/vnd.microsoft.card.adaptive"
MOST_BYTES = 28 * 1024


class Flow(StandIn):
    """`cards` are all that were posted."""

    def __init__(self) -> None:
        super().__init__()
        self.cards: list[dict[str, Any]] = []

    @property
    def address(self) -> str:
        return f"{self.url}{PATH}?{QUERY}"

    def work(self, asked: Asked) -> Reply:
        if asked.path != PATH:
            return 404, {"error": {"code": "WorkflowNotFound", "message": "The workflow could not be found."}}
        if dict(asked.query).get("sig") != SIGNATURE:
            return 401, {"error": {"code": "DirectApiAuthorizationRequired", "message": "Authenticate."}}
        if int(asked.headers["content-length"]) > MOST_BYTES:
            return 413, {"error": {"code": "RequestEntityTooLarge"}}
        attachments = asked.body.get("attachments")
        if asked.headers["content-type"] != "application/json" or not attachments:
            return 400, payload("microsoft_teams", "refused")
        self.cards += [one["content"] for one in attachments if one["contentType"] == CARD]
        return 202, None
