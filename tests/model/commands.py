"""What a device may send: a command from a kind and a few numbers.

Which rooms, users and entries they stand for is seen when the step is made.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from attrs import define, evolve

from chatd.chain import origin, self_id, short
from chatd.messages import (
    AddMember,
    Ban,
    Block,
    ClosePoll,
    CreateGroup,
    Delete,
    Edit,
    End,
    History,
    Join,
    Leave,
    MarkRead,
    Members,
    OpenDirect,
    Origin,
    Pin,
    Post,
    React,
    RemoveMember,
    Rooms,
    SetRole,
    SetSettings,
    SetTitle,
    Subscribe,
    TransferOwnership,
    Typing,
    Unban,
    Unfit,
    Vote,
    Votes,
)
from chatd.model import Role, RoomId, RoomKind
from chatd.rights import Archive, Past
from chatd.wire import content, quoting
from chatd.wire.bodies import Poll, Text
from tests.model.device import Device
from tests.model.nouns import Line
from tests.model.orders import ORDERS, SIFTING, sifting, strict
from tests.model.world import World

USERS = ("ana", "bo", "cy")
BIG = 30_000
NOWHERE = b"no room has this"
KINDS = (
    *("post",) * 4,
    *("retry", "delete", "edit", "react") * 2,
    *("call", "fade", "answer", "poll", "vote", "vote", "close", "forward", "pin", "votes"),
    *("subscribe",) * 3,
    *("add", "remove", "join", "leave", "create") * 2,
    *("open", "title", "role", "transfer", "ban", "unban", "settings", "end"),
    *("read", "typing", "history", "members", "rooms", "retry_other"),
)
ACTS = ("edit", "delete", "react", "pin", "vote", "close")
POSTS = ("post", "call", "fade", "answer", "poll", "forward")
ABOUT = {
    "remove": RemoveMember, "ban": Ban, "unban": Unban, "transfer": TransferOwnership,
}  # fmt: skip
"""What is done to one user."""
CHOICES: tuple[tuple[int, ...], ...] = ((), (0,), (1,), (0, 1), (2,), (7,))

Spec = tuple[int, str, int, int, int]
"""A device, a kind of command, a room, a user, and a number."""


@define(eq=False)
class Commands:
    world: World

    def device(self, index: int) -> Device | None:
        devices = list(self.world.devices.values())
        return devices[index % len(devices)] if devices else None

    def room(self, index: int, user: str) -> RoomId:
        rooms = [room for room in self.world.book.rooms if self.world.book.rooms[room].kind != "self"]
        rooms += [*rooms, self_id(user), NOWHERE]
        return rooms[index % len(rooms)]

    def step(self, spec: Spec) -> list[tuple[Device, Any]]:
        at, kind, room_index, other, number = spec
        device = self.device(at)
        if device is None:
            return []
        command = self._command(device, kind, self.room(room_index, device.user), USERS[other], number)
        return [] if command is None else [(device, command)]

    def _command(self, device: Device, kind: str, room: RoomId, other: str, number: int) -> Any:
        match kind:
            case "subscribe":
                return self.subscribe(device, room, number)
            case "read":
                return MarkRead(room=room, seq=number, private=number % 3 == 0)
            case "typing":
                return Typing(room=room)
            case "history":
                side = ("before", "after", "around", "limit")[number % 4]
                return History(room=room, **{"limit": 1 + number % 4, side: 1 + number // 2})
            case "members":
                return Members(room=room, after=other if number % 2 else None, limit=1 + number % 3)
            case "votes":
                return Votes(room=room, seq=self._poll(room, number), after=other if number % 3 else None, limit=1)
            case "rooms":
                return Rooms(limit=1 + number % 3)
            case "retry" | "retry_other":
                return self.again(device, other=kind == "retry_other", number=number)
            case _:
                return self.keyed(kind, room, other, number)

    def keyed(self, kind: str, room: RoomId, other: str, number: int) -> Any:
        key = self.world.key()
        if kind == "vote" and number % 5 and not self._polls(room):
            kind = "poll"
        if kind in POSTS:
            return self._post(kind, room, key, other, number)
        if kind in ACTS:
            return self._act(kind, room, key, other, number)
        if kind in SIFTING:
            return sifting(kind, room, self.world.book.rooms.get(room), key, other, number)
        if kind in ORDERS or kind in ABOUT:
            order = strict(kind, room, key, other, number, self.world.clock())
            return order or ABOUT[kind](room=room, key=key, user=other)
        match kind:
            case "create":
                return self._create(key, number)
            case "open":
                return OpenDirect(key=key, user=other)
            case "add":
                return AddMember(room=room, key=key, users=USERS[number % 3 :] if number > 8 else (other,))
            case "join" | "leave":
                return (Join if kind == "join" else Leave)(room=room, key=key)
            case "role":
                return SetRole(room=room, key=key, user=other, role=list(Role)[number % len(Role)])
            case _:
                return self._about_room(kind, room, key, number)

    def _about_room(self, kind: str, room: RoomId, key: bytes, number: int) -> SetTitle | SetSettings | End:
        match kind:
            case "title":
                return SetTitle(room=room, key=key, title=f"t{number}")
            case "settings":
                ttl_s, keep = (None, 0, 3, 60)[number % 4], (None, 4, 6)[number % 3]
                history = (None, *Past)[number % 3]
                return SetSettings(room=room, key=key, ttl_s=ttl_s, history=history, keep=keep)
            case _:
                return End(room=room, key=key, archive=list(Archive)[number % 3])

    def _create(self, key: bytes, number: int) -> CreateGroup:
        kind = (RoomKind.BROADCAST, RoomKind.LIVE, RoomKind.GROUP, RoomKind.GROUP)[number % 4]
        return CreateGroup(key=key, title=f"t{number}", members=USERS[: number % 4], kind=kind)

    # -- what is said ----------------------------------------------------------------------------------------------

    def _post(self, kind: str, room: RoomId, key: bytes, other: str, number: int) -> Any:
        match kind:
            case "call":
                return Post(room=room, key=key, content=_calling(other, number))
            case "fade":
                return Post(room=room, key=key, content=_calling(other, number), ttl_s=1 + 3 * (number % 4))
            case "answer":
                return Post(room=room, key=key, content=content.text("z"), reply=self._seq(room, number))
            case "poll":
                closes = self.world.clock() + 1000 * number if number % 3 == 0 else None
                options = ("one", "two", "three")[: 2 + number % 2]
                asked = Poll(question="q", options=options, multiple=number % 4 > 1, closes=closes, fallback="q")
                return Post(room=room, key=key, content=content.of(asked))
            case "forward":
                return self._forward(room, key, number)
            case _:
                return Post(room=room, key=key, content=content.text("x" * (BIG if number == 11 else 1 + number)))

    def _forward(self, room: RoomId, key: bytes, number: int) -> Any:
        """A true forward of a post of any room, or one that says something else."""
        places = self._places(lambda line: line.kind == "post" and bool(line.said))
        if not places:
            return None
        there, seq = places[-1 - number % min(len(places), 8)]
        line = self.world.book.rooms[there].lines[seq - 1]
        said = line.said[0 if number == 10 else -1]
        quote = quoting.quote_of(said, "cy" if number == 9 else line.sender, line.time)
        try:
            forward = quoting.forward(quote, "look" * (number % 2))
        except Unfit:
            return None  # too large
        return Post(room=room, key=key, content=forward, origin=Origin(room=there, seq=seq))

    def _places(self, fits: Callable[[Line], bool], *, room: RoomId | None = None) -> list[tuple[RoomId, int]]:
        rooms = self.world.book.rooms
        lines = [
            (line.time, each, seq)
            for each in rooms
            if room in (None, each)
            for seq, line in enumerate(rooms[each].lines, 1)
            if fits(line)
        ]
        return [(each, seq) for _, each, seq in sorted(lines)]

    def _poll(self, room: RoomId, number: int) -> int:
        """One of the polls of a room, where it has any, and now and then any entry."""
        polls = self._polls(room)
        return polls[-1 - number % len(polls)][1] if polls and number % 5 else self._seq(room, number // 2)

    def _polls(self, room: RoomId) -> list[tuple[RoomId, int]]:
        return self._places(lambda line: line.ballots is not None, room=room)

    def _act(self, kind: str, room: RoomId, key: bytes, other: str, number: int) -> Any:
        match kind:
            case "edit":
                said = _calling(other, number) if number % 3 == 0 else content.text("y" * (1 + number))
                return Edit(room=room, key=key, seq=self._seq(room, number), content=said)
            case "delete":
                return Delete(room=room, key=key, seq=self._seq(room, number))
            case "react":
                emoji, on = "xyz"[number % 2], number % 3 > 0
                return React(room=room, key=key, seq=self._seq(room, number // 2), emoji=emoji, on=on)
            case "vote":
                options = CHOICES[number % len(CHOICES)]
                return Vote(room=room, key=key, seq=self._poll(room, number), options=options)
            case "close":
                return ClosePoll(room=room, key=key, seq=self._poll(room, number))
            case _:
                return Pin(room=room, key=key, seq=self._seq(room, number // 2), on=number % 2 > 0)

    def _seq(self, room: RoomId, number: int) -> int:
        """One of the newest posts on disk, now and then another entry, or none at all, but none that is only about to
        be there."""
        posts = self._places(lambda line: line.kind == "post", room=room)
        if posts and number % 4 < 3:
            return posts[-1 - number % len(posts)][1]
        head = len(self.world.disk.truth.get(room, ()))
        return max(1, head - number) if number < 11 else 99_999

    # -- what was said before --------------------------------------------------------------------------------------

    def follow(self, device: Device) -> Subscribe:
        room = self_id(device.user)
        return Subscribe(epoch=self.world.disk.epoch, rooms=(room, 0, short(origin(room))))

    def subscribe(self, device: Device, room: RoomId, number: int) -> Subscribe:
        """From the device's cursor mostly; else from the start, from anywhere, from beyond the head, or another's."""
        entries = self.world.disk.truth.get(room, [])
        cursor = {0: 0, 1: number, 2: len(entries)}.get(number % 4, device.at.get(room, 0))
        h8 = short(origin(room)) if not cursor else b"anothers"
        if 0 < cursor <= len(entries) and number != 9:
            h8 = device.h8(room, cursor)
        latest = 2 if number == 4 else None
        return Subscribe(epoch=self.world.disk.epoch, rooms=(room, cursor, h8), latest=latest)

    def again(self, device: Device, *, other: bool, number: int) -> Any:
        """A command sent before by this user, on any device: the same, or another with its key."""
        tried = [asks[-1].command for key, asks in self.world.tried.items() if key[1] == device.user]
        mine = [each for each in tried if not isinstance(each, Block)]  # nothing else may be under way beside it
        if not mine:
            return None
        command = mine[-1 - number % min(len(mine), 8)]
        retried = evolve(command, retry=number % 3 > 0)
        if isinstance(retried, Post) and other:
            return evolve(retried, content=content.text("other"), origin=None)
        return evolve(retried, title="other") if isinstance(retried, SetTitle | CreateGroup) and other else retried


def _calling(other: str, number: int) -> bytes:
    """Return what mentions a user, who may not be there, nobody, two, or everybody."""
    called = ((other,), (), tuple(dict.fromkeys((other, "ana"))))[number % 3]
    return content.of(Text(text="come", mentions=called, mention_all=number % 4 == 3))
