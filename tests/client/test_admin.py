"""The admin side as an app holds it: commands are sent again until they are answered, and the stream loses nothing."""

from __future__ import annotations

from typing import Any

import anyio
import pytest

from chatd.chain import self_id, short
from chatd.codes import CloseCode
from chatd.messages import CreateUser, Entered, Follow, Followed, StreamEvent
from chatd.messages.administering import FOLLOW_EVENTS_MAX, FOLLOW_MS_MAX
from chatd.model import EntryKind, RoomKind
from chatd.wire import content
from chatd_client import Admin, Closed, Left, StreamReset, administer
from tests.client.fakes import Network, Peer, calm, on_both, on_mock_clock
from tests.client.scrolls import ROOM


def admin_of(network: Network, **options: Any) -> Admin:
    plain: dict[str, Any] = {"sources": calm()}
    return administer(network.dial, **plain | options)


def position(number: int) -> bytes:
    return number.to_bytes(32, "big")


def event(number: int) -> StreamEvent:
    body = content.text(f"post {number}")
    entry = Entered(
        room=ROOM, seq=number, kind="post", sender="ana", key=bytes(16), time=1, posts=number, h8=short(bytes(32)),
        body=body, salt=bytes(16),
    )  # fmt: skip
    return StreamEvent(position=position(number), room_kind=RoomKind.GROUP, entry=entry)


def page(*numbers: int, reached: int | None = None, status: str = "ok") -> Followed:
    last = numbers[-1] if reached is None else reached
    return Followed(status=status, position=position(last), events=tuple(map(event, numbers)))


async def serve(peer: Peer, *pages: Followed, asked: list[Follow]) -> None:
    """Answer with these pages, keep what was asked, and leave the next one unanswered."""
    for each in pages:
        received, command = await peer.expect(Follow)
        asked.append(command)
        await peer.reply(received, each)
    await peer.drain()


@on_both
async def test_it_says_that_it_is_an_operator_and_asks_for_no_rooms() -> None:
    async with (
        Network() as network,
        admin_of(network, credential="secret") as admin,
        anyio.create_task_group() as tasks,
    ):
        peer = await network.welcome(user="")
        tasks.start_soon(admin.create_user, "ana")
        received, command = await peer.expect(CreateUser)
        await peer.ack(received, room=self_id(""))
        assert (peer.hello.scheme, peer.hello.credential) == ("operator", "secret")
        assert command.user == "ana"


@on_both
async def test_a_command_without_an_answer_is_sent_again_under_its_key() -> None:
    async with Network() as network, admin_of(network) as admin, anyio.create_task_group() as tasks:
        peer = await network.welcome(user="")
        tasks.start_soon(admin.create_user, "ana")
        _, first = await peer.expect(CreateUser)
        await peer.stream.aclose()
        peer = await network.welcome(user="")
        received, again = await peer.expect(CreateUser)
        await peer.ack(received)
        assert (again.key, again.retry) == (first.key, True)


@on_both
async def test_a_credential_that_is_not_accepted_ends_it() -> None:
    async with Network() as network, admin_of(network) as admin:
        peer = await network.accept()
        await peer.close(CloseCode.UNAUTHENTICATED, "these credentials are not accepted")
        with pytest.raises(Closed, match="not accepted"):
            await admin.create_user("ana")


@on_both
async def test_the_stream_goes_on_from_each_page_and_asks_for_kinds() -> None:
    asked: list[Follow] = []
    async with Network() as network, admin_of(network) as admin, anyio.create_task_group() as tasks:
        await network.welcome(user="")
        stream = admin.stream(position(1), room_kinds=[RoomKind.GROUP], kinds=[EntryKind.POST])
        peer = await network.welcome(user="")
        tasks.start_soon(lambda: serve(peer, page(2, 3, reached=5), page(reached=7), page(8), asked=asked))
        told = [await stream.next_event() for _ in range(3)]
        assert [each.entry.text for each in told] == ["post 2", "post 3", "post 8"]
        assert [each.position for each in told] == [position(2), position(3), position(8)]
        assert asked == [
            Follow(
                after=position(after), limit=FOLLOW_EVENTS_MAX, wait_ms=FOLLOW_MS_MAX,
                room_kinds=(RoomKind.GROUP,), kinds=(EntryKind.POST,),
            )
            for after in (1, 5, 7)
        ]  # fmt: skip
        tasks.cancel_scope.cancel()


