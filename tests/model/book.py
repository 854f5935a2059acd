"""The model: what the daemon should answer, in plain dicts, one command after the other.

It knows nothing of time, tasks, batches or bytes. Each command is judged in the order in which the store took it.
"""

from __future__ import annotations

from typing import Any

from attrs import Factory, define, evolve

from chatd.chain import direct_id, group_id, self_id
from chatd.messages import (
    Act,
    AddMember,
    Ban,
    CreateGroup,
    Join,
    KeyedCommand,
    Leave,
    MarkRead,
    Members,
    OpenDirect,
    Personal,
    Post,
    RemoveMember,
    SetPresence,
    SetRole,
    SetTitle,
    Typing,
    Unban,
)
from chatd.model import Answer, RoomId, RoomKind
from tests.model import doors, talk
from tests.model.nouns import GONE, Line, Room, Standing
from tests.model.talk import RANK

Place = tuple[RoomId, int]
KeyId = tuple[RoomId, str, bytes]


@define
class Accept:
    """The command commits: in `room`, these entries, these changes of standing."""

    room: RoomId
    kind: str
    changes: dict[str, tuple[str, str]] = Factory(dict)
    answers: dict[str, Answer] | None = None


@define
class Refuse:
    code: str


@define
class Again:
    """The command is answered with the entry that made it so."""

    place: Place


Verdict = Accept | Refuse | Again


def bare(command: KeyedCommand) -> KeyedCommand:
    """Return the command without what a resend may change."""
    return evolve(command, retry=False)


def room_of(user: str, command: Any) -> RoomId:
    if isinstance(command, OpenDirect):
        return direct_id(user, command.user)
    if isinstance(command, CreateGroup):
        return group_id(user, command.key)
    if isinstance(command, Personal | SetPresence):
        return self_id(user)
    room: RoomId = command.room
    return room


