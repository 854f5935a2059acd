"""What the model says of who is in a room, as what, and what the room is called."""

from __future__ import annotations

from collections.abc import Container
from typing import Any

from attrs import evolve

from chatd.chain import self_id
from chatd.limits import REQUEST_AGAIN_S
from chatd.messages import (
    AddMember,
    Ban,
    CreateGroup,
    End,
    KeyedCommand,
    Manage,
    RemoveMember,
    Restrict,
    SetFilter,
    SetRole,
    SetSettings,
    SetTitle,
    TransferOwnership,
    Unban,
)
from chatd.model import Answer, RoomId
from tests.model import talk, waiting
from tests.model.nouns import GONE, WAITING, Filter, Room, Settings, Standing, Stay
from tests.model.rights import LED, RANK, may
from tests.model.verdicts import Accept, Refuse, Verdict

Changes = dict[str, tuple[str, str]]
Managing = Manage | Ban | Unban | SetSettings | SetFilter | End | Restrict


def changed(
    room: Room, room_id: RoomId, user: str, changes: Changes, answers: dict[str, Answer] | None = None
) -> Accept:
    """Return what `user` does by changing standings. A broadcast room has no entry of who only follows it: that stands
    in the self room of who did it."""
    is_of_staff = any(
        role != "member" or (each in room.people and room.people[each].role != "member")
        for each, (_, role) in changes.items()
    )
    if room.kind != "broadcast" or is_of_staff:
        return Accept(room_id, "members", changes, answers)
    if [*changes] == [user]:
        return Accept(self_id(user), "room", changes, answers, copies=False)
    return Accept(self_id(user), "members", changes, answers)


def join(room: Room, room_id: RoomId, user: str, now: int) -> Verdict:
    own = room.people.get(user)
    is_open = room.kind in ("group", "broadcast") and room.settings.join_by == "open"
    if own is None and not is_open:
        return Refuse("unknown_room")
    if own is not None and own.here:
        return Refuse("unchanged")
    if own is not None and own.state != "invited" and (not is_open or own.is_banned(now)):
        return Refuse("forbidden")
    if not room.owners():
        return Refuse("forbidden")
    if room.ended:
        return Refuse("ended")
    return changed(room, room_id, user, {user: ("member", own.role if own else "member")})


def request(room: Room, room_id: RoomId, user: str, now: int) -> Verdict:
    """Ask to be let in."""
    own = room.people.get(user)
    asks = room.kind in LED and room.settings.join_by == "request"
    if own is None and not asks:
        return Refuse("unknown_room")
    if own is not None and own.here:
        return Refuse("unchanged" if room.kind in LED else "wrong_kind")
    if not room.owners() or room.ended:
        return Refuse("forbidden")
    if own is not None and own.state in WAITING:
        return Refuse("unchanged")
    if not asks or (own is not None and own.is_banned(now)):
        return Refuse("forbidden")
    if own is not None and now < own.since + REQUEST_AGAIN_S * 1000:
        return Refuse("limit_reached")
    return changed(room, room_id, user, {user: ("requested", "member")})


def leave(room: Room, room_id: RoomId, user: str) -> Verdict:
    if room.people[user].state in GONE:
        return Refuse("unchanged")
    if room.kind not in LED:
        return Refuse("wrong_kind")
    if room.owners() == [user] and len(room.here()) > 1:
        return Refuse("last_owner")
    return changed(room, room_id, user, {user: ("left", "member")})


