"""Faults that few random histories come to: each is led to by hand, and must be found at its last step."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from chatd.chain import direct_id
from chatd.messages import (
    AddMember,
    Block,
    Leave,
    OpenDirect,
    Post,
    RequestJoin,
    Restrict,
    Review,
    SetFilter,
    SetRole,
    SetSettings,
    SetTitle,
    Vote,
)
from chatd.model import NO_TIES, FilterAction, Role, RoomKind
from chatd.rights import JoinBy, Permission
from chatd.rooms import polls
from chatd.rooms.room import Room
from chatd.wire import content
from chatd.wire.bodies import Poll
from tests.model import operating
from tests.model.machine import Machine
from tests.model.record import Violation

Plant = Callable[[pytest.MonkeyPatch], None]


class Way:
    """The beginning of every example, a group of two, to be gone on with by hand."""

    def __init__(self) -> None:
        self.machine = Machine()
        self.machine.begin(seed=1)
        self.world = self.machine.there
        [self.room] = [each for each, found in self.world.book.rooms.items() if found.kind == "group"]

    def do(self, sender: str, kind: type[Any], /, **fields: Any) -> Any:
        """Let somebody send a command about the room. Raises Violation."""
        return self.send(sender, kind(**{"room": self.room, "key": self.world.key(), **fields}))

    def send(self, sender: str, command: Any) -> Any:
        """Let somebody send a command about anything. Raises Violation."""
        self.machine.loop(self.world.do, [(self.world.devices[sender, "phone"], command)])
        return command

    def wait(self, seconds: float) -> None:
        self.machine.loop(self.world.wait, seconds)


@pytest.fixture
def way() -> Iterator[Way]:
    led = Way()
    yield led
    led.machine.teardown()


def say(way: Way, words: str = "hello", **fields: Any) -> Post:
    sent: Post = way.do("bo", Post, content=content.text(words), **fields)
    return sent


def hold(way: Way) -> Post:
    """Let a post of Bo's wait for review."""
    way.do("ana", SetFilter, words=("spam",), action=FilterAction.HOLD)
    return say(way, "spam")


# -- the ways ----------------------------------------------------------------------------------------------------------


def vote_too_late(way: Way) -> Callable[[], object]:
    closes = way.world.clock() + 1000
    say_poll = content.of(Poll(question="q", options=("one", "two"), closes=closes, fallback="q"))
    way.do("ana", Post, content=say_poll)
    seq = way.world.book.rooms[way.room].head
    way.do("ana", Vote, seq=seq, options=(0,))
    way.wait(2)
    return lambda: way.do("ana", Vote, seq=seq, options=(1,))


def say_too_soon(way: Way) -> Callable[[], object]:
    way.do("ana", SetSettings, slow_mode_s=30)
    way.wait(1)
    say(way)
    return lambda: say(way)


def say_in_an_emergency(way: Way) -> Callable[[], object]:
    way.do("ana", SetSettings, level=3)
    return lambda: say(way)


def say_as_a_newcomer(way: Way) -> Callable[[], object]:
    way.do("ana", SetSettings, member_s=60)
    return lambda: say(way)


def say_once_it_is_given_back(way: Way) -> Callable[[], object]:
    way.do("ana", Restrict, user="bo", deny=(Permission.POST,), until=way.world.clock() + 2000)
    say(way)
    way.wait(3)
    return lambda: say(way)


def ask_again_at_once(way: Way) -> Callable[[], object]:
    way.do("ana", SetSettings, join_by=JoinBy.REQUEST)
    way.do("bo", Leave)
    return lambda: way.do("bo", RequestJoin)


def say_what_is_held(way: Way) -> Callable[[], object]:
    way.do("ana", SetFilter, words=("spam",), action=FilterAction.HOLD)
    return lambda: say(way, "spam")


def say_again_what_was_held(way: Way) -> Callable[[], object]:
    first = hold(way)
    way.do("ana", SetFilter, words=())
    return lambda: say(way, "spam", key=first.key, retry=True)


def approve_the_silenced(way: Way) -> Callable[[], object]:
    hold(way)
    way.do("ana", Restrict, user="bo", deny=(Permission.POST,))
    return lambda: way.do("ana", Review, number=1, user="bo", approve=True)


def review_twice(way: Way) -> Callable[[], object]:
    hold(way)
    way.do("ana", Review, number=1, user="bo", approve=True)
    return lambda: way.do("ana", Review, number=1, user="bo", approve=False)


def take_back(way: Way) -> Callable[[], object]:
    hold(way)
    return lambda: way.do("bo", Review, number=1, user="bo", approve=False)


def say_of_whom_nothing_is_known(way: Way) -> Callable[[], object]:
    way.do("ana", SetSettings, requires={"region": ("eu",)})
    return lambda: say(way)


