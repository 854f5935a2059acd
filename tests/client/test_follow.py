from __future__ import annotations

from collections.abc import Sequence

import pytest
from attrs import evolve

from chatd import messages
from chatd.messages import Paused, Subscribe, Subscribed
from chatd_client import Broken, CaughtUp, Entry, Gap, Reset, Unavailable
from tests.client.fakes import Network, on_both, texts, until
from tests.client.scrolls import OTHER, ROOM, SELF, Scroll


def _seqs(events: Sequence[object]) -> list[int]:
    return [event.seq for event in events if isinstance(event, Entry)]


@on_both
async def test_duplicates_are_dropped() -> None:
    scroll = Scroll()
    async with Network() as network, network.connect() as chat:
        peer = await network.follow(scroll)
        one, two = scroll.says("one", "two")
        await until(chat, CaughtUp)
        await peer.send(one, one, two, one, scroll.say("three"))
        told = [await chat.next_event() for _ in range(3)]
        assert [each.text for each in told if isinstance(each, Entry)] == ["one", "two", "three"]


@on_both
async def test_a_named_gap_is_told_and_the_chain_goes_on_behind_it() -> None:
    scroll = Scroll()
    scroll.says(*"abcde")
    async with Network() as network, network.connect() as chat:
        peer = await network.follow(Scroll(ROOM))
        await until(chat, CaughtUp)
        await peer.send(scroll.gap(1, 3), scroll.gap(1, 3), *scroll.entries[3:])
        told = await until(chat, Entry)
        assert told[0] == Gap(ROOM, 1, 3, "not_visible")
        assert _seqs(told) == [4]


@on_both
async def test_gaps_without_a_hash_are_told_with_the_one_behind_them() -> None:
    scroll = Scroll()
    scroll.says(*"abcde")
    async with Network() as network, network.connect(latest=1) as chat:
        peer = await network.welcome()
        await peer.list_rooms(scroll)
        await peer.subscribe(Scroll(SELF))
        received, subscribe = await peer.expect(Subscribe)
        assert subscribe.latest == 1
        await peer.reply(received, Subscribed(rooms=(scroll.sync(4),)))
        await peer.send(evolve(scroll.gap(1, 2), hash=None), scroll.gap(3, 4, "skipped"), scroll.entries[4])
        told = (await until(chat, Entry))[-3:]
        assert told[:2] == [Gap(ROOM, 1, 2, "not_visible"), Gap(ROOM, 3, 4, "skipped")]
        assert _seqs(told) == [5]


@on_both
@pytest.mark.parametrize("names_some", [False, True])
async def test_a_range_that_begins_later_without_a_gap_is_named_all_the_same(names_some: bool) -> None:
    scroll = Scroll()
    scroll.says(*"abcde")
    async with Network() as network, network.connect() as chat:
        peer = await network.welcome()
        await peer.list_rooms(scroll)
        await peer.subscribe(Scroll(SELF))
        received, _ = await peer.expect(Subscribe)
        await peer.reply(received, Subscribed(rooms=(scroll.sync(3),)))
        if names_some:
            await peer.send(evolve(scroll.gap(1, 2, "skipped"), hash=None))
        await peer.send(*scroll.entries[3:])
        told = [event for event in await until(chat, Entry) if isinstance(event, Gap)]
        named = [Gap(ROOM, 1, 2, "skipped"), Gap(ROOM, 3, 3, "not_visible")]
        assert told == (named if names_some else [Gap(ROOM, 1, 3, "not_visible")])


@on_both
async def test_pages_are_followed_until_there_is_no_more() -> None:
    scroll = Scroll()
    scroll.says(*"abcde")
    async with Network() as network, network.connect() as chat:
        peer = await network.welcome()
        await peer.list_rooms(scroll)
        await peer.subscribe(Scroll(SELF))
        for after in (0, 2, 4):
            received, subscribe = await peer.expect(Subscribe)
            assert subscribe.rooms[1] == after
            upto = min(5, after + 2)
            await peer.reply(received, Subscribed(rooms=(scroll.sync(after, upto),)))
            await peer.send(*scroll.entries[after:upto])
        assert _seqs([*await until(chat, CaughtUp)]) == [1, 2, 3, 4, 5]


