"""A connection to Google Meet says whether it works, and never a word of its key."""

import json
from typing import Any

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from integrations.base import CheckFailed
from integrations.google_meet.account import check, complaint
from tests.integrations.google_meet.conftest import values
from tests.integrations.google_meet.fake import Google, key_file
from tests.integrations.standing_in import Fault, done_and_reset, says, silent

BEGIN, END = "-----BEGIN PRIVATE KEY-----", "-----END PRIVATE KEY-----"


def curve() -> str:
    """A key that is no RSA key."""
    shape = (serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    return ec.generate_private_key(ec.SECP256R1()).private_bytes(*shape).decode()


def test_it_says_whom_it_acts_for(google: Google) -> None:
    assert check(values(google)) == f"Google lets the hub act for {google.host}"
    assert [asked.path for asked in google.asked] == ["/token"]
    assert google.spaces == []


def test_the_address_in_the_key_is_not_called(google: Google) -> None:
    check(values(google, key=key_file(token_uri=f"{google.url}/elsewhere")))
    assert [asked.path for asked in google.asked] == ["/token"]


@pytest.mark.parametrize(
    "key",
    [
        "", "x", "[]", "5", "null", '"x"', "{}",
        json.dumps({"client_email": "a@b"}),
        json.dumps({"client_email": "a@b", "private_key": "x"}),
        json.dumps({"client_email": "a@b", "private_key": None}),
        json.dumps({"client_email": "a@b", "private_key": 5}),
        json.dumps({"client_email": "a@b", "private_key": f"{BEGIN}\nAAAA\n{END}"}),
        json.dumps({"private_key": json.loads(key_file())["private_key"]}),
        json.dumps({"client_email": "a@b", "private_key": curve()}),
        key_file()[:-40],
    ],
)  # fmt: skip
def test_what_is_no_key_is_told_and_not_shown(google: Google, key: str) -> None:
    with pytest.raises(CheckFailed, match="The key is not the JSON file of a service account's key") as failure:
        check(values(google, key=key))
    assert google.asked == []
    assert "BEGIN" not in repr(failure.value.__cause__)


@pytest.mark.parametrize(
    ("said", "script", "complaint"),
    [
        ({"key": key_file(1)}, [], "Invalid JWT Signature"),
        ({"key": key_file(client_email="other@x.example")}, [], "Invalid issuer"),
        ({"subject": "omar@elsewhere.example"}, [], "Client is unauthorized for this user"),
        ({"token_url": "ftp://x"}, [], "only http"),
        ({"token_url": "http://169.254.169.254/token"}, [], "169.254.169.254"),
        ({}, [says(403, {"error": "access_denied"})], "access_denied"),
        ({}, [says(400, b"<html>")], "it does not say why"),
        ({}, [says(404, {})], "is not Google"),
        ({}, [says(200, b"<html>")], "is not Google"),
        ({}, [says(429)], "less often"),
        ({}, [says(500)], "It failed"),
        ({}, [silent], "timed out"),
        ({}, [done_and_reset], "127.0.0.1"),
    ],
)
def test_it_says_what_is_wrong(google: Google, said: dict[str, str], script: list[Fault], complaint: str) -> None:
    google.script = list(script)
    with pytest.raises(CheckFailed, match=complaint) as failure:
        check(values(google, **said))
    assert "PRIVATE KEY" not in str(failure.value)


@pytest.mark.parametrize(
    ("told", "said"),
    [
        ({"error": {"message": "Meet API has not been used", "status": "X"}}, "Meet API has not been used"),
        ({"error": {"status": "PERMISSION_DENIED"}}, "PERMISSION_DENIED"),
        ({"error": "no"}, "it does not say why"),
        (None, "it does not say why"),
    ],
)  # fmt: skip
def test_what_google_complains_of_is_told(told: Any, said: str) -> None:
    assert complaint(told) == said
