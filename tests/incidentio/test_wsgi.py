"""What the web server hands us, before Django sees it."""

from collections.abc import Iterable
from io import BytesIO
from typing import Any
from wsgiref.types import StartResponse, WSGIEnvironment
from wsgiref.util import setup_testing_defaults

import pytest
from django.conf import LazySettings

from incidentio.wsgi import with_length


def length_and_body(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
    length = environ.get("CONTENT_LENGTH", "")
    return [length.encode(), environ["wsgi.input"].read(int(length or 0))]


def answer(body: bytes, **headers: Any) -> list[bytes]:
    environ: WSGIEnvironment = {"wsgi.input": BytesIO(body), "wsgi.input_terminated": True} | headers
    setup_testing_defaults(environ)
    return list(with_length(length_and_body)(environ, lambda *_: lambda _: None))


def test_a_body_in_chunks_is_read_whole() -> None:
    assert answer(b'{"name": "x"}', HTTP_TRANSFER_ENCODING="chunked") == [b"13", b'{"name": "x"}']


def test_of_too_large_a_body_in_chunks_no_more_is_read_than_shows_it(settings: LazySettings) -> None:
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 10
    assert answer(b"x" * 1000, HTTP_TRANSFER_ENCODING="chunked") == [b"11", b"x" * 11]


@pytest.mark.parametrize("headers", [{}, {"CONTENT_LENGTH": "3"}])
def test_a_body_with_a_length_or_none_is_left_alone(headers: dict[str, str]) -> None:
    assert answer(b"abc", **headers) == [headers.get("CONTENT_LENGTH", "").encode(), b"abc"[: 3 * len(headers)]]
