"""The API's own document: the operation that serves it to keys, and the pages that show it to people."""

from functools import cache
from typing import Any

import orjson
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils.csp import CSP
from django.views.decorators.csp import csp_override
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.views import SpectacularRedocView, SpectacularSwaggerSplitView
from rest_framework.request import Request

from incidentio.core.views import ResourceViewSet, operation

# Swagger UI and ReDoc write style elements of their own, and ReDoc searches in a worker made from a blob.
READER_CSP = settings.SECURE_CSP | {
    "style-src": [CSP.SELF, CSP.UNSAFE_INLINE],
    "worker-src": [CSP.SELF, "blob:"],
}


@cache
def api_document() -> bytes:
    """The OpenAPI document of everything served, as JSON; made once per process."""
    generator = SchemaGenerator()  # type: ignore[no-untyped-call]
    return orjson.dumps(generator.get_schema(request=None, public=True))  # type: ignore[no-untyped-call]


def public_document(request: HttpRequest) -> HttpResponse:
    """The document without a key, for the pages below: it says nothing of this installation's data."""
    return HttpResponse(api_document(), content_type="application/json")


swagger = csp_override(READER_CSP)(SpectacularSwaggerSplitView.as_view(url_name="api-document"))
redoc = csp_override(READER_CSP)(SpectacularRedocView.as_view(url_name="api-document", template_name="docs/redoc.html"))


class UtilitiesDocumentV1(ResourceViewSet):
    """The document as the published API offers it."""

    @operation("Utilities V1#OpenAPIV3")
    def retrieve(self, request: Request) -> Any:
        """Any valid key may read it."""
        return HttpResponse(api_document(), content_type="application/json")
