"""Strategies that build every message of the protocol, and the settings all properties run with."""

from __future__ import annotations

from enum import Enum
from types import UnionType
from typing import Any, get_args, get_origin

from attrs import fields, has, resolve_types
from hypothesis import settings, strategies as st

from chatd import names, words
from chatd.chain import pack
from chatd.limits import DEFAULTS, SEQ_MAX
from chatd.messages import (
    AttributesOf,
    Cheer,
    Closing,
    Contacts,
    CreateFor,
    CreateGroup,
    CreateInvite,
    DropLetters,
    Edit,
    Entered,
    Evidence,
    Follow,
    Followed,
    GoingAway,
    Greeting,
    HeldPosts,
    History,
    JoinByInvite,
    LettersPage,
    ListLetters,
    ListTokens,
    ListUsers,
    Members,
    Origin,
    Permissions,
    PermissionsOf,
    Post,
    Profiles,
    React,
    Reactions,
    Redeliver,
    Refused,
    Report,
    Reports,
    ReportsPage,
    Resolve,
    Review,
    RevokeToken,
    Rooms,
    RoomsPage,
    RoomSummary,
    RoomSync,
    Search,
    SearchPage,
    SetAttributes,
    SetConversation,
    SetDraft,
    SetFilter,
    SetLevel,
    SetProfile,
    SetRelation,
    SetSettings,
    StreamEvent,
    Subscribe,
    Vote,
    Votes,
    Watch,
    Watchers,
    WatchPresence,
)
from chatd.model import LED
from chatd.rights import GRANTABLE, SWITCHED
from chatd.wire import content
from tests.wire.contents import GOOD
from tests.wire.people_strategies import relations, reports

steady = settings(max_examples=40, deadline=None, derandomize=True, database=None)

seqs = st.integers(0, SEQ_MAX)
user_names = st.text(min_size=1, max_size=12).filter(names.is_name)
titles = st.text(min_size=1, max_size=40).filter(names.is_title)
ids = st.binary(min_size=16, max_size=16)
entries = st.integers(1, SEQ_MAX)
emoji = st.sampled_from(("x", "\U0001f44d", "\u2764\ufe0f", "\U0001f468\u200d\U0001f469"))
contents = st.text(min_size=1, max_size=60).map(content.text) | st.sampled_from(
    [pack(facts) for facts in GOOD.values() if facts["type"] not in ("forward", "poll")]
)
positions = st.binary(min_size=32, max_size=32)
cursors = st.lists(st.tuples(ids, seqs, st.binary(min_size=8, max_size=8)), max_size=6)


def is_query(text: str) -> bool:
    try:
        return bool(words.terms(text))
    except words.BadQuery:
        return False


