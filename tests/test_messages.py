from __future__ import annotations

from typing import Any, get_args

import pytest
from attrs import fields

from chatd import limits, messages
from chatd.codes import RefusalCode
from chatd.limits import SEQ_MAX
from chatd.messages import (
    AddMember,
    Ban,
    Cheer,
    CreateGroup,
    CreateInvite,
    Follow,
    FromClient,
    FromServer,
    Greeting,
    Hello,
    Hide,
    History,
    IssueToken,
    JoinByInvite,
    KeyedCommand,
    ListTokens,
    MarkDelivered,
    MarkRead,
    Members,
    OpenDirect,
    Post,
    Restrict,
    RevokeToken,
    Rooms,
    Search,
    SetAttributes,
    SetConversation,
    SetDraft,
    SetFilter,
    SetLevel,
    SetRelation,
    SetSettings,
    SetTitle,
    Subscribe,
    Unfit,
    Watch,
    WhoRead,
)
from chatd.model import RelationKind, RoomKind
from chatd.rights import GRANTABLE, SWITCHED, Feature, Permission

ROOM, KEY, EPOCH, H8 = b"r" * 16, b"k" * 16, b"e" * 16, b"h" * 8
HELLO = {"version": 1, "scheme": "dev"}


def test_no_two_messages_share_a_tag() -> None:
    tags = [cls.tag for cls in get_args(messages.Message)]
    assert sorted(dict.fromkeys(tags)) == sorted(tags)


