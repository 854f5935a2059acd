"""Who is told that somebody is there, when, and of what nobody is told."""

from __future__ import annotations

from typing import Any

import pytest
import trio
from attrs import evolve
from trio.testing import MockClock

from chatd.limits import DEFAULTS
from chatd.messages import PresenceNews, Presences, RemoveMember, SetPresence, WatchPresence, Welcome
from chatd.model import Seen, Shown
from chatd.server.loader import expect_all
from chatd.server.presence import GRACE_S, USERS_A_LOOK
from chatd.storage.base import StoreError
from chatd.storage.presences import GetPresences, PresenceView
from tests.dialogue import settings
from tests.house import House, Peer, open_house
from tests.rooms.pieces import code
from tests.server.people import direct, group
from tests.server.stores import GatedStore


async def watcher(house: House, user: str, device: str = "phone", *, slowly: bool = False) -> Peer:
    """Return a session that is told of changes of presence."""
    peer = await house.connect(slowly=slowly)
    assert isinstance(await peer.hello(user, device, capabilities=("presence",)), Welcome)
    await peer.subscribe(peer.room)
    peer.received.clear()
    return peer


async def shows(house: House, peer: Peer, shown: Shown) -> None:
    assert code(await peer.ask(SetPresence(key=house.key(), shown=shown))) == "ok"
    await house.sleep(2)
    peer.received.clear()


async def seen(house: House, peer: Peer, *users: str, **fields: Any) -> dict[str, Seen]:
    """Watch, a second after the last watch, and return what is answered."""
    await house.sleep(1)
    reply = await peer.ask(WatchPresence(users=users, **fields))
    assert isinstance(reply, Presences)
    return dict(reply.seen)


async def test_a_session_without_the_capability_is_answered_and_told_nothing_more(mock_clock: MockClock) -> None:
    async with open_house() as house:
        ana, bo = await house.enter("ana"), await house.enter("bo")
        await direct(house, ana, bo)
        await shows(house, ana, Shown.CONTACTS)
        assert await seen(house, bo, "ana") == {"ana": Seen.ONLINE}
        await ana.stream.aclose()
        await house.sleep(GRACE_S + 3)
        assert bo.events(PresenceNews) == []


async def test_a_phone_that_flaps_stays_online(mock_clock: MockClock) -> None:
    async with open_house() as house:
        ana, bo = await house.enter("ana"), await watcher(house, "bo")
        await direct(house, ana, bo)
        await shows(house, ana, Shown.CONTACTS)
        assert await seen(house, bo, "ana") == {"ana": Seen.ONLINE}
        for _ in range(3):
            await ana.stream.aclose()
            await house.sleep(GRACE_S - 2)
            ana = await house.enter("ana")
        await house.sleep(3)
        assert bo.events(PresenceNews) == []


async def test_who_has_another_device_is_online_still(mock_clock: MockClock) -> None:
    async with open_house() as house:
        ana, bo = await house.enter("ana"), await watcher(house, "bo")
        await direct(house, ana, bo)
        await shows(house, ana, Shown.CONTACTS)
        await house.enter("ana", "laptop")
        assert await seen(house, bo, "ana") == {"ana": Seen.ONLINE}
        await ana.stream.aclose()
        await house.sleep(GRACE_S + 3)
        assert bo.events(PresenceNews) == []


async def test_of_who_hides_nothing_is_told_and_nothing_kept(mock_clock: MockClock) -> None:
    async with open_house() as house:
        bo = await watcher(house, "bo")
        ana = await house.enter("ana")
        await direct(house, ana, bo)
        assert await seen(house, bo, "ana", "never") == {"ana": Seen.LONG_AGO, "never": Seen.LONG_AGO}
        await ana.stream.aclose()
        await house.sleep(GRACE_S + 3)
        await house.enter("ana")
        await house.sleep(3)
        assert bo.events(PresenceNews) == []
        [views] = (await house.store.read([GetPresences(("ana",))])).values
        assert views == ()


async def test_who_hides_again_is_gone_for_long_at_once(mock_clock: MockClock) -> None:
    async with open_house() as house:
        ana, bo = await house.enter("ana"), await watcher(house, "bo")
        await direct(house, ana, bo)
        await shows(house, ana, Shown.EVERYBODY)
        assert await seen(house, bo, "ana") == {"ana": Seen.ONLINE}
        await shows(house, ana, Shown.NOBODY)
        assert bo.events(PresenceNews) == [PresenceNews(seen={"ana": Seen.LONG_AGO})]


