"""The small pieces that the tests of the rooms are made of."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

from attrs import evolve

from chatd.checked import Checked, Quote
from chatd.limits import CONTENT_BYTES_MAX, REPORTS_A_DAY_MAX
from chatd.messages import Command, Committed, Done, Edit, Post, Refused, Review, Unfit
from chatd.model import Attribute, EntryKind, HeldRecord, RoomId, RoomKind, RoomRecord, Shown, UserId
from chatd.rooms import reading
from chatd.rooms.effects import Actor, InFlight, Loaded, Needs, refused
from chatd.rooms.gates import asks_more
from chatd.rooms.needs import calling, holding_needs, needs
from chatd.rooms.refusals import CONFLICT
from chatd.rooms.registry import Registry
from chatd.rooms.room import Room, empty_head
from chatd.rooms.said import Said
from chatd.rooms.tails import Tails
from chatd.server import posts
from chatd.server.lookups import edit_of, evidence_query, is_there, letter_query, proofs_of
from chatd.server.preparing import may_be_held
from chatd.storage import queries as q
from chatd.storage.base import Conflict, Duplicate, Outcome, Stored
from chatd.storage.held import CountHeld, GetHeld
from chatd.storage.people import CountBlocks, FindHandle, GetAttributes, GetProfile, GetTies
from chatd.storage.personal import CountPinned, GetHidden
from chatd.storage.polls import GetVote
from chatd.storage.presences import GetPresences
from chatd.storage.relays import GetLetters
from chatd.storage.reports import GetReport, GetReportTime
from chatd.wire import content

T = TypeVar("T")
START_MS = 1_800_000_000_000


def finished(work: Coroutine[Any, Any, T]) -> T:
    """Return the result of a coroutine that never waits."""
    try:
        work.send(None)
    except StopIteration as done:
        result: T = done.value
        return result
    raise RuntimeError("it waited")


def key(number: int) -> bytes:
    return number.to_bytes(16, "big")


def a_room(room_id: RoomId = b"room-----------1", *, committed: bool = True) -> Room:
    """Return an empty group in memory, or one whose first entry is in flight."""
    record = RoomRecord(room=room_id, kind=RoomKind.GROUP, title="tea", members=1, owners=1)
    return Room(id=room_id, record=record if committed else None, head=empty_head(room_id))


def a_registry(*, rooms_max: int = 1000, slots_max: int = 1000, tail_bytes_max: int = 100_000) -> Registry:
    return Registry(rooms_max=rooms_max, slots_max=slots_max, tails=Tails(tail_bytes_max))


def first_of(registry: Registry, read: Callable[[q.Query], Any], needed: Needs) -> Any:
    """Return the row of the key that `needed` names, in whichever room it stands; None where it was never used."""
    if needed.key is None:
        return None
    there = registry.rooms.get(needed.key[0])
    is_aside = there and (there.keeps_keys_aside if needed.vote is None else there.keeps_votes_aside)
    aside = needed.own_key if is_aside else None
    found = [read(q.GetKey(*key)) for key in (aside, needed.key) if key]
    return next((row for row in found if row), None)


def bring_message(registry: Registry, read: Callable[[q.Query], Any], needed: Needs) -> None:
    """Bring into memory the post that `needed` names, and what else of it counts."""
    if needed.message is None:
        return
    with registry.messages.loading(needed.message):
        view = read(q.GetMessage(*needed.message))
        if view is None:
            return
        registry.messages.install(Said(view.kind, view.sender, view.time, view.record, view.poll))
        if needed.reaction:
            on = read(q.GetReaction(*needed.message, *needed.reaction))
            registry.messages.install_reaction(needed.message, needed.reaction, on=on)
        if needed.vote:
            registry.messages.install_vote(needed.message, needed.vote, read(GetVote(*needed.message, needed.vote)))
    if needed.author and (author := read(q.GetMembership(needed.message[0], view.sender))):
        registry.install_member(author.membership, author.read)


def checked_of(command: Command) -> Checked | None:
    """Return what the wire tells of the content of a command, where it has one that the wire lets pass."""
    try:
        return content.check(command.content, CONTENT_BYTES_MAX) if isinstance(command, Post | Edit) else None
    except Unfit:
        return None


def prepared(registry: Registry, load: Callable[[Actor, Needs], Loaded], actor: Actor, command: Command) -> Loaded:
    """Load what a command needs, as `chatd.server.preparing` does."""
    said = checked_of(command)
    loaded = load(actor, needs(actor, command, said))
    if type(command) is Post and may_be_held(registry, actor.user, command.room):
        loaded = load(actor, calling(holding_needs(actor, command), said))
    elif isinstance(command, Review) and loaded.held and command.approve:
        said = content.check(loaded.held.content, CONTENT_BYTES_MAX)
        key = (command.room, loaded.held.user, loaded.held.key)
        loaded = load(actor, evolve(calling(needs(actor, command), said), derived=(key,)))
    return evolve(loaded, checked=said)


LONGEST = content.text("x" * (CONTENT_BYTES_MAX - 19))
"""As many bytes as a content may have."""


def beside(registry: Registry, read: Callable[[q.Query], Any], actor: Actor, needed: Needs) -> dict[str, Any]:
    """Return what `needed` asks of the actor's own facts, and of another room."""
    return {
        "hidden": bool(read(hidden_query(actor, *needed.hidden))) if needed.hidden else False,
        "pinned": read(CountPinned(user=actor.user)) if needed.pinned else 0,
        "shown": shown_of(read, actor.user) if needed.shown else Shown.NOBODY,
        "attributes": said_of(registry, read, actor, needed),
        "quoted": quote_of(registry, read, actor, needed.quoted) if needed.quoted else None,
        "held": read(GetHeld(*needed.held)) if needed.held else None,
        "letters": is_there(wanted, read(wanted)) if (wanted := letters_of(needed)) else False,
        "waiting": read(CountHeld(needed.held_in, actor.user)) if needed.held_in else 0,
    }


