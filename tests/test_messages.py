from __future__ import annotations

from typing import Any, get_args

import pytest
from attrs import fields

from chatd import limits, messages
from chatd.codes import RefusalCode
from chatd.limits import SEQ_MAX
from chatd.messages import (
    AddMember,
    CreateGroup,
    FromClient,
    FromServer,
    Greeting,
    Hello,
    History,
    IssueToken,
    KeyedCommand,
    ListTokens,
    MarkRead,
    Members,
    OpenDirect,
    Post,
    RevokeToken,
    Rooms,
    SetTitle,
    Subscribe,
    Unfit,
)

ROOM, KEY, EPOCH, H8 = b"r" * 16, b"k" * 16, b"e" * 16, b"h" * 8
HELLO = {"version": 1, "scheme": "dev"}


def test_no_two_messages_share_a_tag() -> None:
    tags = [cls.tag for cls in get_args(messages.Message)]
    assert sorted(dict.fromkeys(tags)) == sorted(tags)


def test_clients_and_servers_have_tags_of_their_own() -> None:
    assert all(0 < cls.tag < 64 for cls in get_args(FromClient))
    assert all(64 <= cls.tag < 128 for cls in get_args(FromServer))


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
        (Hello, HELLO | {"device": ""}, "bad_name"),
        (Hello, HELLO | {"capabilities": ("a",) * 33}, "too_large"),
        (Hello, HELLO | {"heartbeat_s": 0}, "bad_request"),
        (Hello, HELLO | {"agent": "x" * 129}, "too_large"),
        (Post, {"room": ROOM[1:], "key": KEY, "content": b""}, "bad_request"),
        (Post, {"room": ROOM, "key": KEY + b"k", "content": b""}, "bad_request"),
        (OpenDirect, {"key": KEY, "user": "a b"}, "bad_name"),
        (CreateGroup, {"key": KEY, "title": ""}, "bad_title"),
        (CreateGroup, {"key": KEY, "title": "t", "members": ("a",) * 101}, "too_large"),
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
        (Rooms, {"limit": 1001}, "bad_request"),
        (MarkRead, {"room": ROOM, "seq": SEQ_MAX + 1}, "bad_request"),
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
        (IssueToken, {"user": "ana", "hash": b"h" * 32, "ttl_s": 1}),
    ],
)
def test_what_just_fits_is_built(cls: type[Any], values: dict[str, Any]) -> None:
    message = cls(**values)
    assert {name: getattr(message, name) for name in values} == values


def test_a_greeting_has_an_epoch_of_16_bytes() -> None:
    with pytest.raises(Unfit, match="epoch"):
        Greeting(versions=(1,), epoch=b"", time=0, limits=limits.DEFAULTS)


def test_messages_print_neither_credentials_nor_contents() -> None:
    assert "secret" not in repr(Hello(version=1, scheme="token", credential="secret"))
    assert "secret" not in repr(Post(room=ROOM, key=KEY, content=b"secret"))