def say_of_whom_not_all_is_known(way: Way) -> Callable[[], object]:
    way.do("ana", SetSettings, requires={"region": ("eu",), "adult": (True,)})
    way.machine.loop(way.world.operate, operating.said(way.world.key(), "bo", 0))
    return lambda: say(way)


def say_when_all_is_closed(way: Way) -> Callable[[], object]:
    way.machine.loop(way.world.operate, operating.level(2))
    return lambda: say(way)


def say_where_the_room_is_stricter(way: Way) -> Callable[[], object]:
    way.do("ana", SetRole, user="bo", role=Role.MODERATOR)
    way.do("ana", SetSettings, level=3)
    way.machine.loop(way.world.operate, operating.level(1))
    return lambda: say(way)


def say_to_one_when_all_is_closed(way: Way) -> Callable[[], object]:
    way.send("bo", OpenDirect(key=way.world.key(), user="ana"))
    way.machine.loop(way.world.operate, operating.level(2))
    return lambda: say(way, room=direct_id("ana", "bo"))


def lead_when_all_is_frozen(way: Way) -> Callable[[], object]:
    way.machine.loop(way.world.operate, operating.level(3))
    return lambda: way.do("ana", SetTitle, title="frozen")


def add_who_blocks(way: Way) -> Callable[[], object]:
    way.send("cy", Block(key=way.world.key(), user="ana"))
    return lambda: way.do("ana", AddMember, users=("cy",))


# -- the faults --------------------------------------------------------------------------------------------------------


def replaced(where: str, value: Any, *, raising: bool = True) -> Plant:
    return lambda patch: patch.setattr(where, value, raising=raising)


def _nothing(*_: Any) -> None:
    return None


def _forgets(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(Room, "keeps_keys_aside", property(lambda self: False))


def _never_over(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(polls, "is_over", lambda poll, _: poll.closed)


COMMANDS = "chatd.rooms.commands"
LED: list[tuple[Callable[[Way], Callable[[], object]], Plant, str]] = [
    (vote_too_late, _never_over, "E1, A3 or D3"),
    (say_too_soon, replaced(f"{COMMANDS}.talking.held_up", _nothing), "E1, A3 or D3"),
    (say_in_an_emergency, replaced(f"{COMMANDS}.saying.held_back", _nothing), "E1, A3 or D3"),
    (say_as_a_newcomer, replaced(f"{COMMANDS}.saying.held_back", _nothing), "E1, A3 or D3"),
    (say_once_it_is_given_back, replaced("chatd.rooms.permissions.in_force", lambda *_: True), "refused"),
    (ask_again_at_once, replaced(f"{COMMANDS}.inviting.REQUEST_AGAIN_S", 0), "E1, A3 or D3"),
    (say_what_is_held, replaced(f"{COMMANDS}.saying.caught", _nothing), "O1"),
    (say_again_what_was_held, _forgets, "E1"),
    (take_back, replaced(f"{COMMANDS}.holding.takes_back", lambda *_: False), "refused"),
    (approve_the_silenced, replaced(f"{COMMANDS}.holding._refused", _nothing), "E1, A3 or D3"),
    (say_of_whom_nothing_is_known, replaced("chatd.rooms.gates._fits", lambda *_: True), "E1, A3 or D3"),
    (say_of_whom_not_all_is_known, replaced("chatd.rooms.gates._fits", lambda *_: True), "E1, A3 or D3"),
    (say_when_all_is_closed, replaced("chatd.rooms.gates._LOWEST", {}), "E1, A3 or D3"),
    (say_where_the_room_is_stricter, replaced("chatd.rooms.gates.max", min, raising=False), "E1, A3 or D3"),
    (say_to_one_when_all_is_closed, replaced("chatd.rooms.gates.LED", tuple(RoomKind)), "refused"),
    (lead_when_all_is_frozen, replaced("chatd.rooms.judge._Quiet", object), "E1, A3 or D3"),
    (add_who_blocks, replaced(f"{COMMANDS}.draft.Proposal.ties_with", lambda *_: NO_TIES), "E1, A3 or D3"),
]
NAMES = [lead.__name__ for lead, _, _ in LED]


@pytest.mark.parametrize(("lead", "plant", "invariant"), LED, ids=NAMES)
def test_a_fault_that_is_led_to_is_found(
    lead: Callable[[Way], Callable[[], object]],
    plant: Plant,
    invariant: str,
    way: Way,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    last = lead(way)
    plant(monkeypatch)
    with pytest.raises(Violation, match=invariant):
        last()


@pytest.mark.parametrize("lead", [*[lead for lead, _, _ in LED], review_twice], ids=[*NAMES, "review_twice"])
def test_without_the_fault_nothing_is_found(lead: Callable[[Way], Callable[[], object]], way: Way) -> None:
    lead(way)()
