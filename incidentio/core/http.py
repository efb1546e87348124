"""The only way out of the hub: one HTTP call, to an address that was checked before it is dialled.

A host is resolved once and the checked address itself is dialled, so a name cannot change its mind in
between; TLS still verifies the name. Redirects are answers like any other, proxy variables are not looked
at, and each call has its own connection: one kept open could close under us and make a call unknown that was
never done.
"""

import queue
import re
import socket
import ssl
import threading
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from functools import cache
from time import monotonic
from typing import Any

import httpcore2
import httpx2
import structlog
from django.conf import settings

from incidentio.core.addresses import Address, Allowed, is_host_name, parse_address

CONNECT_SECONDS = 5.0
SILENCE_SECONDS = 15.0
MAX_ANSWER_BYTES = 1_048_576
UNNAMED = "which OUTBOUND_ALLOW does not name"

_URL = re.compile(r"(?P<scheme>[^:/?#]*)://(?P<authority>[^/?#]*)")
_QUOTED = re.compile(r":? (?:bytearray\()?b['\"].*", re.DOTALL)
_WRITE_BYTES = 16_384
_DEFAULT_HEADERS = {"user-agent": "incidentio", "accept": "*/*"}
_OWN_HEADERS = {"host", "connection", "content-length", "transfer-encoding", "accept-encoding"}
_FAILURES = (httpcore2.NetworkError, httpcore2.TimeoutException, httpcore2.RemoteProtocolError)

log = structlog.stdlib.get_logger(__name__)
_end: ContextVar[float | None] = ContextVar("end", default=None)


@dataclass(frozen=True)
class Answer:
    """A complete answer.

    Header names are lower case. `truncated`: the body went on, and reading stopped at the most the caller takes.
    """

    status: int
    headers: dict[str, str] = field(repr=False)
    body: bytes = field(repr=False)
    duration_ms: int
    truncated: bool = False

    @property
    def wait_seconds(self) -> float:
        """`Retry-After` in seconds: a number, or a date (RFC 9110, section 10.2.3); 0 if it is neither."""
        text = self.headers.get("retry-after", "")
        if text.isdecimal() and text.isascii():
            return float(text)
        try:
            return max(0.0, (parsedate_to_datetime(text) - datetime.now(UTC)).total_seconds())
        except (ValueError, TypeError):
            return 0.0


class NoAnswer(Exception):
    """A call that has no answer. `origin` is scheme, host and port: the rest of a URL may hold a secret."""

    def __init__(self, origin: str, reason: str) -> None:
        super().__init__(f"{origin}: {reason}")
        self.origin = origin
        self.reason = reason

    @property
    def timed_out(self) -> bool:
        """Whether the other side took too long."""
        return isinstance(self.__cause__, httpcore2.TimeoutException)

    @property
    def failed_at_tls(self) -> bool:
        """Whether no secure connection could be agreed upon."""
        cause: BaseException | None = self.__cause__
        while cause is not None and not isinstance(cause, ssl.SSLError):
            cause = cause.__cause__ or cause.__context__
        return cause is not None


class Refused(NoAnswer):
    """Not done, and trying again will not help: the hub does not make this call."""


class Unreachable(NoAnswer):
    """Not done: nothing was sent, because resolving, connecting or the TLS handshake failed."""


class LostConnection(NoAnswer):
    """Unknown: sending had begun, and no complete answer came."""


@contextmanager
def at_most(seconds: float) -> Iterator[None]:
    """All calls in the block end within `seconds`, whatever time each of them is given."""
    token = _end.set(monotonic() + seconds)
    try:
        yield
    finally:
        _end.reset(token)


def check_url(url: str) -> None:
    """Check a URL that somebody saves, as far as that goes without resolving its host. Raises Refused."""
    _checked(url)


def send(
    method: str,
    url: str,
    *,
    headers: Mapping[str, str],
    body: bytes = b"",
    timeout_seconds: float = 15.0,
    most_bytes: int = MAX_ANSWER_BYTES,
) -> Answer:
    """Make one HTTP call and return what was answered, whatever its status.

    `timeout_seconds` bounds the whole call, from resolving to the last byte; of it connecting may take
    CONNECT_SECONDS, a silence SILENCE_SECONDS. Inside `at_most` it ends when that does. Of the answer's body at most
    `most_bytes` are read.
    Raises Refused (permanent), Unreachable (not done), LostConnection (unknown).
    """
    target = _checked(url)
    started, end = monotonic(), _end.get()
    seconds = timeout_seconds if end is None else min(timeout_seconds, end - started)
    call = _Call(_origin(target), started=started, seconds=seconds)
    try:
        answer = _exchange(call, method, target, _headers(call, target, headers), body, most_bytes)
    except NoAnswer as failure:
        outcome = type(failure).__name__
        log.warning("outbound_failed", method=method, origin=call.origin, outcome=outcome, reason=failure.reason)
        raise
    log.info(
        "outbound_answered",
        method=method,
        origin=call.origin,
        status=answer.status,
        duration_ms=answer.duration_ms,
    )
    return answer