def manage(
    room: Room, room_id: RoomId, user: str, command: Managing, *, now: int, invites: bool, against: Container[str]
) -> Verdict:
    """Return what comes of a present member's command; `invites`: who is added is invited first; `against`: who has
    blocked that member."""
    if room.kind not in LED:
        return Refuse("wrong_kind")
    own = room.people[user]
    if isinstance(command, End):
        if room.kind != "live":
            return Refuse("wrong_kind")
        return _about(room_id, "end", may=may(room, own, "settings", now), is_so=bool(room.ended))
    if isinstance(command, SetTitle):
        return _about(room_id, "title", may=may(room, own, "title", now), is_so=room.title == command.title)
    if isinstance(command, SetSettings):
        is_so = settled(room, command) == room.settings
        return _about(room_id, "settings", may=may(room, own, "settings", now), is_so=is_so)
    if isinstance(command, SetFilter):
        is_so = waiting.filtered(room, command) == (room.filter or Filter())
        return _about(room_id, "filter", may=may(room, own, "settings", now), is_so=is_so)
    if isinstance(command, AddMember):
        return _add(room, room_id, user, own, command, now=now, invites=invites, against=against)
    if isinstance(command, Restrict):
        return _restrict(room, room_id, user, own, command, now)
    found = _of_one(room, user, own, command, now)
    return Refuse(found) if isinstance(found, str) else changed(room, room_id, user, found)


def _of_one(
    room: Room, user: str, own: Standing, command: SetRole | TransferOwnership | Ban | Unban | RemoveMember, now: int
) -> str | Changes:
    """Return what becomes of the one of whom the command speaks, or why nothing does."""
    match command:
        case SetRole():
            return _set_role(room, user, own, command, now)
        case TransferOwnership():
            return _transfer(room, user, own, command)
        case Ban() | Unban() | RemoveMember():
            return _keep_out(room, own, command, now)


def settled(room: Room, command: SetSettings) -> Settings:
    """Return what the settings of a room become."""
    wanted: dict[str, Any] = {
        "ttl_s": command.ttl_s,
        "past": command.history and command.history.value,
        "keep": command.keep,
        "slow_s": command.slow_mode_s,
        "member_s": command.member_s,
        "level": command.level,
        "join_by": command.join_by and command.join_by.value,
        "requires": None if command.requires is None else tuple(sorted(command.requires.items())),
    }
    return evolve(room.settings, **{name: value for name, value in wanted.items() if value is not None})


def _about(room_id: RoomId, kind: str, *, may: bool, is_so: bool) -> Verdict:
    if not may:
        return Refuse("forbidden")
    return Refuse("unchanged") if is_so else Accept(room_id, kind)


def _restrict(room: Room, room_id: RoomId, user: str, own: Standing, command: Restrict, now: int) -> Verdict:
    """Take permissions from somebody: in a live room from anybody, for most of its audience has no standing."""
    there = room.people.get(command.user)
    if not may(room, own, "mute", now):
        return Refuse("forbidden")
    if room.kind != "live" and (there is None or not there.here):
        return Refuse("unknown_user")
    if RANK[own.role] <= RANK[there.role if there else "member"]:
        return Refuse("forbidden")
    if command.until is not None and command.until <= now:
        return Refuse("bad_request")
    if (there.lacks(now) if there else {}) == dict.fromkeys(command.deny, command.until):
        return Refuse("unchanged")
    if room.kind == "broadcast":
        return Accept(self_id(user), "restrict", tells=(command.user,))
    return Accept(room_id, "restrict")


def _keep_out(room: Room, own: Standing, command: Ban | Unban | RemoveMember, now: int) -> str | Changes:
    there = room.people.get(command.user)
    waits = isinstance(command, RemoveMember) and there is not None and there.state in WAITING
    if not may(room, own, "invite" if waits else "ban", now):
        return "forbidden"
    if isinstance(command, Unban):
        return "unchanged" if there is None or there.state != "banned" else {command.user: ("left", "member")}
    if isinstance(command, RemoveMember) and (there is None or there.state in GONE):
        return "unchanged"
    if there is None and room.kind != "live":
        return "unknown_user"
    if there is not None and RANK[own.role] <= RANK[there.role]:
        return "forbidden"
    if isinstance(command, RemoveMember):
        return {command.user: ("left", "member")}
    if command.until is not None and command.until <= now:
        return "bad_request"
    is_so = there is not None and there.is_banned(now) and there.banned_until == command.until
    return "unchanged" if is_so else {command.user: ("banned", "member")}


