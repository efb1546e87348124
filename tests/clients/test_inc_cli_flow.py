"""What the `inc` command line tool does, request by request (API behaviour, section 13): it is no Python package."""

from typing import Any

import httpx
import pytest

from tests.clients.replaying import decoded, until_told

pytestmark = pytest.mark.django_db(transaction=True)


def test_it_logs_in(http: httpx.Client) -> None:
    http.headers["User-Agent"] = "inc/1.0.0"
    identity = decoded(http.get("/v1/identity"))["identity"]
    assert (identity["name"], identity["dashboard_url"]) == ("Zendesk", "http://hub.test")


def test_it_lists_and_shows(http: httpx.Client, busy: dict[str, Any]) -> None:
    incidents = until_told(http, "/v2/incidents", "incidents", page_size=1)
    assert [incident["reference"] for incident in incidents] == ["INC-4", "INC-3", "INC-2", "INC-1"]
    assert decoded(http.get("/v2/incidents/2"))["incident"] == incidents[2]
    assert decoded(http.get("/v2/incidents", params={"status_category[one_of]": "closed"}))["incidents"] == [
        incidents[1]
    ]


def test_it_prints_what_went_wrong(http: httpx.Client) -> None:
    for path, code in (("/v2/incidents/99", 404), ("/v2/incidents?page_size=0", 422)):
        refusal = decoded(http.get(path), code)
        assert refusal["errors"][0]["message"]
        assert refusal["request_id"]
    http.headers["Authorization"] = "Bearer inc_" + "0" * 64
    refusal = decoded(http.get("/v1/identity"), 401)
    assert (refusal["errors"][0]["code"], refusal["errors"][0]["message"]) == (
        "access_token_invalid",
        "Access token is not valid",
    )
