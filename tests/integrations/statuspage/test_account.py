"""Trying a connection to Statuspage."""

import pytest

from integrations.base import CheckFailed
from integrations.statuspage.account import check
from tests.integrations.standing_in import done_and_reset, says, silent
from tests.integrations.statuspage.fake import API_KEY, PAGE, Statuspage


def values(page: Statuspage, **said: str) -> dict[str, str]:
    return {"api_key": API_KEY, "page_id": PAGE, "api_url": f"{page.url}/v1"} | said


def test_the_page_is_looked_at(page: Statuspage) -> None:
    assert check(values(page)) == "The page Acme is there"
    assert [(asked.method, asked.path) for asked in page.asked] == [("GET", f"/v1/pages/{PAGE}")]


def test_a_wrong_key_and_a_wrong_page_are_told_apart(page: Statuspage) -> None:
    with pytest.raises(CheckFailed, match=r"does not accept the API key \(401\)"):
        check(values(page, api_key="x"))
    with pytest.raises(CheckFailed, match="knows no page of this ID"):
        check(values(page, page_id="../x"))
    assert page.asked[-1].path == "/v1/pages/..%2Fx"


@pytest.mark.parametrize(
    ("fault", "complaint"),
    [
        (says(403), r"does not accept the API key \(403\)"),
        (says(420), "called too often"),
        (says(429), "called too often"),
        (says(200, b"<html>"), r"does not answer as Statuspage does \(200\)"),
        (says(500), r"does not answer as Statuspage does \(500\)"),
        (silent, "Statuspage does not answer"),
        (done_and_reset, "Statuspage does not answer"),
    ],
)
def test_what_does_not_work_is_told(page: Statuspage, fault: object, complaint: str) -> None:
    page.script = [fault]  # type: ignore[list-item]
    with pytest.raises(CheckFailed, match=complaint):
        check(values(page))
