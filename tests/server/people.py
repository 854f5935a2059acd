"""What the tests of the server share: people who know each other, and an outbox that keeps what it is offered."""

from __future__ import annotations

from attrs import Factory, define

from chatd.limits import FRAME_BYTES_MAX
from chatd.messages import AddMember, CreateGroup, Entered, MarkRead, OpenDirect, RemoveMember
from chatd.model import RoomId
from chatd.server.outbox import Outbox
from chatd.server.session import Session
from chatd.wire import content
from chatd.wire.framing import Framing
from tests.house import House, Peer


async def direct(house: House, one: Peer, other: Peer) -> RoomId:
    """Return the direct room of two who listen, all of it in memory; what they were told of it is forgotten."""
    reply = await one.ask(OpenDirect(key=house.key(), user=other.user))
    room: RoomId = reply.room
    for peer in (one, other):
        await peer.ask(MarkRead(room=room, seq=0))
        peer.received.clear()
    return room


async def group(house: House, owner: Peer, *others: Peer) -> RoomId:
    """Return a group; what anybody was told of it is forgotten."""
    members = tuple(dict.fromkeys(peer.user for peer in others))
    reply = await owner.ask(CreateGroup(key=house.key(), title="friends", members=members))
    room: RoomId = reply.room
    for peer in (owner, *others):
        peer.received.clear()
    return room


def add(house: House, room: RoomId, *users: str) -> AddMember:
    return AddMember(room=room, key=house.key(), users=users)


def remove(house: House, room: RoomId, user: str) -> RemoveMember:
    return RemoveMember(room=room, key=house.key(), user=user)


def texts(peer: Peer, room: RoomId) -> list[str]:
    """Return the texts of the posts of `room` that were pushed to `peer`, in order."""
    return [
        content.parse(entry.body).text
        for entry in peer.events(Entered)
        if entry.room == room and entry.kind == "post" and entry.body is not None
    ]


def seqs(peer: Peer, room: RoomId) -> list[int]:
    """Return the seqs of the entries of `room` that were pushed to `peer`, in order."""
    return [entry.seq for entry in peer.events(Entered) if entry.room == room]


def session_of(house: House, peer: Peer, device: str = "phone") -> Session:
    """Return the daemon's side of a session."""
    core = house.daemon.core
    number = core.registry.audience.session_of(peer.user, device)
    assert number is not None
    there = core.sessions.by_id[number]
    assert isinstance(there, Session)
    return there


@define(eq=False)
class Kept:
    """The very objects that an outbox was offered."""

    owner: str = ""
    frames: list[bytes] = Factory(list)
    calls: int = 0


class KeepingOutbox(Outbox):
    """The real outbox; it also keeps the very objects it is offered."""

    kept: Kept

    def push(self, frames: bytes) -> bool:
        self.kept.frames.append(frames)
        self.kept.calls += 1
        return super().push(frames)


def keep_pushes(session: Session, kept: Kept | None = None, kind: type[KeepingOutbox] = KeepingOutbox) -> Kept:
    """Let `session` go on with an outbox that keeps what it is offered."""
    core = session.core
    outbox = kind(
        session.outbox._stream,
        session.outbox._spawn,
        core.config.outbox,
        lambda: core.sessions.stalled(session.id),
        plain=None,
    )
    outbox.kept = kept or Kept()
    session.outbox = outbox
    return outbox.kept


def frames_in(pushed: bytes) -> int:
    """Return of how many whole frames `pushed` is made."""
    framing = Framing()
    framing.feed(pushed)
    count = 0
    while framing.take(FRAME_BYTES_MAX):
        count += 1
    return count
