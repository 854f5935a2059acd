"""Who a hello is from."""

from __future__ import annotations

from pathlib import Path

import pytest
from trio.testing import MockClock

from chatd.codes import CloseCode
from chatd.messages import CloseUser, Closing, Hello, IssueToken
from chatd.model import Item, UserRecord
from chatd.rooms.effects import InFlight
from chatd.server.auth import Denied, Granted, authenticate, token_hash
from chatd.server.config import Config
from chatd.storage.accounts import GetBearer
from chatd.storage.base import StoreError
from tests.house import START_MS, House, open_house
from tests.server.stores import GatedStore

SECRET = "a secret"


def hello(scheme: str, credential: str = "", version: int = 1) -> Hello:
    return Hello(version=version, scheme=scheme, credential=credential)


async def issue(house: House, ttl_s: int | None = None) -> None:
    operator = await house.connect(operators=True)
    await operator.hello("", scheme="operator")
    await operator.ask(IssueToken(user="ana", hash=token_hash(SECRET), ttl_s=ttl_s))


def test_a_secret_is_known_by_its_hash_alone() -> None:
    assert len(token_hash(SECRET)) == 32
    assert SECRET not in repr(hello("token", SECRET))


@pytest.mark.parametrize("dev", [True, False])
async def test_names_are_believed_in_development_alone(mock_clock: MockClock, dev: bool) -> None:
    async with open_house(Config(data=Path("unused"), dev=dev)) as house:
        verdict = await authenticate(hello("dev", "ana"), house.daemon.core, operators=False)
        assert (verdict == Granted("ana")) is dev


@pytest.mark.parametrize("name", ["", "   ", "a\x1bb", "x" * 65])
async def test_what_is_no_name_is_not_believed(mock_clock: MockClock, name: str) -> None:
    async with open_house() as house:
        verdict = await authenticate(hello("dev", name), house.daemon.core, operators=False)
        assert isinstance(verdict, Denied)
        assert verdict.code == CloseCode.UNAUTHENTICATED


async def test_another_version_is_told_so_whatever_else_it_says(mock_clock: MockClock) -> None:
    async with open_house() as house:
        for operators in (False, True):
            verdict = await authenticate(hello("operator", version=2), house.daemon.core, operators=operators)
            assert isinstance(verdict, Denied)
            assert verdict.code == CloseCode.UNSUPPORTED_VERSION


@pytest.mark.parametrize("scheme", ["operator", "dev", "token", "magic"])
async def test_operators_come_through_their_own_door_alone(mock_clock: MockClock, scheme: str) -> None:
    async with open_house() as house:
        core = house.daemon.core
        inside = await authenticate(hello(scheme, "ana"), core, operators=True)
        outside = await authenticate(hello(scheme, "ana"), core, operators=False)
        assert isinstance(inside, Granted) is (scheme == "operator")
        assert isinstance(outside, Granted) is (scheme == "dev")


async def test_a_token_names_its_user_and_its_end(mock_clock: MockClock) -> None:
    async with open_house() as house:
        await issue(house, ttl_s=60)
        verdict = await authenticate(hello("token", SECRET), house.daemon.core, operators=False)
        assert verdict == Granted("ana", token_hash(SECRET), START_MS + 60_000, START_MS, issued_ms=START_MS)


async def test_a_token_is_refused_from_its_end_on(mock_clock: MockClock) -> None:
    async with open_house() as house:
        await issue(house, ttl_s=60)
        house.now_ms[0] += 59_999
        assert isinstance(await authenticate(hello("token", SECRET), house.daemon.core, operators=False), Granted)
        house.now_ms[0] += 1
        assert isinstance(await authenticate(hello("token", SECRET), house.daemon.core, operators=False), Denied)


async def test_a_store_that_does_not_answer_asks_to_come_back(mock_clock: MockClock) -> None:
    store = GatedStore()
    async with open_house(store=store) as house:
        store.read_error = StoreError("too slow")
        verdict = await authenticate(hello("token", SECRET), house.daemon.core, operators=False)
        assert isinstance(verdict, Denied)
        assert verdict.code == CloseCode.INTERNAL


async def test_an_operator_is_called_by_the_credential_where_one_is_asked_for(mock_clock: MockClock) -> None:
    known = {token_hash(SECRET): "shop"}
    async with open_house() as house:
        core = house.daemon.core
        right = await authenticate(hello("operator", SECRET), core, operators=True, credentials=known)
        wrong = await authenticate(hello("operator", "guess"), core, operators=True, credentials=known)
        control = await authenticate(hello("operator"), core, operators=True)
        assert (right, control) == (Granted("", credential="shop"), Granted("", credential="control"))
        assert isinstance(wrong, Denied)


async def test_nobody_is_let_in_as_a_user_who_is_closed(mock_clock: MockClock) -> None:
    async with open_house() as house:
        await issue(house)
        assert isinstance(await authenticate(hello("token", SECRET), house.daemon.core, operators=False), Granted)
        await (await house.operator()).ask(CloseUser(key=house.key(), user="ana"))
        assert isinstance(await authenticate(hello("token", SECRET), house.daemon.core, operators=False), Denied)


async def test_a_user_closed_while_a_hello_is_looked_up_is_not_let_in(mock_clock: MockClock) -> None:
    store = GatedStore()
    async with open_house(store=store) as house:
        await issue(house)
        operator = await house.operator()
        peers = [await house.connect() for _ in range(2)]
        store.hold_reads(GetBearer)
        for number, peer in enumerate(peers):
            said = Hello(version=1, scheme="token", credential=SECRET, device=f"d{number}")
            await peer.send(said)
        await house.rest()
        house.daemon.core.journal.submit_nowait(closed(house))
        await house.rest()
        store.release_reads()
        await house.rest()
        assert [[event.code for event in peer.events(Closing)] for peer in peers] == [[CloseCode.UNAUTHENTICATED]] * 2
        assert operator.events(Closing) == []


def closed(house: House) -> InFlight:
    """Return what closes ana, decided already."""
    record = UserRecord(user="ana", created=START_MS, closed=START_MS)
    return InFlight(item=Item(records=(record,)), session=0, request=0)
