"""GET /v1/incident_relationships: from either side, page by page."""

from collections.abc import Callable

import pytest

from incidents.models import Incident
from incidents.relating import relate
from tests.conftest import SYSTEM, ApiClient
from tests.incidents.counting import statements

PATH = "/v1/incident_relationships"


def test_each_side_shows_the_other(declare: Callable[..., Incident], everyone: ApiClient) -> None:
    one, two = declare(name="Checkout is down"), declare(name="Payments are slow")
    relationship = relate(SYSTEM, one.id, two.id)
    for asked, other in ((one, two), (two, one)):
        assert everyone.get(f"{PATH}?incident_id={asked.id}").json() == {
            "incident_relationships": [
                {
                    "id": relationship.id,
                    "incident": {"id": other.id, "external_id": other.number, "name": other.name},
                }
            ],
            "pagination_meta": {"page_size": 25},
        }


def test_pages_follow_one_another_and_end_empty(declare: Callable[..., Incident], everyone: ApiClient) -> None:
    hub = declare()
    made = [relate(SYSTEM, hub.id, declare().id).id for _ in range(5)]
    seen, after = [], ""
    for _ in range(3):
        page = everyone.get(f"{PATH}?incident_id={hub.id}&page_size=2&after={after}").json()
        seen += [row["id"] for row in page["incident_relationships"]]
        after = page["pagination_meta"].get("after", "")
    assert (seen, after) == (made, "")
    assert everyone.get(f"{PATH}?incident_id={hub.id}&after={made[-1]}").json() == {
        "incident_relationships": [],
        "pagination_meta": {"page_size": 25},
    }


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ("", 422),
        ("incident_id=", 422),
        ("incident_id=INC-1", 404),
        ("incident_id=01HZZZZZZZZZZZZZZZZZZZZZZZ", 404),
        ("incident_id=01HZZZZZZZZZZZZZZZZZZZZZZZ&page_size=251", 422),
        ("incident_id=01HZZZZZZZZZZZZZZZZZZZZZZZ&after=2", 422),
    ],
)
def test_a_wrong_question_is_told(everyone: ApiClient, query: str, status: int) -> None:
    assert everyone.get(f"{PATH}?{query}").status_code == status


def test_a_longer_page_costs_no_more_statements(declare: Callable[..., Incident], everyone: ApiClient) -> None:
    hub = declare()
    path = f"{PATH}?incident_id={hub.id}&page_size=250"
    assert statements(everyone, path) == 3
    for _ in range(10):
        relate(SYSTEM, hub.id, declare().id)
    assert statements(everyone, path) == 3