def letters_of(needed: Needs) -> GetLetters | None:
    return letter_query(*needed.letters) if needed.letters else None


def said_of(
    registry: Registry, read: Callable[[q.Query], Any], actor: Actor, needed: Needs
) -> tuple[tuple[str, Attribute], ...]:
    """Return what is stored that the app says of the actor, where a gate asks for it."""
    asks = needed.speaks and asks_more(registry.rooms.get(needed.rooms[0]), actor)
    said = read(GetAttributes(actor.user)) if asks else None
    return said.values if said else ()


def hidden_query(actor: Actor, room: RoomId, seq: int) -> q.Query:
    return GetHidden(room=room, user=actor.user, first=seq, last=seq)


def quote_of(
    registry: Registry, read: Callable[[q.Query], Any], actor: Actor, place: tuple[RoomId, int]
) -> Quote | None:
    """Return what a true forward of a post says, where the actor may see it."""
    member = posts.seer(registry, actor, place)
    return posts.quoted(read(posts.quote_query(place)), reading.until(member)) if member else None


def shown_of(read: Callable[[q.Query], Any], user: UserId) -> Shown:
    """Return whom a user lets know of their presence."""
    view = read(GetPresences((user,)))
    return Shown(view[0].shown) if view else Shown.NOBODY


def bring_view(registry: Registry, view: q.MemberView | None) -> None:
    """Bring a membership into memory as it was read."""
    if view:
        told, kept, blocks = view.told, view.conversation, view.blocks
        registry.install_member(view.membership, view.read, view.posted, told=told, kept=kept, blocks=blocks)


def reports_for(read: Callable[[q.Query], Any], actor: Actor, needed: Needs) -> dict[str, Any]:
    """Return the part of `Loaded` about others, and about how the actor shows themselves."""
    found: dict[str, Any] = {
        "ties": {user: read(GetTies(actor.user, user)) for user in needed.ties},
        "blocking": read(CountBlocks(user=actor.user)) if needed.blocking else 0,
    }
    if needed.reporting:
        found["reported"] = read(GetReportTime(reporter=actor.user, newer=REPORTS_A_DAY_MAX - 1))
    if needed.report is not None:
        found["report"] = read(GetReport(needed.report))
    if needed.evidence:
        room, seq = needed.evidence
        page = read(evidence_query(room, seq))
        edit = edit_of(page, seq)
        found["evidence"] = proofs_of(page, edit, read(q.GetHash(room=room, seq=edit.seq - 1)) if edit else b"")
    if needed.profile:
        found["profile"] = read(GetProfile(actor.user))
    if needed.skeleton is not None:
        holder = read(FindHandle(needed.skeleton))
        found["holder"] = holder.user if holder else None
    return found


def text(words: str = "hello") -> bytes:
    return content.text(words)


def code(reply: Any) -> str:
    """Return what a reply comes to: `ok`, `duplicate`, or the code of a refusal."""
    if isinstance(reply, Refused):
        return reply.code
    return "duplicate" if isinstance(reply, Committed) and reply.duplicate else "ok"


def first_entry(room: RoomId) -> q.GetEntries:
    return q.GetEntries(room=room, first=1, last=1, entries_max=1, bytes_max=1)


def own_reply(outcome: Outcome, flight: InFlight) -> Any:
    """Return what the daemon answers of an item in flight when its outcome is there."""
    if flight.key is None or not flight.item.entries:
        return Done()
    match outcome:
        case Stored():
            first = outcome.entries[0]
            held = first.kind is EntryKind.HELD
            return Committed(room=first.room, seq=first.seq, time=first.time, answers=flight.answers, held=held)
        case Duplicate():
            return Committed(room=outcome.room, seq=outcome.seq, time=outcome.time, duplicate=True)
        case Conflict():
            return refused(CONFLICT)


def repeated(reply: Any) -> Any:
    """Return what who rides on an item is told."""
    return evolve(reply, duplicate=True, answers=None) if isinstance(reply, Committed) else reply


def a_held(room: RoomId, user: UserId, under: bytes, number: int) -> HeldRecord:
    """Return a post of a user that waits for review."""
    return HeldRecord(room=room, number=number, user=user, key=under, time=START_MS, content=text("held"))