_BY_NAME: dict[str, st.SearchStrategy[Any]] = {
    "room": ids,
    "key": ids,
    "epoch": ids,
    "user": user_names,
    "device": user_names,
    "title": titles,
    "hash": st.binary(min_size=32, max_size=32),
    "version": st.integers(0, 255),
    "heartbeat_s": st.integers(1, 3600),
    "scheme": st.text(max_size=4),
    "limit": st.integers(1, 200),
    "seq": entries,
    "start": seqs,
    "end": seqs,
    "head": seqs,
    "until": st.none() | seqs,
    "report": ids,
    "ttl_s": st.none() | st.integers(1, 86_400),
}
_BY_FIELD: dict[tuple[type[Any], str], st.SearchStrategy[Any]] = {
    (CreateGroup, "kind"): st.sampled_from(LED),
    (CreateFor, "kind"): st.sampled_from(LED),
    (CreateFor, "owner"): user_names,
    (ListUsers, "after"): st.none() | user_names,
    (Follow, "after"): st.none() | positions,
    (Follow, "wait_ms"): st.integers(0, 10_000),
    (Follow, "now"): st.just(False),
    (Followed, "position"): positions,
    (StreamEvent, "position"): positions,
    (Edit, "content"): contents,
    (React, "emoji"): emoji,
    (Vote, "options"): st.sets(st.integers(0, 11)).map(lambda each: tuple(sorted(each))),
    (WatchPresence, "room"): st.none() | ids,
    (Votes, "after"): st.none() | user_names,
    (Subscribe, "rooms"): cursors.map(lambda rows: tuple(value for row in rows for value in row)),
    (Subscribe, "latest"): st.none() | st.integers(0, 100),
    (RevokeToken, "token"): st.text(max_size=4),
    (Members, "after"): st.none() | user_names,
    (Rooms, "next"): st.none() | st.binary(min_size=24, max_size=24),
    (RoomsPage, "next"): st.none() | st.binary(min_size=24, max_size=24),
    (RoomSync, "read"): seqs,
    (Refused, "after_ms"): st.none() | seqs,
    (Closing, "after_ms"): st.none() | seqs,
    (GoingAway, "after_ms"): seqs,
    (Refused, "wait_ms"): st.none() | seqs,
    (Refused, "reason"): st.text(max_size=64),
    (ListLetters, "next"): st.none() | st.binary(min_size=24, max_size=24),
    (LettersPage, "next"): st.none() | st.binary(min_size=24, max_size=24),
    (ListLetters, "limit"): st.integers(1, 100),
    **{(each, "endpoint"): st.text(max_size=8) for each in (ListLetters, Redeliver, DropLetters)},
    (SetConversation, "muted_until"): seqs,
    (SetDraft, "content"): st.none() | st.binary(max_size=40),
    (RoomSummary, "draft"): seqs,
    (SetSettings, "defaults"): st.none() | st.lists(st.sampled_from(GRANTABLE)).map(tuple),
    (SetSettings, "off"): st.none() | st.lists(st.sampled_from(SWITCHED)).map(tuple),
    (SetSettings, "keep"): st.none() | st.integers(0, 20_000),
    (SetSettings, "requires"): st.none() | st.just({"level": (3, True), "region": ("eu",)}),
    (Watch, "h8"): st.binary(min_size=8, max_size=8),
    (Watch, "latest"): st.none() | st.integers(0, 100),
    (Cheer, "emoji"): emoji,
    (Cheer, "count"): st.integers(1, 20),
    (Watchers, "count"): seqs,
    (RoomSync, "watchers"): seqs,
    (RoomSync, "ended"): st.none() | st.just("staff"),
    **dict.fromkeys(((RoomSync, "off"), (RoomSummary, "off")), st.sampled_from([(), ("typing",)])),
    (SetSettings, "slow_mode_s"): st.none() | st.integers(0, 21_600),
    **{(SetSettings, each): st.none() | st.integers(0, 31_622_400) for each in ("member_s", "account_s", "ttl_s")},
    (SetLevel, "level"): st.integers(0, 4),
    (SetSettings, "level"): st.none() | st.integers(0, 3),
    (SetFilter, "words"): st.none() | st.lists(st.sampled_from(("spam", "free money", "猫"))).map(tuple),
    (SetFilter, "hosts"): st.none() | st.lists(st.sampled_from(("a.example", "b-c.d.org"))).map(tuple),
    (Post, "ttl_s"): st.none() | st.integers(1, 31_622_400),
    (Entered, "expires"): st.none() | seqs,
    (Review, "number"): entries,
    (HeldPosts, "after"): seqs,
    (CreateInvite, "uses"): st.none() | st.integers(1, 1_000_000),
    (JoinByInvite, "code"): ids,
    (Permissions, "user"): st.none() | user_names,
    (PermissionsOf, "banned_until"): st.none() | seqs,
    (PermissionsOf, "ttl_s"): seqs,
    (Search, "query"): st.text('ab猫é* "', min_size=1, max_size=8).filter(is_query),
    (Search, "sender"): st.none() | user_names,
    (Search, "before"): st.none() | seqs,
    (Search, "after"): st.none() | seqs,
    (Search, "next"): st.none() | st.binary(min_size=24, max_size=24),
    (SearchPage, "next"): st.none() | st.binary(min_size=24, max_size=24),
    (ListTokens, "after"): st.none() | st.text(max_size=4),
    (Contacts, "after"): st.none() | user_names,
    (SetProfile, "name"): st.text(max_size=9),
    (SetProfile, "handle"): st.none() | st.text(max_size=9),
    (SetProfile, "avatar"): st.none() | st.text("!a~", max_size=9),
    (Reports, "room"): st.none() | ids,
    (Reports, "next"): st.none() | st.binary(min_size=24, max_size=24),
    (ReportsPage, "next"): st.none() | st.binary(min_size=24, max_size=24),
    (Evidence, "room"): st.none() | ids,
    (Evidence, "after"): seqs,
    (Resolve, "room"): st.none() | ids,
    **dict.fromkeys(
        ((SetAttributes, "attributes"), (AttributesOf, "attributes")),
        st.dictionaries(
            st.sampled_from(("age_band", "region", "level")), st.text(max_size=9) | st.integers(-9, 9) | st.booleans()
        ),
    ),
    (Greeting, "limits"): st.just(DEFAULTS),
}


