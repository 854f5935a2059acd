"""Which addresses an endpoint may have. A name that leads inside is refused after it was resolved, so that no name
that somebody else controls lets them reach what only this machine or network should (threat T21).
"""

from __future__ import annotations

import ipaddress
from collections.abc import Sequence

import trio

Network = ipaddress.IPv4Network | ipaddress.IPv6Network
Address = ipaddress.IPv4Address | ipaddress.IPv6Address

ADDRESSES_MAX = 4
"""So many addresses of a name are tried."""
_METADATA = (ipaddress.ip_network("168.63.129.16/32"), ipaddress.ip_network("192.0.0.0/24"))
"""What machines in a cloud are told by, beyond the link-local and unique local addresses that others use for it."""
_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")


class AddressRefused(Exception):
    """A name has no address that may be connected to. `str()` says which it has."""


def _carried(address: Address) -> list[Address]:
    """Return what counts of `address`: where it only stands for an IPv4 address, that one."""
    if isinstance(address, ipaddress.IPv4Address):
        return [address]
    if address.ipv4_mapped or address in _NAT64:
        return [ipaddress.IPv4Address(int(address) & 0xFFFF_FFFF)]
    inner: list[Address | None] = [address, address.sixtofour, *(address.teredo or ())]
    return [each for each in inner if each is not None]


def _is_public(address: Address) -> bool:
    return (
        address.is_global
        and not address.is_multicast
        and not address.is_reserved
        and not any(address in network for network in _METADATA)
    )


def may_reach(text: str, allowed: Sequence[Network], *, loopback_only: bool) -> bool:
    """Return whether an endpoint may be at that address: a public one, or one of the networks that are `allowed`.

    With `loopback_only`, which is for what travels in the clear, one of this machine alone.
    """
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        return False  # with a scope, so link-local
    carried = _carried(address)
    if loopback_only and not all(each.is_loopback for each in carried):
        return False
    return any(address in network for network in allowed) or all(_is_public(each) for each in carried)


async def resolve(host: str, port: int, allowed: Sequence[Network], *, loopback_only: bool) -> list[str]:
    """Return the addresses of `host` that may be connected to, in the resolver's order. Raises AddressRefused, OSError.

    Who connects to what is returned looks nothing up again: the name may lead elsewhere by then.
    """
    found = await trio.socket.getaddrinfo(host, port, type=trio.socket.SOCK_STREAM)
    addresses = list(dict.fromkeys(str(each[4][0]) for each in found))
    fit = [each for each in addresses if may_reach(each, allowed, loopback_only=loopback_only)]
    if not fit:
        raise AddressRefused(f"{host} is at {', '.join(addresses[:ADDRESSES_MAX])}, which is not allowed")
    return fit[:ADDRESSES_MAX]
