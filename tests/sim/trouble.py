"""What goes wrong in a run: networks, phones, disks, clocks, the daemon, and strangers."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import trio

from tests.sim.choices import Deed
from tests.sim.deeds import post
from tests.sim.phone import Phone
from tests.sim.plan import DOWN_S, Action

if TYPE_CHECKING:
    from tests.sim.world import World

PIECES = (1, 7, 50, 200)
"""Bytes that arrive at once when the network cuts up what it is given."""
OVERLOAD_POSTS = 60
"""Of each phone, at once."""


def _for_a_while(world: World, action: Action, begin: Callable[[], None], end: Callable[[], None]) -> None:
    async def last() -> None:
        await trio.sleep(DOWN_S[action.much % len(DOWN_S)])
        end()

    begin()
    world.nursery.start_soon(last)


def _weather(world: World, phone: Phone, action: Action, name: str, bad: object, good: object) -> None:
    def become(value: object) -> None:
        setattr(phone.weather, name, value)
        phone.weather.changed()

    _for_a_while(world, action, lambda: become(bad), lambda: become(good))


def _disk(world: World, action: Action, name: str, bad: object, good: object) -> None:
    _for_a_while(world, action, lambda: setattr(world.disk, name, bad), lambda: setattr(world.disk, name, good))


def cut(world: World, phone: Phone, action: Action) -> None:
    phone.cut(keep=action.what % 2 == 0)


def dark(world: World, phone: Phone, action: Action) -> None:
    _weather(world, phone, action, "dark", bad=True, good=False)


def unread(world: World, phone: Phone, action: Action) -> None:
    _weather(world, phone, action, "unread", bad=True, good=False)


def pieces(world: World, phone: Phone, action: Action) -> None:
    _weather(world, phone, action, "piece_bytes", bad=PIECES[action.what % len(PIECES)], good=0)


def delay(world: World, phone: Phone, action: Action) -> None:
    _weather(world, phone, action, "delay_s_max", bad=0.5 + action.what / 32, good=0.02)


def nap(world: World, phone: Phone, action: Action) -> None:
    phone.nap_until_s = trio.current_time() + DOWN_S[action.much % len(DOWN_S)]


def crash(world: World, phone: Phone, action: Action) -> None:
    async def again() -> None:
        await trio.sleep(DOWN_S[action.much % len(DOWN_S)])
        if phone.chat is None and not world.healed:
            await phone.live()

    phone.crash()
    world.nursery.start_soon(again)


def kill(world: World, _: Phone, __: Action) -> None:
    world.server.kill()


def drain(world: World, _: Phone, __: Action) -> None:
    world.server.drain()


def full(world: World, _: Phone, action: Action) -> None:
    _disk(world, action, "full", bad=True, good=False)


def dying(world: World, _: Phone, __: Action) -> None:
    world.disk.dying = True


def slow(world: World, _: Phone, action: Action) -> None:
    _disk(world, action, "slow_s", bad=0.05 + action.what / 64, good=0.0)


def unreadable(world: World, _: Phone, action: Action) -> None:
    _disk(world, action, "unreadable", bad=True, good=False)


def clock(world: World, _: Phone, action: Action) -> None:
    world.wall.skew_ms += (action.what - 32) * 60_000


def intrude(world: World, _: Phone, action: Action) -> None:
    world.nursery.start_soon(world.guests.intrude, action.what)


def storm(world: World, _: Phone, __: Action) -> None:
    """Everybody is cut at once, and comes back at once."""
    for phone in world.phones:
        phone.cut(keep=False)


def overload(world: World, _: Phone, action: Action) -> None:
    """Everybody writes at once, more than they may."""
    for each in world.phones * OVERLOAD_POSTS:
        post(world, each, Action(action.at_s, "post", 0, action.what, 0))


TROUBLE: dict[str, Deed] = {
    "cut": cut,
    "dark": dark,
    "unread": unread,
    "pieces": pieces,
    "delay": delay,
    "nap": nap,
    "crash": crash,
    "kill": kill,
    "drain": drain,
    "full": full,
    "dying": dying,
    "slow": slow,
    "unreadable": unreadable,
    "clock": clock,
    "intrude": intrude,
    "storm": storm,
    "overload": overload,
}
