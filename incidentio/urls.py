"""Every public path on one page."""

from typing import Any

from django.contrib import admin
from django.urls import URLPattern, path

from incidents.api.incidents import IncidentsV1
from web.api_document import UtilitiesDocumentV1, public_document, redoc, swagger

LIST: dict[str, Any] = {"get": "list", "post": "create"}
ITEM: dict[str, Any] = {"get": "retrieve", "put": "update", "delete": "destroy"}

# ---- API: identity and keys
identity = [
    path("v1/openapiV3.json", UtilitiesDocumentV1.as_view({"get": "retrieve"})),
]

# ---- API: configuration
configuration: list[URLPattern] = []

# ---- API: incidents
incidents = [
    path("v1/incidents", IncidentsV1.as_view(LIST)),
    path("v1/incidents/<str:pk>", IncidentsV1.as_view({"get": "retrieve"})),
]

# ---- API: what belongs to incidents
children: list[URLPattern] = []

# ---- pages
pages = [
    path("docs", swagger, name="docs"),
    path("docs/redoc", redoc, name="redoc"),
    path("docs/openapi.json", public_document, name="api-document"),
    path("admin/", admin.site.urls),
]

urlpatterns = [*identity, *configuration, *incidents, *children, *pages]
