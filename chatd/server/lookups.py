"""What a decision needs of the store, as the queries that ask for it, and what their answers come to. No I/O here."""

from __future__ import annotations

from collections.abc import Sequence
from typing import assert_never, cast

from attrs import evolve

from chatd.limits import REPORTS_A_DAY_MAX
from chatd.model import (
    Attributes,
    Entry,
    HeldRecord,
    LetterRecord,
    Profile,
    Proof,
    ReportRecord,
    RoomId,
    Ties,
    TokenRecord,
    UserId,
    UserRecord,
)
from chatd.rooms.effects import NOTHING_LOADED, Actor, First, Loaded, Needs
from chatd.storage import queries as ask
from chatd.storage.held import CountHeld, GetHeld
from chatd.storage.people import CountBlocks, FindHandle, GetAttributes, GetProfile, GetTies
from chatd.storage.personal import CountPinned, CountRooms, GetHidden
from chatd.storage.presences import GetPresences, PresenceView
from chatd.storage.relays import GetLetters
from chatd.storage.reports import GetReport, GetReportTime

EVIDENCE_BEFORE = 3
"""So many entries before a post that is reported go with it."""
EVIDENCE_BYTES_MAX = 48 * 1024


def rests_on_own(needs: Needs) -> bool:
    """Return whether something is read that the actor's other devices may have changed by the time it is there."""
    asked = needs.pinned or needs.shown or needs.blocking or needs.reporting or needs.profile
    return asked or needs.hidden is not None or needs.held_in is not None


def queries_of(actor: Actor, needs: Needs, *, aside: bool, gated: bool = False) -> list[ask.Query]:
    """Return what is to be asked of the store for the part of `needs` that nothing in memory holds.

    `aside`: the command may have become no entry of its room; `gated`: it counts what the app says of the actor.
    """
    queries: list[ask.Query] = [GetAttributes(actor.user)] if gated else []
    if needs.key:
        queries.append(ask.GetKey(*needs.key))
    if needs.own_key and aside:
        queries.append(ask.GetKey(*needs.own_key))
    if needs.created:
        queries.append(ask.GetEntries(room=needs.created, first=1, last=1, entries_max=1, bytes_max=1))
    if needs.token:
        queries.append(ask.FindToken(needs.token))
    if needs.hidden:
        room, seq = needs.hidden
        queries.append(GetHidden(room=room, user=actor.user, first=seq, last=seq))
    if needs.shown:
        queries.append(GetPresences((actor.user,)))
    return [*queries, *_about_people(actor, needs)]


def _about_people(actor: Actor, needs: Needs) -> list[ask.Query]:
    queries: list[ask.Query] = []
    if needs.pinned:
        queries.append(CountPinned(user=actor.user))
    if needs.blocking:
        queries.append(CountBlocks(user=actor.user))
    if needs.reporting:
        queries.append(GetReportTime(reporter=actor.user, newer=REPORTS_A_DAY_MAX - 1))
    if needs.profile:
        queries.append(GetProfile(actor.user))
    if needs.skeleton is not None:
        queries.append(FindHandle(needs.skeleton))
    if needs.report is not None:
        queries.append(GetReport(needs.report))
    if needs.letters is not None:
        queries.append(letter_query(*needs.letters))
    queries.extend(_of_held(actor, needs))
    queries.extend(GetTies(actor.user, user) for user in needs.ties)
    queries.extend(ask.GetUser(user) for user in needs.users)
    queries.extend(CountRooms(user=user) for user in needs.users)
    return queries


def letter_query(endpoint: str, place: tuple[RoomId, int] | None) -> GetLetters:
    """Return what is asked for the letter of an endpoint at a place, or for any where there is no place."""
    after = None if place is None else (place[0], place[1] - 1)
    return GetLetters(endpoint=endpoint, after=after, limit=1)


def is_there(query: GetLetters, found: tuple[object, ...]) -> bool:
    """Return whether the answer to a `letter_query` holds the letter that it asks for."""
    letters = [each for each in found if isinstance(each, LetterRecord)]
    return any(query.after is None or (each.room, each.seq - 1) == query.after for each in letters)


def _of_held(actor: Actor, needs: Needs) -> list[ask.Query]:
    """Return what is asked about posts that wait for review."""
    queries: list[ask.Query] = [GetHeld(*needs.held)] if needs.held else []
    return [*queries, CountHeld(needs.held_in, actor.user)] if needs.held_in else queries


