"""Who is offered what of a commit, in which order, and as which object."""

from __future__ import annotations

import trio
from attrs import define, evolve
from trio.testing import MockClock

from chatd.messages import Committed, Entered, Gap, Post
from chatd.model import RoomId
from chatd.server.fanout import Delivery
from chatd.server.signals import PUSHES_A_STEP
from chatd.wire import codec, content
from tests.house import House, Peer, open_house
from tests.server.people import Kept, add, direct, group, keep_pushes, remove, seqs, session_of, texts
from tests.server.stores import GatedStore


async def send_post(house: House, peer: Peer, room: RoomId, text: str) -> None:
    await peer.send(Post(room=room, key=house.key(), content=content.text(text)))


async def test_all_attachments_of_a_room_are_offered_the_same_object(mock_clock: MockClock) -> None:
    store = GatedStore()
    async with open_house(store=store) as house:
        ana, bo, tv = await house.enter("ana"), await house.enter("bo"), await house.enter("bo", "tv")
        room = await direct(house, ana, bo)
        store.hold_appends()
        await send_post(house, ana, room, "first")
        await house.rest()
        for number in range(3):
            await send_post(house, ana, room, f"post {number}")
        await house.rest()
        kept = [keep_pushes(session_of(house, bo)), keep_pushes(session_of(house, tv, "tv"))]
        store.release_appends()
        await house.rest()
        first, joined = kept[0].frames
        assert kept[1].frames[0] is first
        assert kept[1].frames[1] is joined
        core = house.daemon.core
        framed = core.registry.rooms[room].tail
        assert first is framed[-4].frame
        assert joined == b"".join(each.frame for each in list(framed)[-3:])


async def test_an_event_is_encoded_once_and_as_history_encodes_it(mock_clock: MockClock) -> None:
    async with open_house() as house:
        ana, bo = await house.enter("ana"), await house.enter("bo")
        room = await direct(house, ana, bo)
        kept = keep_pushes(session_of(house, bo))
        await ana.post(room, "hi")
        [entered] = bo.events(Entered)
        assert kept.frames == [codec.encode(entered)]


async def test_the_joined_blob_is_cut_at_a_removal(mock_clock: MockClock) -> None:
    store = GatedStore()
    async with open_house(store=store) as house:
        ana, bo = await house.enter("ana"), await house.enter("bo")
        room = await group(house, ana, bo)
        store.hold_appends()
        await send_post(house, ana, room, "first")
        await house.rest()
        await send_post(house, ana, room, "before")
        await ana.send(remove(house, room, "bo"))
        await send_post(house, ana, room, "after")
        await house.rest()
        store.release_appends()
        await house.rest()
        assert len(store.batches[-1]) == 3
        assert seqs(bo, room) == [2, 3, 4]
        assert texts(bo, room) == ["first", "before"]
        assert seqs(ana, room) == [2, 3, 4, 5]


async def test_the_joined_blob_is_cut_at_a_join(mock_clock: MockClock) -> None:
    store = GatedStore()
    async with open_house(store=store) as house:
        ana, bo = await house.enter("ana"), await house.enter("bo")
        room = await group(house, ana)
        store.hold_appends()
        await send_post(house, ana, room, "first")
        await house.rest()
        await send_post(house, ana, room, "before")
        await ana.send(add(house, room, "bo"))
        await send_post(house, ana, room, "after")
        await house.rest()
        store.release_appends()
        await house.rest()
        assert len(store.batches[-1]) == 3
        [gap] = bo.events(Gap)
        assert (gap.start, gap.end, gap.reason) == (1, 3, "not_visible")
        assert seqs(bo, room) == [4, 5]
        assert texts(bo, room) == ["after"]
        assert seqs(ana, room) == [2, 3, 4, 5]


async def test_who_is_removed_and_added_in_one_batch_sees_both_and_nothing_between(mock_clock: MockClock) -> None:
    store = GatedStore()
    async with open_house(store=store) as house:
        ana, bo = await house.enter("ana"), await house.enter("bo")
        room = await group(house, ana, bo)
        store.hold_appends()
        await ana.send(remove(house, room, "bo"))
        await send_post(house, ana, room, "between")
        await ana.send(add(house, room, "bo"))
        await house.rest()
        store.release_appends()
        await house.rest()
        await send_post(house, ana, room, "after")
        await house.rest()
        assert texts(bo, room) == ["after"]
        [gap] = bo.events(Gap)
        assert seqs(bo, room) == [2, 4, 5]
        assert (gap.start, gap.end) == (3, 3)


async def test_who_joins_without_listening_to_the_self_room_is_attached_to_nothing(mock_clock: MockClock) -> None:
    async with open_house() as house:
        ana, bo = await house.enter("ana"), await house.enter("bo", follow=False)
        room = await group(house, ana)
        await ana.ask(add(house, room, "bo"))
        assert bo.received == []
        assert list(house.daemon.core.registry.rooms[room].attachments) == [session_of(house, ana).id]


async def test_what_nobody_listens_to_is_not_offered(mock_clock: MockClock) -> None:
    async with open_house() as house:
        ana = await house.enter("ana", follow=False)
        room = await group(house, ana)
        assert isinstance(await ana.post(room, "to myself"), Committed)
        assert ana.events() == []


