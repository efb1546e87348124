"""The WSGI function: finds the key, then shows, lists or declares."""

import hmac
import os
import threading
from collections.abc import Callable, Iterable
from typing import Any
from urllib.parse import parse_qs

import orjson
import psycopg

from benchmarks.floor import read, words
from benchmarks.floor.declare import declare

KEY = """
SELECT k.id, k.name, c.version FROM apikeys_apikeytoken t
JOIN apikeys_apikey k ON k.id = t.api_key_id CROSS JOIN events_configversion c
WHERE t.hash = %s AND k.revoked_at IS NULL
AND (k.expires_at IS NULL OR k.expires_at > now()) AND (t.expires_at IS NULL OR t.expires_at > now())
"""
URL, SECRET = os.environ["DATABASE_URL"], os.environ["TOKEN_HMAC_KEY"].encode()
INCIDENTS = "/v1/incidents"
Start = Callable[[str, list[tuple[str, str]]], object]


class Thread(threading.local):
    """What each thread keeps: its connection, and the words of the version it saw last."""

    def __init__(self) -> None:
        self.connection: psycopg.Connection[Any] = psycopg.connect(
            URL, autocommit=True, prepare_threshold=0, options="-c timezone=UTC", application_name="floor"
        )
        self.words = words.Configuration(0)


thread = Thread()


def application(environ: dict[str, Any], start_response: Start) -> Iterable[bytes]:
    """Answer one request."""
    token = environ.get("HTTP_AUTHORIZATION", "").removeprefix("Bearer ")
    digest = hmac.digest(SECRET, token.encode(), "sha256").hex()
    found = thread.connection.execute(KEY, [digest]).fetchone()
    if found is None:
        start_response("401 Unauthorized", [("Content-Length", "0")])
        return [b""]
    *key, version = found
    if thread.words.version != version:
        thread.words = words.load(thread.connection, version)
    body = _answer(environ, words.Session(thread.connection, thread.words, *key))
    if body is None:
        start_response("404 Not Found", [("Content-Length", "0")])
        return [b""]
    start_response("200 OK", [("Content-Type", "application/json"), ("Content-Length", str(len(body)))])
    return [body]


def _answer(environ: dict[str, Any], session: words.Session) -> bytes | None:
    if environ["REQUEST_METHOD"] == "POST":
        return declare(session, orjson.loads(environ["wsgi.input"].read(int(environ["CONTENT_LENGTH"]))))
    if environ["PATH_INFO"] != INCIDENTS:
        return read.show(session, environ["PATH_INFO"].removeprefix(f"{INCIDENTS}/"))
    query = parse_qs(environ["QUERY_STRING"])
    statuses = None
    if "status" in query:
        statuses = [pk for pk, name in session.words.statuses.items() if name in query["status"]]
    size = int(query.get("page_size", ["25"])[0])
    return read.page(session, size, query.get("after", [""])[0], statuses)
