"""A receiver of webhooks on loopback: it remembers what arrives and answers as it is told."""

import socket
import ssl
import struct
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass(frozen=True)
class Arrival:
    """One request."""

    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def message_id(self) -> str:
        return self.headers["webhook-id"]


Behaviour = Callable[[BaseHTTPRequestHandler], None]


def answer(status: int, body: bytes = b"", **headers: str) -> Behaviour:
    """Answers with `status`; underscores in header names stand for dashes."""

    def behave(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(status)
        for name, value in headers.items():
            handler.send_header(name.replace("_", "-"), value)
        handler.send_header("content-length", str(len(body)))
        handler.end_headers()
        handler.wfile.write(body)

    return behave


def reset_in_mid_answer(handler: BaseHTTPRequestHandler) -> None:
    """Promises more than it sends, then closes with a TCP reset."""
    handler.wfile.write(b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nhalf")
    handler.wfile.flush()
    handler.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    handler.connection.close()


def silence(handler: BaseHTTPRequestHandler) -> None:
    """Says nothing until the caller has had enough."""
    handler.connection.recv(1)


class Receiver:
    """`script` is how the next requests are treated, one each; after that everything is well."""

    def __init__(self) -> None:
        self.arrivals: list[Arrival] = []
        self.script: list[Behaviour] = []
        self.url = ""

    def take(self, handler: BaseHTTPRequestHandler) -> None:
        body = handler.rfile.read(int(handler.headers.get("content-length") or 0))
        headers = {name.lower(): value for name, value in handler.headers.items()}
        self.arrivals.append(Arrival(handler.path, headers, body))
        behave = self.script.pop(0) if self.script else answer(200)
        behave(handler)


@contextmanager
def listening(take: Behaviour, tls: ssl.SSLContext | None = None) -> Iterator[int]:
    """The port of loopback on which `take` is given every request while the block runs; with TLS, if `tls` says how."""

    class Handler(BaseHTTPRequestHandler):
        def handle_one(self) -> None:
            take(self)

        do_GET = do_POST = do_PATCH = do_PUT = do_DELETE = handle_one  # noqa: N815  as the library calls them

        def finish(self) -> None:
            try:
                super().finish()
            except (OSError, ValueError):
                self.close_connection = True

        def log_message(self, format: str, *args: Any) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        server.daemon_threads = True
        if tls is not None:
            server.socket = tls.wrap_socket(server.socket, server_side=True)
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
        thread.start()
        yield server.server_port
        server.shutdown()
        thread.join()


@contextmanager
def receiving(given: Receiver | None = None) -> Iterator[Receiver]:
    """A receiver that listens while the block runs."""
    receiver = given or Receiver()
    with listening(receiver.take) as port:
        receiver.url = f"http://127.0.0.1:{port}/hooks"
        yield receiver
