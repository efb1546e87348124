import logging
import socket
import threading
import time
from typing import Any

import pytest
from pytest_django import Settings
from pytest_httpserver import HTTPServer

from incidentio.core import http
from incidentio.core.http import LostConnection, Refused, Unreachable, check_url, send
from tests.incidentio.core.conftest import reset, server


@pytest.fixture(autouse=True)
def hub(settings: Settings) -> None:
    """The door knows no database; nothing but global addresses is allowed unless a test says so."""
    settings.OUTBOUND_ALLOW = []


@pytest.fixture
def loopback(settings: Settings) -> None:
    settings.OUTBOUND_ALLOW = ["127.0.0.1/32"]


def test_a_listed_network_is_called(httpserver: HTTPServer, settings: Settings) -> None:
    httpserver.expect_request("/").respond_with_data("hello")
    url = f"http://127.0.0.1:{httpserver.port}/"
    with pytest.raises(Refused):
        send("GET", url, headers={})
    settings.OUTBOUND_ALLOW = ["127.0.0.0/8"]
    check_url(url)
    assert send("GET", url, headers={}).body == b"hello"


def test_a_listed_name_is_called_and_no_other(
    httpserver: HTTPServer, settings: Settings, resolver: dict[str, list[list[str]]]
) -> None:
    httpserver.expect_request("/").respond_with_data("hello")
    resolver |= {"jira.corp.example": [["127.0.0.1"]], "other.corp.example": [["127.0.0.1"]]}
    settings.OUTBOUND_ALLOW = ["jira.corp.example"]
    assert send("GET", f"http://jira.corp.example:{httpserver.port}/", headers={}).status == 200
    with pytest.raises(Refused):
        send("GET", f"http://other.corp.example:{httpserver.port}/", headers={})


def test_a_name_that_changes_its_mind_is_dialled_where_it_was_checked(
    resolver: dict[str, list[list[str]]], dialled: list[str]
) -> None:
    resolver["rebind.example"] = [["93.184.216.34"], ["127.0.0.1"]]
    with pytest.raises(Unreachable):
        send("GET", "http://rebind.example/", headers={})
    assert dialled == ["93.184.216.34"]
    with pytest.raises(Refused):
        send("GET", "http://rebind.example/", headers={})
    assert dialled == ["93.184.216.34"]


@pytest.mark.usefixtures("loopback")
def test_a_name_is_resolved_once_a_call(
    httpserver: HTTPServer, resolver: dict[str, list[list[str]]], dialled: list[str]
) -> None:
    httpserver.expect_request("/").respond_with_data("hello")
    resolver["rebind.example"] = [["127.0.0.1"], ["10.0.0.1"]]
    url = f"http://rebind.example:{httpserver.port}/"
    assert send("GET", url, headers={}).body == b"hello"
    assert dialled == ["127.0.0.1"]
    with pytest.raises(Refused):
        send("GET", url, headers={})


@pytest.mark.usefixtures("loopback")
def test_only_the_permitted_addresses_of_a_name_are_dialled_in_turn(
    httpserver: HTTPServer, resolver: dict[str, list[list[str]]], dialled: list[str]
) -> None:
    httpserver.expect_request("/").respond_with_data("hello")
    resolver["many.example"] = [["10.0.0.1", "93.184.216.34", "::1", "127.0.0.1"]]
    assert send("GET", f"http://many.example:{httpserver.port}/", headers={}).status == 200
    assert dialled == ["93.184.216.34", "127.0.0.1"]


@pytest.mark.usefixtures("loopback")
def test_the_request_arrives_as_given(httpserver: HTTPServer) -> None:
    httpserver.expect_request("/in").respond_with_data("made", status=201, headers={"Retry-After": "7"})
    url = f"http://127.0.0.1:{httpserver.port}/in?a=1"
    answer = send("POST", url, headers={"X-Key": "k", "User-Agent": "tests"}, body=b'{"a":1}')
    request, _ = httpserver.log[0]
    assert (request.method, request.query_string, request.data) == ("POST", b"a=1", b'{"a":1}')
    assert request.headers["Host"] == f"127.0.0.1:{httpserver.port}"
    assert (request.headers["X-Key"], request.headers["User-Agent"]) == ("k", "tests")
    assert (answer.status, answer.body, answer.headers["retry-after"]) == (201, b"made", "7")
    assert answer.duration_ms >= 0


