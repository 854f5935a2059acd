from __future__ import annotations

from typing import Any, get_args

import pytest
from attrs import evolve
from hypothesis import given, strategies as st

from chatd.chain import pack
from chatd.codes import CloseCode, RefusalCode
from chatd.limits import CONTAINERS_FROM_SERVER, CONTAINERS_MAX, CONTENT_BYTES_MAX
from chatd.messages import (
    AddMember,
    Committed,
    FromClient,
    FromServer,
    KeyedCommand,
    ListTokens,
    Members,
    OpenDirect,
    Post,
    Subscribe,
    Unfit,
)
from chatd.model import Entry, EntryKind
from chatd.wire import codec, content
from chatd.wire.errors import LocalProtocolError, RemoteProtocolError
from chatd.wire.framing import HEADER_BYTES
from tests.wire.ends import EPOCH, GREETING, KEY, ROOM
from tests.wire.strategies import contents, ids, messages, seqs, steady, user_names

BODY = {"room": ROOM, "key": KEY, "content": content.text("hi")}


def from_client(frame: bytes) -> tuple[int, FromClient]:
    tag, request, body = codec.decode_payload(frame[HEADER_BYTES:], CONTAINERS_MAX)
    return request, codec.from_client(tag, body, CONTENT_BYTES_MAX)


def from_server(frame: bytes) -> tuple[int, FromServer | None]:
    tag, request, body = codec.decode_payload(frame[HEADER_BYTES:], CONTAINERS_FROM_SERVER)
    return request, codec.from_server(tag, body)


@pytest.mark.parametrize("cls", get_args(FromClient))
@given(data=st.data())
@steady
def test_every_message_of_a_client_comes_back_as_it_was(cls: type[Any], data: st.DataObject) -> None:
    message = data.draw(messages(cls))
    assert from_client(codec.encode(message, 7)) == (7, message)


@pytest.mark.parametrize("cls", get_args(FromServer))
@given(data=st.data())
@steady
def test_every_message_of_a_server_comes_back_as_it_was(cls: type[Any], data: st.DataObject) -> None:
    message = data.draw(messages(cls))
    assert from_server(codec.encode(message)) == (0, message)


entries = st.builds(
    Entry,
    room=ids,
    seq=seqs,
    g=seqs,
    kind=st.sampled_from(EntryKind),
    sender=user_names,
    key=ids,
    time=seqs,
    target=st.none() | seqs,
    posts=seqs,
    salt=ids,
    body=contents | st.just(b""),
    body_hash=st.binary(min_size=32, max_size=32),
    hash=st.binary(min_size=32, max_size=32),
    expires=st.none() | seqs,
)


@given(entry=entries, erased=st.booleans())
@steady
def test_the_short_way_to_encode_an_entry_gives_the_same_bytes(entry: Entry, *, erased: bool) -> None:
    entry = evolve(entry, salt=None, body=None) if erased else entry
    assert codec.encode_entry(entry) == codec.encode(codec.entered(entry))


@given(entry=entries)
@steady
def test_a_stub_has_its_body_hash_and_an_entry_its_salt(entry: Entry) -> None:
    whole, stub = codec.entered(entry), codec.entered(evolve(entry, salt=None, body=None))
    assert (whole.body, whole.salt, whole.body_hash) == (entry.body, entry.salt, None)
    assert (stub.body, stub.salt, stub.body_hash) == (None, None, entry.body_hash)
    assert whole.h8 == stub.h8 == entry.hash[:8]


NO_FRAMES = {
    "no array": {},
    "a number": 7,
    "an array of 2": [10, 1],
    "an array of 4": [10, 1, {}, None],
    "a tag which is no integer": ["post", 1, {}],
    "a tag which is a truth value": [True, 1, {}],
    "an id which is no integer": [10, None, {}],
    "an id which is a truth value": [10, True, {}],
    "an id below 0": [10, -1, {}],
    "an id over 2^32-1": [10, 2**32, {}],
    "a body which is no map": [10, 1, []],
    "a body of nil": [10, 1, None],
    "a depth of 9": [10, 1, {"a": [[[[[[[]]]]]]]}],
    "a 257th container": [10, 1, {"a": [[]] * 254}],
}


@pytest.mark.parametrize("value", NO_FRAMES.values(), ids=NO_FRAMES.keys())
def test_what_is_no_frame_ends_the_connection(value: object) -> None:
    with pytest.raises(RemoteProtocolError) as caught:
        codec.decode_payload(pack(value), CONTAINERS_MAX)
    assert caught.value.close_code is CloseCode.PROTOCOL_ERROR


def test_what_is_no_msgpack_ends_the_connection() -> None:
    with pytest.raises(RemoteProtocolError, match="frame: "):
        codec.decode_payload(b"\xc1", CONTAINERS_MAX)


@pytest.mark.parametrize("value", [[0, 0, {}], [255, 2**32 - 1, {"a": [[[[[[]]]]]]}], [10, 1, {"a": [[]] * 253}]])
def test_the_outermost_of_what_a_frame_allows(value: list[Any]) -> None:
    assert list(codec.decode_payload(pack(value), CONTAINERS_MAX)) == value


def refusal(tag: int, body: dict[str, Any]) -> tuple[RefusalCode, str]:
    with pytest.raises(Unfit) as caught:
        codec.from_client(tag, body, 100)
    return caught.value.code, str(caught.value)


@pytest.mark.parametrize("tag", [-1, 0, 3, 21, 64, 68, 80, 87, 88, 2**32])
def test_a_tag_that_no_client_may_send_is_unknown(tag: int) -> None:
    assert refusal(tag, {})[0] is RefusalCode.UNKNOWN_COMMAND


