"""What a client on its rounds finds of the parts this hub does not offer yet."""

from collections.abc import Callable

import pytest

from tests.conftest import ApiClient


def test_a_viewer_copies_everything_without_stumbling(api: Callable[..., ApiClient]) -> None:
    tap = api("viewer", "catalog_viewer")
    assert tap.get("/v2/alert_attributes").json() == {"alert_attributes": []}
    filtered = tap.get("/v2/escalations?page_size=50&status[one_of]=pending&after=")
    assert filtered.json() == {"escalations": [], "pagination_meta": {"page_size": 50}}


@pytest.mark.parametrize("part", ["schedules", "escalation_paths"])
def test_on_call_is_empty_for_whoever_may_look_at_it(api: Callable[..., ApiClient], part: str) -> None:
    assert api("on_call_viewer").get(f"/v2/{part}").json() == {part: [], "pagination_meta": {"page_size": 25}}
    assert api("viewer").get(f"/v2/{part}").status_code == 403
    assert api("on_call_viewer").get(f"/v2/{part}?page_size=251").status_code == 422
