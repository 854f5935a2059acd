"""An endpoint is at a public address, or where the operator has allowed it; whatever else its name leads to."""

from __future__ import annotations

import ipaddress

import pytest
import trio

from chatd.server.hooks.addresses import AddressRefused, may_reach, resolve
from tests.server.hooks.endpoints import Names, loopback

INNER = [
    "127.0.0.1",
    "127.8.8.8",
    "0.0.0.0",
    "10.0.0.1",
    "172.16.0.1",
    "192.168.1.1",
    "100.64.0.1",
    "100.100.100.200",
    "169.254.169.254",
    "168.63.129.16",
    "192.0.0.192",
    "198.18.0.1",
    "224.0.0.1",
    "240.0.0.1",
    "255.255.255.255",
    "::",
    "::1",
    "fe80::1",
    "fe80::1%eth0",
    "fd00:ec2::254",
    "fc00::1",
    "ff02::1",
    "::ffff:127.0.0.1",
    "::ffff:169.254.169.254",
    "64:ff9b::7f00:1",
    "64:ff9b::a9fe:a9fe",
    "2002:7f00:1::",
    "2002:a00:1::1",
    "2001:db8::1",
    "no address",
]
PUBLIC = ["1.1.1.1", "93.184.216.34", "2606:4700::1111", "::ffff:1.1.1.1", "64:ff9b::101:101"]


@pytest.mark.parametrize("address", INNER)
def test_what_is_not_public_is_out_of_reach(address: str) -> None:
    assert not may_reach(address, (), loopback_only=False)


@pytest.mark.parametrize("address", PUBLIC)
def test_what_is_public_may_be_reached_but_not_in_the_clear(address: str) -> None:
    assert may_reach(address, (), loopback_only=False)
    assert not may_reach(address, (), loopback_only=True)


def test_what_is_allowed_may_be_reached_and_nothing_beside_it() -> None:
    allowed = (ipaddress.ip_network("10.1.0.0/16"), ipaddress.ip_network("fd00::/8"))
    assert may_reach("10.1.2.3", allowed, loopback_only=False)
    assert may_reach("fd00::1", allowed, loopback_only=False)
    assert not may_reach("10.2.0.1", allowed, loopback_only=False)
    assert not may_reach("10.1.2.3", allowed, loopback_only=True)
    assert may_reach("127.0.0.1", loopback(), loopback_only=True)


async def test_of_a_name_those_addresses_are_left_that_may_be_reached() -> None:
    trio.socket.set_custom_hostname_resolver(Names(["93.184.216.34"]))
    assert await resolve("app.example", 443, (), loopback_only=False) == ["93.184.216.34"]


async def test_a_name_that_leads_inside_is_refused_and_the_refusal_says_where() -> None:
    trio.socket.set_custom_hostname_resolver(Names(["169.254.169.254"]))
    with pytest.raises(AddressRefused, match=r"^app.example is at 169.254.169.254, which is not allowed$"):
        await resolve("app.example", 443, (), loopback_only=False)