def _of_type(of: Any) -> st.SearchStrategy[Any]:
    if isinstance(of, UnionType):
        return st.one_of([st.none() if each is type(None) else _of_type(each) for each in get_args(of)])
    if get_origin(of) is tuple:
        item = user_names if get_args(of)[0] is str else _of_type(get_args(of)[0])
        return st.lists(item, max_size=4).map(tuple)
    if get_origin(of) is dict:
        return st.dictionaries(user_names, _of_type(get_args(of)[1]), max_size=4)
    if issubclass(of, Enum):
        return st.sampled_from(list(of))
    return messages(of) if has(of) else _SCALARS[of]


_SCALARS: dict[Any, st.SearchStrategy[Any]] = {
    int: st.integers(0, 2**64 - 1),
    str: st.text(max_size=20),
    bytes: st.binary(max_size=40),
    bool: st.booleans(),
}


def _of_field(cls: type[Any], name: str, of: Any) -> st.SearchStrategy[Any]:
    if (cls, name) in _BY_FIELD:
        return _BY_FIELD[cls, name]
    return _BY_NAME[name] if name in _BY_NAME else _of_type(of)


def _history() -> st.SearchStrategy[History]:
    edge = st.sampled_from(["before", "after", "around"])
    return st.builds(
        lambda room, name, seq, limit: History(room=room, limit=limit, **{name: seq}),
        ids,
        edge,
        st.none() | seqs,
        _BY_NAME["limit"],
    )


def _reactions() -> st.SearchStrategy[Reactions]:
    after = st.none() | st.tuples(emoji, user_names)
    return st.builds(
        lambda room, seq, after, limit: Reactions(
            room=room, seq=seq, emoji=after and after[0], user=after and after[1], limit=limit
        ),
        ids,
        entries,
        after,
        _BY_NAME["limit"],
    )


def _post() -> st.SearchStrategy[Post]:
    """Return a strategy of posts: a forward has an origin, and nothing else has."""
    forward = st.tuples(st.just(pack(GOOD["forward"])), st.builds(Origin, room=ids, seq=entries))
    other = st.tuples(contents | st.just(pack(GOOD["poll"])), st.none())
    return st.builds(
        lambda room, key, said, reply, retry: Post(
            room=room, key=key, content=said[0], origin=said[1], reply=reply, retry=retry
        ),
        ids,
        ids,
        forward | other,
        st.none() | entries,
        st.booleans(),
    )


def messages(cls: type[Any]) -> st.SearchStrategy[Any]:
    """Return a strategy of instances of `cls`: a message, or what stands inside one."""
    if cls is SetRelation:
        return relations(ids, user_names, entries)
    if cls is Report:
        return reports(ids, user_names, entries)
    if cls is Profiles:
        users = st.lists(user_names, min_size=1, max_size=4).map(lambda names: Profiles(users=tuple(names)))
        return users | st.text(max_size=9).map(lambda handle: Profiles(handle=handle))
    if cls is History:
        return _history()
    if cls is Post:
        return _post()
    if cls is Reactions:
        return _reactions()
    if cls is type(DEFAULTS):
        return st.just(DEFAULTS)
    return st.builds(
        cls, **{each.name: _of_field(cls, each.name, each.type) for each in fields(resolve_types(cls)) if each.init}
    )
