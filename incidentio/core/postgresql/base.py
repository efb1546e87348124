"""Django's PostgreSQL backend, made for connections that are kept."""

import select
from typing import Any

import psycopg
from django.db.backends.postgresql import base
from django.db.backends.utils import CursorWrapper


class DatabaseWrapper(base.DatabaseWrapper):
    """Checks a kept connection by its socket, and has cursors whose statements are prepared."""

    def is_usable(self) -> bool:
        """Whether the server is still there, as asked at the start of every request (`CONN_HEALTH_CHECKS`).

        The server speaks unasked only to say something unusual, or to hang up: as a rule no statement is needed.
        """
        if self.connection is None:
            return False
        socket = select.poll()
        try:
            socket.register(self.connection.pgconn.socket, select.POLLIN)
        except psycopg.OperationalError:
            return False
        return not socket.poll(0) or super().is_usable()

    def prepared_cursor(self) -> CursorWrapper:
        """A cursor that binds parameters on the server: a statement that comes again is parsed and planned once per
        connection (`prepare_threshold` in the settings).
        """
        self.close_if_health_check_failed()
        self.ensure_connection()
        own: Any = psycopg.Cursor(self.connection)
        return self.make_debug_cursor(own) if self.queries_logged else self.make_cursor(own)
