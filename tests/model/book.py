"""The model: what the daemon should answer, in plain dicts, one command after the other.

It knows nothing of tasks, batches or bytes, and of time what it is told. Each command is judged in the order in which
the store took it.
"""

from __future__ import annotations

from typing import Any

from attrs import Factory, define, evolve, frozen

from chatd.chain import direct_id, group_id, self_id
from chatd.messages import (
    Act,
    Ban,
    Block,
    CreateGroup,
    Delete,
    Edit,
    End,
    Join,
    KeyedCommand,
    Leave,
    MarkRead,
    Members,
    OpenDirect,
    Personal,
    Post,
    React,
    RemoveMember,
    Report,
    RequestJoin,
    Restrict,
    Review,
    SetPresence,
    SetProfile,
    SetRole,
    Typing,
    Unban,
    Vote,
    Voting,
)
from chatd.model import SERVER, RoomId
from tests.model import making, people, quiet, said, talk, waiting
from tests.model.nouns import Line, Room, Server, Standing, Stay
from tests.model.operating import FROZEN
from tests.model.rights import may
from tests.model.verdicts import Accept, Again, Place, Refuse, Verdict

KeyId = tuple[RoomId, str, bytes]
"""The room that a command names, who sent it, and its key."""
Made = list[tuple[RoomId, int, Line]]
GOES_ON = (Delete, Leave, RemoveMember, SetRole, Restrict, Ban, Unban, End)
"""What is decided in a room whose stream is over as before."""


@frozen
class Move:
    """Somebody has come into a room, or gone."""

    room: RoomId
    user: str
    here: bool
    aside: bool
    """Whether the room has no entry of it."""


def bare(command: KeyedCommand) -> KeyedCommand:
    """Return the command without what a resend may change."""
    return evolve(command, retry=False)


def room_of(user: str, command: Any) -> RoomId:
    if isinstance(command, OpenDirect):
        return direct_id(user, command.user)
    if isinstance(command, CreateGroup):
        return group_id(user, command.key)
    if isinstance(command, Personal | SetPresence | SetProfile | Block | Report):
        return self_id(user)
    room: RoomId = command.room
    return room


