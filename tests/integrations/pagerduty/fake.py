"""PagerDuty on loopback, by its published contract: one open alert per key, one open incident per service and key."""

from typing import Any

from tests.integrations.standing_in import Asked, Reply, StandIn

ROUTING_KEY, TOKEN = "R0UT1NGKEY0000000000000000000000", "u+t0ken"
OPEN_ALREADY = "Open incident with matching dedup key already exists on this service"


class PagerDuty(StandIn):
    """`alerts` are all there ever were, `incidents` too; `oncalls` is who is on call, `users` are its people."""

    def __init__(self) -> None:
        super().__init__()
        self.alerts: list[dict[str, Any]] = []
        self.incidents: list[dict[str, Any]] = []
        self.oncalls: list[dict[str, Any]] = []
        self.users: list[dict[str, Any]] = []

    def work(self, asked: Asked) -> Reply:
        if asked.path == "/v2/enqueue":
            return self._event(asked.body)
        if asked.headers.get("authorization") != f"Token token={TOKEN}":
            return 401, {"error": {"message": "Unauthorized", "code": 2006}}
        routes = {
            ("GET", "/abilities"): lambda: (200, {"abilities": ["teams", "urgencies"]}),
            ("POST", "/incidents"): lambda: self._create(asked),
            ("GET", "/incidents"): lambda: self._list(asked),
            ("GET", "/oncalls"): lambda: self._oncalls(asked),
            ("GET", "/users"): lambda: self._users(asked),
        }
        if asked.method == "PUT":
            return self._change(asked)
        route = routes.get((asked.method, asked.path))
        return route() if route else (404, {"error": {"message": "Not Found", "code": 2100}})

    def _event(self, event: dict[str, Any]) -> Reply:
        if event.get("routing_key") != ROUTING_KEY:
            errors = ["'routing_key' is invalid"]
            return 400, {"status": "invalid event", "message": "Event object is invalid", "errors": errors}
        key, action = event["dedup_key"], event["event_action"]
        alert = next((alert for alert in self.alerts if alert["key"] == key and alert["state"] != "resolved"), None)
        if action == "trigger" and alert is None:
            self.alerts.append({"key": key, "state": "triggered", "summary": event["payload"]["summary"]})
        elif alert is not None and action != "trigger":
            alert["state"] = {"acknowledge": "acknowledged", "resolve": "resolved"}[action]
        return 202, {"status": "success", "message": "Event processed", "dedup_key": key}

    def _create(self, asked: Asked) -> Reply:
        if not asked.headers.get("from"):
            return 400, {"error": {"message": "Requester User Not Found", "code": 1008}}
        wanted = asked.body["incident"]
        same = [row for row in self.incidents if row["incident_key"] == wanted["incident_key"]]
        if any(row["status"] != "resolved" and row["service"]["id"] == wanted["service"]["id"] for row in same):
            return 400, {"error": {"message": "Arguments Caused Error", "code": 2002, "errors": [OPEN_ALREADY]}}
        pk = f"PT4KHL{len(self.incidents)}"
        made = {**wanted, "id": pk, "status": "triggered", "html_url": f"https://acme.pagerduty.com/incidents/{pk}"}
        self.incidents.append(made)
        return 201, {"incident": made}

    def _change(self, asked: Asked) -> Reply:
        found = next((row for row in self.incidents if asked.path == f"/incidents/{row['id']}"), None)
        if found is None:
            return 404, {"error": {"message": "Not Found", "code": 2100}}
        if not asked.headers.get("from"):
            return 400, {"error": {"message": "Requester User Not Found", "code": 1008}}
        found["status"] = asked.body["incident"]["status"]
        return 200, {"incident": found}

    def _list(self, asked: Asked) -> Reply:
        query = dict(asked.query)
        found = [row for row in self.incidents if row["incident_key"] == query["incident_key"]]
        statuses = [value for name, value in asked.query if name == "statuses[]"]
        return 200, {"incidents": [row for row in found if row["status"] in statuses], "more": False}

    def _users(self, asked: Asked) -> Reply:
        said = dict(asked.query)["query"].casefold()
        found = [user for user in self.users if said in f"{user['name']} {user['email']}".casefold()]
        return 200, {"users": found, "limit": 25, "offset": 0, "more": False, "total": None}

    def _oncalls(self, asked: Asked) -> Reply:
        assert ("include[]", "users") in asked.query
        return 200, {"oncalls": self.oncalls, "limit": 100, "offset": 0, "more": False, "total": None}