def dial(host: str, port: int, *, timeout_seconds: float = CONNECT_SECONDS) -> socket.socket:
    """Open a connection to a checked address, for what does not speak HTTP; inside `at_most` no later than that ends.

    Raises Refused (permanent), Unreachable (not done).
    """
    origin, started, end = f"{host}:{port}", monotonic(), _end.get()
    if parse_address(host) is None and not is_host_name(host.lower()):
        raise Refused(origin, f"{host!r} is neither a host name nor an address in its usual form")
    seconds = timeout_seconds if end is None else min(timeout_seconds, end - started)
    try:
        wire = _Guard(_Call(origin, started=started, seconds=seconds)).connect_tcp(host.lower(), port)
    except _FAILURES as error:
        raise Unreachable(origin, str(error)[:200] or type(error).__name__) from error
    connection: socket.socket = wire.get_extra_info("socket")
    return connection


class _Call:
    """What the layers of one call share: its clock, and whether anything was sent."""

    def __init__(self, origin: str, *, started: float, seconds: float) -> None:
        self.origin = origin
        self.started = started
        self.deadline = started + seconds
        self.connect_deadline = started + min(seconds, CONNECT_SECONDS)
        self.sent = False

    def to_connect(self) -> float:
        """Return the seconds left for connecting. Raises ConnectTimeout."""
        return self._until(self.connect_deadline, httpcore2.ConnectTimeout)

    def for_silence(self, expired: type[httpcore2.TimeoutException]) -> float:
        """Return the seconds the other side may be silent now. Raises `expired`."""
        return min(SILENCE_SECONDS, self._until(self.deadline, expired))

    def _until(self, deadline: float, expired: type[httpcore2.TimeoutException]) -> float:
        seconds = deadline - monotonic()
        if seconds <= 0:
            raise expired("timed out")
        return seconds


def _checked(url: str) -> httpx2.URL:
    parts = _URL.match(url)
    if parts is None or parts["scheme"].lower() not in ("http", "https"):
        raise Refused("URL", "only http:// and https:// can be called")
    if "@" in parts["authority"]:
        raise Refused("URL", "a user name or password does not belong in a URL")
    try:
        target = httpx2.URL(url)
        host = target.raw_host.decode("ascii")
    except (httpx2.InvalidURL, UnicodeError) as error:
        raise Refused("URL", f"not a valid URL: {error}") from None
    if target.port is not None and not 0 < target.port < 65536:
        raise Refused("URL", "the port must be between 1 and 65535")
    address = parse_address(host)
    if "%" in host or (address is None and not is_host_name(host)):
        raise Refused("URL", f"{host!r} is neither a host name nor an address in its usual form")
    if address is not None and (reason := _allowed().why_refused(host, address)):
        raise Refused(_origin(target), f"{address} is {reason}, {UNNAMED}")
    return target


def _origin(target: httpx2.URL) -> str:
    return f"{target.scheme}://{target.netloc.decode('ascii')}"


def _allowed() -> Allowed:
    return Allowed.parse(settings.OUTBOUND_ALLOW)


def _headers(call: _Call, target: httpx2.URL, given: Mapping[str, str]) -> list[tuple[bytes, bytes]]:
    headers = httpx2.Headers(_DEFAULT_HEADERS)
    try:
        headers.update(given)
    except UnicodeError:
        # Without the cause: it holds the header.
        raise Refused(call.origin, "a header is not ASCII") from None
    if own := _OWN_HEADERS & set(headers):
        raise Refused(call.origin, f"the hub itself sets the header {sorted(own)[0]}")
    # Not compressed: then the cap on the body is a cap on memory.
    headers.update({"connection": "close", "accept-encoding": "identity"})
    return [(b"host", target.netloc), *headers.raw]


