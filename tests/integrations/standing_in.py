"""A tool of another company's on loopback: it does what it is asked, unless its script has something else in store."""

import json
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from tests.receiver import answer, listening, reset_in_mid_answer, silence

Reply = tuple[int, Any]
Fault = Callable[[BaseHTTPRequestHandler, Callable[[], Reply]], None]


@dataclass(frozen=True)
class Asked:
    """A request, and what became of it: `reply` is None where it was not done."""

    method: str
    path: str
    query: list[tuple[str, str]]
    headers: dict[str, str]
    body: Any


class StandIn:
    """`script` is how the next requests are treated, one each; after that everything is well. `work` does one."""

    def __init__(self) -> None:
        self.url = ""
        self.script: list[Fault] = []
        self.asked: list[Asked] = []

    def work(self, asked: Asked) -> Reply:
        raise NotImplementedError

    def take(self, handler: BaseHTTPRequestHandler) -> None:
        content = handler.rfile.read(int(handler.headers.get("content-length") or 0))
        parts = urlsplit(handler.path)
        headers = {name.lower(): value for name, value in handler.headers.items()}
        is_form = "form" in headers.get("content-type", "")
        body = dict(parse_qsl(content.decode())) if is_form else json.loads(content) if content else None
        asked = Asked(handler.command, parts.path, parse_qsl(parts.query), headers, body)
        self.asked.append(asked)
        fault = self.script.pop(0) if self.script else well
        fault(handler, lambda: self.work(asked))


def well(handler: BaseHTTPRequestHandler, work: Callable[[], Reply]) -> None:
    """Does it, and says so."""
    status, body = work()
    answer(status, json.dumps(body).encode(), content_type="application/json")(handler)


def says(status: int, body: Any = None, **headers: str) -> Fault:
    """Does not do it, and answers this."""
    content = body if isinstance(body, bytes) else json.dumps(body).encode()

    def fault(handler: BaseHTTPRequestHandler, work: Callable[[], Reply]) -> None:
        answer(status, content, **headers)(handler)

    return fault


def slow(seconds: float) -> Fault:
    """Does it, in a while."""

    def fault(handler: BaseHTTPRequestHandler, work: Callable[[], Reply]) -> None:
        time.sleep(seconds)
        well(handler, work)

    return fault


def silent(handler: BaseHTTPRequestHandler, work: Callable[[], Reply]) -> None:
    """Does not do it, and never answers."""
    silence(handler)


def done_in_silence(handler: BaseHTTPRequestHandler, work: Callable[[], Reply]) -> None:
    """Does it, and never answers."""
    work()
    silence(handler)


def done_and_reset(handler: BaseHTTPRequestHandler, work: Callable[[], Reply]) -> None:
    """Does it, and loses the connection in the middle of its answer."""
    work()
    reset_in_mid_answer(handler)


def done_and_failed(handler: BaseHTTPRequestHandler, work: Callable[[], Reply]) -> None:
    """Does it, and fails before it can say so."""
    work()
    answer(500, b"oops")(handler)


@contextmanager
def standing[S: StandIn](tool: S) -> Iterator[S]:
    """The tool, listening while the block runs."""
    with listening(tool.take) as port:
        tool.url = f"http://127.0.0.1:{port}"
        yield tool
