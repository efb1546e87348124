"""Trying a connection to PagerDuty."""

import pytest

from integrations.base import CheckFailed
from integrations.pagerduty.account import check
from tests.integrations.pagerduty.fake import TOKEN, PagerDuty
from tests.integrations.standing_in import done_and_reset, says, silent


def test_a_token_that_works_is_told(pager: PagerDuty) -> None:
    assert check({"api_token": TOKEN, "api_url": pager.url}) == "The API key works"
    assert [(asked.method, asked.path) for asked in pager.asked] == [("GET", "/abilities")]


def test_an_integration_key_is_not_tried_by_paging(pager: PagerDuty) -> None:
    assert "only tried when somebody is paged" in check({"routing_key": "R0", "events_url": pager.url})
    assert pager.asked == []


@pytest.mark.parametrize(
    ("fault", "complaint"),
    [
        (says(401), r"does not accept the API key \(401\)"),
        (says(403), r"does not accept the API key \(403\)"),
        (says(404), r"does not answer as PagerDuty does \(404\)"),
        (says(200, b"<html>"), r"does not answer as PagerDuty does \(200\)"),
        (says(500), r"does not answer as PagerDuty does \(500\)"),
        (silent, "PagerDuty does not answer"),
        (done_and_reset, "PagerDuty does not answer"),
    ],
)
def test_what_does_not_work_is_told(pager: PagerDuty, fault: object, complaint: str) -> None:
    pager.script = [fault]  # type: ignore[list-item]
    with pytest.raises(CheckFailed, match=complaint):
        check({"api_token": TOKEN, "api_url": pager.url})


def test_an_empty_connection_says_what_to_enter() -> None:
    with pytest.raises(CheckFailed, match="Enter an integration key, an API key, or both"):
        check({})
