"""What no client should send, through a real session: its code, who lives on, and that nobody else notices."""

from __future__ import annotations

from typing import Any

import pytest
from trio.testing import MockClock

from chatd.chain import origin, pack, short
from chatd.codes import CloseCode
from chatd.messages import Closing, Done, Ping, Post, Refused, Subscribe
from chatd.model import RoomId
from chatd.wire import content
from tests.house import House, Peer, open_house
from tests.server.people import direct
from tests.wire.contents import POLL, SYSTEM

POST, GROUP, SUBSCRIBE, HISTORY, MARK = Post.tag, 12, Subscribe.tag, 22, 25
KEY = b"a key of 16 byte"
ONE_OPTION = POLL | {"options": ["pizza"]}
HELLO = {"version": 1, "scheme": "dev", "credential": "eve", "device": "tv"}


def frame(payload: bytes) -> bytes:
    return len(payload).to_bytes(4, "big") + payload


def request(tag: int, body: dict[str, Any], number: int = 7) -> bytes:
    return frame(pack([tag, number, body]))


def nested(levels: int) -> Any:
    value: Any = "in the middle"
    for _ in range(levels):
        value = [value]
    return value


NO_FRAMES: dict[str, tuple[bytes, CloseCode]] = {
    "length 0": (bytes(4), CloseCode.FRAME_SIZE),
    "a length over the limit": ((64 * 1024 + 1).to_bytes(4, "big"), CloseCode.FRAME_SIZE),
    "length 2^32-1": (b"\xff\xff\xff\xff", CloseCode.PROTOCOL_ERROR),
    "an ext type": (frame(b"\x93\x02\x07\x81\xa1a\xd4\x01\x00"), CloseCode.PROTOCOL_ERROR),
    "depth 9": (request(Ping.tag, {"a": nested(7)}), CloseCode.PROTOCOL_ERROR),
    "a map of 10,000 keys": (
        request(Ping.tag, {str(number): 0 for number in range(10_000)}),
        CloseCode.PROTOCOL_ERROR,
    ),
    "bad UTF-8": (frame(b"\x93\x02\x07\x81\xa1a\xa2\xff\xfe"), CloseCode.PROTOCOL_ERROR),
    "a duplicate key": (frame(b"\x93\x02\x07\x82\xa1a\x01\xa1a\x02"), CloseCode.PROTOCOL_ERROR),
    "10,000 empty maps": (request(Ping.tag, {"a": [{}] * 1500, "b": [{}] * 1500}), CloseCode.PROTOCOL_ERROR),
    "10,000 nested maps": (frame(b"\x93\x02\x07" + b"\x81\xa1a" * 10_000 + b"\x80"), CloseCode.PROTOCOL_ERROR),
    "a second hello": (request(1, HELLO), CloseCode.PROTOCOL_ERROR),
    "a request without id": (request(Ping.tag, {}, 0), CloseCode.PROTOCOL_ERROR),
    "no array": (frame(pack({"tag": 2})), CloseCode.PROTOCOL_ERROR),
    "bytes behind the value": (frame(pack([Ping.tag, 7, {}]) + b"\x00"), CloseCode.PROTOCOL_ERROR),
}


def refused_bodies(room: RoomId) -> dict[str, tuple[bytes, str]]:
    post = {"room": room, "key": KEY}
    return {
        "an unknown tag": (request(63, {}), "unknown_command"),
        "an unknown room": (request(POST, {**post, "room": bytes(16), "content": content.text("hi")}), "unknown_room"),
        "an empty content": (request(POST, {**post, "content": b""}), "bad_content"),
        "an empty text": (request(POST, {**post, "content": pack({"type": "text", "text": ""})}), "bad_content"),
        "a poll of one": (request(POST, {**post, "content": pack(ONE_OPTION)}), "bad_content"),
        "what only a server says": (request(POST, {**post, "content": pack(SYSTEM)}), "bad_content"),
        "a content over the limit": (request(POST, {**post, "content": bytes(32 * 1024 + 1)}), "too_large"),
        "a content that is a text": (request(POST, {**post, "content": "hi"}), "bad_request"),
        "no content": (request(POST, post), "bad_request"),
        "a room id of 15 bytes": (request(POST, {**post, "room": room[1:], "content": b""}), "bad_request"),
        "a seq of -1": (request(MARK, {"room": room, "seq": -1}), "bad_request"),
        "a history before -1": (request(HISTORY, {"room": room, "before": -1}), "bad_request"),
        "a history with two ends": (request(HISTORY, {"room": room, "before": 1, "after": 1}), "bad_request"),
        "a title of control characters": (request(GROUP, {"key": KEY, "title": "\x1b[2J"}), "bad_title"),
        "a blank title": (request(GROUP, {"key": KEY, "title": "  "}), "bad_title"),
        "a name of spaces": (request(GROUP, {"key": KEY, "title": "t", "members": ["  "]}), "bad_name"),
        "101 members": (request(GROUP, {"key": KEY, "title": "t", "members": ["bo"] * 101}), "too_large"),
        "a cursor of two parts": (request(SUBSCRIBE, {"epoch": bytes(16), "rooms": [room, 1]}), "bad_request"),
        "a cursor with seq -1": (
            request(SUBSCRIBE, {"epoch": bytes(16), "rooms": [room, -1, short(origin(room))]}),
            "bad_request",
        ),
        "an integer for a yes": (request(POST, {**post, "content": content.text("hi"), "retry": 1}), "bad_request"),
        "a token of this page": (request(24, {"next": b"not a position"}), "bad_request"),
    }


