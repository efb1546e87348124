"""The API's document, and the pages that show it."""

import re
from collections.abc import Callable
from typing import Any

import orjson
import pytest
from django.test import Client
from django.urls import URLPattern
from drf_spectacular.drainage import GENERATOR_STATS
from openapi_spec_validator import OpenAPIV30SpecValidator

from incidentio.urls import urlpatterns
from tests.conftest import ApiClient
from web.api_document import api_document


@pytest.fixture
def document() -> dict[str, object]:
    parsed: dict[str, object] = orjson.loads(api_document())
    return parsed


def test_it_is_a_valid_openapi_document_made_without_a_warning() -> None:
    GENERATOR_STATS.reset()
    api_document.cache_clear()
    OpenAPIV30SpecValidator(orjson.loads(api_document())).validate()
    assert not GENERATOR_STATS


def test_it_describes_every_path_we_serve(document: dict[str, dict[str, object]]) -> None:
    routes = {str(entry.pattern) for entry in urlpatterns if isinstance(entry, URLPattern)}
    served = {
        "/" + re.sub(r"<str:(\w+)>", r"{\1}", route.replace("<str:pk>", "{id}"))
        for route in routes
        if route.startswith("v")
    }
    assert served == set(document["paths"])


def test_every_operation_names_its_errors_and_its_security(document: dict[str, dict[str, dict[str, object]]]) -> None:
    assert document["components"]["securitySchemes"]["ApiKey"]["scheme"] == "bearer"  # type: ignore[index]
    for path, methods in document["paths"].items():
        by_source = path.startswith(("/v2/alert_events/", "/v2/heartbeat/"))
        for operation in methods.values():
            assert operation["security"] == [{"AlertSource" if by_source else "ApiKey": []}]  # type: ignore[index]
            assert {"401", "429"} <= set(operation["responses"])  # type: ignore[index]


@pytest.mark.parametrize(
    ("path", "method", "status"),
    [("/v1/actions", "get", "404"), ("/v1/incident_attachments", "get", "404"), ("/v1/incidents", "get", "400"),
     ("/v1/incident_roles/{id}", "delete", "422"), ("/v1/incident_statuses/{id}", "delete", "422")],
)  # fmt: skip
def test_it_names_refusals_that_come_of_the_query_or_of_a_rule(
    document: dict[str, Any], path: str, method: str, status: str
) -> None:
    assert status in document["paths"][path][method]["responses"]


def test_a_key_without_roles_may_read_it(api: Callable[..., ApiClient], anonymous: ApiClient) -> None:
    assert api().get("/v1/openapiV3.json").content == api_document()
    assert anonymous.get("/v1/openapiV3.json").status_code == 401


@pytest.mark.parametrize("path", ["/docs", "/docs/redoc"])
def test_its_pages_take_everything_from_the_hub_itself(path: str) -> None:
    page = Client().get(path)
    assert page.status_code == 200
    assert not re.findall(rb"(?:src|href)=[\"'](?:https?:)?//", page.content)
    assert "unsafe-eval" not in page["Content-Security-Policy"]