def test_clients_and_servers_have_tags_of_their_own() -> None:
    """Of 64 tags in turn: 1-63 are clients', 64-127 servers', 128-191 clients' again, and so on."""
    assert all(cls.tag // 64 % 2 == 0 for cls in get_args(FromClient))
    assert all(cls.tag // 64 % 2 == 1 for cls in get_args(FromServer))


@pytest.mark.parametrize("cls", get_args(KeyedCommand))
def test_what_can_commit_carries_a_key_and_retry(cls: type[Any]) -> None:
    names = [each.name for each in fields(cls)]
    assert "key" in names
    assert names[-1] == "retry"


@pytest.mark.parametrize(
    ("cls", "values", "code"),
    [
        (Hello, HELLO | {"version": 256}, "bad_request"),
        (Hello, HELLO | {"scheme": "x" * 17}, "too_large"),
        (Hello, HELLO | {"credential": "x" * 2049}, "too_large"),
        (Hello, HELLO | {"credential": "é" * 1025}, "too_large"),
        (Hello, HELLO | {"credential": "\ud800"}, "bad_request"),
        (Hello, HELLO | {"device": ""}, "bad_name"),
        (Hello, HELLO | {"capabilities": ("a",) * 33}, "too_large"),
        (Hello, HELLO | {"heartbeat_s": 0}, "bad_request"),
        (Hello, HELLO | {"agent": "x" * 129}, "too_large"),
        (Post, {"room": ROOM[1:], "key": KEY, "content": b""}, "bad_request"),
        (Post, {"room": ROOM, "key": KEY + b"k", "content": b""}, "bad_request"),
        (OpenDirect, {"key": KEY, "user": "a b"}, "bad_name"),
        (CreateGroup, {"key": KEY, "title": ""}, "bad_title"),
        (CreateGroup, {"key": KEY, "title": "t", "members": ("a",) * 101}, "too_large"),
        (CreateGroup, {"key": KEY, "title": "t", "kind": RoomKind.SELF}, "bad_request"),
        (CreateGroup, {"key": KEY, "title": "t", "kind": RoomKind.DIRECT}, "bad_request"),
        (AddMember, {"room": ROOM, "key": KEY, "users": ("ana", "\n")}, "bad_name"),
        (SetTitle, {"room": ROOM, "key": KEY, "title": "\x1b[0m"}, "bad_title"),
        (Subscribe, {"epoch": b"", "rooms": ()}, "bad_request"),
        (Subscribe, {"epoch": EPOCH, "rooms": (ROOM, 1)}, "bad_request"),
        (Subscribe, {"epoch": EPOCH, "rooms": (ROOM, 1, H8) * 513}, "bad_request"),
        (Subscribe, {"epoch": EPOCH, "rooms": (1, 1, H8)}, "bad_request"),
        (Subscribe, {"epoch": EPOCH, "rooms": (ROOM, ROOM, H8)}, "bad_request"),
        (Subscribe, {"epoch": EPOCH, "rooms": (ROOM, True, H8)}, "bad_request"),
        (Subscribe, {"epoch": EPOCH, "rooms": (ROOM, 1, 1)}, "bad_request"),
        (Subscribe, {"epoch": EPOCH, "rooms": (ROOM[1:], 1, H8)}, "bad_request"),
        (Subscribe, {"epoch": EPOCH, "rooms": (ROOM, -1, H8)}, "bad_request"),
        (Subscribe, {"epoch": EPOCH, "rooms": (ROOM, SEQ_MAX + 1, H8)}, "bad_request"),
        (Subscribe, {"epoch": EPOCH, "rooms": (ROOM, 1, H8[1:])}, "bad_request"),
        (Subscribe, {"epoch": EPOCH, "rooms": (), "latest": 101}, "bad_request"),
        (History, {"room": ROOM, "before": 1, "around": 1}, "bad_request"),
        (History, {"room": ROOM, "after": -1}, "bad_request"),
        (History, {"room": ROOM, "limit": 0}, "bad_request"),
        (Members, {"room": ROOM, "after": " "}, "bad_name"),
        (Hide, {"room": ROOM, "key": KEY, "seq": 0}, "bad_request"),
        (SetConversation, {"room": ROOM, "key": KEY}, "bad_request"),
        (SetConversation, {"room": ROOM, "key": KEY, "muted_until": -1}, "bad_request"),
        (SetDraft, {"room": ROOM, "key": KEY, "content": bytes(8193)}, "too_large"),
        (MarkDelivered, {"room": ROOM, "seq": SEQ_MAX + 1}, "bad_request"),
        (WhoRead, {"room": ROOM, "seq": 0}, "bad_request"),
        (Search, {"query": ""}, "bad_query"),
        (Search, {"query": "*"}, "bad_query"),
        (Search, {"query": "a*"}, "bad_query"),
        (Search, {"query": "a " * 10_000}, "too_large"),
        (Search, {"query": "a " * 17}, "too_large"),
        (Search, {"query": "a" * 65}, "too_large"),
        (Search, {"query": "a", "room": ROOM[1:]}, "bad_request"),
        (Search, {"query": "a", "sender": " "}, "bad_name"),
        (Search, {"query": "a", "before": -1}, "bad_request"),
        (Search, {"query": "a", "next": bytes(23)}, "bad_request"),
        (Search, {"query": "a", "limit": 0}, "bad_request"),
        (Rooms, {"limit": 1001}, "bad_request"),
        (MarkRead, {"room": ROOM, "seq": SEQ_MAX + 1}, "bad_request"),
        (Restrict, {"room": ROOM, "key": KEY, "user": "bo", "until": -1}, "bad_request"),
        (Restrict, {"room": ROOM, "key": KEY, "user": "bo", "reason": "é" * 257}, "too_large"),
        (Ban, {"room": ROOM, "key": KEY, "user": "b o"}, "bad_name"),
        (SetSettings, {"room": ROOM, "key": KEY, "defaults": (Permission.POST, Permission.BAN)}, "bad_request"),
        (SetSettings, {"room": ROOM, "key": KEY, "slow_mode_s": 21_601}, "bad_request"),
        (SetSettings, {"room": ROOM, "key": KEY, "off": (Feature.TYPING, Feature.JOINS)}, "bad_request"),
        (SetSettings, {"room": ROOM, "key": KEY, "member_s": 31_622_401}, "bad_request"),
        (SetSettings, {"room": ROOM, "key": KEY, "account_s": -1}, "bad_request"),
        (SetSettings, {"room": ROOM, "key": KEY, "level": 4}, "bad_request"),
        (SetSettings, {"room": ROOM, "key": KEY, "requires": {"region": ()}}, "bad_request"),
        (SetSettings, {"room": ROOM, "key": KEY, "requires": {"Region": ("eu",)}}, "bad_request"),
        (SetSettings, {"room": ROOM, "key": KEY, "requires": {"level": (SEQ_MAX + 1,)}}, "bad_request"),
        (SetSettings, {"room": ROOM, "key": KEY, "requires": {"region": ("é" * 65,)}}, "too_large"),
        (SetSettings, {"room": ROOM, "key": KEY, "requires": {"level": tuple(range(9))}}, "too_large"),
        (SetSettings, {"room": ROOM, "key": KEY, "requires": {f"a{each}": (1,) for each in range(5)}}, "too_large"),
        (SetLevel, {"level": 5}, "bad_request"),
        (SetLevel, {"level": -1}, "bad_request"),
        (SetFilter, {"room": ROOM, "key": KEY, "words": ("spam", "...")}, "bad_request"),
        (SetFilter, {"room": ROOM, "key": KEY, "words": ("é" * 33,)}, "too_large"),
        (SetFilter, {"room": ROOM, "key": KEY, "words": ("spam",) * 101}, "too_large"),
        (SetFilter, {"room": ROOM, "key": KEY, "words": ("a b c d e f g h i j",) * 99 + ("a " * 11,)}, "too_large"),
        (SetFilter, {"room": ROOM, "key": KEY, "hosts": ("a.b",) * 21}, "too_large"),
        (SetFilter, {"room": ROOM, "key": KEY, "hosts": ("a" * 252 + ".b",)}, "too_large"),
        *[
            (SetFilter, {"room": ROOM, "key": KEY, "hosts": (host,)}, "bad_request")
            for host in ("", "a", "A.b", "a..b", "a.b/", "ä.b", "a.b:1", "a.b\n", "*.a.b")
        ],
        (SetSettings, {"room": ROOM, "key": KEY, "ttl_s": 31_622_401}, "bad_request"),
        (SetSettings, {"room": ROOM, "key": KEY, "ttl_s": -1}, "bad_request"),
        (Post, {"room": ROOM, "key": KEY, "content": b"", "ttl_s": 0}, "bad_request"),
        (Post, {"room": ROOM, "key": KEY, "content": b"", "ttl_s": 31_622_401}, "bad_request"),
        (SetSettings, {"room": ROOM, "key": KEY, "keep": 20_001}, "bad_request"),
        (Watch, {"room": ROOM, "epoch": EPOCH, "seq": -1, "h8": H8}, "bad_request"),
        (Watch, {"room": ROOM, "epoch": EPOCH, "seq": 0, "h8": b"h" * 7}, "bad_request"),
        (Watch, {"room": ROOM, "epoch": EPOCH, "seq": 0, "h8": H8, "latest": 101}, "bad_request"),
        (Cheer, {"room": ROOM, "emoji": "a b"}, "bad_emoji"),
        (Cheer, {"room": ROOM, "emoji": "x" * 33}, "too_large"),
        (Cheer, {"room": ROOM, "emoji": "+", "count": 0}, "bad_request"),
        (Cheer, {"room": ROOM, "emoji": "+", "count": 21}, "bad_request"),
        (CreateInvite, {"room": ROOM, "key": KEY, "hash": b"h" * 31}, "bad_request"),
        (CreateInvite, {"room": ROOM, "key": KEY, "hash": b"h" * 32, "uses": 0}, "bad_request"),
        (CreateInvite, {"room": ROOM, "key": KEY, "hash": b"h" * 32, "ttl_s": 0}, "bad_request"),
        (JoinByInvite, {"room": ROOM, "key": KEY, "code": b"c" * 15}, "bad_request"),
        (IssueToken, {"user": "ana", "hash": b"short"}, "bad_request"),
        (IssueToken, {"user": "ana", "hash": b"h" * 32, "ttl_s": 0}, "bad_request"),
        (RevokeToken, {"token": "0" * 17}, "too_large"),
        (ListTokens, {"limit": 201}, "bad_request"),
    ],
)
def test_what_does_not_fit_is_refused_as_it_is_built(cls: type[Any], values: dict[str, Any], code: str) -> None:
    with pytest.raises(Unfit) as caught:
        cls(**values)
    assert caught.value.code is RefusalCode(code)


@pytest.mark.parametrize(
    ("cls", "values"),
    [
        (Hello, HELLO | {"credential": "é" * 1024, "capabilities": ("a",) * 32, "agent": "x" * 128}),
        (CreateGroup, {"key": KEY, "title": "t", "members": ("a",) * 100}),
        (Subscribe, {"epoch": EPOCH, "rooms": (ROOM, SEQ_MAX, H8) * 512, "latest": 0}),
        (History, {"room": ROOM}),
        (History, {"room": ROOM, "around": 0, "limit": 1000}),
        (Members, {"room": ROOM, "after": "ana", "limit": 1}),
        (Search, {"query": ("a" * 64 + " ") * 16, "room": ROOM, "sender": "ana", "before": 0, "after": SEQ_MAX}),
        (Restrict, {"room": ROOM, "key": KEY, "user": "bo", "deny": tuple(Permission), "reason": "é" * 256}),
        (SetSettings, {"room": ROOM, "key": KEY, "defaults": GRANTABLE, "slow_mode_s": 21_600}),
        (SetSettings, {"room": ROOM, "key": KEY, "off": SWITCHED}),
        (SetSettings, {"room": ROOM, "key": KEY, "member_s": 31_622_400, "account_s": 31_622_400, "level": 3}),
        (SetSettings, {"room": ROOM, "key": KEY, "keep": 20_000}),
        (SetSettings, {"room": ROOM, "key": KEY, "requires": {f"a{each}": ("é" * 64,) * 8 for each in range(4)}}),
        (Watch, {"room": ROOM, "epoch": EPOCH, "seq": SEQ_MAX, "h8": H8, "latest": 100}),
        (Cheer, {"room": ROOM, "emoji": "+", "count": 20}),
        (SetSettings, {"room": ROOM, "key": KEY, "defaults": ()}),
        (SetFilter, {"room": ROOM, "key": KEY, "words": ("é" * 32,) * 100, "hosts": ("a.b",) * 20}),
        (SetFilter, {"room": ROOM, "key": KEY, "words": ("a b c d e f g h i j",) * 100}),
        (SetSettings, {"room": ROOM, "key": KEY, "ttl_s": 0}),
        (Post, {"room": ROOM, "key": KEY, "content": b"", "ttl_s": 31_622_400}),
        (CreateInvite, {"room": ROOM, "key": KEY, "hash": b"h" * 32, "uses": 1_000_000, "ttl_s": 31_622_400}),
        (IssueToken, {"user": "ana", "hash": b"h" * 32, "ttl_s": 1}),
        (SetConversation, {"room": ROOM, "key": KEY, "pinned": False}),
        (SetConversation, {"room": ROOM, "key": KEY, "muted_until": SEQ_MAX}),
        (SetDraft, {"room": ROOM, "key": KEY, "content": bytes(8192)}),
        (SetDraft, {"room": ROOM, "key": KEY, "content": None}),
        (SetRelation, {"key": KEY, "user": "ana", "other": "bo", "relation": RelationKind.FOLLOW, "since": SEQ_MAX}),
        (SetAttributes, {"key": KEY, "user": "ana", "attributes": {f"a{number}": "é" * 64 for number in range(32)}}),
        (SetAttributes, {"key": KEY, "user": "ana", "attributes": {"a" * 32: SEQ_MAX, "b_1": -SEQ_MAX, "c": False}}),
    ],
)
def test_what_just_fits_is_built(cls: type[Any], values: dict[str, Any]) -> None:
    message = cls(**values)
    assert {name: getattr(message, name) for name in values} == values


def test_a_greeting_has_an_epoch_of_16_bytes() -> None:
    with pytest.raises(Unfit, match="epoch"):
        Greeting(versions=(1,), epoch=b"", time=0, limits=limits.DEFAULTS)


@pytest.mark.parametrize(
    ("attributes", "code"),
    [
        ({f"a{number}": 1 for number in range(33)}, RefusalCode.TOO_LARGE),
        ({"a": "é" * 65}, RefusalCode.TOO_LARGE),
        ({"": 1}, RefusalCode.BAD_REQUEST),
        ({"A": 1}, RefusalCode.BAD_REQUEST),
        ({"a b": 1}, RefusalCode.BAD_REQUEST),
        ({"a\n": 1}, RefusalCode.BAD_REQUEST),
        ({"a" * 33: 1}, RefusalCode.BAD_REQUEST),
        ({"a": SEQ_MAX + 1}, RefusalCode.BAD_REQUEST),
        ({"a": -SEQ_MAX - 1}, RefusalCode.BAD_REQUEST),
    ],
)
def test_what_is_no_attribute_is_refused(attributes: dict[str, Any], code: RefusalCode) -> None:
    with pytest.raises(Unfit) as unfit:
        SetAttributes(key=KEY, user="ana", attributes=attributes)
    assert unfit.value.code is code


def test_a_stream_begins_now_or_behind_a_position_and_not_both() -> None:
    with pytest.raises(Unfit, match="not both") as unfit:
        Follow(after=bytes(32), now=True)
    assert unfit.value.code == "bad_request"


def test_a_relation_has_two_users() -> None:
    with pytest.raises(Unfit, match="two users"):
        SetRelation(key=KEY, user="ana", other="ana", relation=RelationKind.FOLLOW)


def test_messages_print_neither_credentials_nor_contents() -> None:
    assert "secret" not in repr(Hello(version=1, scheme="token", credential="secret"))
    assert "secret" not in repr(Search(query="secret"))
    assert "secret" not in repr(Post(room=ROOM, key=KEY, content=b"secret"))
    assert "secret" not in repr(JoinByInvite(room=ROOM, key=KEY, code=b"secret----------"))
    assert "secret" not in repr(SetDraft(room=ROOM, key=KEY, content=b"secret"))


@pytest.mark.parametrize(
    ("emoji", "code"),
    [
        ("", RefusalCode.BAD_EMOJI),
        ("a b", RefusalCode.BAD_EMOJI),
        ("\x1b[2J", RefusalCode.BAD_EMOJI),
        ("\ud800", RefusalCode.BAD_EMOJI),
        ("\u202ex", RefusalCode.BAD_EMOJI),
        ("x" * 33, RefusalCode.TOO_LARGE),
        ("\N{PARTY POPPER}" * 1024, RefusalCode.TOO_LARGE),
    ],
)
def test_what_is_no_emoji_is_refused(emoji: str, code: RefusalCode) -> None:
    with pytest.raises(Unfit) as unfit:
        messages.React(room=ROOM, key=KEY, seq=1, emoji=emoji)
    assert unfit.value.code is code


@pytest.mark.parametrize("emoji", ["\N{PARTY POPPER}", "+1", "x" * 32, "👩\u200d🚀", "🏴\U000e0067\U000e007f"])
def test_what_joins_emoji_and_makes_flags_may_be_in_one(emoji: str) -> None:
    assert messages.React(room=ROOM, key=KEY, seq=1, emoji=emoji).emoji == emoji


@pytest.mark.parametrize("half", [{"emoji": "x"}, {"user": "bo"}])
def test_a_page_of_reactions_goes_on_behind_an_emoji_and_a_user(half: dict[str, Any]) -> None:
    with pytest.raises(Unfit, match="emoji and user go together"):
        messages.Reactions(room=ROOM, seq=1, **half)