@define(eq=False)
class Book:
    """Every room, and the first answer of every key."""

    invites: bool = False
    """Whether who is added is invited first."""
    rooms: dict[RoomId, Room] = Factory(dict)
    first: dict[KeyId, tuple[KeyedCommand, Place]] = Factory(dict)
    now: int = 0
    """The time at which commands are judged."""
    step: int = 0
    server: Server = Factory(Server)
    blocks: dict[str, dict[str, int]] = Factory(dict)
    """Whom each user has blocked, and in which step."""
    moves: list[Move] = Factory(list)
    """Who came and went since somebody looked."""

    def of_self(self, user: str) -> Room:
        room = self.rooms.get(self_id(user))
        if room is None:
            own = Standing("member", "owner", 1, None, user=user)
            room = self.rooms[self_id(user)] = Room("self", people={user: own}, server=self.server)
            room.stays[user] = [Stay(1, 1)]
        return room

    def standing(self, room_id: RoomId, user: str) -> Standing | None:
        if room_id == self_id(user):
            return self.of_self(user).people[user]
        room = self.rooms.get(room_id)
        return room.people.get(user) if room else None

    # -- judging ---------------------------------------------------------------------------------------------------

    def judge(self, user: str, command: Any) -> list[Verdict]:
        """Return the answers that are right now: one, but for a post whose key is taken and which is no retry, and for
        a forward of what is changing."""
        if isinstance(command, MarkRead | Typing | Members):
            return [self._unkeyed(user, command)]
        room_id = room_of(user, command)
        taken = self.first.get((room_id, user, command.key))
        judged = self._fresh(user, room_id, command)
        if taken is None:
            return judged
        first, place = taken
        is_same = first == bare(command) or self.rooms[place[0]].lines[place[1] - 1].erased  # nothing can be compared
        again: Verdict = Again(place) if is_same else Refuse("conflict")
        if isinstance(command, Post) and not command.retry and command.origin is None:
            return [again, *[each for each in judged if isinstance(each, Refuse)]]
        return [again]

    def _unkeyed(self, user: str, command: MarkRead | Typing | Members) -> Verdict:
        own = self.standing(command.room, user)
        if own is None:
            return Refuse("unknown_room")
        if not own.here:
            return Refuse("not_member")
        if isinstance(command, Typing) and not may(self.rooms[command.room], own, "post", self.now):
            return Refuse("forbidden")
        if isinstance(command, MarkRead):
            if command.room == self_id(user):
                return Refuse("wrong_kind")
            if command.seq > self.rooms[command.room].head:
                return Refuse("bad_seq")
        return Accept(command.room, "")

    def _fresh(self, user: str, room_id: RoomId, command: Any) -> list[Verdict]:
        own = self.standing(room_id, user)
        room = self.rooms.get(room_id)
        if isinstance(command, Block):
            return [quiet.block(self, user, command)]
        if self.server.level == FROZEN:
            return [Refuse("emergency")]
        if room and own and own.here and room.ended and not isinstance(command, (*GOES_ON, Join, RequestJoin)):
            return [Refuse("ended")]
        if isinstance(command, Post) and room and own and own.here:
            return self._post(user, room, own, command)
        if room and isinstance(command, Review) and waiting.takes_back(room, user, command):
            return [Accept(self_id(user), "review")]
        return [self._other(user, room_id, own, command)]

    def _other(self, user: str, room_id: RoomId, own: Standing | None, command: Any) -> Verdict:
        if isinstance(command, CreateGroup):
            return making.create(self, user, room_id, command)
        if isinstance(command, OpenDirect):
            return making.open_direct(self, user, room_id, command)
        room = self.rooms.get(room_id)
        if room is not None and isinstance(command, Join):
            return people.join(room, room_id, user, self.now)
        if room is not None and isinstance(command, RequestJoin):
            return people.request(room, room_id, user, self.now)
        if room is None or own is None:
            return Refuse("unknown_room")
        if isinstance(command, Leave):
            return people.leave(room, room_id, user)
        if not own.here:
            return Refuse("not_member")
        if isinstance(command, Act | Voting):
            code = talk.refusal(room, user, own, command, self.now)
            return Refuse(code) if code else self._acted(user, room, command)
        if isinstance(command, Review):
            return waiting.review(room, room_id, user, own, command, self.now)
        return people.manage(
            room, room_id, user, command, now=self.now, invites=self.invites, against=quiet.against(self, user)
        )

    def _acted(self, user: str, room: Room, command: Act | Voting) -> Verdict:
        """What followers of a broadcast room do to its posts is no entry of it; of a live one, no vote is."""
        aside = {"broadcast": React | Vote, "live": Vote}.get(room.kind)
        is_aside = aside is not None and isinstance(command, aside)
        kind = type(command).__name__.lower().removesuffix("poll")
        return Accept(self_id(user) if is_aside else command.room, kind)

    def _post(self, user: str, room: Room, own: Standing, command: Post) -> list[Verdict]:
        code = talk.post_refusal(room, own, evolve(command, reply=None), self.now)
        if code or command.origin is None:
            code = code or talk.post_refusal(room, own, command, self.now)
            return [Refuse(code) if code else self._said(user, room, own, command)]
        origin = self.rooms.get(command.origin.room)
        taken = self._said(user, room, own, command)
        if said.claimed(command)[2] > said.HOPS_MAX:
            taken = Refuse("limit_reached")
        if origin and said.is_unsure(origin, user, command, self.step):
            return [Refuse("bad_origin"), *[each for each in [taken] if said.was_true(origin, command)]]
        return [taken if said.is_true(origin, user, command) else Refuse("bad_origin")]

    def _said(self, user: str, room: Room, own: Standing, command: Post) -> Verdict:
        """Return what comes of a post that nothing else stands against: it is said, or waits."""
        is_held = waiting.is_held(room, own, command.content)
        return waiting.hold(room, user) if is_held else Accept(command.room, "post")

    # -- what a committed command does -----------------------------------------------------------------------------

    def enter(self, user: str, command: KeyedCommand, verdict: Accept, time: int) -> Made:
        """Apply an accepted command; return the entries that its item must hold, in order."""
        stage_id = room_of(user, command)
        stage = self.rooms.get(stage_id) or making.made(self, stage_id, command)
        place = self.rooms[verdict.room]
        line = self._line(place, verdict.kind, user, command.key, time)
        made = [(verdict.room, place.head, line)]
        self.first[stage_id, user, command.key] = (bare(command), made[0][:2])
        if isinstance(command, Block):
            quiet.blocked(self, user, command)
        elif isinstance(command, Post) and verdict.kind == "held":
            waiting.keep(stage, user, command)
        elif isinstance(command, Post):
            talk.post(stage, line, command, time)
        elif isinstance(command, Act | Voting):
            line.target = command.seq if isinstance(command, Edit) else 0
            talk.enter(stage, user, command, self.step)
        else:
            people.lead(stage, command, self.now)
        for each, (state, role) in verdict.changes.items():
            self._change(stage_id, each, state, role, aside=verdict.room != stage_id)
            if verdict.copies:
                own = self.of_self(each)
                made.append((self_id(each), own.head + 1, self._line(own, "room", user, None, time)))
        if isinstance(command, Ban):
            stage.people[command.user].banned_until = command.until
        for each in verdict.tells:
            own = self.of_self(each)
            made.append((self_id(each), own.head + 1, self._line(own, verdict.kind, user, None, time)))
        if isinstance(command, Review):
            held = stage.held.pop(command.number)
            if command.approve:
                made.append((stage_id, stage.head + 1, self._line(stage, "post", held.user, held.command.key, time)))
                talk.post(stage, stage.lines[-1], held.command, time)
        return made

    def expire(self, room_id: RoomId, seq: int, key: bytes, time: int) -> Made:
        """The server deletes a post whose time has come; return the entries of that item."""
        room = self.rooms[room_id]
        line = self._line(room, "delete", SERVER, key, time)
        talk.delete(room, seq, self.step)
        return [(room_id, room.head, line)]

    def _line(self, room: Room, kind: str, sender: str, key: bytes | None, time: int) -> Line:
        line = Line(kind, sender, key, room.posts + (kind == "post"), time)
        room.lines.append(line)
        return line

    def _change(self, room_id: RoomId, user: str, state: str, role: str, *, aside: bool) -> None:
        room = self.rooms[room_id]
        was = user in room.here()
        people.enter(room, user, state, role, aside=aside, step=self.step, now=self.now)
        if was is not (user in room.here()):
            self.moves.append(Move(room_id, user, not was, aside))