@on_both
async def test_rooms_that_a_reply_does_not_cover_are_asked_for_again_and_chunks_are_bounded() -> None:
    scrolls = [Scroll(bytes([number]) * 16) for number in range(5)]
    async with Network() as network, network.connect() as chat:
        peer = await network.accept()
        peer.limits = evolve(peer.limits, subscribe_rooms_max=3)
        await peer.welcome()
        await peer.list_rooms(*scrolls)
        await peer.subscribe(Scroll(SELF))
        received, first = await peer.expect(Subscribe)
        assert first.rooms[::3] == tuple(scroll.room for scroll in scrolls[:3])
        await peer.reply(received, Subscribed(rooms=(scrolls[0].sync(0),)))
        second = await peer.subscribe(*scrolls)
        assert second.rooms[::3] == tuple(scrolls[number].room for number in (3, 4, 1))
        third = await peer.subscribe(*scrolls)
        assert third.rooms[::3] == (scrolls[2].room,)
        await until(chat, CaughtUp)


@on_both
async def test_a_reset_forgets_the_room_and_begins_again() -> None:
    scroll, restored = Scroll(), Scroll()
    scroll.says("one", "two")
    restored.says("uno")
    async with Network() as network, network.connect() as chat:
        peer = await network.follow(scroll)
        await until(chat, CaughtUp)
        await peer.stream.aclose()
        again = await network.welcome()
        received, _ = await again.expect(Subscribe)
        reset = restored.sync(0, 0, status="reset", attached=False, more=False)
        await again.reply(received, Subscribed(rooms=(Scroll(SELF).sync(0), reset)))
        assert (await again.subscribe(restored)).rooms[:2] == (ROOM, 0)
        told = await until(chat, CaughtUp)
        assert Reset(ROOM) in told
        assert [event.text for event in told if isinstance(event, Entry)] == ["uno"]


@on_both
async def test_another_epoch_resets_every_room_and_looks_for_the_rooms_again() -> None:
    scroll, restored, epoch = Scroll(), Scroll(), b"f" * 16
    scroll.says("one", "two")
    restored.says("uno")
    async with Network() as network, network.connect() as chat:
        peer = await network.follow(scroll)
        await until(chat, CaughtUp)
        await peer.stream.aclose()
        again = await network.welcome(epoch=epoch)
        await again.list_rooms(restored)
        subscribe = await again.subscribe(Scroll(SELF), restored)
        assert subscribe.epoch == epoch
        assert subscribe.rooms[4:5] == (0,)
        told = await until(chat, CaughtUp)
        assert [type(event) for event in told if isinstance(event, Reset | Entry)] == [Reset, Entry]


@on_both
async def test_a_reset_of_a_room_without_a_cursor_is_not_asked_for_for_ever() -> None:
    scroll = Scroll()
    async with Network() as network, network.connect() as chat:
        peer = await network.welcome()
        await peer.list_rooms(scroll)
        await peer.subscribe(Scroll(SELF))
        for _ in range(3):
            received, _subscribe = await peer.expect(Subscribe)
            await peer.reply(received, Subscribed(rooms=(scroll.sync(0, status="reset"),)))
        told = await until(chat, CaughtUp)
        assert [event.following for event in told if isinstance(event, Broken)] == [True, True, False]


@on_both
async def test_a_paused_session_subscribes_again_from_its_cursors() -> None:
    scroll = Scroll()
    scroll.say("one")
    async with Network() as network, network.connect() as chat:
        peer = await network.follow(scroll)
        await until(chat, CaughtUp)
        await peer.send(Paused(reason="slow"))
        scroll.say("two")
        subscribe = await peer.subscribe(Scroll(SELF), scroll)
        assert subscribe.rooms[3:5] == (ROOM, 1)
        assert _seqs([*await until(chat, CaughtUp)]) == [2]


