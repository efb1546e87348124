import ipaddress

import pytest
from django.core.exceptions import ImproperlyConfigured

from incidentio.core.addresses import Allowed, is_host_name, parse_address, why_not_global

NOT_GLOBAL = {
    "0.0.0.0": "the unspecified address",
    "0.1.2.3": "a private address",
    "10.0.0.1": "a private address",
    "100.64.0.1": "not a global address",
    "127.0.0.1": "a loopback address",
    "168.63.129.16": "a cloud platform's own address",
    "169.254.169.254": "a link-local address",
    "172.16.0.1": "a private address",
    "192.0.0.192": "a private address",
    "192.0.2.1": "a private address",
    "192.88.99.1": "a 6to4 relay",
    "192.168.1.1": "a private address",
    "198.18.0.1": "a private address",
    "224.0.1.1": "a multicast address",
    "240.0.0.1": "a reserved address",
    "255.255.255.255": "a reserved address",
    "::": "the unspecified address",
    "::1": "a loopback address",
    "::7f00:1": "a reserved address",
    "::ffff:127.0.0.1": "a loopback address",
    "64:ff9b::127.0.0.1": "a translation of 127.0.0.1, a loopback address",
    "64:ff9b::a9fe:a9fe": "a translation of 169.254.169.254, a link-local address",
    "64:ff9b:1::7f00:1": "a reserved address",
    "100::1": "a reserved address",
    "2001:0:4136:e378:8000:63bf:3fff:fdd2": "a Teredo tunnel",
    "2001:db8::1": "a private address",
    "2002:7f00:1::": "a 6to4 tunnel",
    "3fff::1": "an address for documentation",
    "5f00::1": "a reserved address",
    "fc00::1": "a private address",
    "fd00:ec2::254": "a private address",
    "fe80::1": "a link-local address",
    "fec0::1": "not a global address",
    "ff0e::1": "a multicast address",
}


@pytest.fixture
def hub() -> None:
    """Addresses need no database."""


@pytest.mark.parametrize(("text", "kind"), NOT_GLOBAL.items())
def test_an_address_that_is_not_global_is_called_by_its_kind(text: str, kind: str) -> None:
    address = parse_address(text)
    assert address is not None
    assert why_not_global(address) == kind


@pytest.mark.parametrize("text", ["8.8.8.8", "2606:4700::1111", "::ffff:8.8.8.8", "64:ff9b::8.8.8.8", "192.0.0.9"])
def test_a_global_address_is_global_however_it_is_written(text: str) -> None:
    address = parse_address(text)
    assert address is not None
    assert why_not_global(address) is None


def test_every_ipv6_outside_global_unicast_and_nat64_is_refused() -> None:
    for first in (*range(0x0001, 0x2000), *range(0x4000, 0x10000)):
        assert why_not_global(ipaddress.IPv6Address(first << 112 | 1)), hex(first)


@pytest.mark.parametrize("text", ["127.1", "0177.0.0.1", "0x7f.0.0.1", "2130706433", "0x7f000001", "1.2.3.4.5", "a.0x"])
def test_what_a_resolver_could_read_as_a_number_is_no_host_name(text: str) -> None:
    assert not is_host_name(text)


@pytest.mark.parametrize("text", ["", ".", "a.", "a..b", "-a", "a-", "a b", "a%2e", "a" * 64, "a." * 127 + "aa", "é"])
def test_a_malformed_name_is_no_host_name(text: str) -> None:
    assert not is_host_name(text)


@pytest.mark.parametrize("text", ["localhost", "a_b.example", "xn--caf-dma.example", "4.example", "a" * 63])
def test_a_host_name_is_one(text: str) -> None:
    assert is_host_name(text)


def test_the_list_takes_networks_addresses_and_names() -> None:
    allowed = Allowed.parse(["10.0.0.0/8", " ::1 ", "Jira.Corp.example"])
    assert allowed.why_refused("x.example", ipaddress.ip_address("10.1.2.3")) is None
    assert allowed.why_refused("::1", ipaddress.ip_address("::1")) is None
    assert allowed.why_refused("jira.corp.example", ipaddress.ip_address("192.168.0.1")) is None
    assert allowed.why_refused("x.example", ipaddress.ip_address("192.168.0.1")) == "a private address"


@pytest.mark.parametrize(
    "entry", ["", "10.0.0.1/8", "10.0.0.0/33", "300.0.0.1", "*.example", "http://a.example", "a:80"]
)
def test_the_list_refuses_nonsense_loudly(entry: str) -> None:
    with pytest.raises(ImproperlyConfigured, match="OUTBOUND_ALLOW"):
        Allowed.parse([entry])