@define(eq=False)
class Book:
    """Every room, and the first answer of every key."""

    invites: bool = False
    """Whether who is added is invited first."""
    rooms: dict[RoomId, Room] = Factory(dict)
    first: dict[KeyId, tuple[KeyedCommand, int]] = Factory(dict)

    def of_self(self, user: str) -> Room:
        room = self.rooms.get(self_id(user))
        if room is None:
            room = self.rooms[self_id(user)] = Room("self", people={user: Standing("member", "owner", 1, None)})
            room.ranges[user] = [[1, 0]]
        return room

    def standing(self, room_id: RoomId, user: str) -> Standing | None:
        if room_id == self_id(user):
            return self.of_self(user).people[user]
        room = self.rooms.get(room_id)
        return room.people.get(user) if room else None

    # -- judging ---------------------------------------------------------------------------------------------------

    def judge(self, user: str, command: Any) -> list[Verdict]:
        """Return the answers that are right now: one, but for a post whose key is taken and which is no retry."""
        if isinstance(command, MarkRead | Typing | Members):
            return [self._unkeyed(user, command)]
        room_id = room_of(user, command)
        taken = self.first.get((room_id, user, command.key))
        judged = self._fresh(user, room_id, command)
        if taken is None:
            return [judged]
        first, seq = taken
        again: Verdict = Again((room_id, seq)) if first == bare(command) else Refuse("conflict")
        if isinstance(command, Post) and not command.retry and isinstance(judged, Refuse):
            return [again, judged]
        return [again]

    def _unkeyed(self, user: str, command: MarkRead | Typing | Members) -> Verdict:
        own = self.standing(command.room, user)
        if own is None:
            return Refuse("unknown_room")
        if not own.here:
            return Refuse("not_member")
        if command.room == self_id(user) and isinstance(command, MarkRead | Typing):
            return Refuse("wrong_kind" if isinstance(command, MarkRead) else "forbidden")
        if isinstance(command, MarkRead) and command.seq > self.rooms[command.room].head:
            return Refuse("bad_seq")
        return Accept(command.room, "")

    def _fresh(self, user: str, room_id: RoomId, command: Any) -> Verdict:
        if isinstance(command, CreateGroup):
            return self._create(user, room_id, command)
        if isinstance(command, OpenDirect):
            return self._open(user, room_id, command)
        own = self.standing(room_id, user)
        if own is None:
            return Refuse("unknown_room")
        room = self.rooms[room_id]
        if isinstance(command, Join):
            return self._join(user, room_id, own)
        if isinstance(command, Leave):
            return self._leave(user, room_id, own)
        if not own.here:
            return Refuse("not_member")
        if isinstance(command, Post):
            return Refuse("forbidden") if room.kind == "self" else Accept(room_id, "post")
        if isinstance(command, Act):
            code = talk.refusal(room, user, own, command)
            return Refuse(code) if code else Accept(room_id, type(command).__name__.lower())
        return self._manage(user, room_id, command)

    def _create(self, user: str, room_id: RoomId, command: CreateGroup) -> Verdict:
        answer, state = (Answer.INVITED, "invited") if self.invites else (Answer.ADDED, "member")
        others = [each for each in dict.fromkeys(command.members) if each != user]
        changes = {user: ("member", "owner"), **dict.fromkeys(others, (state, "member"))}
        return Accept(room_id, "create", changes, dict.fromkeys(others, answer))

    def _open(self, user: str, room_id: RoomId, command: OpenDirect) -> Verdict:
        if command.user == user:
            return Refuse("forbidden")
        if room_id in self.rooms:
            return Again((room_id, 1))
        return Accept(room_id, "create", dict.fromkeys(sorted((user, command.user)), ("member", "member")))

    def _join(self, user: str, room_id: RoomId, own: Standing) -> Verdict:
        if own.here:
            return Refuse("unchanged")
        if own.state != "invited" or not self.rooms[room_id].here():
            return Refuse("forbidden")
        return Accept(room_id, "members", {user: ("member", own.role)})

    def _leave(self, user: str, room_id: RoomId, own: Standing) -> Verdict:
        room = self.rooms[room_id]
        if own.state not in ("member", "invited"):
            return Refuse("unchanged")
        if room.kind != "group":
            return Refuse("wrong_kind")
        if room.owners() == [user] and len(room.here()) > 1:
            return Refuse("last_owner")
        return Accept(room_id, "members", {user: ("left", "member")})

    def _manage(self, user: str, room_id: RoomId, command: Any) -> Verdict:
        room = self.rooms[room_id]
        if room.kind != "group":
            return Refuse("wrong_kind")
        if isinstance(command, SetRole):
            return self._set_role(user, room_id, command)
        if isinstance(command, Ban | Unban):
            code = doors.refusal(room, room.people[user], command)
            return Refuse(code) if code else Accept(room_id, "members", doors.changes(command))
        least = "admin" if isinstance(command, SetTitle) else "moderator"
        if RANK[room.people[user].role] < RANK[least]:
            return Refuse("forbidden")
        if isinstance(command, SetTitle):
            return Refuse("unchanged") if room.title == command.title else Accept(room_id, "title")
        if isinstance(command, RemoveMember):
            there = room.people.get(command.user)
            if there is None or there.state in GONE:
                return Refuse("unchanged")
            if RANK[room.people[user].role] <= RANK[there.role]:
                return Refuse("forbidden")
            return Accept(room_id, "members", {command.user: ("left", "member")})
        return self._add(room, room_id, command)

    def _add(self, room: Room, room_id: RoomId, command: AddMember) -> Verdict:
        state = "invited" if self.invites else "member"
        answers: dict[str, Answer] = {}
        changes: dict[str, tuple[str, str]] = {}
        for each in command.users:
            there = room.people.get(each)
            present = there is not None and there.here
            answers[each] = Answer.ADDED if present or not self.invites else Answer.INVITED
            if not present and (there is None or there.state != state):
                changes[each] = (state, "member")
        return Accept(room_id, "members", changes, answers) if changes else Refuse("unchanged")

    def _set_role(self, user: str, room_id: RoomId, command: SetRole) -> Verdict:
        room = self.rooms[room_id]
        own, there = room.people[user], room.people.get(command.user)
        if there is not own and RANK[own.role] < RANK["admin"]:
            return Refuse("forbidden")
        if there is None or not there.here:
            return Refuse("unknown_user")
        if there.role == command.role:
            return Refuse("unchanged")
        lowers_self = there is own and RANK[command.role] < RANK[own.role]
        if not lowers_self and (RANK[own.role] <= RANK[there.role] or RANK[own.role] < RANK[command.role]):
            return Refuse("forbidden")
        if lowers_self and room.owners() == [user]:
            return Refuse("last_owner")
        return Accept(room_id, "members", {command.user: ("member", command.role.value)})

    # -- what a committed command does -----------------------------------------------------------------------------

    def enter(self, user: str, command: KeyedCommand, verdict: Accept) -> list[tuple[RoomId, int, Line]]:
        """Apply an accepted command; return the entries that its item must hold, in order."""
        room = self.rooms.get(verdict.room)
        if room is None:
            kind = RoomKind.GROUP if isinstance(command, CreateGroup) else RoomKind.DIRECT
            room = self.rooms[verdict.room] = Room(kind.value)
        if isinstance(command, CreateGroup | SetTitle):
            room.title = command.title
        made = [(verdict.room, room.head + 1, self._line(room, verdict.kind, user, command.key))]
        if isinstance(command, Act):
            talk.enter(room, user, command)
        for each, (state, role) in verdict.changes.items():
            self._change(room, each, state, role)
            own = self.of_self(each)
            made.append((self_id(each), own.head + 1, self._line(own, "room", user, None)))
        self.first[verdict.room, user, command.key] = (bare(command), room.head)
        return made

    def _line(self, room: Room, kind: str, sender: str, key: bytes | None) -> Line:
        line = Line(kind, sender, key, room.posts + (kind == "post"))
        room.lines.append(line)
        return line

    def _change(self, room: Room, user: str, state: str, role: str) -> None:
        standing = room.people.setdefault(user, Standing("none", "member"))
        was, standing.state, standing.role = standing.here, state, role
        if standing.here and not was:
            standing.floor, standing.until = room.head, None
            room.ranges.setdefault(user, []).append([room.head, 0])
        elif was and not standing.here:
            standing.until = room.ranges[user][-1][1] = room.head