@on_both
async def test_a_stream_is_at_the_event_that_was_told_last() -> None:
    async with Network() as network, admin_of(network) as admin, anyio.create_task_group() as tasks:
        await network.welcome(user="")
        stream = admin.stream()
        peer = await network.welcome(user="")
        tasks.start_soon(lambda: serve(peer, page(2, 3, reached=5), page(reached=9), asked=[]))
        places = [stream.position]
        for _ in range(2):
            await stream.next_event()
            places.append(stream.position)
        assert places == [None, position(2), position(5)]
        with anyio.move_on_after(0.05):
            await stream.next_event()
        tasks.cancel_scope.cancel()


@on_both
async def test_after_a_loss_the_stream_asks_again_for_the_page_that_did_not_come() -> None:
    async with Network() as network, admin_of(network) as admin, anyio.create_task_group() as tasks:
        await network.welcome(user="")
        stream = admin.stream()
        peer = await network.welcome(user="")
        asked: list[Follow] = []

        async def answer_once() -> None:
            await peer.reply(await peer.until(Follow), page(1, 2))

        tasks.start_soon(answer_once)
        told = [await stream.next_event(), await stream.next_event()]
        await peer.stream.aclose()

        async def come_back() -> None:
            await serve(await network.welcome(user=""), page(3), asked=asked)

        tasks.start_soon(come_back)
        told.append(await stream.next_event())
        assert [each.entry.seq for each in told] == [1, 2, 3]
        assert asked[0].after == position(2)
        tasks.cancel_scope.cancel()


@on_both
async def test_a_position_of_another_store_is_told_and_the_admin_side_goes_on() -> None:
    async with Network() as network, admin_of(network) as admin, anyio.create_task_group() as tasks:
        peer = await network.welcome(user="")
        stream = admin.stream(position(9))
        other = await network.welcome(user="")
        tasks.start_soon(lambda: serve(other, page(reached=0, status="reset"), asked=[]))
        with pytest.raises(StreamReset):
            await stream.next_event()
        tasks.start_soon(admin.create_user, "ana")
        received, _ = await peer.expect(CreateUser)
        await peer.ack(received)
        tasks.cancel_scope.cancel()


@on_both
async def test_a_stream_ends_when_it_is_closed_or_the_admin_side_is_left() -> None:
    async with Network() as network:
        async with admin_of(network) as admin:
            await network.welcome(user="")
            closed, left = admin.stream(), admin.stream()
            closed.close()
            assert [event async for event in closed] == []
            assert (closed.closed, left.closed) == (True, False)
            with pytest.raises(Left):
                await closed.next_event()
            assert admin.stream() is not closed
            assert closed not in admin._streams
        assert [event async for event in left] == []
        with pytest.raises(Left):
            admin.stream()


@on_both
async def test_the_bodys_own_exception_leaves_as_it_is() -> None:
    async with Network() as network:
        with pytest.raises(KeyError):
            await fail_in(admin_of(network))


async def fail_in(admin: Admin) -> None:
    async with admin:
        admin.stream()
        raise KeyError


@on_mock_clock
async def test_a_stream_that_waits_long_keeps_its_connection() -> None:
    async with Network() as network, admin_of(network) as admin, anyio.create_task_group() as tasks:
        await network.welcome(user="")
        stream = admin.stream()
        peer = await network.welcome(user="")
        told: list[int] = []

        async def listen() -> None:
            told.append((await stream.next_event()).entry.seq)

        tasks.start_soon(listen)
        for _ in range(30):
            received = await peer.until(Follow)
            await anyio.sleep(FOLLOW_MS_MAX / 1000)
            await peer.reply(received, page(reached=0))
        received = await peer.until(Follow)
        await peer.reply(received, page(1))
        await anyio.sleep(1)
        assert told == [1]
        assert peer.pings > 0
        tasks.cancel_scope.cancel()


@pytest.mark.parametrize("address", ["tcp://example.com:7700", "http://localhost", "unix://"])
def test_a_bad_address_is_refused_at_once(address: str) -> None:
    with pytest.raises(ValueError, match=address[:4]):
        administer(address, credential="secret")
