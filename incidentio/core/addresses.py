"""Which addresses the hub may call: what is global, and what an installation lists in `OUTBOUND_ALLOW`."""

import ipaddress
import re
from collections.abc import Iterable
from dataclasses import dataclass

from django.core.exceptions import ImproperlyConfigured

type Address = ipaddress.IPv4Address | ipaddress.IPv6Address
type Network = ipaddress.IPv4Network | ipaddress.IPv6Network

# The only block IPv6 unicast addresses are given out from (IANA IPv6 address space registry).
_GIVEN_OUT_V6 = ipaddress.IPv6Network("2000::/3")
# The last 32 bits are the IPv4 address a translator dials for us (RFC 6052).
_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")
# What Python's `is_global` lets through, on some versions or on all.
_NEVER: dict[Network, str] = {
    ipaddress.IPv4Network("168.63.129.16/32"): "a cloud platform's own address",
    # 192.0.0.0/24 but for its two global addresses, 9 and 10: a cloud platform has its metadata there
    **{
        ipaddress.IPv4Network(f"192.0.0.{rest}"): "a private address"
        for rest in ("0/29", "8/32", "11/32", "12/30", "16/28", "32/27", "64/26", "128/25")
    },
    ipaddress.IPv4Network("192.88.99.0/24"): "a 6to4 relay",
    ipaddress.IPv6Network("2001::/32"): "a Teredo tunnel",
    ipaddress.IPv6Network("2002::/16"): "a 6to4 tunnel",
    ipaddress.IPv6Network("3fff::/20"): "an address for documentation",
}
_KINDS = {
    "is_unspecified": "the unspecified address",
    "is_loopback": "a loopback address",
    "is_link_local": "a link-local address",
    "is_multicast": "a multicast address",
    "is_reserved": "a reserved address",
    "is_private": "a private address",
}
_NAME = re.compile(r"[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?(?:\.[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?)*")
_NUMBER = re.compile(r"[0-9]+|0x[0-9a-f]*")


def parse_address(text: str) -> Address | None:
    """Return the address that `text` writes out, an IPv4-mapped one as IPv4; None if it is no address."""
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        return None
    return (address.ipv4_mapped or address) if isinstance(address, ipaddress.IPv6Address) else address


def is_host_name(text: str) -> bool:
    """Say whether `text` (lower case) is a host name and cannot be read as a number by any resolver.

    Resolvers take `2130706433`, `0x7f.1` and `0177.1` for IPv4 addresses (inet_aton), so what ends in a number
    is no name (https://url.spec.whatwg.org/#ends-in-a-number-checker).
    """
    return len(text) <= 253 and bool(_NAME.fullmatch(text)) and not _NUMBER.fullmatch(text.rpartition(".")[2])


def why_not_global(address: Address) -> str | None:
    """Return None for a global unicast address, else what it is instead ("a loopback address")."""
    if address.version == 6 and address in _NAT64:
        inner = ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
        reason = why_not_global(inner)
        return reason and f"a translation of {inner}, {reason}"
    for network, reason in _NEVER.items():
        if address in network:
            return reason
    if address.is_global and not address.is_multicast and (address.version == 4 or address in _GIVEN_OUT_V6):
        return None
    return next((kind for test, kind in _KINDS.items() if getattr(address, test)), "not a global address")


@dataclass(frozen=True)
class Allowed:
    """The networks and the host names that may be called although their addresses are not global."""

    networks: tuple[Network, ...]
    names: frozenset[str]

    @classmethod
    def parse(cls, entries: Iterable[str]) -> "Allowed":
        """Read `OUTBOUND_ALLOW`. Raises ImproperlyConfigured for what is no network and no host name."""
        networks, names = [], set()
        for entry in (entry.strip().lower() for entry in entries):
            if is_host_name(entry):
                names.add(entry)
                continue
            try:
                networks.append(ipaddress.ip_network(entry))
            except ValueError as error:
                raise ImproperlyConfigured(
                    f"OUTBOUND_ALLOW: {entry!r} is neither a network (such as 10.0.0.0/8) nor a host name"
                ) from error
        return cls(tuple(networks), frozenset(names))

    def why_refused(self, host: str, address: Address) -> str | None:
        """Return None if `host`, found at `address`, may be called; else what the address is."""
        if host in self.names or any(address in network for network in self.networks):
            return None
        return why_not_global(address)
