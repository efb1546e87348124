"""As much of Redis as Django's cache asks for, on loopback: every command is atomic, as in the real one."""

import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager


class _Handler(socketserver.StreamRequestHandler):
    server: "_Redis"

    def handle(self) -> None:
        while header := self.rfile.readline():
            command = [self._bulk() for _ in range(int(header[1:]))]
            self.wfile.write(self.server.run(command))

    def _bulk(self) -> bytes:
        length = int(self.rfile.readline()[1:])
        return self.rfile.read(length + 2)[:-2]


class _Redis(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.values: dict[bytes, int] = {}
        self._one_at_a_time = threading.Lock()

    def run(self, command: list[bytes]) -> bytes:
        name, *arguments = command
        with self._one_at_a_time:
            match name.upper():
                case b"SET" if b"NX" in arguments:
                    if arguments[0] in self.values:
                        return b"_\r\n"  # null, since HELLO chose the third version of the protocol
                    self.values[arguments[0]] = int(arguments[1])
                    return b"+OK\r\n"
                case b"EXISTS":
                    return b":%d\r\n" % (arguments[0] in self.values)
                case b"INCRBY":
                    self.values[arguments[0]] += int(arguments[1])
                    return b":%d\r\n" % self.values[arguments[0]]
                case b"HELLO":
                    return b"%1\r\n$5\r\nproto\r\n:3\r\n"
                case b"CLIENT":
                    return b"+OK\r\n"
                case _:
                    return b"-ERR unknown command\r\n"


@contextmanager
def redis_server() -> Iterator[_Redis]:
    """A server while the block runs; `values` is what it holds, `server_address` where it listens."""
    with _Redis() as server:
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
        yield server
        server.shutdown()