def loaded_of(queries: Sequence[ask.Query], values: Sequence[object]) -> Loaded:
    """Return what the answers to `queries`, in order, come to."""
    loaded = NOTHING_LOADED
    for query, value in zip(queries, values, strict=True):
        match query, value:
            case ask.GetKey(), ask.KeyRow():
                first = First(value.room, value.seq, value.time, value.salt, value.command_hash)
                loaded = evolve(loaded, first=first)
            case ask.GetEntries(), ask.Page() if value.entries:
                loaded = evolve(loaded, created=value.entries[0].time)
            case ask.FindToken(), TokenRecord():
                loaded = evolve(loaded, token=value)
            case GetAttributes(), Attributes():
                loaded = evolve(loaded, attributes=value.values)
            case ((GetHidden() | GetLetters()), tuple()):
                loaded = _found(loaded, query, cast("tuple[object, ...]", value))
            case ((CountPinned() | CountBlocks() | CountHeld() | GetReportTime()), int()):
                loaded = _counted(loaded, query, value)
            case ((GetProfile() | FindHandle()), Profile()):
                own = isinstance(query, GetProfile)
                loaded = evolve(loaded, profile=value) if own else evolve(loaded, holder=value.user)
            case GetHeld(), HeldRecord():
                loaded = evolve(loaded, held=value)
            case GetReport(), ReportRecord():
                loaded = evolve(loaded, report=value)
            case GetPresences(), (PresenceView() as view,):
                loaded = evolve(loaded, shown=view.shown)
            case _:
                pass
    return _with_people(loaded, queries, values)


def with_derived(loaded: Loaded, needs: Needs, values: Sequence[object]) -> Loaded:
    """Return `loaded`, and what the answers tell of the keys that derive: one that is taken lets nothing be decided."""
    taken = [value for value in values if isinstance(value, ask.KeyRow)]
    loaded = evolve(loaded, derived=needs.derived)
    if not taken or loaded.first is not None:
        return loaded
    return evolve(loaded, first=First(taken[0].room, taken[0].seq, taken[0].time, taken[0].salt, None))


def with_landed(loaded: Loaded, first: First) -> Loaded:
    """Return `loaded` with what a key was used for meanwhile. That which derives says less than what was found."""
    return loaded if loaded.first and first.command_hash is None else evolve(loaded, first=first)


def _found(loaded: Loaded, query: GetHidden | GetLetters, rows: tuple[object, ...]) -> Loaded:
    if isinstance(query, GetHidden):
        return evolve(loaded, hidden=rows != ())
    return evolve(loaded, letters=is_there(query, rows))


def _with_people(loaded: Loaded, queries: Sequence[ask.Query], values: Sequence[object]) -> Loaded:
    """Return `loaded`, and what the answers tell of users. Of who is closed nothing but the record counts."""
    counts: dict[UserId, int] = {}
    users: dict[UserId, UserRecord] = {}
    ties: dict[UserId, Ties] = {}
    for query, value in zip(queries, values, strict=True):
        match query, value:
            case ask.GetUser(), UserRecord():
                users[value.user] = value
                if value.closed is None:
                    counts[value.user] = 0
            case CountRooms(), int() if query.user in counts:
                counts[query.user] = value
            case GetTies(), Ties():
                ties[query.other] = value
            case _:
                pass
    return evolve(loaded, rooms_of=counts, users=users, ties=ties)


def _counted(loaded: Loaded, query: CountPinned | CountBlocks | CountHeld | GetReportTime, value: int) -> Loaded:
    match query:
        case CountPinned():
            return evolve(loaded, pinned=value)
        case CountBlocks():
            return evolve(loaded, blocking=value)
        case CountHeld():
            return evolve(loaded, waiting=value)
        case GetReportTime():
            return evolve(loaded, reported=value)
    assert_never(query)


def evidence_query(room: RoomId, seq: int) -> ask.GetEntries:
    """Return what is asked for the evidence of a report: the entry at `seq`, some before it, and what became of it."""
    first = max(1, seq - EVIDENCE_BEFORE)
    return ask.GetEntries(
        room=room,
        first=first,
        last=seq,
        entries_max=EVIDENCE_BEFORE + 1,
        bytes_max=EVIDENCE_BYTES_MAX,
        newest=True,
        changes=True,
    )


def edit_of(page: ask.Page, seq: int) -> Entry | None:
    """Return the newest edit of the post at `seq`, as a page tells of it."""
    return next((each.edit for each in page.changes if each.record.seq == seq), None)


def proofs_of(page: ask.Page, edit: Entry | None, before_edit: bytes) -> tuple[Proof, ...]:
    """Return the entries of a page, each with the hash before it, and an edit with its own."""
    proofs: list[Proof] = []
    before = page.before or b""
    for entry in page.entries:
        proofs.append(Proof(before, entry))
        before = entry.hash
    return (*proofs, Proof(before_edit, edit)) if edit else tuple(proofs)
