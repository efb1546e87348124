"""A connection to Zoom says whether it works."""

import pytest

from integrations.base import CheckFailed
from integrations.zoom.account import check, complaint
from tests.integrations.standing_in import Fault, done_and_reset, says, silent, well
from tests.integrations.zoom.conftest import values
from tests.integrations.zoom.fake import HOST, SECRET, Zoom


def test_it_says_who_hosts_meetings(zoom: Zoom) -> None:
    assert check(values(zoom)) == f"Connected; meetings are hosted by {HOST}"
    assert check(values(zoom, user=HOST)) == f"Connected; meetings are hosted by {HOST}"
    assert zoom.told == [("GET", "/v2/users/me"), ("GET", f"/v2/users/{HOST}")]


@pytest.mark.parametrize(
    ("said", "script", "complaint"),
    [
        ({"client_secret": "wrong"}, [], "Invalid client_id or client_secret"),
        ({"account_id": "wrong"}, [], "Bad request"),
        ({"user": "nobody@example.com"}, [], "User does not exist"),
        ({"user": "../users"}, [], "User does not exist"),
        ({"oauth_url": "ftp://zoom.us"}, [], "only http"),
        ({"oauth_url": "http://169.254.169.254"}, [], "169.254.169.254"),
        ({}, [says(401)], "does not accept the hub's account"),
        ({}, [well, says(401)], "does not accept the hub's account"),
        ({}, [well, says(400, {"code": 4711, "message": "does not contain scopes"})], "does not contain scopes"),
        ({}, [well, says(200, b"<html>")], "does not show the host"),
        ({}, [well, says(429)], "less often"),
        ({}, [well, says(500)], "It failed"),
        ({}, [silent], "timed out"),
        ({}, [well, done_and_reset], "127.0.0.1"),
    ],
)
def test_it_says_what_is_wrong(zoom: Zoom, said: dict[str, str], script: list[Fault], complaint: str) -> None:
    zoom.script = list(script)
    with pytest.raises(CheckFailed, match=complaint) as failure:
        check(values(zoom, **said))
    assert SECRET not in str(failure.value)
    assert "eyJ-token" not in str(failure.value)


@pytest.mark.parametrize(
    ("told", "said"),
    [
        ({"message": "Validation Failed.", "errors": [{"field": "topic", "message": "is bad"}, "x"]},
         "Validation Failed.; topic is bad"),
        ({"message": ""}, "it does not say why"),
        ([], "it does not say why"),
        (None, "it does not say why"),
    ],
)  # fmt: skip
def test_what_zoom_complains_of_is_told(told: object, said: str) -> None:
    assert complaint(told) == said