def _add(
    room: Room,
    room_id: RoomId,
    user: str,
    own: Standing,
    command: AddMember,
    *,
    now: int,
    invites: bool,
    against: Container[str],
) -> Verdict:
    if not may(room, own, "invite", now):
        return Refuse("forbidden")
    answers: dict[str, Answer] = {}
    changes: Changes = {}
    for each in command.users:
        there = room.people.get(each)
        present, asked = there is not None and there.here, there is not None and there.state == "requested"
        is_banned = there is not None and there.is_banned(now) and not may(room, own, "ban", now)
        if is_banned or (each in against and not (present or asked)):
            answers[each] = Answer.REFUSED
            continue
        answers[each] = Answer.INVITED if invites and not (present or asked) else Answer.ADDED
        state = "member" if answers[each] is Answer.ADDED else "invited"
        if not present and (there is None or there.state != state):
            changes[each] = (state, "member")
    if changes:
        return changed(room, room_id, user, changes, answers)
    return Refuse("unknown_user" if Answer.REFUSED in answers.values() else "unchanged")


def _set_role(room: Room, user: str, own: Standing, command: SetRole, now: int) -> str | Changes:
    there = room.people.get(command.user)
    if there is not own and not may(room, own, "roles", now):
        return "forbidden"
    if there is None or not there.here:
        return "unknown_user"
    if there.role == command.role:
        return "unchanged"
    lowers_self = there is own and RANK[command.role] < RANK[own.role]
    if not lowers_self and (RANK[own.role] <= RANK[there.role] or RANK[own.role] < RANK[command.role]):
        return "forbidden"
    if lowers_self and room.owners() == [user]:
        return "last_owner"
    return {command.user: ("member", command.role.value)}


def _transfer(room: Room, user: str, own: Standing, command: TransferOwnership) -> str | Changes:
    there = room.people.get(command.user)
    if own.role != "owner":
        return "forbidden"
    if there is None or not there.here:
        return "unknown_user"
    return "unchanged" if there.role == "owner" else {command.user: ("member", "owner"), user: ("member", "admin")}


def enter(room: Room, user: str, state: str, role: str, *, aside: bool, step: int, now: int) -> None:
    """Change a standing. `aside`: the room has no entry of it, so what comes next is the first, what was the last."""
    standing = room.people.setdefault(user, Standing("none", "member", user=user))
    if standing.state != state:
        standing.since = now
    if role == "owner":
        standing.denied = {}  # nobody could give it back
    was, standing.state, standing.role = standing.here, state, role
    standing.banned_until = None
    if standing.here is was:
        return
    standing.changed = step
    if standing.here:
        begins = room.head + aside
        standing.floor, standing.until = 1 if room.settings.past == "all" else begins, None
        room.stays.setdefault(user, []).append(Stay(standing.floor, begins))
    else:
        standing.until = room.stays[user][-1].last = room.head


def lead(stage: Room, command: KeyedCommand, now: int) -> None:
    """Do to a room what those who lead it decided about everybody in it, or about one; else nothing."""
    match command:
        case CreateGroup() | SetTitle():
            stage.title = command.title
        case SetSettings():
            before, stage.settings = stage.settings, settled(stage, command)
            if stage.settings.slow_s != before.slow_s:
                stage.slow_since = max(now, stage.lines[-2].time) + 1  # the last entry is the one that says so
        case SetFilter():
            stage.filter = waiting.filtered(stage, command)
        case Restrict():
            there = stage.people.setdefault(command.user, Standing("left", "member", user=command.user))
            there.denied = dict.fromkeys(command.deny, command.until)
        case End():
            stage.ended = command.archive.value
            stage.held.clear()
            if stage.ended == "none":
                stage.pins.clear()
                talk.forget(stage, 1, stage.head)
        case _:
            pass