@pytest.mark.usefixtures("loopback")
def test_proxy_variables_are_not_looked_at(httpserver: HTTPServer, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    httpserver.expect_request("/").respond_with_data("direct")
    assert send("GET", f"http://127.0.0.1:{httpserver.port}/", headers={}).body == b"direct"


@pytest.mark.usefixtures("loopback")
def test_a_failing_status_is_an_answer(httpserver: HTTPServer) -> None:
    httpserver.expect_request("/").respond_with_data("oops", status=503)
    assert send("GET", f"http://127.0.0.1:{httpserver.port}/", headers={}).status == 503


@pytest.mark.usefixtures("loopback")
@pytest.mark.parametrize("name", ["Host", "connection", "Content-Length", "TRANSFER-ENCODING", "Accept-Encoding"])
def test_a_header_of_the_door_itself_is_refused(name: str) -> None:
    with pytest.raises(Refused, match=name.lower()):
        send("GET", "http://127.0.0.1/", headers={name: "x"})


@pytest.mark.usefixtures("loopback")
@pytest.mark.parametrize("header", [{"X": "secret\r\nY: 1"}, {"X": "secret\0"}, {"X Y": "secret"}, {"X": "secrét"}])
def test_a_header_that_is_not_http_is_refused_unshown(header: dict[str, str]) -> None:
    arrived: list[bytes] = []
    with (
        server(lambda connection: arrived.append(connection.recv(1))) as address,
        pytest.raises(Refused, match="header") as refusal,
    ):
        send("GET", f"http://{address}/", headers=header)
    assert "secr" not in str(refusal.value)
    assert refusal.value.__cause__ is None
    assert arrived in ([], [b""])


def test_a_name_that_does_not_resolve_is_unreachable(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*args: Any, **kwargs: Any) -> None:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", fail)
    with pytest.raises(Unreachable, match="does not resolve: Name or service not known"):
        send("GET", "http://hooks.example/", headers={})


def test_a_resolver_that_hangs_is_unreachable_in_time(monkeypatch: pytest.MonkeyPatch) -> None:
    stop, started = threading.Event(), time.monotonic()
    monkeypatch.setattr(socket, "getaddrinfo", lambda *args, **kwargs: stop.wait(10) and [])
    with pytest.raises(Unreachable, match="not resolved in time"):
        send("GET", "http://hooks.example/", headers={}, timeout_seconds=0.1)
    assert time.monotonic() - started < 2
    stop.set()


@pytest.mark.usefixtures("loopback")
def test_a_closed_port_is_unreachable() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    with pytest.raises(Unreachable, match="refused"):
        send("GET", f"http://127.0.0.1:{port}/", headers={})


@pytest.mark.usefixtures("loopback")
def test_a_tls_handshake_that_never_comes_is_unreachable_in_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http, "CONNECT_SECONDS", 0.1)
    with socket.create_server(("127.0.0.1", 0)) as listener, pytest.raises(Unreachable, match="timed out"):
        send("POST", f"https://127.0.0.1:{listener.getsockname()[1]}/", headers={}, body=b"x")


@pytest.mark.usefixtures("loopback")
def test_no_time_at_all_is_unreachable() -> None:
    with pytest.raises(Unreachable, match="timed out"):
        send("GET", "http://127.0.0.1:9/", headers={}, timeout_seconds=0)


def _silent(connection: socket.socket) -> None:
    while connection.recv(65536):
        pass


def _dripping(connection: socket.socket) -> None:
    connection.recv(65536)
    connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n")
    for _ in range(1000):
        connection.sendall(b"x")
        time.sleep(0.02)


def _deaf(connection: socket.socket) -> None:
    connection.recv(1)
    time.sleep(0.5)


def _closing(connection: socket.socket) -> None:
    connection.recv(65536)


def _resetting(connection: socket.socket) -> None:
    connection.recv(65536)
    reset(connection)


def _resetting_in_body(connection: socket.socket) -> None:
    connection.recv(65536)
    connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\nhalf")
    reset(connection)


def _closing_in_body(connection: socket.socket) -> None:
    connection.recv(65536)
    connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\nhalf")