async def test_who_has_left_the_room_is_told_no_more(mock_clock: MockClock) -> None:
    async with open_house() as house:
        ana, bo = await house.enter("ana"), await watcher(house, "bo")
        room = await group(house, ana, bo)
        await shows(house, ana, Shown.EVERYBODY)
        assert await seen(house, bo, "ana", room=room) == {"ana": Seen.ONLINE}
        await ana.ask(RemoveMember(room=room, key=house.key(), user="bo"))
        await ana.stream.aclose()
        await house.sleep(GRACE_S + 3)
        assert bo.events(PresenceNews) == [PresenceNews(seen={"ana": Seen.LONG_AGO})]


async def test_the_changes_of_one_second_travel_as_one_signal(mock_clock: MockClock) -> None:
    async with open_house() as house:
        bo = await watcher(house, "bo")
        people = [await house.enter(name) for name in ("ana", "cy", "di")]
        room = await group(house, bo, *people)
        for each in people:
            await each.ask(SetPresence(key=house.key(), shown=Shown.EVERYBODY))
        await seen(house, bo, "ana", "cy", "di", room=room)
        for each in people:
            await each.stream.aclose()
        await house.sleep(GRACE_S + 3)
        gone = dict.fromkeys(("ana", "cy", "di"), Seen.RECENTLY)
        assert bo.events(PresenceNews) == [PresenceNews(seen=gone)]


async def test_a_later_watch_takes_the_place_of_the_one_before(mock_clock: MockClock) -> None:
    async with open_house() as house:
        bo, ana, cy = await watcher(house, "bo"), await house.enter("ana"), await house.enter("cy")
        for each in (ana, cy):
            await direct(house, each, bo)
            await shows(house, each, Shown.CONTACTS)
        await seen(house, bo, "ana")
        await seen(house, bo, "cy", "cy")
        for each in (ana, cy):
            await each.stream.aclose()
        await house.sleep(GRACE_S + 3)
        assert bo.events(PresenceNews) == [PresenceNews(seen={"cy": Seen.RECENTLY})]


async def test_nothing_is_left_of_a_watch_whose_session_has_ended(mock_clock: MockClock) -> None:
    async with open_house() as house:
        bo, ana = await watcher(house, "bo"), await house.enter("ana")
        await direct(house, ana, bo)
        await shows(house, ana, Shown.CONTACTS)
        await seen(house, bo, "ana")
        await bo.stream.aclose()
        await ana.stream.aclose()
        await house.sleep(GRACE_S + 3)
        presence = house.daemon.core.presence
        left = (presence._watches, presence._watchers, presence._begun_ms, presence._gone_s, presence._changed)
        assert left == ({}, {}, {}, {}, {})


async def test_more_users_than_the_limit_are_refused(mock_clock: MockClock) -> None:
    async with open_house(limits(presence_users_max=2)) as house:
        bo = await watcher(house, "bo")
        assert code(await bo.ask(WatchPresence(users=("a", "b", "c")))) == "too_large"
        assert code(await bo.ask(WatchPresence(users=("a", "b")))) == "ok"


def limits(**changes: int) -> Any:
    return evolve(settings(""), limits=evolve(DEFAULTS, **changes))


async def test_a_clock_that_was_set_back_holds_no_watch_up(mock_clock: MockClock) -> None:
    async with open_house() as house:
        bo = await watcher(house, "bo")
        assert code(await bo.ask(WatchPresence(users=("ana",)))) == "ok"
        house.now_ms[0] -= 3_600_000
        assert code(await bo.ask(WatchPresence(users=("ana",)))) == "ok"


@pytest.mark.parametrize(("days", "step"), [(0.5, Seen.RECENTLY), (2, Seen.WEEK), (8, Seen.MONTH), (31, Seen.LONG_AGO)])
async def test_the_last_time_outlives_the_session(days: float, step: Seen, mock_clock: MockClock) -> None:
    async with open_house() as house:
        ana, bo = await house.enter("ana"), await house.enter("bo")
        await direct(house, ana, bo)
        await shows(house, ana, Shown.CONTACTS)
        await ana.stream.aclose()
        await house.sleep(GRACE_S + 3)
        house.now_ms[0] += int(days * 86_400_000)
        assert await seen(house, bo, "ana") == {"ana": step}


