"""What does not speak HTTP goes through the same door: only checked addresses are dialled."""

import socket
from collections.abc import Iterator
from typing import Any

import pytest

from incidentio.core import http


@pytest.fixture
def port() -> Iterator[int]:
    """A port on loopback where somebody listens."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


def test_it_connects_to_what_is_allowed(port: int) -> None:
    with http.dial("127.0.0.1", port) as connection:
        assert connection.getpeername() == ("127.0.0.1", port)


def test_a_name_is_resolved_once_and_that_address_is_dialled(port: int, resolver: Any) -> None:
    resolver["mail.example"] = [["127.0.0.1"], ["10.0.0.1"]]
    with http.dial("Mail.Example", port) as connection:
        assert connection.getpeername() == ("127.0.0.1", port)
    assert len(resolver["mail.example"]) == 1


@pytest.mark.parametrize(
    ("host", "reason"),
    [
        ("10.0.0.1", "a private address"),
        ("169.254.169.254", "a link-local address"),
        ("::1", "a loopback address"),
        ("2130706433", "neither a host name nor an address"),
        ("0x7f.1", "neither a host name nor an address"),
        ("user@mail.example", "neither a host name nor an address"),
        ("", "neither a host name nor an address"),
    ],
)
def test_what_is_not_global_is_refused(port: int, host: str, reason: str) -> None:
    with pytest.raises(http.Refused, match=reason):
        http.dial(host, port)


def test_a_name_of_an_inner_address_is_refused(port: int, resolver: Any) -> None:
    resolver["mail.example"] = [["10.0.0.1"]]
    with pytest.raises(http.Refused, match="a private address"):
        http.dial("mail.example", port)


def test_where_nobody_listens_it_is_unreachable(port: int) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        closed = server.getsockname()[1]
    with pytest.raises(http.Unreachable):
        http.dial("127.0.0.1", closed)


def test_what_has_no_time_left_is_unreachable(port: int) -> None:
    with http.at_most(0), pytest.raises(http.Unreachable):
        http.dial("127.0.0.1", port)
