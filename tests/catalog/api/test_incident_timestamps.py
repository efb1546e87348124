"""GET /v2/incident_timestamps: what moments of an incident's life a team records."""

from collections.abc import Callable
from typing import Any

import pytest

from catalog.models import IncidentTimestamp
from catalog.timestamps import archive_timestamp, create_timestamp
from tests.conftest import SYSTEM, ApiClient

PATH = "/v2/incident_timestamps"


@pytest.fixture
def roleless(api: Callable[..., ApiClient]) -> ApiClient:
    return api()


def test_any_key_may_list_them_by_rank(roleless: ApiClient, django_assert_max_num_queries: Any) -> None:
    create_timestamp(SYSTEM, name="Paged at", rank=1)
    archive_timestamp(SYSTEM, IncidentTimestamp.objects.get(name="Closed at"))
    roleless.get(PATH)
    with django_assert_max_num_queries(2):
        listed = roleless.get(PATH).json()["incident_timestamps"]
    assert [row["name"] for row in listed][:3] == ["Reported at", "Paged at", "Accepted at"]
    assert "Closed at" not in [row["name"] for row in listed]


def test_one_is_shown_by_its_id_unless_it_is_archived(roleless: ApiClient) -> None:
    stamp = create_timestamp(SYSTEM, name="Paged at")
    shown = roleless.get(f"{PATH}/{stamp.id}").json()["incident_timestamp"]
    assert shown == {"id": stamp.id, "name": "Paged at", "rank": stamp.rank}
    archive_timestamp(SYSTEM, stamp)
    assert [roleless.get(f"{PATH}/{pk}").status_code for pk in (stamp.id, "1", "%00")] == [404, 404, 404]


def test_nobody_without_a_key_sees_them(anonymous: ApiClient) -> None:
    assert anonymous.get(PATH).status_code == 401
