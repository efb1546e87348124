"""The web server's worker: a client that is slow to say what it wants does not keep a thread from the others."""

import socket
import struct
from typing import Any

from gunicorn.workers.gthread import _DEFER, ThreadWorker

# How long a request may make a pause before its end; what sends nothing at all waits without a thread.
LONGEST_PAUSE_SECONDS = 5


class PatientWorker(ThreadWorker):
    """gunicorn's threads; by themselves they wait seconds for a silent client, and for a half-sent request forever."""

    def handle(self, conn: Any) -> Any:
        """Serve the connection, once there is something to read; give up on a request that stops half-way."""
        if not conn.initialized and not conn.data_ready and not conn.wait_for_data(0):
            return _DEFER
        pause = struct.pack("ll", LONGEST_PAUSE_SECONDS, 0)
        conn.sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVTIMEO, pause)
        return super().handle(conn)  # type: ignore[no-untyped-call]
