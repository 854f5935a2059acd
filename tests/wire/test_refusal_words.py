"""What a refusal says is for people: it names the field at fault, in the words of the protocol and not in Python's."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, get_args

import pytest
from attrs import fields

from chatd.chain import pack
from chatd.limits import CONTAINERS_MAX, CONTENT_BYTES_MAX
from chatd.messages import FromClient, Message, Post, RoomsPage, Unfit
from chatd.wire import codec, content
from chatd.wire.framing import HEADER_BYTES
from tests.wire.contents import GOOD, SYSTEM
from tests.wire.ends import KEY, ROOM
from tests.wire.samples import SAMPLES

WRONG: tuple[Any, ...] = (
    *(None, True, 5, -1, 2**64 - 1, 1.5, "", "x", "\x00", b"", b"x", [], [None], [5], ["x"], [[]], [{}]),
    *({}, {"x": None}, {"x": 5}, {"x": [5]}, {"x": {}}, {"x": "x"}),
)
PYTHON = (
    *("object", "NoneType", "keyword", "argument", "<class", "no attribute", "subscriptable", "iterable", "codec"),
    *("unhashable", "tuple", "list ", "dict", "float(", "__", "Error", "strict_map_key", "len()"),
)
"""What only Python would say."""


def is_ours(text: str, *names: str) -> bool:
    """Return whether a refusal is about one of `names`, and says nothing that is Python's."""
    return any(name in text for name in names) and not [word for word in PYTHON if word in text]


def whole(sample: Message) -> str:
    """Return how a refusal begins that is about several fields of a command."""
    return re.sub("(?<!^)(?=[A-Z])", "_", type(sample).__name__).lower() + ":"


def read(tag: int, body: dict[str, Any]) -> str | None:
    """Return what a body is refused with; None where it is taken."""
    try:
        codec.from_client(tag, body, CONTENT_BYTES_MAX, allow_system=True)
    except Unfit as error:
        return str(error)
    return None


def refused(facts: dict[str, Any]) -> str | None:
    """Return what a content is refused with; None where it may be posted."""
    try:
        content.check(pack(facts), CONTENT_BYTES_MAX, allow_system=True)
    except Unfit as error:
        return str(error)
    return None


FROM_CLIENTS = [(name, sample) for name, sample, _ in SAMPLES if type(sample) in get_args(FromClient)]


@pytest.mark.parametrize("sample", [sample for _, sample in FROM_CLIENTS], ids=[name for name, _ in FROM_CLIENTS])
def test_a_field_of_a_wrong_type_is_named_and_spoken_of_in_our_words(sample: Message) -> None:
    tag, _, body = codec.decode_payload(codec.encode(sample, 1)[HEADER_BYTES:], CONTAINERS_MAX)
    told = {
        (attribute.name, repr(value)): text
        for attribute in fields(type(sample))
        for value in WRONG
        if (text := read(tag, body | {attribute.name: value})) is not None
    }
    assert {place: text for place, text in told.items() if not is_ours(text, place[0], whole(sample))} == {}
    assert {name for name, _ in told} == {attribute.name for attribute in fields(type(sample))}


def test_every_command_has_a_sample() -> None:
    assert {type(sample) for _, sample in FROM_CLIENTS} == {*get_args(FromClient)}


def _missing(tag: int, body: dict[str, Any]) -> Iterator[tuple[str, str | None]]:
    for name in body:
        yield name, read(tag, {key: value for key, value in body.items() if key != name})


def test_a_field_that_is_missing_is_named() -> None:
    for _, sample in FROM_CLIENTS:
        tag, _, body = codec.decode_payload(codec.encode(sample, 1)[HEADER_BYTES:], CONTAINERS_MAX)
        told = [(name, text) for name, text in _missing(tag, body) if text]
        assert [(name, text) for name, text in told if not is_ours(text, name, whole(sample))] == []


@pytest.mark.parametrize(
    ("origin", "said"),
    [
        (5, "origin: map expected, int given"),
        ([], "origin: map expected, array given"),
        ({}, "origin: room: missing"),
        ({"room": ROOM}, "origin: seq: missing"),
        ({"room": ROOM, "seq": None}, "origin: seq: int expected, nil given"),
        ({"room": "x", "seq": 1}, "origin: room: bytes expected, str given"),
        ({"room": ROOM, "seq": 0}, "seq: 0 is not within 1..9007199254740991"),
    ],
)
def test_what_is_wrong_within_a_field_is_named_too(origin: Any, said: str) -> None:
    body = {"room": ROOM, "key": KEY, "content": content.text("hi"), "origin": origin}
    assert read(Post.tag, body) == said


@pytest.mark.parametrize(
    ("rooms", "said"),
    [
        (5, "rooms: array expected, int given"),
        ([5], "rooms: map expected, int given"),
        ([{}], "rooms: room: missing"),
        ([{"room": 5}], "rooms: room: bytes expected, int given"),
    ],
)
def test_of_a_list_in_an_answer_the_first_that_does_not_fit_is_named(rooms: Any, said: str) -> None:
    with pytest.raises(Unfit) as error:
        codec.from_server(RoomsPage.tag, {"rooms": rooms, "more": False})
    assert str(error.value) == said


@pytest.mark.parametrize("facts", [*GOOD.values(), SYSTEM], ids=[*GOOD, "system"])
def test_a_key_of_a_content_that_does_not_fit_is_named_in_our_words(facts: dict[str, Any]) -> None:
    told = {(name, repr(value)): refused(facts | {name: value}) for name in facts for value in WRONG}
    assert {place: text for place, text in told.items() if text and not is_ours(text, place[0], "fallback")} == {}
    assert any(told.values())


@pytest.mark.parametrize(
    ("packed", "said"),
    [
        (bytes.fromhex("81a474797065a1ff"), "content: type: a string is not encoded in UTF-8"),
        (bytes.fromhex("81a1ff01"), "content: a string is not encoded in UTF-8"),
        (bytes.fromhex("810101"), "content: a map has a key which is no string"),
        (bytes.fromhex("81c001"), "content: a map has a key which is no string"),
        (bytes.fromhex("819001"), "content: a map has a key which is no string"),
        (bytes.fromhex("818001"), "content: a map has a key which is no string"),
        (bytes.fromhex("81c4016101"), "content: a map has a key which is no string"),
        (bytes.fromhex("90"), "content: a map expected"),
    ],
)
def test_what_is_no_content_is_told_in_our_words(packed: bytes, said: str) -> None:
    with pytest.raises(Unfit) as raised:
        content.check(packed, CONTENT_BYTES_MAX)
    assert str(raised.value) == said
