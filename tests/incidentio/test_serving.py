"""What starts together stops together."""

import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator

import pytest
from django.conf import settings

from incidentio.serving import CannotListen, check_address
from tests.processes import alive, until

PARENT = """
import sys
from pathlib import Path
from incidentio import serving
serving.on_stop_signals(serving.raise_stop)
commands = {"long program": ["sleep", "60"], "other program": ["/bin/sh", "-c", sys.argv[1]]}
try:
    with serving.running(commands, Path(), seconds=0.5) as programs:
        print(*(program.process.pid for program in programs), flush=True)
        serving.watch(programs)
except serving.Stop:
    print("told to stop")
except serving.Ended as error:
    print(error)
"""


class Family:
    """A process that runs two programs side by side."""

    def __init__(self, other: str) -> None:
        command = [sys.executable, "-c", PARENT, other]
        self.parent = subprocess.Popen(command, cwd=settings.BASE_DIR, stdout=subprocess.PIPE, text=True)
        self.children = [int(pid) for pid in self.parent.stdout.readline().split()]

    def last_words(self) -> str:
        self.parent.wait(timeout=60)
        return self.parent.stdout.read().strip()


@pytest.fixture
def family() -> Iterator[Callable[[str], Family]]:
    """`family("what the second program does")`."""
    families: list[Family] = []

    def start(other: str) -> Family:
        families.append(Family(other))
        return families[-1]

    yield start
    for one in families:
        one.parent.kill()
        one.parent.communicate()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_told_to_stop_it_stops_both(family, number):
    both = family("sleep 60")
    both.parent.send_signal(number)
    assert both.last_words() == "told to stop"
    assert alive(both.children) == []


def test_when_one_ends_the_other_is_stopped(family):
    both = family("exit 3")
    assert both.last_words() == "The other program ended by itself (exit code 3), so everything was stopped"
    assert alive(both.children) == []


def test_a_killed_one_is_told_apart(family):
    both = family("kill -9 $$")
    assert "The other program ended by itself (killed by signal 9)" in both.last_words()


def test_killed_itself_it_leaves_no_orphans(family):
    both = family("sleep 60")
    both.parent.kill()
    until(lambda: alive(both.children) == [])


def test_one_that_does_not_listen_is_killed(family):
    both = family('trap "" TERM; echo >&2; while :; do sleep 0.1; done')
    both.parent.terminate()
    assert both.last_words() == "told to stop"
    assert alive(both.children) == []


def test_an_address_is_checked_before_anything_starts():
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        with pytest.raises(CannotListen, match=rf"Port {port} on 127.0.0.1 is taken.*make run PORT={port + 1}"):
            check_address("127.0.0.1", port)
    check_address("127.0.0.1", port)


def test_an_address_of_another_machine_is_refused():
    with pytest.raises(CannotListen, match=r"Cannot listen on 192.0.2.1 port 8000: "):
        check_address("192.0.2.1", 8000)
    with pytest.raises(CannotListen, match=r"Cannot listen on no.such.host.invalid port 8000: "):
        check_address("no.such.host.invalid", 8000)
