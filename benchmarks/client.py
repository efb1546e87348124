"""A plain caller with a key, for setting up and for comparing answers; the load comes from `driver.py`."""

import http.client
import json
from typing import Any


class Client:
    """Calls one server, one request at a time."""

    def __init__(self, port: int, token: str) -> None:
        self._port = port
        self._headers = {
            "Authorization": f"Bearer {token}",
            "Content-Type": "application/json",
            "X-Forwarded-Proto": "https",  # as the load balancer of an installation would say
        }

    def call(self, method: str, path: str, body: object = None) -> bytes:
        """The body of the answer.

        Raises:
            RuntimeError: the server refused.
        """
        connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=30)
        content = None if body is None else json.dumps(body)
        connection.request(method, path, body=content, headers=self._headers)
        answer = connection.getresponse()
        payload = answer.read()
        connection.close()
        if answer.status >= 300:
            raise RuntimeError(f"{method} {path} answered {answer.status}: {payload[:500]!r}")
        return payload

    def json(self, method: str, path: str, body: object = None) -> Any:
        """The answer, parsed."""
        return json.loads(self.call(method, path, body))
