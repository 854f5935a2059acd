"""Both backends give the same answers to the same batches, whatever they are."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings, strategies as st

from chatd.model import (
    Conversation,
    EntryKind,
    Erasure,
    Expiry,
    Filter,
    HeadPlus,
    HiddenRecord,
    Item,
    Membership,
    MemberState,
    MentionsRecord,
    MessageRecord,
    NewEntry,
    PollRecord,
    PresenceRecord,
    ReactionRecord,
    ReadMark,
    Record,
    Role,
    RoomKind,
    RoomRecord,
    SeenRecord,
    SeqOf,
    Shown,
    Tally,
    TokenRecord,
    UserRecord,
    VoteRecord,
)
from chatd.rights import Archive, Denial, Feature, Invite, Past, Permission, Settings
from chatd.storage.accounts import GetBearer, GetHeir, GetLeaving, GetStandings, GetUsers
from chatd.storage.base import Appended, Store, StoreError
from chatd.storage.following import GetCommits, GetExpiring, GetRanges
from chatd.storage.memory import MemoryStore
from chatd.storage.personal import CountMentions, CountPinned, CountRooms, GetHidden, GetReaders, GetRooms
from chatd.storage.polls import GetVote, GetVotes
from chatd.storage.presences import GetPresences, IsKnown, IsPresent
from chatd.storage.queries import (
    FindToken,
    GetEdits,
    GetEntries,
    GetHash,
    GetHead,
    GetKey,
    GetMembers,
    GetMembership,
    GetMessage,
    GetReaction,
    GetReactions,
    GetRoom,
    GetTokens,
    GetUnread,
    GetUser,
    Query,
)
from chatd.storage.sqlite import SqliteStore
from tests.storage.people_strategies import Given, people_queries, people_records
from tests.storage.scenes import EPOCH, key, records

ROOMS = [bytes([number]) * 16 for number in (1, 128, 255)]
USERS = ["ana", "Bo", "ćy"]
TOKENS = [bytes([number]) * 32 for number in (0, 7, 255)]
KEYS = [key(number) for number in range(8)]

rooms = st.sampled_from(ROOMS)
users = st.sampled_from(USERS)
keys = st.sampled_from(KEYS)
tokens = st.sampled_from(TOKENS)
times, flags = st.integers(0, 50), st.booleans()
seqs = st.integers(0, 12)
bounds = st.integers(1, 1500)
choices = st.sets(st.integers(0, 11), max_size=3).map(lambda each: tuple(sorted(each)))
emojis = st.sampled_from(["", "x", "\U0001f44d"])

entries = st.builds(
    NewEntry,
    room=rooms,
    kind=st.sampled_from(EntryKind),
    sender=users,
    key=keys,
    time=times,
    salt=st.binary(min_size=16, max_size=16),
    body=st.binary(max_size=300),
    target=st.none() | seqs | st.just(SeqOf(0)),
    counts=st.booleans(),
    ttl_ms=st.none() | times,
)
fields_of_rooms = {
    "title": st.text(max_size=5),
    "members": times,
    "owners": times,
    "pins": st.lists(seqs, max_size=3).map(tuple),
    "requests": times,
    "settings": st.builds(
        Settings,
        slow_mode_s=st.integers(0, 1),
        slow_since=times,
        history=st.sampled_from(Past),
        member_s=times,
        ttl_s=times,
    ),
    "filter": st.none() | st.builds(Filter, words=st.lists(st.text(max_size=3), max_size=2).map(tuple)),
    "frozen": st.booleans(),
    "invites": st.lists(st.builds(Invite, hash=tokens, creator=users, expires=times, uses=times), max_size=2).map(
        tuple
    ),
    "outgrown": st.sampled_from([(), (Feature.TYPING,)]),
    "expired": seqs,
    "ended": st.none() | st.sampled_from(Archive),
}
room_records = st.builds(
    RoomRecord,
    room=rooms,
    kind=st.sampled_from(RoomKind),
    pair=st.none() | st.just(("ana", "bo")),
    **fields_of_rooms,
)
memberships = st.builds(
    Membership,
    room=rooms,
    user=users,
    state=st.sampled_from(MemberState),
    role=st.sampled_from(Role),
    floor=seqs | st.just(HeadPlus(1)),
    until=st.none() | seqs | st.just(HeadPlus(0)),
    denied=st.lists(st.builds(Denial, st.sampled_from(Permission), st.none() | times), max_size=2).map(tuple),
    banned_until=st.none() | times,
)
token_records = st.builds(
    TokenRecord, hash=tokens, user=users, created=times, expires=st.none() | times, revoked=st.booleans()
)
drawn = Given(users=users, keys=keys, rooms=rooms, times=times, seqs=seqs, words=emojis)
record_sets = st.lists(
    room_records
    | memberships
    | token_records
    | st.builds(
        MessageRecord,
        room=rooms,
        seq=seqs,
        edits=st.integers(0, 2),
        deleted=st.booleans(),
        reactions=st.lists(st.builds(Tally, emojis, times, st.just(("ana", "bo"))), max_size=2).map(tuple),
    )
    | st.builds(ReactionRecord, room=rooms, seq=seqs, emoji=emojis, user=users, on=st.booleans())
    | st.builds(
        MentionsRecord,
        room=rooms,
        seq=seqs,
        edit=st.integers(0, 2),
        users=st.lists(users, max_size=2, unique=True).map(tuple),
        everybody=st.booleans(),
    )
    | st.builds(
        PollRecord,
        room=rooms,
        seq=seqs,
        multiple=st.booleans(),
        closes=st.none() | times,
        counts=st.lists(times, max_size=3).map(tuple),
        voters=times,
        closed=st.booleans(),
    )
    | st.builds(PresenceRecord, user=users, shown=st.sampled_from(Shown))
    | st.builds(SeenRecord, user=users, at=times)
    | st.builds(VoteRecord, room=rooms, seq=seqs, user=users, options=choices)
    | st.builds(Erasure, room=rooms, seq=seqs, edited=st.booleans())
    | st.builds(Expiry, room=rooms, first=seqs, last=seqs, spared=st.lists(seqs, max_size=2).map(tuple))
    | st.builds(ReadMark, rooms, users, seqs, seqs)
    | st.builds(
        Conversation,
        room=rooms,
        user=users,
        muted_until=times,
        archived=st.booleans(),
        pinned=st.integers(0, 1),
        unread=st.none() | seqs,
        draft=seqs,
        hidden=st.integers(0, 1),
    )
    | st.builds(HiddenRecord, room=rooms, user=users, seq=seqs)
    | st.builds(UserRecord, user=users, created=times, closed=st.none() | times, leaving=flags, revoked_until=times)
    | people_records(drawn),
    max_size=3,
).map(tuple)


def entry_sets(most: int) -> st.SearchStrategy[tuple[NewEntry, ...]]:
    return st.lists(entries, max_size=most).map(tuple)


items = st.builds(
    Item,
    entries=entry_sets(1) | entry_sets(3),
    records=record_sets,
    digest=st.sampled_from([b"one digest", b"another"]),
)
batches = st.lists(items, max_size=5)

few, places = st.integers(0, 3), st.tuples(times, keys)
queries = st.one_of(
    st.builds(GetRoom, rooms) | st.builds(GetHead, rooms),
    st.builds(GetMembership, rooms, users),
    st.builds(GetKey, rooms, users, keys),
    st.builds(GetUser, users) | st.builds(FindToken, tokens.map(lambda each: each[:8])),
    st.builds(GetTokens, after=tokens, limit=st.integers(0, 3)),
    st.builds(GetHash, room=rooms, seq=seqs) | st.builds(GetUnread, room=rooms, seq=seqs),
    st.builds(GetMessage, rooms, seqs),
    st.builds(GetReaction, rooms, seqs, emojis, users),
    st.builds(GetReactions, room=rooms, seq=seqs, after=st.tuples(emojis, users), limit=st.integers(0, 3)),
    st.builds(GetPresences, st.lists(users, unique=True).map(tuple)),
    st.builds(IsPresent, rooms, users) | st.builds(IsKnown, rooms, users),
    st.builds(GetVote, rooms, seqs, users),
    st.builds(GetVotes, room=rooms, seq=seqs, after=users, limit=st.integers(0, 3)),
    st.builds(GetEdits, room=rooms, seq=seqs, after=seqs, last=seqs, entries_max=st.integers(0, 5), bytes_max=bounds),
    st.builds(
        GetEntries,
        room=rooms,
        first=seqs,
        last=seqs,
        entries_max=st.integers(0, 5),
        bytes_max=bounds,
        newest=st.booleans(),
        changes=st.booleans(),
    ),
    st.builds(GetMembers, room=rooms, after=users, limit=st.integers(0, 3), staff=st.booleans()),
    st.builds(GetRooms, user=users, before=st.none() | st.tuples(times, rooms), limit=st.integers(0, 3)),
    st.builds(GetHidden, room=rooms, user=users, first=seqs, last=seqs),
    st.builds(CountRooms, user=users) | st.builds(CountPinned, user=users),
    st.builds(CountMentions, room=rooms, user=users, seq=seqs),
    st.builds(GetReaders, room=rooms, limit=st.integers(0, 3)),
    st.builds(GetCommits, after=seqs, entries_max=st.integers(0, 5), bytes_max=bounds),
    st.builds(GetRanges, user=users, limit=st.integers(0, 3)),
    st.builds(GetStandings, user=users, after=rooms, limit=st.integers(0, 3)),
    st.builds(GetBearer, tokens) | st.builds(GetHeir, rooms, users) | st.builds(GetLeaving, limit=st.integers(0, 3)),
    st.builds(GetExpiring, st.integers(0, 3)) | st.builds(GetUsers, after=users, limit=st.integers(0, 3)),
    people_queries(drawn),
)
everything: list[Query] = [
    *[GetEntries(room=room, first=1, last=999, entries_max=999, bytes_max=10**9, changes=True) for room in ROOMS],
    *[GetMembership(room, user) for room in ROOMS for user in USERS],
    *[GetKey(room, user, each) for room in ROOMS for user in USERS for each in KEYS],
    *[GetRoom(room) for room in ROOMS],
    *[GetRooms(user=user, before=None, limit=99) for user in USERS],
    *[CountMentions(room=room, user=user, seq=0) for room in ROOMS for user in USERS],
    GetTokens(after=b"", limit=99),
    GetCommits(after=0, entries_max=999, bytes_max=10**9),
    GetExpiring(999),
    GetUsers(after="", limit=99),
    GetLeaving(limit=99),
    *[GetStandings(user=user, after=b"", limit=99) for user in USERS],
    *[GetBearer(each) for each in TOKENS],
    *[GetHeir(room, user) for room in ROOMS for user in USERS],
    *[GetRanges(user=user, limit=99) for user in USERS],
]
grounds: list[Record] = [
    *[RoomRecord(room=room, kind=RoomKind.GROUP) for room in ROOMS],
    *[UserRecord(user=user, created=1) for user in USERS],
]


async def outcome(store: Store, batch: Sequence[Item]) -> Appended | str:
    """Append, and tell a failure by a word, so that the failures of two backends can be compared."""
    try:
        return await store.append(batch)
    except StoreError:
        await store.reopen()
        return "failed"


@pytest.mark.slow
@given(
    grounded=st.booleans(),
    steps=st.lists(st.tuples(batches, st.lists(queries, max_size=5)), max_size=6),
)
@settings(max_examples=80, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
async def test_both_backends_give_equal_answers(grounded: bool, steps: list[tuple[list[Item], list[Query]]]) -> None:
    memory = MemoryStore(EPOCH)
    with tempfile.TemporaryDirectory() as directory:
        sqlite = await SqliteStore.open(Path(directory), EPOCH)
        try:
            for batch, asked in [(records(*grounds) if grounded else [], everything), *steps]:
                assert await outcome(sqlite, batch) == await outcome(memory, batch)
                assert await sqlite.read(asked) == await memory.read(asked)
            await sqlite.reopen()
            assert await sqlite.read(everything) == await memory.read(everything)
        finally:
            await sqlite.aclose()
