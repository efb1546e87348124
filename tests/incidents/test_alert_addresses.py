"""The address of a source's mail names it, and proves that its writer was told."""

import pytest

from incidents.alert_addresses import addressed, is_mail_token, mail_address, mail_token
from incidents.alert_sources import change_alert_source_secret, create_alert_source
from incidents.models import AlertSource
from tests.conftest import SYSTEM


@pytest.fixture
def source(hub: None) -> AlertSource:
    return create_alert_source(SYSTEM, source_type="email", name="Mail")


def test_an_address_names_its_source_and_fits_into_mail(source: AlertSource) -> None:
    address = mail_address(source, "alerts@example.com")
    assert addressed(address) == [(source.id, mail_token(source))]
    assert address.startswith(f"alerts+{source.id.lower()}.")
    assert len(address.partition("@")[0]) <= 64


@pytest.mark.parametrize(
    "written",
    [
        "{}",
        "<{}>",
        "Alerts <{}>",
        '"Alerts, of the shop" <{}>, ada@example.org',
        "ada@example.org,{}",
        "(for {}) x@example.org",
    ],
)
def test_it_is_found_wherever_it_stands(source: AlertSource, written: str) -> None:
    address = mail_address(source, "alerts@example.com")
    for one in (address, address.upper(), address.removeprefix("alerts+")):
        assert addressed(written.format(one)) == [(source.id, mail_token(source))]


def test_the_same_address_twice_is_one(source: AlertSource) -> None:
    address = mail_address(source, "alerts@example.com")
    assert len(addressed(f"{address}, <{address.upper()}>")) == 1


# What somebody who does not know the token writes, made of the source's ID, its token and another source's token.
FORGED = {
    "nothing": "alerts@example.com",
    "only the ID": "alerts+{id}@example.com",
    "no token": "alerts+{id}.@example.com",
    "a guess": "alerts+{id}.aaaaaaaaaaaaaaaaaaaa@example.com",
    "another source's": "alerts+{id}.{other}@example.com",
    "cut short": "alerts+{id}.{short}@example.com",
    "too long": "alerts+{id}.{token}a@example.com",
    "twice": "alerts+{id}.{token}{token}@example.com",
    "backwards": "alerts+{id}.{backwards}@example.com",
    "in two parts": "alerts+{id}.{short} a@example.com",
    "with a space": "alerts+{id} .{token}@example.com",
    "another ID": "alerts+01arz3ndektsv4rrffq69g5fav.{token}@example.com",
    "only the token": "alerts+{token}@example.com",
    "no at": "alerts+{id}.{token}",
    "other sign": "alerts+{id}-{token}@example.com",
    "the secret itself": "alerts+{id}.{secret}@example.com",
    "digits of others": "alerts+{id}.\u0662{short}@example.com",
    "other letters before": "alerts+x{id}.{token}@example.com",
}


@pytest.mark.forgeries("email")
@pytest.mark.parametrize("forgery", FORGED)
def test_a_forged_address_proves_nothing(source: AlertSource, forgery: str) -> None:
    other = create_alert_source(SYSTEM, source_type="email", name="Other")
    token = mail_token(source)
    said = {"id": source.id.lower(), "token": token, "other": mail_token(other), "secret": source.secret}
    address = FORGED[forgery].format(**said, short=token[:-1], backwards=token[::-1])
    assert not any(pk == source.id and is_mail_token(source, given) for pk, given in addressed(address))


def test_another_secret_is_another_address(source: AlertSource) -> None:
    before = mail_token(source)
    change_alert_source_secret(SYSTEM, source)
    assert not is_mail_token(source, before)
    assert is_mail_token(source, mail_token(source))


def test_a_secret_that_is_lost_proves_nothing(source: AlertSource) -> None:
    source.secret = ""
    assert (mail_token(source), is_mail_token(source, "")) == ("", False)
