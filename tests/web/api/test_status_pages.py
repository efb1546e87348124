"""Status pages: there are none, and every call says so."""

from collections.abc import Callable

import pytest

from incidentio.core.ids import new_id
from tests.conftest import ApiClient


@pytest.fixture
def publisher(api: Callable[..., ApiClient]) -> ApiClient:
    """A caller who publishes."""
    return api("status_page_publisher")


def test_any_key_learns_that_there_are_none(api: Callable[..., ApiClient]) -> None:
    caller = api()
    assert caller.get("/v2/status_pages").json() == {"status_pages": [], "pagination_meta": {"page_size": 25}}
    assert caller.get(f"/v2/status_page_incidents?status_page_id={new_id()}").status_code == 404
    assert caller.get("/v2/status_page_incidents").status_code == 422
    assert caller.get("/v2/status_page_incidents/x").status_code == 404


def test_publishing_names_what_does_not_exist_whatever_else_is_said(publisher: ApiClient) -> None:
    for body in ({}, {"status_page_id": new_id(), "name": 7}):
        refused = publisher.post("/v2/status_page_incidents", body)
        (error,) = refused.json()["errors"]
        assert (refused.status_code, error["message"]) == (404, "No status page with this ID")
        assert error["source"]["pointer"] == "status_page_id"
    update = publisher.post("/v2/status_page_incident_updates", {})
    assert update.json()["errors"][0]["message"] == "No status page incident with this ID"


def test_publishing_needs_its_role(api: Callable[..., ApiClient]) -> None:
    assert api("viewer").post("/v2/status_page_incidents", {}).status_code == 403