async def test_when_somebody_was_there_is_written_once_an_hour(mock_clock: MockClock) -> None:
    async with open_house() as house:
        ana = await house.enter("ana")
        await shows(house, ana, Shown.CONTACTS)
        await house.sleep(2)
        before = house.store.g
        for _ in range(3):
            await ana.stream.aclose()
            await house.sleep(GRACE_S + 2)
            ana = await house.enter("ana")
            await house.sleep(2)
        assert house.store.g == before
        house.now_ms[0] += 3_600_000
        await ana.stream.aclose()
        await house.sleep(GRACE_S + 2)
        assert house.store.g == before + 1
        [view] = expect_all((await house.store.read([GetPresences(("ana",))])).values[0], PresenceView)
        assert view.seen == house.now_ms[0] // 3_600_000 * 3_600_000


async def test_on_a_full_disk_nothing_is_written_and_all_is_told(mock_clock: MockClock) -> None:
    async with open_house() as house:
        ana, bo = await house.enter("ana"), await watcher(house, "bo")
        await direct(house, ana, bo)
        await shows(house, ana, Shown.CONTACTS)
        await seen(house, bo, "ana")
        house.now_ms[0] += 3_600_000
        before, house.daemon.core.journal.full = house.store.g, True
        house.daemon.core.presence.came("ana")
        house.daemon.core.presence._keep(await house.daemon.core.presence._views(["ana"]))
        await house.rest()
        assert house.store.g == before


async def test_more_than_one_look_takes_are_told_in_the_next_second(mock_clock: MockClock) -> None:
    async with open_house() as house:
        presence = house.daemon.core.presence
        for number in range(USERS_A_LOOK + 1):
            presence.came(f"u{number}")
        left = [len(presence._changed)]
        for _ in range(4):
            await house.sleep(1)
            left.append(len(presence._changed))
        assert list(dict.fromkeys(left)) == [USERS_A_LOOK + 1, 1, 0]


async def test_a_store_that_does_not_answer_is_asked_again(mock_clock: MockClock) -> None:
    store = GatedStore()
    async with open_house(store=store) as house:
        ana, bo = await house.enter("ana"), await watcher(house, "bo")
        await direct(house, ana, bo)
        await shows(house, ana, Shown.CONTACTS)
        await seen(house, bo, "ana")
        await ana.stream.aclose()
        await house.sleep(GRACE_S - 1)
        store.read_error = StoreError("not now")
        await house.sleep(3)
        assert bo.events(PresenceNews) == []
        store.read_error = None
        await house.sleep(1)
        assert bo.events(PresenceNews) == [PresenceNews(seen={"ana": Seen.RECENTLY})]


async def test_a_slow_reader_is_told_nothing_rather_than_late(mock_clock: MockClock) -> None:
    async with open_house() as house:
        ana, bo = await house.enter("ana"), await watcher(house, "bo", slowly=True)
        room = await group(house, ana, bo)
        await shows(house, ana, Shown.EVERYBODY)
        await seen(house, bo, "ana", room=room)
        await bo.subscribe(room)
        bo.stop_reading()
        cy = await house.enter("cy")
        await direct(house, cy, ana)
        for _ in range(5):
            await ana.post(room, "x" * 30_000)
        await ana.stream.aclose()
        await house.sleep(GRACE_S + 3)
        bo.read_again()
        await house.rest()
        assert bo.events(PresenceNews) == []


async def test_who_ends_while_a_watch_is_read_leaves_none_behind(mock_clock: MockClock) -> None:
    async with open_house() as house:
        bo = await watcher(house, "bo")
        core = house.daemon.core
        actor = next(iter(core.sessions.by_id.values())).actor  # type: ignore[attr-defined]
        await bo.stream.aclose()
        await house.rest()
        await core.presence.watch(actor, WatchPresence(users=("ana",)), signals=True)
        assert (core.presence._watches, core.presence._watchers) == ({}, {})
        await trio.lowlevel.checkpoint()
