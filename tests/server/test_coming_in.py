"""Links and slow mode over a whole daemon: what is sent without waiting, and what is read again from the store."""

from __future__ import annotations

from trio.testing import MockClock

from chatd.chain import invite_hash
from chatd.messages import Committed, CreateInvite, JoinByInvite, Leave, Post, Refused, SetSettings
from chatd.storage.queries import GetMembership
from chatd.wire import content
from tests.house import open_house
from tests.server.people import group
from tests.server.stores import GatedStore

CODE = bytes(16)


async def test_a_stranger_may_send_a_leave_right_behind_the_link_that_lets_them_in(mock_clock: MockClock) -> None:
    """The leave is judged when the join is on disk: else the range that they may see would begin with the leave."""
    store = GatedStore()
    async with open_house(store=store) as house:
        ana, bo = await house.enter("ana"), await house.enter("bo")
        room = await group(house, ana)
        await ana.ask(CreateInvite(room=room, key=house.key(), hash=invite_hash(room, CODE)))
        store.hold_appends()
        joining = await bo.send(JoinByInvite(room=room, key=house.key(), code=CODE))
        leaving = await bo.send(Leave(room=room, key=house.key()))
        await house.rest()
        store.release_appends()
        await house.rest()
        joined, left = bo.reply(joining), bo.reply(leaving)
        assert isinstance(joined, Committed)
        assert isinstance(left, Committed)
        [view] = (await house.store.read([GetMembership(room, "bo")])).values
        assert (view.membership.floor, view.membership.until) == (joined.seq, left.seq)  # type: ignore[attr-defined]


async def test_slow_mode_remembers_who_posted_when_the_room_has_left_memory(mock_clock: MockClock) -> None:
    async with open_house() as house:
        ana, bo = await house.enter("ana"), await house.enter("bo", follow=False)
        room = await group(house, ana, bo)
        await ana.ask(SetSettings(room=room, key=house.key(), slow_mode_s=10))
        await house.sleep(1)
        assert isinstance(await bo.post(room, "one"), Committed)
        await ana.stream.aclose()
        await house.rest()
        registry = house.daemon.core.registry
        registry.forget(registry.rooms[room])
        refused = await bo.post(room, "two")
        assert isinstance(refused, Refused)
        assert (refused.code, refused.wait_ms) == ("slow_mode", 10_000)
        await house.sleep(10)
        assert isinstance(await bo.post(room, "two"), Committed)


async def test_posts_sent_at_once_are_one_post_in_slow_mode_and_other_rooms_go_on(mock_clock: MockClock) -> None:
    async with open_house() as house:
        ana, bo = await house.enter("ana"), await house.enter("bo")
        slow, other = await group(house, ana, bo), await group(house, ana, bo)
        await ana.ask(SetSettings(room=slow, key=house.key(), slow_mode_s=10))
        await house.sleep(1)
        rooms = [slow, slow, other, slow, other]
        sent = [await bo.send(Post(room=room, key=house.key(), content=content.text("x"))) for room in rooms]
        await house.rest()
        replies = [bo.reply(request) for request in sent]
        codes = [reply.code if isinstance(reply, Refused) else "ok" for reply in replies]
        assert codes == ["ok", "slow_mode", "ok", "slow_mode", "ok"]