async def bystanders(house: House) -> tuple[Peer, Peer, RoomId]:
    """Return ana, who will misbehave, and bo, who is in a room with her and listens."""
    ana, bo = await house.enter("ana"), await house.enter("bo")
    return ana, bo, await direct(house, ana, bo)


async def nothing_noticed(bo: Peer, room: RoomId) -> None:
    assert bo.take() == []
    assert await bo.ask(Ping()) == Done()
    await bo.post_on_disk(room, "all is well")


@pytest.mark.parametrize("name", NO_FRAMES)
async def test_what_is_no_frame_ends_its_session_alone(mock_clock: MockClock, name: str) -> None:
    data, code = NO_FRAMES[name]
    async with open_house() as house:
        ana, bo, room = await bystanders(house)
        await ana.stream.send_all(data)
        await house.rest()
        [closing] = ana.take()
        assert isinstance(closing, Closing)
        assert closing.code == code
        assert ana.ended
        await nothing_noticed(bo, room)


@pytest.mark.parametrize("name", refused_bodies(bytes(16)))
async def test_what_is_wrong_in_one_request_is_refused_and_the_session_lives(mock_clock: MockClock, name: str) -> None:
    async with open_house() as house:
        ana, bo, room = await bystanders(house)
        data, code = refused_bodies(room)[name]
        await ana.stream.send_all(data)
        await house.rest()
        refusal = ana.reply(7)
        assert isinstance(refusal, Refused)
        assert (refusal.code, refusal.verdict) == (code, "never")
        assert await ana.ask(Ping()) == Done()
        await nothing_noticed(bo, room)


BEFORE_HELLO: dict[str, tuple[bytes, CloseCode]] = {
    "a post before hello": (request(POST, {}), CloseCode.HELLO_EXPECTED),
    "a hello without id": (request(1, HELLO, 0), CloseCode.HELLO_EXPECTED),
    "a hello without version": (request(1, {"scheme": "dev"}), CloseCode.PROTOCOL_ERROR),
    "a device of spaces": (request(1, {**HELLO, "device": " "}), CloseCode.PROTOCOL_ERROR),
    "a name of spaces": (request(1, {**HELLO, "credential": "   "}), CloseCode.UNAUTHENTICATED),
    "5 KiB before hello": ((5 * 1024).to_bytes(4, "big"), CloseCode.FRAME_SIZE),
    "17 maps before hello": (request(1, {**HELLO, "a": [{}] * 17}), CloseCode.PROTOCOL_ERROR),
}


@pytest.mark.parametrize("name", BEFORE_HELLO)
async def test_what_is_no_hello_ends_the_connection(mock_clock: MockClock, name: str) -> None:
    data, code = BEFORE_HELLO[name]
    async with open_house() as house:
        _, bo, room = await bystanders(house)
        eve = await house.connect()
        await eve.stream.send_all(data)
        await house.rest()
        assert [event.code for event in eve.events(Closing)] == [code]
        assert eve.ended
        await nothing_noticed(bo, room)


async def test_a_frame_may_come_byte_by_byte(mock_clock: MockClock) -> None:
    async with open_house() as house:
        ana, _, _ = await bystanders(house)
        for byte in request(Ping.tag, {}):
            await ana.stream.send_all(bytes([byte]))
            await house.rest()
        assert ana.reply(7) == Done()


async def test_what_follows_a_broken_frame_is_not_acted_upon(mock_clock: MockClock) -> None:
    async with open_house() as house:
        ana, bo, room = await bystanders(house)
        post = request(POST, {"room": room, "key": KEY, "content": content.text("smuggled")})
        await ana.stream.send_all(bytes(4) + post)
        await house.rest()
        await nothing_noticed(bo, room)
