"""Who comes with a token that the app has signed: let in, made to exist, revoked (protocol 3.14, 13.18; A6)."""

from __future__ import annotations

from pathlib import Path

import pytest
from structlog.testing import capture_logs
from trio.testing import MockClock

from chatd.codes import CloseCode
from chatd.messages import (
    CloseUser,
    Closing,
    Committed,
    CreateUser,
    Hello,
    History,
    IssueToken,
    ListUsers,
    OpenDirect,
    RevokeTokens,
)
from chatd.model import Item, UserRecord
from chatd.rooms.effects import InFlight
from chatd.rooms.operators import AUDIT_ROOM
from chatd.server.auth import Denied, Granted, authenticate, token_hash
from chatd.server.config import Config
from chatd.storage.base import StoreError, StoreFull
from chatd.storage.queries import GetUser
from tests.house import START_MS, House, Peer, open_house
from tests.server.stores import GatedStore
from tests.signing import FOREIGN, VERIFY, forged, sign

NOW_S = START_MS // 1000


def hello(credential: str, device: str = "phone", scheme: str = "signed") -> Hello:
    return Hello(version=1, scheme=scheme, credential=credential, device=device)


async def come(house: House, credential: str | None = None) -> Granted | Denied:
    """Return what becomes of a hello with a token, by default with a good one of ana's."""
    token = sign("ana", house.now_ms[0] // 1000) if credential is None else credential
    return await authenticate(hello(token), house.daemon.core, operators=False)


async def enter(house: House, device: str, scheme: str = "signed", credential: str | None = None) -> Peer:
    peer = await house.connect()
    await peer.send(hello(credential or sign("ana", house.now_ms[0] // 1000), device, scheme))
    await house.rest()
    return peer


async def operate(house: House, command: CreateUser | CloseUser | RevokeTokens) -> None:
    reply = await (await house.operator()).ask(command)
    assert isinstance(reply, Committed), reply


def closes(*peers: Peer) -> list[CloseCode]:
    return [event.code for peer in peers for event in peer.events(Closing)]


async def test_a_signed_token_names_its_user_its_age_and_its_end(mock_clock: MockClock) -> None:
    async with open_house(verify=VERIFY) as house:
        await operate(house, CreateUser(key=house.key(), user="ana"))
        house.now_ms[0] += 5_000
        granted = Granted("ana", None, START_MS + 65_000, START_MS, issued_ms=START_MS + 5_000)
        assert await come(house) == granted


@pytest.mark.parametrize("dev", [True, False])
async def test_where_the_app_signs_nothing_no_signature_is_believed(mock_clock: MockClock, dev: bool) -> None:
    async with open_house(Config(data=Path("unused"), dev=dev)) as house:
        assert isinstance(await come(house), Denied)


async def test_a_token_of_another_app_is_refused_and_the_log_alone_says_why(mock_clock: MockClock) -> None:
    async with open_house(verify=VERIFY) as house:
        token = forged({"alg": "EdDSA", "kid": "pair"}, {"sub": "ana", "iat": NOW_S, "exp": NOW_S + 60}, FOREIGN)
        with capture_logs() as logs:
            verdict = await come(house, token)
        assert verdict == await authenticate(hello("x", scheme="token"), house.daemon.core, operators=False)
        assert [(each["event"], each["why"]) for each in logs] == [("token refused", "the signature does not hold")]
        assert (await (await house.operator()).ask(ListUsers())).users == ()


async def test_a_user_exists_from_the_first_token_that_was_good(mock_clock: MockClock) -> None:
    async with open_house(Config(data=Path("unused")), verify=VERIFY) as house:
        operator = await house.operator()
        assert isinstance(await come(house), Granted)
        assert [each.user for each in (await operator.ask(ListUsers())).users] == ["ana"]
        assert isinstance(await come(house), Granted)
        assert len((await operator.ask(History(room=AUDIT_ROOM))).entries) == 1
        bo = await house.connect()
        await bo.send(hello(sign("bo", NOW_S)))
        assert isinstance(await bo.ask(OpenDirect(key=house.key(), user="ana")), Committed)


async def test_two_devices_that_come_first_at_the_same_moment_are_both_let_in(mock_clock: MockClock) -> None:
    async with open_house(Config(data=Path("unused")), verify=VERIFY) as house:
        peers = [await house.connect() for _ in range(3)]
        for number, peer in enumerate(peers):
            await peer.send(hello(sign("ana", NOW_S), f"device-{number}"))
        await house.rest()
        assert closes(*peers) == []
        assert len(house.daemon.core.sessions.by_id) == 3


async def test_nobody_new_is_let_in_while_the_disk_is_full(mock_clock: MockClock) -> None:
    async with open_house(verify=VERIFY) as house:
        house.daemon.core.journal.full = True
        verdict = await come(house)
        assert isinstance(verdict, Denied)
        assert verdict.code == CloseCode.INTERNAL


async def test_a_user_who_could_not_be_committed_is_asked_to_come_back(mock_clock: MockClock) -> None:
    store = GatedStore()
    async with open_house(store=store, verify=VERIFY) as house:
        store.fail_next(StoreFull("no space left"))
        peer = await enter(house, "phone")
        await house.sleep(2)
        assert closes(peer) in ([CloseCode.INTERNAL], [CloseCode.RECOVERING])
        store.read_error = StoreError("too slow")
        verdict = await come(house)
        assert isinstance(verdict, Denied)
        assert verdict.code == CloseCode.INTERNAL


async def test_what_was_issued_up_to_a_revocation_is_good_no_more_and_what_comes_later_is(
    mock_clock: MockClock,
) -> None:
    async with open_house(verify=VERIFY) as house:
        old = sign("ana", NOW_S)
        assert isinstance(await come(house, old), Granted)
        house.now_ms[0] += 1_999
        await operate(house, RevokeTokens(key=house.key(), user="ana"))
        assert isinstance(await come(house, old), Denied)
        assert isinstance(await come(house, sign("ana", NOW_S + 1)), Denied)
        house.now_ms[0] += 1
        assert isinstance(await come(house, sign("ana", NOW_S + 2)), Granted)
        assert isinstance(await come(house, old), Denied)
        assert isinstance(await come(house, sign("bo", NOW_S)), Granted)


async def test_tokens_that_the_server_issued_are_revoked_with_them(mock_clock: MockClock) -> None:
    async with open_house() as house:
        operator = await house.operator()
        await operator.ask(IssueToken(user="ana", hash=token_hash("a secret")))
        asked = hello("a secret", scheme="token")
        assert isinstance(await authenticate(asked, house.daemon.core, operators=False), Granted)
        await operate(house, RevokeTokens(key=house.key(), user="ana"))
        assert isinstance(await authenticate(asked, house.daemon.core, operators=False), Denied)
        house.now_ms[0] += 1
        await operator.ask(IssueToken(user="ana", hash=token_hash("another")))
        asked = hello("another", scheme="token")
        assert isinstance(await authenticate(asked, house.daemon.core, operators=False), Granted)


async def test_a_revocation_outlasts_a_restart(mock_clock: MockClock) -> None:
    store = GatedStore()
    async with open_house(store=store, verify=VERIFY) as house:
        await come(house)
        await operate(house, RevokeTokens(key=house.key(), user="ana"))
    async with open_house(store=store.inner, verify=VERIFY) as house:
        assert isinstance(await come(house), Denied)


async def test_the_sessions_of_what_was_revoked_end_and_no_others(mock_clock: MockClock) -> None:
    async with open_house(verify=VERIFY) as house:
        await operate(house, CreateUser(key=house.key(), user="ana"))
        await (await house.operator()).ask(IssueToken(user="ana", hash=token_hash("a secret")))
        signed, issued = await enter(house, "phone"), await enter(house, "tv", "token", "a secret")
        named = await house.enter("ana", "desk")
        house.now_ms[0] += 1_000
        fresh, other = await enter(house, "pad"), await house.enter("bo")
        await operate(house, RevokeTokens(key=house.key(), user="ana", until=START_MS))
        assert closes(signed, issued) == [CloseCode.REVOKED] * 2
        assert closes(named, fresh, other) == []


async def test_a_token_revoked_while_its_hello_is_looked_up_lets_nobody_in(mock_clock: MockClock) -> None:
    store = GatedStore()
    async with open_house(store=store, verify=VERIFY) as house:
        await come(house)
        store.hold_reads(GetUser)
        peer = await enter(house, "phone")
        record = UserRecord(user="ana", created=START_MS, revoked_until=START_MS)
        house.daemon.core.journal.submit_nowait(InFlight(item=Item(records=(record,)), session=0, request=0))
        await house.rest()
        store.release_reads()
        await house.rest()
        assert closes(peer) == [CloseCode.UNAUTHENTICATED]


async def test_a_revocation_whose_commit_failed_but_reached_the_disk_ends_the_sessions(mock_clock: MockClock) -> None:
    store = GatedStore()
    async with open_house(store=store, verify=VERIFY) as house:
        peer, operator = await enter(house, "phone"), await house.operator()
        store.fail_next(StoreFull("no answer"), stored=True)
        await operator.send(RevokeTokens(key=house.key(), user="ana"))
        await house.sleep(2)
        assert closes(peer) == [CloseCode.REVOKED]


async def test_a_session_ends_soon_after_its_token_and_is_told_to_come_back_with_a_fresh_one(
    mock_clock: MockClock,
) -> None:
    async with open_house(verify=VERIFY) as house:
        peer = await enter(house, "phone")
        await house.sleep(59)
        assert closes(peer) == []
        await house.sleep(6)
        assert closes(peer) == [CloseCode.TOKEN_EXPIRED]


async def test_nobody_is_let_in_by_a_signature_as_a_user_who_is_closed(mock_clock: MockClock) -> None:
    async with open_house(verify=VERIFY) as house:
        peer = await enter(house, "phone")
        await operate(house, CloseUser(key=house.key(), user="ana"))
        assert closes(peer) == [CloseCode.REVOKED]
        house.now_ms[0] += 1_000
        assert isinstance(await come(house), Denied)
