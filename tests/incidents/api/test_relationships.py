"""GET /v1/incident_relationships: from either side, page by page."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from incidents.relating import relate
from tests.conftest import SYSTEM

PATH = "/v1/incident_relationships"


def test_each_side_shows_the_other(declare, everyone):
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


def test_pages_follow_one_another_and_end_empty(declare, everyone):
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
def test_a_wrong_question_is_told(everyone, query, status):
    assert everyone.get(f"{PATH}?{query}").status_code == status


def test_a_longer_page_costs_no_more_statements(declare, everyone):
    def statements() -> int:
        with CaptureQueriesContext(connection) as context:
            everyone.get(f"{PATH}?incident_id={hub.id}&page_size=250")
        return len(context)

    hub = declare()
    relate(SYSTEM, hub.id, declare().id)
    short = statements()
    for _ in range(10):
        relate(SYSTEM, hub.id, declare().id)
    assert statements() == short <= 4
