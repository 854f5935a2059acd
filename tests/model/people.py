"""What the model says of who is in a room, as what, and what the room is called."""

from __future__ import annotations

from chatd.chain import self_id
from chatd.messages import (
    AddMember,
    Ban,
    End,
    Manage,
    RemoveMember,
    SetRole,
    SetSettings,
    SetTitle,
    TransferOwnership,
    Unban,
)
from chatd.model import Answer, RoomId
from tests.model.nouns import GONE, Room, Standing, Stay
from tests.model.rights import LED, RANK, may
from tests.model.verdicts import Accept, Refuse, Verdict

Changes = dict[str, tuple[str, str]]
Managing = Manage | Ban | Unban | SetSettings | End


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


def join(room: Room, room_id: RoomId, user: str) -> Verdict:
    own = room.people.get(user)
    is_open = room.kind == "broadcast"
    if own is None and not is_open:
        return Refuse("unknown_room")
    if own is not None and own.here:
        return Refuse("unchanged")
    if own is not None and own.state != "invited" and (not is_open or own.state == "banned"):
        return Refuse("forbidden")
    if not room.here():
        return Refuse("forbidden")
    if room.ended:
        return Refuse("ended")
    return changed(room, room_id, user, {user: ("member", own.role if own else "member")})


def leave(room: Room, room_id: RoomId, user: str) -> Verdict:
    if room.people[user].state not in ("member", "invited"):
        return Refuse("unchanged")
    if room.kind not in LED:
        return Refuse("wrong_kind")
    if room.owners() == [user] and len(room.here()) > 1:
        return Refuse("last_owner")
    return changed(room, room_id, user, {user: ("left", "member")})


def manage(room: Room, room_id: RoomId, user: str, command: Managing, *, invites: bool) -> Verdict:
    """Return what comes of a present member's command; `invites`: who is added is invited first."""
    if room.kind not in LED:
        return Refuse("wrong_kind")
    own = room.people[user]
    if isinstance(command, End):
        return _about(own, room_id, "end", is_so=bool(room.ended)) if room.kind == "live" else Refuse("wrong_kind")
    if isinstance(command, SetTitle):
        return _about(own, room_id, "title", is_so=room.title == command.title)
    if isinstance(command, SetSettings):
        return _about(own, room_id, "settings", is_so=settled(room, command) == (room.ttl_s, room.past, room.keep))
    if isinstance(command, AddMember):
        if not may(room, own, "invite"):
            return Refuse("forbidden")
        answers, added = _added(room, command, invites=invites)
        return changed(room, room_id, user, added, answers) if added else Refuse("unchanged")
    found = _of_one(room, user, own, command)
    return Refuse(found) if isinstance(found, str) else changed(room, room_id, user, found)


def _of_one(
    room: Room, user: str, own: Standing, command: SetRole | TransferOwnership | Ban | Unban | RemoveMember
) -> str | Changes:
    """Return what becomes of the one of whom the command speaks, or why nothing does."""
    match command:
        case SetRole():
            return _set_role(room, user, own, command)
        case TransferOwnership():
            return _transfer(room, user, own, command)
        case Ban() | Unban() | RemoveMember():
            return _keep_out(room, own, command)


def settled(room: Room, command: SetSettings) -> tuple[int, str, int]:
    """Return what `ttl_s`, `history` and `keep` of a room become."""
    ttl_s = room.ttl_s if command.ttl_s is None else command.ttl_s
    past = room.past if command.history is None else command.history.value
    return ttl_s, past, room.keep if command.keep is None else command.keep


def _about(own: Standing, room_id: RoomId, kind: str, *, is_so: bool) -> Verdict:
    if RANK[own.role] < RANK["admin"]:
        return Refuse("forbidden")
    return Refuse("unchanged") if is_so else Accept(room_id, kind)


def _keep_out(room: Room, own: Standing, command: Ban | Unban | RemoveMember) -> str | Changes:
    there = room.people.get(command.user)
    if not may(room, own, "ban"):
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
    is_so = there is not None and there.state == "banned"
    return "unchanged" if is_so else {command.user: ("banned", "member")}


def _added(room: Room, command: AddMember, *, invites: bool) -> tuple[dict[str, Answer], Changes]:
    state = "invited" if invites else "member"
    answers: dict[str, Answer] = {}
    changes: Changes = {}
    for each in command.users:
        there = room.people.get(each)
        present = there is not None and there.here
        answers[each] = Answer.ADDED if present or not invites else Answer.INVITED
        if not present and (there is None or there.state != state):
            changes[each] = (state, "member")
    return answers, changes


def _set_role(room: Room, user: str, own: Standing, command: SetRole) -> str | Changes:
    there = room.people.get(command.user)
    if there is not own and RANK[own.role] < RANK["admin"]:
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


def enter(room: Room, user: str, state: str, role: str, *, aside: bool, step: int) -> None:
    """Change a standing. `aside`: the room has no entry of it, so what comes next is the first, what was the last."""
    standing = room.people.setdefault(user, Standing("none", "member"))
    was, standing.state, standing.role = standing.here, state, role
    if standing.here is was:
        return
    standing.changed = step
    if standing.here:
        begins = room.head + aside
        standing.floor, standing.until = 1 if room.past == "all" else begins, None
        room.stays.setdefault(user, []).append(Stay(standing.floor, begins))
    else:
        standing.until = room.stays[user][-1].last = room.head