@on_both
async def test_a_reply_from_before_a_pause_is_not_taken_for_that_of_the_subscribe_after_it() -> None:
    async with Network() as network, network.connect() as chat:
        peer = await network.welcome()
        await peer.list_rooms()
        before, _ = await peer.expect(Subscribe)
        await peer.send(Paused(reason="slow"))
        after, _ = await peer.expect(Subscribe)
        synced = Subscribed(rooms=(Scroll(SELF).sync(0),))
        await peer.reply(before, synced)
        await peer.reply(after, synced)
        assert isinstance((await until(chat, CaughtUp))[-1], CaughtUp)


@on_both
async def test_a_reply_about_other_rooms_ends_the_chat() -> None:
    from chatd_client import ProtocolViolation

    async with Network() as network, network.connect() as chat:
        peer = await network.welcome()
        await peer.list_rooms()
        received, _ = await peer.expect(Subscribe)
        await peer.reply(received, Subscribed(rooms=(Scroll(OTHER).sync(0),)))
        with pytest.raises(ProtocolViolation, match="other rooms"):
            await until(chat, CaughtUp)


@on_both
async def test_a_room_that_is_not_for_this_user_is_told_and_not_followed() -> None:
    async with Network() as network, network.connect() as chat:
        peer = await network.follow()
        await until(chat, CaughtUp)
        chat.follow(ROOM)
        received, _ = await peer.expect(Subscribe)
        await peer.reply(received, Subscribed(rooms=(messages.RoomSync(room=ROOM, status="unknown_room"),)))
        assert await chat.next_event() == Unavailable(ROOM)


@on_both
async def test_a_room_joined_again_while_more_of_it_was_to_come_goes_on_from_the_cursor() -> None:
    scroll = Scroll()
    scroll.says("one", "two", "left", "missed", "joined")
    async with Network() as network, network.connect() as chat:
        peer = await network.welcome()
        await peer.list_rooms(scroll)
        await peer.subscribe(Scroll(SELF))
        received, _ = await peer.expect(Subscribe)
        await peer.reply(received, Subscribed(rooms=(scroll.sync(0, 1),)))
        await peer.send(scroll.entries[0], scroll.gap(4, 4), scroll.entries[4])
        received, subscribe = await peer.expect(Subscribe)
        assert subscribe.rooms[1] == 1
        await peer.reply(received, Subscribed(rooms=(scroll.sync(4),)))
        await peer.send(scroll.gap(2, 4), scroll.entries[4])
        told = await until(chat, CaughtUp)
        assert _seqs(told) == [1, 5]
        assert [event for event in told if isinstance(event, Gap | Broken)] == [Gap(ROOM, 2, 4, "not_visible")]


@on_both
async def test_a_hole_in_a_room_that_was_joined_after_its_last_page_is_found() -> None:
    scroll = Scroll()
    scroll.says("one", "joined", "missing", "three")
    async with Network() as network, network.connect() as chat:
        peer = await network.welcome()
        await peer.list_rooms(scroll)
        await peer.subscribe(Scroll(SELF))
        received, _ = await peer.expect(Subscribe)
        await peer.reply(received, Subscribed(rooms=(scroll.sync(0, 1, attached=False, more=False),)))
        await peer.send(scroll.entries[0], scroll.entries[1], scroll.entries[3])
        await peer.subscribe(scroll)
        assert _seqs(await until(chat, Broken)) == [1, 2]
        assert await texts(chat, 2) == ["missing", "three"]


@on_both
async def test_an_unfollowed_room_is_told_no_more() -> None:
    scroll, other = Scroll(), Scroll(OTHER)
    async with Network() as network, network.connect() as chat:
        peer = await network.follow(scroll, other)
        await until(chat, CaughtUp)
        chat.unfollow(ROOM)
        await peer.send(scroll.say("unheard"), other.say("heard"))
        assert await texts(chat, 1) == ["heard"]