@define(eq=False)
class Steps(trio.abc.Instrument):
    """Notes the most pushes that one step of one task makes."""

    kept: Kept
    most: int = 0
    _before: int = 0

    def before_task_step(self, task: trio.lowlevel.Task) -> None:
        self._before = self.kept.calls

    def after_task_step(self, task: trio.lowlevel.Task) -> None:
        self.most = max(self.most, self.kept.calls - self._before)


async def test_fanout_yields_every_so_many_pushes(mock_clock: MockClock) -> None:
    async with open_house() as house:
        ana = await house.enter("ana")
        room = await group(house, ana)
        devices = [await house.enter("ana", f"device {number}".replace(" ", "-")) for number in range(2)]
        for device in devices:
            await device.subscribe(room)
        core = house.daemon.core
        there = core.registry.rooms[room]
        kept = Kept()
        keep_pushes(session_of(house, devices[0], "device-0"), kept)
        # One session stands in for many: what counts is how many pushes pass between two yields.
        attachment = there.attachments[session_of(house, devices[0], "device-0").id]
        there.attachments.update({-number: attachment for number in range(1, 3 * PUSHES_A_STEP)})
        steps = Steps(kept)
        trio.lowlevel.add_instrument(steps)
        await send_post(house, ana, room, "to all")
        await house.rest()
        trio.lowlevel.remove_instrument(steps)
        assert kept.calls == 3 * PUSHES_A_STEP
        assert 0 < steps.most <= PUSHES_A_STEP


async def test_a_session_that_left_is_skipped(mock_clock: MockClock) -> None:
    store = GatedStore()
    async with open_house(store=store) as house:
        ana, bo = await house.enter("ana"), await house.enter("bo")
        room = await direct(house, ana, bo)
        store.hold_appends()
        await send_post(house, bo, room, "my last words")
        await house.rest()
        await bo.stream.aclose()
        await house.rest()
        store.release_appends()
        await house.rest()
        assert texts(ana, room) == ["my last words"]
        assert list(house.daemon.core.registry.rooms[room].attachments) == [session_of(house, ana).id]


async def test_a_first_send_that_repeats_a_stored_post_is_a_duplicate_or_a_conflict(mock_clock: MockClock) -> None:
    async with open_house() as house:
        ana, bo = await house.enter("ana"), await house.enter("bo")
        room = await direct(house, ana, bo)
        first = await ana.post(room, "once", b"the very same ke")
        again = await ana.post(room, "once", b"the very same ke")
        assert (again.seq, again.time, again.duplicate) == (first.seq, first.time, True)
        assert (await ana.post(room, "twice", b"the very same ke")).code == "conflict"
        assert texts(bo, room) == ["once"]


async def test_who_repeats_what_is_in_flight_gets_the_outcome_of_the_store(mock_clock: MockClock) -> None:
    store = GatedStore()
    async with open_house(store=store) as house:
        ana, bo = await house.enter("ana"), await house.enter("bo")
        room = await direct(house, ana, bo)
        key, taken = house.key(), house.key()
        await ana.post(room, "once", key)
        await ana.post(room, "first", taken)
        ana.received.clear()
        store.hold_appends()
        for text, used in (("once", key), ("other", taken)):
            post = Post(room=room, key=used, content=content.text(text))
            await ana.send(post)
            await ana.send(post)
        await house.rest()
        store.release_appends()
        await house.rest()
        replies = [each.message for each in sorted(ana.received, key=lambda each: each.request)]
        assert [reply.duplicate for reply in replies[:2]] == [True, True]
        assert [reply.code for reply in replies[2:]] == ["conflict", "conflict"]


async def test_what_was_noted_before_a_new_subscribe_is_not_sent_twice(mock_clock: MockClock) -> None:
    async with open_house() as house:
        ana, bo = await house.enter("ana"), await house.enter("bo")
        room = await direct(house, ana, bo)
        core = house.daemon.core
        there = core.registry.rooms[room]
        noted = Delivery(there.tail[-1].frame, list(there.attachments.values()))
        core.registry.audience.attach(core.registry.audience.sessions[session_of(house, bo).id], there)
        await core.fanout._push([noted], {})
        await house.rest()
        assert (seqs(ana, room), seqs(bo, room)) == ([1], [])


async def test_an_acked_key_is_never_answered_conflict_because_of_a_third_command(mock_clock: MockClock) -> None:
    store = GatedStore()
    async with open_house(store=store) as house:
        ana, bo = await house.enter("ana"), await house.enter("bo")
        room = await direct(house, ana, bo)
        post = Post(room=room, key=house.key(), content=content.text("first"))
        first = await ana.ask(post)
        store.hold_appends()
        other = await ana.send(evolve(post, content=content.text("other")))
        again = await ana.send(post)
        await house.rest()
        store.release_appends()
        await house.rest()
        assert ana.reply(other).code == "conflict"
        assert (ana.reply(again).code, ana.reply(again).after_ms) == ("busy", 1)
        assert await ana.ask(evolve(post, retry=True)) == evolve(first, duplicate=True)
