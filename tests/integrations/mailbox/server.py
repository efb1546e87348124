"""An IMAP server on loopback, as far as a reader of one folder needs it (RFC 9051, RFC 3501)."""

import re
import socket
import socketserver
import ssl
import struct
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

USER, PASSWORD = "alerts", 'hun"ter\\2'
_ITEMS = re.compile(r"BODY\.PEEK\[\]<0\.(\d+)>")


@dataclass
class Stored:
    """A letter in the folder."""

    uid: int
    content: bytes
    received: str = "20-Nov-2026 15:20:55 +0000"
    seen: bool = False


class Fault(Exception):
    """What becomes of a conversation instead of an answer."""


@dataclass
class ImapServer:
    """`faults` are what the next command of a name meets, once; `heard` are all commands, without the password."""

    port: int = 0
    letters: list[Stored] = field(default_factory=list)
    capabilities: str = "IMAP4rev1"
    greeting: str = "* OK Ready"
    tls: ssl.SSLContext | None = None
    folder: str | None = "INBOX"
    access: str = "READ-WRITE"
    validity: int = 7
    faults: dict[str, "Behaviour"] = field(default_factory=dict)
    heard: list[str] = field(default_factory=list)
    signed_in: list[str] = field(default_factory=list)

    def put(self, content: bytes, **said: Any) -> Stored:
        """A new letter in the folder."""
        stored = Stored(uid=len(self.letters) * 3 + 5, content=content, **said)
        self.letters.append(stored)
        return stored


Behaviour = Callable[["Conversation", str], None]


class Conversation(socketserver.StreamRequestHandler):
    """One reader."""

    hub: ImapServer

    def handle(self) -> None:
        self.say(self.hub.greeting)
        with suppress(OSError, Fault):
            while line := self.rfile.readline():
                self.answer(line.decode().rstrip("\r\n"))

    def say(self, line: str) -> None:
        self.wfile.write(line.encode() + b"\r\n")

    def answer(self, line: str) -> None:
        tag, _, rest = line.partition(" ")
        name, _, args = rest.partition(" ")
        if name.upper() == "UID":
            name, _, args = args.partition(" ")
        name = name.upper()
        self.hub.heard.append(name if name == "LOGIN" else f"{name} {args}".strip())
        fault = self.hub.faults.pop(name, None)
        if fault is not None:
            fault(self, tag)
            return
        getattr(self, f"do_{name.lower()}", self.do_unknown)(tag, args)

    def do_unknown(self, tag: str, args: str) -> None:
        self.say(f"{tag} BAD What?")

    def do_capability(self, tag: str, args: str) -> None:
        self.say(f"* CAPABILITY {self.hub.capabilities}")
        self.say(f"{tag} OK Done")

    def do_starttls(self, tag: str, args: str) -> None:
        assert self.hub.tls is not None
        # Whoever is in between says more in the clear; it must not count.
        self.say(f"{tag} OK Begin\r\n* CAPABILITY IMAP4rev1 FORGED\r\n")
        self.request = self.hub.tls.wrap_socket(self.request, server_side=True)
        self.rfile, self.wfile = self.request.makefile("rb"), self.request.makefile("wb", 0)

    def do_login(self, tag: str, args: str) -> None:
        escaped = PASSWORD.replace("\\", "\\\\").replace('"', '\\"')
        right = args == f'"{USER}" "{escaped}"'
        self.hub.signed_in.append("in TLS" if isinstance(self.request, ssl.SSLSocket) else "in the clear")
        self.say(f"{tag} OK Hello" if right else f"{tag} NO [AUTHENTICATIONFAILED] Not {args}")

    def do_select(self, tag: str, args: str) -> None:
        if args.strip('"') != self.hub.folder:
            self.say(f"{tag} NO [NONEXISTENT] No such mailbox")
            return
        self.say(f"* {len(self.hub.letters)} EXISTS")
        self.say(f"* OK [UIDVALIDITY {self.hub.validity}] Valid")
        self.say(f"{tag} OK [{self.hub.access}] Open")

    def do_search(self, tag: str, args: str) -> None:
        assert args == "UNSEEN"
        self.say("* SEARCH " + " ".join(str(one.uid) for one in reversed(self.hub.letters) if not one.seen))
        self.say(f"{tag} OK Done")

    def do_fetch(self, tag: str, args: str) -> None:
        uid, wanted = int(args.split(" ", maxsplit=1)[0]), _ITEMS.search(args)
        assert wanted is not None
        for number, one in enumerate(self.hub.letters, start=1):
            self.say(f"* {number} FETCH (FLAGS ())") if one.uid != uid else self._give(number, one, int(wanted[1]))
        self.say(f"{tag} OK Done")

    def _give(self, number: int, one: Stored, most: int) -> None:
        given = one.content[:most]
        known = f'RFC822.SIZE {len(one.content)} INTERNALDATE "{one.received}"'
        self.say(f"* {number} FETCH ({known} BODY[]<0> {{{len(given)}}}")
        self.wfile.write(given)
        self.say(f" UID {one.uid})")

    def do_store(self, tag: str, args: str) -> None:
        uid = int(args.split(" ", maxsplit=1)[0])
        assert args.endswith(r"+FLAGS.SILENT (\Seen)")
        for one in self.hub.letters:
            one.seen = one.seen or one.uid == uid
        self.say(f"{tag} OK Done")

    def do_logout(self, tag: str, args: str) -> None:
        self.say("* BYE Until later")
        self.say(f"{tag} OK Done")
        raise Fault


