"""Running the hub's programs side by side: what starts together stops together, whatever ends it."""

import errno
import os
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from types import FrameType
from typing import NoReturn

STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
# Reads until whoever holds the other end of its input has gone, then ends the programs whose ids it was given.
GUARD = """
read -r over && exit
exec >/dev/null 2>&1
kill -TERM "$@"
for pid; do
    for second in 1 2 3 4 5 6 7 8; do
        kill -0 "$pid" || break
        sleep 1
    done
    kill -KILL "-$pid"
done
"""


class Stop(BaseException):
    """Somebody asked us to stop; like KeyboardInterrupt nothing on the way may take it for an error."""


class CannotListen(Exception):
    """The web server would get no socket; the text says why, for people."""


class Ended(Exception):
    """A program ended although nobody asked it to; the text says which."""


@dataclass(frozen=True)
class Program:
    """A process with a name for people. It leads a process group of its own, which Ctrl-C does not reach."""

    name: str
    process: "subprocess.Popen[bytes]"


def raise_stop(number: int, frame: FrameType | None) -> NoReturn:
    """A signal handler."""
    raise Stop


def on_stop_signals(handler: Callable[[int, FrameType | None], NoReturn] | signal.Handlers) -> None:
    """Do this from now on when somebody asks us to stop."""
    for number in STOP_SIGNALS:
        signal.signal(number, handler)


def check_address(host: str, port: int) -> None:
    """Raise `CannotListen` unless the web server can listen there now."""
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        with socket.socket(family, kind, protocol) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address)
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            raise CannotListen(
                f"Port {port} on {host} is taken; is the hub running already? "
                f"Stop what listens there, or choose another port: make run PORT={port + 1}"
            ) from error
        raise CannotListen(f"Cannot listen on {host} port {port}: {error.strerror}") from error


@contextmanager
def running(commands: Mapping[str, Sequence[str]], directory: Path, seconds: float = 8) -> Iterator[list[Program]]:
    """Run every command, by its name for people, in `directory`; at the end stop them all.

    They have `seconds` to finish what they are doing, then they are killed.
    """
    programs: list[Program] = []
    try:
        for name, command in commands.items():
            programs.append(Program(name, _spawn(command, subprocess.DEVNULL, directory)))
        with _guarded(programs):
            yield programs
    finally:
        on_stop_signals(signal.SIG_IGN)
        _stop(programs, seconds)


@contextmanager
def _guarded(programs: Sequence[Program]) -> Iterator[None]:
    """Have the programs ended where this process gets no time to do so itself (`kill -9`)."""
    command = ["/bin/sh", "-c", GUARD, "guard", *(str(program.process.pid) for program in programs)]
    guard = _spawn(command, subprocess.PIPE)
    try:
        yield
    finally:
        guard.communicate(b"over\n")


def _spawn(command: Sequence[str], stdin: int, directory: Path | None = None) -> "subprocess.Popen[bytes]":
    return subprocess.Popen(command, stdin=stdin, cwd=directory, start_new_session=True)  # noqa: S603  our own programs


def _stop(programs: Sequence[Program], seconds: float) -> None:
    for program in programs:
        program.process.terminate()
    deadline = time.monotonic() + seconds
    for program in programs:
        with suppress(subprocess.TimeoutExpired):
            program.process.wait(max(0.0, deadline - time.monotonic()))
        with suppress(ProcessLookupError, PermissionError):  # what macOS says of a group without living members
            os.killpg(program.process.pid, signal.SIGKILL)
        program.process.wait()


def check_running(programs: Sequence[Program]) -> None:
    """Raise `Ended` if one of them runs no more."""
    for program in programs:
        if (status := program.process.poll()) is not None:
            how = f"killed by signal {-status}" if status < 0 else f"exit code {status}"
            raise Ended(f"The {program.name} ended by itself ({how}), so everything was stopped")


def wait_for_web(host: str, port: int, programs: Sequence[Program], seconds: float = 60) -> None:
    """Return once the web server says that it and its database are well.

    Raises:
        Ended: a program ended meanwhile, or the time is up.
    """
    peer = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104  we call, we do not listen
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        check_running(programs)
        with closing(HTTPConnection(peer, port, timeout=5)) as connection, suppress(OSError, HTTPException):
            connection.request("GET", "/livez")
            if connection.getresponse().status == 200:
                return
        time.sleep(0.05)
    raise Ended(f"The web server did not answer within {seconds:.0f} s, so everything was stopped")


def watch(programs: Sequence[Program]) -> NoReturn:
    """Wait for as long as all of them run; raises `Ended` when one does not, and `Stop` when we are told to stop."""
    while True:
        check_running(programs)
        time.sleep(0.2)
