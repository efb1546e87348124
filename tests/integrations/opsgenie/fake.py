"""Opsgenie on loopback, by its published contract: one open alert per alias, and requests that are done later.

It answers as Jira Service Management does, too, at the address of that, where notes cannot be read.
"""

from typing import Any

from tests.integrations.standing_in import Asked, Reply, StandIn

API_KEY = "eb243592-faa2-4ba2-a551-1afdf565c889"
JSM = "/jsm/ops/integration"
NOT_FOUND = {"message": "Request not found. It might not be processed, yet.", "took": 0.0, "requestId": "f1"}
NO_ALERT = {"success": False, "isSuccess": False, "status": "Alert does not exist", "alertId": "", "alias": ""}


class Opsgenie(StandIn):
    """`alerts` are all there ever were. `pending` is how often a request is not found before it is told of, `refuses`
    what is told of all requests from now on, and `reads` whether the key may read.
    """

    def __init__(self) -> None:
        super().__init__()
        self.alerts: list[dict[str, Any]] = []
        self.requests: dict[str, dict[str, Any]] = {}
        self.pending = 0
        self.refuses = ""
        self.reads = True

    def open_alert(self, alias: str) -> dict[str, Any] | None:
        return next((alert for alert in self.alerts if alert["alias"] == alias and alert["status"] == "open"), None)

    def work(self, asked: Asked) -> Reply:
        if asked.headers.get("authorization") != f"GenieKey {API_KEY}":
            return 401, {"message": "Could not authenticate", "took": 0.0, "requestId": "f0"}
        path = asked.path.removeprefix(JSM).removeprefix("/v2/alerts").strip("/").split("/")
        if asked.method == "GET":
            return self._read(path, jsm=asked.path.startswith(JSM))
        assert path == [""] or dict(asked.query) == {"identifierType": "alias"}
        request_id = f"43a29c5c-3dbf-4fa4-9c26-{len(self.requests):012}"
        self.requests[request_id] = self._process(path, asked.body)
        return 202, {"result": "Request will be processed", "took": 0.302, "requestId": request_id}

    def _read(self, path: list[str], *, jsm: bool) -> Reply:
        if not self.reads:
            return 403, {"message": "You are not authorized to access.", "code": 40301, "requestId": "f3"}
        if path[0] == "requests":
            self.pending -= 1
            known = self.requests.get(path[1])
            return (404, NOT_FOUND) if known is None or self.pending >= 0 else (200, known if jsm else {"data": known})
        alert = self.open_alert(path[0])
        if jsm or alert is None:
            return 404, {"message": "Alert does not exist", "took": 0.0, "requestId": "f4"}
        return 200, {"data": [{"note": note, "owner": "System"} for note in alert["notes"]], "requestId": "f5"}

    def _process(self, path: list[str], body: dict[str, Any]) -> dict[str, Any]:
        if self.refuses:
            return NO_ALERT | {"status": self.refuses}
        alias = path[0] or body["alias"]
        alert = self.open_alert(alias)
        if alert is None and path != [""]:
            return NO_ALERT
        if alert is None:
            alert = body | {"id": f"70413a06-{len(self.alerts)}", "status": "open", "count": 0, "acks": 0, "notes": []}
            self.alerts.append(alert)
        self._change(alert, path[-1], body)
        told = {"success": True, "isSuccess": True, "status": "Done", "alertId": alert["id"], "alias": alias}
        return told | {"processedAt": "2026-05-24T14:24:20.844Z", "integrationId": "c9cec2cb"}

    def _change(self, alert: dict[str, Any], action: str, body: dict[str, Any]) -> None:
        match action:
            case "":
                alert["count"] += 1
            case "acknowledge":
                alert["acks"] += 1
            case "close":
                alert["status"] = "closed"
            case "notes":
                alert["notes"].append(body["note"])