# ---- faults


def says(line: str) -> Behaviour:
    """Answers so, behind the tag."""
    return lambda conversation, tag: conversation.say(f"{tag} {line}")


def garbage(conversation: Conversation, tag: str) -> None:
    """Says what no IMAP server says."""
    conversation.say("HTTP/1.1 400 Bad Request")


def silence(conversation: Conversation, tag: str) -> None:
    """Says nothing until the other side has had enough."""
    conversation.request.recv(1)
    raise Fault


def trickle(conversation: Conversation, tag: str) -> None:
    """Says a little again and again, and never comes to an end."""
    with suppress(OSError):
        while True:
            conversation.wfile.write(b"* ")
            time.sleep(0.05)
    raise Fault


def bye(conversation: Conversation, tag: str) -> None:
    """Goes away in good form."""
    conversation.say("* BYE Shutting down")
    raise Fault


def reset(conversation: Conversation, tag: str) -> None:
    """Loses the connection."""
    conversation.request.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    conversation.request.close()
    raise Fault


def reset_in_mid_letter(conversation: Conversation, tag: str) -> None:
    """Promises more than it gives."""
    conversation.say("* 1 FETCH (UID 5 RFC822.SIZE 900 BODY[]<0> {900}\r\nSubject: half")
    reset(conversation, tag)


def huge(conversation: Conversation, tag: str) -> None:
    """Gives more than it was asked for."""
    conversation.say("* 1 FETCH (UID 5 BODY[]<0> {99999999999}")


def done_and_reset(conversation: Conversation, tag: str) -> None:
    """Marks the letter, and loses the connection before it can say so."""
    for one in conversation.hub.letters:
        one.seen = True
    reset(conversation, tag)


@contextmanager
def serving(hub: ImapServer, *, from_the_start: bool = False) -> Iterator[ImapServer]:
    """The server, listening while the block runs; with TLS `from_the_start`, if it has any."""

    class Handler(Conversation):
        def setup(self) -> None:
            if from_the_start and hub.tls is not None:
                self.request = hub.tls.wrap_socket(self.request, server_side=True)
            super().setup()

        def finish(self) -> None:
            with suppress(OSError, ValueError):
                super().finish()

    class Server(socketserver.ThreadingTCPServer):
        daemon_threads = True
        allow_reuse_address = True

        def handle_error(self, request: Any, address: Any) -> None:
            """Readers that go away are no news."""

    Handler.hub = hub
    with Server(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
        thread.start()
        hub.port = server.server_address[1]
        yield hub
        server.shutdown()
        thread.join()
