"""What people ask, and how they vote."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chatd_client import Poll
from tests.sim.choices import a_seq, in_room
from tests.sim.phone import Phone
from tests.sim.plan import Action

if TYPE_CHECKING:
    from tests.sim.world import World


def poll(world: World, phone: Phone, action: Action) -> None:
    asked = Poll(question="When?", options=("now", "later"), multiple=action.much % 2 > 0, fallback="When?")
    in_room(world, phone, action, lambda chat, room: chat.post(room, asked))


def vote(world: World, phone: Phone, action: Action) -> None:
    chosen = [(), (0,), (1,), (0, 1)][action.much % 4]
    in_room(world, phone, action, lambda chat, room: chat.vote(room, a_seq(phone, room, action), *chosen))


def close(world: World, phone: Phone, action: Action) -> None:
    in_room(world, phone, action, lambda chat, room: chat.close_poll(room, a_seq(phone, room, action)))


def votes(world: World, phone: Phone, action: Action) -> None:
    in_room(world, phone, action, lambda chat, room: chat.votes(room, a_seq(phone, room, action), limit=2))