@pytest.mark.parametrize(
    ("tag", "body", "code", "text"),
    [
        (10, BODY | {"room": "r"}, "bad_request", "room: bytes expected, str given"),
        (10, {"room": ROOM}, "bad_request", "key: missing"),
        (10, BODY | {"key": b"short"}, "bad_request", "key: 16 bytes expected, 5 given"),
        (10, BODY | {"content": b""}, "bad_content", "content: the value is cut short"),
        (10, BODY | {"content": content.text("x" * 100)}, "too_large", "content: 118 bytes, at most 100 allowed"),
        (11, {"key": KEY, "user": "   "}, "bad_name", "user: not a name"),
        (12, {"key": KEY, "title": "\x00\x01"}, "bad_title", "title: not a title"),
        (
            12,
            {"key": KEY, "title": "t", "members": ["a"] * 101},
            "too_large",
            "members: 101 given, at most 100 allowed",
        ),
        (18, {"room": ROOM, "key": KEY, "user": "a", "role": "x"}, "bad_request", "role: one of"),
        (20, {"epoch": EPOCH, "rooms": [ROOM, -1, b"h" * 8]}, "bad_request", "rooms: a value is out of its range"),
        (22, {"room": ROOM, "before": 1, "after": 2}, "bad_request", "history: at most one"),
        (25, {"room": ROOM, "seq": -1}, "bad_request", "seq: -1 is not within"),
    ],
)
def test_a_body_that_does_not_fit_names_its_code_and_its_field(
    tag: int, body: dict[str, Any], code: str, text: str
) -> None:
    refused, reason = refusal(tag, body)
    assert refused.value == code
    assert reason.startswith(text)


def test_what_does_not_fit_in_a_frame_of_a_server_is_found_inside_nested_data() -> None:
    with pytest.raises(Unfit, match="limits: "):
        codec.from_server(64, {"versions": [1], "epoch": EPOCH, "time": 1, "limits": {"frame_bytes_max": 5}})


def test_a_limit_out_of_its_range_does_not_fit() -> None:
    tag, _, body = codec.decode_payload(codec.encode(GREETING)[HEADER_BYTES:], CONTAINERS_MAX)
    body["limits"]["content_bytes_max"] = 0
    with pytest.raises(Unfit, match="limits: "):
        codec.from_server(tag, body)


def test_unknown_keys_of_a_body_are_ignored() -> None:
    assert codec.from_client(10, BODY | {"new": [1, {}]}, 100) == codec.from_client(10, BODY, 100)
    assert codec.from_server(66, {"new": 1}) == codec.from_server(66, {})


@pytest.mark.parametrize("tag", [1, 10, 63, 88, 1000])
def test_a_tag_that_a_client_does_not_know_is_none(tag: int) -> None:
    assert codec.from_server(tag, {}) is None


def test_new_words_in_open_sets_do_not_break_a_client() -> None:
    body = {"code": "new_code", "verdict": "never", "text": ""}
    assert from_server(codec.encode(codec.from_server(68, body) or GREETING))[1] == codec.from_server(68, body)


def test_a_message_over_the_frame_limit_is_a_local_error() -> None:
    with pytest.raises(LocalProtocolError):
        codec.encode(Post(room=ROOM, key=KEY, content=b"x" * 65_536))


def test_a_text_with_a_lone_surrogate_cannot_be_sent() -> None:
    with pytest.raises(Unfit) as caught:
        codec.encode(ListTokens(after="\ud800"))
    assert caught.value.code is RefusalCode.BAD_REQUEST


def test_what_could_not_be_encoded_leaves_nothing_behind() -> None:
    before = codec.encode(GREETING)
    with pytest.raises(Unfit):
        codec.encode(ListTokens(after="\ud800"))
    assert codec.encode(GREETING) == before


def test_fields_that_hold_their_default_are_not_sent() -> None:
    frame = codec.encode(Committed(room=ROOM, seq=1, time=2), 5)
    assert frame[HEADER_BYTES:] == pack([67, 5, {"room": ROOM, "seq": 1, "time": 2}])


def test_the_cursors_of_a_subscribe_are_one_flat_list() -> None:
    frame = codec.encode(Subscribe(epoch=EPOCH, rooms=(ROOM, 3, b"h" * 8)), 5)
    assert frame[HEADER_BYTES:] == pack([20, 5, {"epoch": EPOCH, "rooms": [ROOM, 3, b"h" * 8]}])


@pytest.mark.parametrize("cls", get_args(KeyedCommand))
@given(data=st.data())
@steady
def test_a_digest_does_not_depend_on_retry(cls: type[Any], data: st.DataObject) -> None:
    command: Any = data.draw(messages(cls))
    again = evolve(command, retry=not command.retry)
    assert codec.digest(again) == codec.digest(command)


def test_another_command_has_another_digest() -> None:
    post = Post(room=ROOM, key=KEY, content=content.text("a"))
    commands: list[KeyedCommand] = [
        post,
        evolve(post, content=content.text("b")),
        evolve(post, room=b"s" * 16),
        OpenDirect(key=KEY, user="ana"),
        AddMember(room=ROOM, key=KEY, users=("ana",)),
        AddMember(room=ROOM, key=KEY, users=("ana", "bo")),
    ]
    digests = [codec.digest(command) for command in commands]
    assert len(dict.fromkeys(digests)) == len(digests)
    assert [len(each) for each in digests] == [32] * len(digests)


def test_absent_and_nil_are_the_same() -> None:
    assert codec.from_client(23, {"room": ROOM, "after": None}, 1) == Members(room=ROOM)