def _exchange(
    call: _Call, method: str, target: httpx2.URL, headers: list[tuple[bytes, bytes]], body: bytes, most_bytes: int
) -> Answer:
    url = httpcore2.URL(scheme=target.raw_scheme, host=target.raw_host, port=target.port, target=target.raw_path)
    content = body if body or method in ("POST", "PUT", "PATCH") else None
    try:
        with (
            httpcore2.ConnectionPool(ssl_context=_tls(), network_backend=_Guard(call)) as pool,
            pool.stream(method, url, headers=headers, content=content) as response,
        ):
            received, truncated = _read(response, most_bytes)
    except httpcore2.LocalProtocolError:
        # Without the cause: it holds the header.
        raise Refused(call.origin, "the method or a header is not valid HTTP") from None
    except _FAILURES as error:
        outcome = LostConnection if call.sent else Unreachable
        raise outcome(call.origin, _without_quotes(str(error))[:200] or type(error).__name__) from error
    return Answer(
        status=response.status,
        headers=dict(httpx2.Headers(response.headers)),
        body=received,
        duration_ms=round((monotonic() - call.started) * 1000),
        truncated=truncated,
    )


def _without_quotes(complaint: str) -> str:
    """What is wrong with an answer, without its bytes: logs are to hold nothing of what the other side says."""
    return _QUOTED.sub("", complaint)


def _read(response: httpcore2.Response, most_bytes: int) -> tuple[bytes, bool]:
    received = bytearray()
    for piece in response.iter_stream():
        received += piece
        if len(received) > most_bytes:
            return bytes(received[:most_bytes]), True
    return bytes(received), False


@cache
def _tls() -> ssl.SSLContext:
    return httpcore2.default_ssl_context()


class _Guard(httpcore2.NetworkBackend):
    """Opens connections to checked addresses only."""

    def __init__(self, call: _Call) -> None:
        self._call = call

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore2.SOCKET_OPTION] | None = None,
    ) -> httpcore2.NetworkStream:
        addresses = self._permitted(host, port)
        while True:
            address = addresses.pop(0)
            # An address that swallows our packets must leave time for the ones after it.
            seconds = self._call.to_connect() / (len(addresses) + 1)
            try:
                return _Wire(httpcore2.SyncBackend().connect_tcp(str(address), port, seconds), self._call)
            except (httpcore2.ConnectError, httpcore2.ConnectTimeout):
                if not addresses:
                    raise

    def _permitted(self, host: str, port: int) -> list[Address]:
        literal = parse_address(host)
        found = [literal] if literal else _resolve(host, port, self._call.to_connect())
        allowed = _allowed()
        reasons = {address: allowed.why_refused(host, address) for address in found}
        permitted = [address for address, reason in reasons.items() if reason is None]
        if not permitted:
            address, reason = next(iter(reasons.items()))
            raise Refused(self._call.origin, f"{host} is {address}, {reason}, {UNNAMED}")
        return permitted


class _Wire(httpcore2.NetworkStream):
    """A connection on its call's clock, which remembers that something was sent."""

    def __init__(self, stream: httpcore2.NetworkStream, call: _Call) -> None:
        self._stream = stream
        self._call = call

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._stream.read(max_bytes, self._call.for_silence(httpcore2.ReadTimeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        for start in range(0, len(buffer), _WRITE_BYTES):
            seconds = self._call.for_silence(httpcore2.WriteTimeout)
            self._call.sent = True
            self._stream.write(buffer[start : start + _WRITE_BYTES], seconds)

    def close(self) -> None:
        self._stream.close()

    def get_extra_info(self, info: str) -> Any:
        return self._stream.get_extra_info(info)

    def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,
    ) -> httpcore2.NetworkStream:
        stream = self._stream.start_tls(ssl_context, server_hostname, self._call.to_connect())
        return _Wire(stream, self._call)


def _resolve(host: str, port: int, seconds: float) -> list[Address]:
    # The system's resolver knows no timeout, so it is asked in a thread that may be left behind.
    answers: queue.SimpleQueue[list[Address] | OSError] = queue.SimpleQueue()
    threading.Thread(target=_ask_resolver, args=(host, port, answers), daemon=True).start()
    try:
        answer = answers.get(timeout=seconds)
    except queue.Empty:
        raise httpcore2.ConnectTimeout(f"{host} was not resolved in time") from None
    if isinstance(answer, OSError):
        raise httpcore2.ConnectError(f"{host} does not resolve: {answer.strerror}") from answer
    return answer


def _ask_resolver(host: str, port: int, answers: "queue.SimpleQueue[list[Address] | OSError]") -> None:
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except OSError as error:
        answers.put(error)
        return
    addresses = [parse_address(str(sockaddr[0])) for *_, sockaddr in found]
    answers.put([address for address in addresses if address])