def _closing_in_chunk(connection: socket.socket) -> None:
    connection.recv(65536)
    connection.sendall(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nff\r\nhalf")


def _babbling(connection: socket.socket) -> None:
    connection.recv(65536)
    connection.sendall(b"SSH-2.0-OpenSSH_9.9\r\n\r\n")


@pytest.mark.usefixtures("loopback")
@pytest.mark.parametrize(
    "behaviour",
    [
        _silent,
        _dripping,
        _closing,
        _resetting,
        _resetting_in_body,
        _closing_in_body,
        _closing_in_chunk,
        _babbling,
    ],
)
def test_what_was_sent_and_not_answered_whole_is_unknown(behaviour: Any) -> None:
    started = time.monotonic()
    with server(behaviour) as address, pytest.raises(LostConnection):
        send("POST", f"http://{address}/", headers={}, body=b"x", timeout_seconds=0.3)
    assert time.monotonic() - started < 2


@pytest.mark.usefixtures("loopback")
def test_a_body_that_is_not_taken_is_unknown_in_time() -> None:
    started = time.monotonic()
    with server(_deaf) as address, pytest.raises(LostConnection):
        send("POST", f"http://{address}/", headers={}, body=b"x" * 32_000_000, timeout_seconds=0.2)
    assert time.monotonic() - started < 2


@pytest.mark.usefixtures("loopback")
def test_a_silence_ends_the_call_before_its_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http, "SILENCE_SECONDS", 0.1)
    started = time.monotonic()
    with server(_silent) as address, pytest.raises(LostConnection, match="timed out"):
        send("GET", f"http://{address}/", headers={}, timeout_seconds=30)
    assert time.monotonic() - started < 2


def _endless(connection: socket.socket) -> None:
    connection.recv(65536)
    connection.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
    while True:
        connection.sendall(b"x" * 65536)


@pytest.mark.usefixtures("loopback")
def test_reading_stops_at_the_cap() -> None:
    with server(_endless) as address:
        answer = send("GET", f"http://{address}/", headers={})
    assert (answer.status, answer.truncated) == (200, True)
    assert answer.body == b"x" * http.MAX_ANSWER_BYTES


@pytest.mark.usefixtures("loopback")
@pytest.mark.parametrize(("excess", "truncated"), [(0, False), (1, True)])
def test_an_answer_is_truncated_only_past_the_cap(httpserver: HTTPServer, excess: int, truncated: bool) -> None:
    httpserver.expect_request("/").respond_with_data("x" * (http.MAX_ANSWER_BYTES + excess))
    answer = send("GET", f"http://127.0.0.1:{httpserver.port}/", headers={})
    assert (len(answer.body), answer.truncated) == (http.MAX_ANSWER_BYTES, truncated)


@pytest.mark.usefixtures("loopback")
@pytest.mark.parametrize(("size", "truncated"), [(10, False), (11, True)])
def test_a_caller_may_take_more_or_less(httpserver: HTTPServer, size: int, truncated: bool) -> None:
    httpserver.expect_request("/").respond_with_data("x" * size)
    answer = send("GET", f"http://127.0.0.1:{httpserver.port}/", headers={}, most_bytes=10)
    assert (len(answer.body), answer.truncated) == (10, truncated)


@pytest.mark.usefixtures("loopback")
def test_log_and_errors_show_the_origin_and_nothing_else(
    httpserver: HTTPServer, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG, logger="incidentio.core.http")
    httpserver.expect_request("/secret-path").respond_with_data("secret", headers={"X": "secret"})
    headers = {"Authorization": "secret"}
    answer = send("GET", f"http://127.0.0.1:{httpserver.port}/secret-path?secret=1", headers=headers)
    with server(_closing) as address, pytest.raises(LostConnection) as lost:
        send("GET", f"http://{address}/secret-path?secret=1", headers=headers)
    lines: list[Any] = [record.msg for record in caplog.records if record.name == "incidentio.core.http"]
    shown = f"{lines} {lost.value} {lost.value.__cause__!r} {answer}"
    assert [line["event"] for line in lines] == ["outbound_answered", "outbound_failed"]
    assert f"http://127.0.0.1:{httpserver.port}" in shown
    assert address in shown
    assert "secret" not in shown
