"""The WSGI application served by gunicorn."""

import os
from collections.abc import Iterable
from io import BytesIO
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from django.conf import settings
from django.core.wsgi import get_wsgi_application
from django.urls import get_resolver


def with_length(application: WSGIApplication) -> WSGIApplication:
    """`application`, for bodies sent in chunks too: Django takes a body that names no length for an empty one.

    No more is read than it takes to see that a body is too large.
    """

    def call(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        if environ.get("HTTP_TRANSFER_ENCODING") and environ.get("wsgi.input_terminated"):
            body = environ["wsgi.input"].read(settings.DATA_UPLOAD_MAX_MEMORY_SIZE + 1)
            environ |= {"wsgi.input": BytesIO(body), "CONTENT_LENGTH": str(len(body))}
        return application(environ, start_response)

    return call


os.environ.setdefault("DJANGO_SETTINGS_MODULE", "incidentio.settings")
application = with_length(get_wsgi_application())
get_resolver().url_patterns  # noqa: B018  imports every view now, not in the first request
