"""What every answer has in common."""

import logging
from collections.abc import Callable
from typing import Any
from uuid import UUID

import pytest
from django.test import Client, RequestFactory

from incidentio.core.requests import client_ip
from tests.conftest import ApiClient


@pytest.mark.parametrize("path", ["/v1/nothing", "/v1/incidents/", "/v1/", "/v2/incidents/x/y/z", "/v3/nothing"])
def test_an_unroutable_path_is_404_with_an_empty_body_before_authentication(anonymous: ApiClient, path: str) -> None:
    answer = anonymous.get(path)
    assert (answer.status_code, answer.content) == (404, b"")


@pytest.mark.parametrize(("method", "path"), [("delete", "/v1/incidents"), ("put", "/v1/incidents"),
                                              ("patch", "/v1/severities"), ("options", "/v1/incidents"),
                                              ("post", "/v1/incident_types")])  # fmt: skip
def test_an_unsupported_method_is_404_with_an_empty_body(anonymous: ApiClient, method: str, path: str) -> None:
    answer = anonymous.request(method, path)
    assert (answer.status_code, answer.content) == (404, b"")


def test_every_answer_carries_a_request_id(anonymous: ApiClient, api: Callable[..., ApiClient]) -> None:
    refused, listed = anonymous.get("/v1/incidents"), api("viewer").get("/v1/incidents")
    assert UUID(refused["X-Request-ID"]) != UUID(listed["X-Request-ID"])
    assert refused.json()["request_id"] == refused["X-Request-ID"]


def test_without_a_key_there_is_401(anonymous: ApiClient) -> None:
    answer = anonymous.get("/v1/incidents")
    assert answer.status_code == 401
    assert answer.json() == {
        "type": "authentication_error",
        "status": 401,
        "request_id": answer["X-Request-ID"],
        "errors": [
            {"code": "missing_authorization_material", "message": "No authorization material provided in request"}
        ],
    }


def test_more_query_parameters_than_we_read_are_refused(api: Callable[..., ApiClient]) -> None:
    answer = api("viewer").get("/v1/incidents?" + "status=triage&" * 1001)
    assert (answer.status_code, answer.json()["errors"][0]["code"]) == (400, "too_many_parameters")


@pytest.mark.parametrize("content_type", ["text/plain", "application/x-www-form-urlencoded", "application/json", ""])
def test_a_body_is_read_as_json_whatever_it_says_it_is(api: Callable[..., ApiClient], content_type: str) -> None:
    caller = api("incident_creator")
    body = b'{"idempotency_key": "a", "visibility": "public"}'
    answer = caller._client.post(
        "/v1/incidents", body, content_type=content_type, headers={"Authorization": f"Bearer {caller.token}"}
    )
    assert answer.status_code == 200


def test_a_refusal_is_one_line_of_the_log(anonymous: ApiClient, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    answer = anonymous.get("/v1/incidents")
    (record,) = caplog.records
    assert isinstance(record.msg, dict)
    assert (record.msg["status"], record.msg["request_id"]) == (401, answer["X-Request-ID"])


@pytest.mark.parametrize(
    ("proxies", "forwarded", "expected"),
    [(0, "203.0.113.7", "198.51.100.1"), (1, "203.0.113.7", "203.0.113.7"), (1, "6.6.6.6, 203.0.113.7", "203.0.113.7"),
     (2, "203.0.113.7, 10.0.0.2", "203.0.113.7"), (2, "203.0.113.7", "203.0.113.7"), (1, "", "198.51.100.1")],
)  # fmt: skip
def test_only_trusted_proxies_are_believed(settings: object, proxies: int, forwarded: str, expected: str) -> None:
    settings.TRUSTED_PROXIES = proxies  # type: ignore[attr-defined]
    request = RequestFactory().get("/", REMOTE_ADDR="198.51.100.1", headers={"X-Forwarded-For": forwarded})
    assert client_ip(request) == expected


def test_in_production_a_call_over_plain_http_is_refused(settings: Any, api: Callable[..., ApiClient]) -> None:
    settings.SECURE_SSL_REDIRECT = True
    answer = api("viewer").get("/v1/identity")
    assert (answer.status_code, answer.json()["errors"][0]["code"]) == (403, "https_required")
    assert Client().get("/livez").status_code == 200


def test_a_host_name_that_is_not_ours_is_refused(settings: Any, api: Callable[..., ApiClient]) -> None:
    settings.ALLOWED_HOSTS = ["hub.test"]
    refused, taken = (api("viewer").get("/v1/identity", Host=host) for host in ("evil.test", "hub.test"))
    assert (refused.status_code, refused.json()["errors"][0]["code"]) == (400, "invalid_host")
    assert taken.status_code == 200
