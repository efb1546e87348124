"""The load: a process of its own that keeps some connections busy, and tells how long each answer took.

Reads one order a line on standard input (JSON: port, token, connections, seconds, limit, requests), sends its requests
in turn until the seconds or the limit are over, and answers with one line: `{"seconds": …, "latencies": […]}`. One
thread over all connections, so that it takes little of the machine it shares with what it measures. `FRESH_KEY` in a
body becomes a new idempotency key each time. Connections are renewed every few answers, so that workers share them.
"""

import json
import secrets
import selectors
import socket
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import cycle
from typing import Any

CHUNK = 1 << 18
ANSWERS_PER_CONNECTION = 25
BYTES_PER_CONNECTION = 2 << 20
FRESH_KEY = "-fresh-idempotency-key-"


def wire(port: int, token: str, request: dict[str, Any]) -> bytes:
    """The bytes of an HTTP/1.1 request."""
    body = b"" if request.get("body") is None else json.dumps(request["body"]).encode()
    head = (
        f"{request['method']} {request['path']} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nX-Forwarded-Proto: https\r\n"
        f"Authorization: Bearer {token}\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


@dataclass
class Connection:
    """One connection and the answer it waits for."""

    port: int
    socket: socket.socket
    sent_at: float = 0.0
    answers: int = 0
    received: int = 0
    head: bytes = b""
    missing: int = -1
    closing: bool = False

    @classmethod
    def open(cls, port: int) -> "Connection":
        return cls(port, socket.create_connection(("127.0.0.1", port), timeout=30))

    def send(self, request: bytes) -> None:
        self.head, self.missing, self.sent_at = b"", -1, time.perf_counter()
        self.socket.sendall(request)

    def read(self) -> bool:
        """Take what has arrived; True when the answer is complete.

        Raises:
            RuntimeError: anything but a 200.
        """
        received = self.socket.recv(CHUNK)
        self.received += len(received)
        if not received:
            raise RuntimeError("The server closed the connection before its answer")
        if self.missing >= 0:
            self.missing -= len(received)
            return self._complete()
        self.head += received
        head, end, rest = self.head.partition(b"\r\n\r\n")
        if not end:
            return False
        fields = head.lower().split(b"\r\n")
        if b" 200 " not in fields[0]:
            raise RuntimeError(f"The server answered {self.head[:1000]!r}")
        length = next(line for line in fields if line.startswith(b"content-length:"))
        self.closing = b"connection: close" in fields
        self.missing = int(length.partition(b":")[2]) - len(rest)
        return self._complete()

    def _complete(self) -> bool:
        self.answers += self.missing == 0
        return self.missing == 0

    @property
    def spent(self) -> bool:
        """Whether the next request needs a new connection."""
        used_up = self.answers >= ANSWERS_PER_CONNECTION or self.received >= BYTES_PER_CONNECTION
        return self.closing or used_up


def stream(order: dict[str, Any]) -> Iterator[bytes]:
    """The order's requests for ever, each declare with a key of its own where it asks for one."""
    placeholder = FRESH_KEY.encode()
    for request in cycle([wire(order["port"], order["token"], request) for request in order["requests"]]):
        yield request.replace(placeholder, secrets.token_hex(len(FRESH_KEY) // 2 + 1)[: len(FRESH_KEY)].encode())


class Load:
    """One order being carried out."""

    def __init__(self, order: dict[str, Any]) -> None:
        self.port, self.limit = order["port"], order["limit"]
        self.requests = stream(order)
        self.selector = selectors.DefaultSelector()
        self.latencies: list[float] = []
        self.started = time.perf_counter()
        self.deadline = self.started + order["seconds"]
        self.sent = 0
        for _ in range(order["connections"]):
            self.go_on(None)

    def go_on(self, connection: Connection | None) -> None:
        """Send the next request over `connection`, or a new one if that is spent; hang up when all is sent."""
        more = self.sent < self.limit and time.perf_counter() < self.deadline
        if connection is not None and (connection.spent or not more):
            self.selector.unregister(connection.socket)
            connection.socket.close()
            connection = None
        if not more:
            return
        if connection is None:
            connection = Connection.open(self.port)
            self.selector.register(connection.socket, selectors.EVENT_READ, connection)
        self.sent += 1
        connection.send(next(self.requests))

    def run(self) -> dict[str, Any]:
        """Until everything that was sent is answered; seconds, and seconds of each answer."""
        while self.selector.get_map():
            for key, _ in self.selector.select(timeout=30):
                if key.data.read():
                    self.latencies.append(time.perf_counter() - key.data.sent_at)
                    self.go_on(key.data)
        return {"seconds": time.perf_counter() - self.started, "latencies": self.latencies}


def main() -> None:
    """Carry out orders until standard input ends."""
    for line in sys.stdin:
        print(json.dumps(Load(json.loads(line)).run()), flush=True)


if __name__ == "__main__":
    main()
