"""The order of the questions: does the path exist, who asks, may they."""

from collections.abc import Callable

import pytest

from tests.conftest import ApiClient

KEYS = "/v1/api_keys"


@pytest.mark.parametrize(
    ("method", "path"),
    [("get", "/v1/nothing"), ("delete", KEYS), ("put", KEYS), ("post", "/v1/identity"), ("get", "/v4/identity")],
)
def test_what_is_not_served_is_404_before_anything_is_asked(anonymous: ApiClient, method: str, path: str) -> None:
    answer = anonymous.request(method, path)
    assert answer.status_code == 404


@pytest.mark.parametrize("path", ["/v1/nothing", "/v1/identity/nothing"])
def test_an_unknown_path_has_an_empty_body(anonymous: ApiClient, path: str) -> None:
    assert anonymous.get(path).content == b""


def test_who_asks_comes_before_what_they_may(anonymous: ApiClient) -> None:
    assert anonymous.post(KEYS, {}).status_code == 401


def test_what_they_may_comes_before_what_they_say(api: Callable[..., ApiClient]) -> None:
    assert api().post(KEYS, {}).status_code == 403
    assert api("api_keys_manage").post(KEYS, {}).status_code == 422


def test_an_operation_without_a_scope_needs_a_key_all_the_same(
    api: Callable[..., ApiClient], anonymous: ApiClient
) -> None:
    assert anonymous.get("/v1/identity").status_code == 401
    assert api().get("/v1/identity").status_code == 200


def test_a_refusal_is_an_envelope_with_the_request_id(api: Callable[..., ApiClient]) -> None:
    answer = api(name="Powerless").get("/v1/severities")
    assert answer.json() == {
        "type": "resource_forbidden",
        "status": 403,
        "request_id": answer.headers["X-Request-ID"],
        "errors": [
            {
                "code": "missing_required_scopes",
                "message": "API key 'Powerless' lacks the permission "
                "'View data, like public incidents and organisation settings'",
            }
        ],
    }


@pytest.mark.parametrize("accept", ["application/xml", "text/html", "nonsense", ""])
def test_the_answer_is_json_whatever_is_accepted(api: Callable[..., ApiClient], accept: str) -> None:
    answer = api().get("/v1/identity", Accept=accept)
    assert (answer.status_code, answer.headers["Content-Type"]) == (200, "application/json")
