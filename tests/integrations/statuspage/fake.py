"""Statuspage on loopback, by its published contract: every POST opens an incident, every PATCH tells of one."""

import re
from typing import Any

from tests.integrations.standing_in import Asked, Reply, StandIn

API_KEY, PAGE = "89a229ce1a8d", "kctbh9vrtdwd"
STATUSES = ("investigating", "identified", "monitoring", "resolved")


class Statuspage(StandIn):
    """`incidents` are all of the page, the newest first; `components` are known, with their states."""

    def __init__(self) -> None:
        super().__init__()
        self.incidents: list[dict[str, Any]] = []
        self.components = {"ftgks51sfs2d": "operational", "bb5w0kc1234x": "operational"}

    @property
    def said(self) -> list[tuple[str, str]]:
        """Status and message of all that the public was told, the oldest first."""
        updates = [update for row in reversed(self.incidents) for update in reversed(row["incident_updates"])]
        return [(update["status"], update["body"]) for update in updates]

    def work(self, asked: Asked) -> Reply:
        if asked.headers.get("authorization") != f"OAuth {API_KEY}":
            return 401, {"error": "Could not authenticate"}
        match = re.fullmatch(rf"/v1/pages/{PAGE}(?:/incidents(?:/(\w+))?)?", asked.path)
        if match is None:
            return 404, {"error": "not found"}
        if asked.path.endswith(PAGE):
            return 200, {"id": PAGE, "name": "Acme", "subdomain": "acme"}
        if match[1] is None:
            return self._open(asked.body["incident"]) if asked.method == "POST" else (200, self.incidents)
        row = next((row for row in self.incidents if row["id"] == match[1]), None)
        if row is None:
            return 404, {"error": "not found"}
        return self._tell(row, asked.body["incident"]) if asked.method == "PATCH" else (200, row)

    def _open(self, said: dict[str, Any]) -> Reply:
        if not said.get("name"):
            return 422, {"error": ["Name can't be blank"]}
        pk = f"p31zjtct2jer{len(self.incidents)}"
        row = {"id": pk, "shortlink": f"http://stspg.io/{pk}", "incident_updates": [], "metadata": {}}
        status, answer = self._tell(row, {"status": "investigating"} | said)
        if status == 200:
            self.incidents.insert(0, row)
            return 201, answer
        return status, answer

    def _tell(self, row: dict[str, Any], said: dict[str, Any]) -> Reply:
        if unknown := said.get("components", {}).keys() - self.components.keys():
            return 422, {"error": [f"Component {pk} does not exist" for pk in unknown]}
        if said.get("status", "resolved") not in STATUSES:
            return 422, {"error": ["Status is not included in the list"]}
        self.components |= said.get("components", {})
        row |= {name: said[name] for name in ("name", "status", "impact_override", "metadata") if name in said}
        if "status" in said or "body" in said:
            row["incident_updates"].insert(0, {"status": row["status"], "body": said.get("body", "")})
        return 200, row
