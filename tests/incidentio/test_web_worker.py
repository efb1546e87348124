"""Slow clients keep no thread from the others."""

import socket
from collections.abc import Iterator
from contextlib import ExitStack
from urllib.parse import urlsplit
from urllib.request import urlopen

import pytest

from tests.processes import web_server


@pytest.fixture
def url() -> Iterator[str]:
    with web_server(processes=1, threads=2) as url:
        yield url


@pytest.mark.django_db(transaction=True)
def test_clients_that_say_nothing_hold_no_thread(url: str) -> None:
    with ExitStack() as silent:
        for _ in range(10):
            address = (str(urlsplit(url).hostname), urlsplit(url).port)
            silent.enter_context(socket.create_connection(address))
        assert urlopen(f"{url}/livez", timeout=15).status == 200
