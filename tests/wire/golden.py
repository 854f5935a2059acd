"""The golden byte vectors of the protocol, for clients in any language: `python -m tests.wire.golden` writes them.

Bytes stand in JSON as {"hex": ...}. A vector that changes is a change of the protocol.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, get_args

import msgpack

from chatd import chain, facts
from chatd.codes import CloseCode, RefusalCode
from chatd.limits import CONTAINERS_FROM_SERVER
from chatd.messages import FromClient
from chatd.model import MemberState, Role, RoomKind
from chatd.wire import codec, content
from tests.wire import contents as typed
from tests.wire.ends import KEY, ROOM, raw
from tests.wire.samples import SAMPLES

DIRECTORY = Path(__file__).parents[1] / "vectors"
HELLO = {"version": 1, "scheme": "dev", "credential": "ana"}
POST = {"room": ROOM, "key": KEY, "content": content.text("hi")}


def plain(value: Any) -> Any:
    """Return `value` as JSON can hold it."""
    if isinstance(value, bytes):
        return {"hex": value.hex()}
    if isinstance(value, dict):
        return {key: plain(each) for key, each in value.items()}
    return [plain(each) for each in value] if isinstance(value, (list, tuple)) else value


def valid() -> list[dict[str, Any]]:
    vectors: list[dict[str, Any]] = []
    for name, message, request in SAMPLES:
        frame = codec.encode(message, request)
        tag, _, body = codec.decode_payload(frame[4:], CONTAINERS_FROM_SERVER)
        sender = "client" if type(message) in get_args(FromClient) else "server"
        vectors.append(
            {"name": name, "from": sender, "hex": frame.hex(), "tag": tag, "id": request, "body": plain(body)}
        )
    return vectors


def _deep(levels: int) -> Any:
    return {"a": _deep(levels - 1)} if levels else {}


BEFORE_HELLO: dict[str, tuple[bytes, CloseCode]] = {
    "a length of 0": (bytes(4), CloseCode.FRAME_SIZE),
    "a length over 4 KiB": (bytes.fromhex("00001001"), CloseCode.FRAME_SIZE),
    "a post": (raw([10, 1, POST]), CloseCode.HELLO_EXPECTED),
    "an unknown tag": (raw([99, 1, {}]), CloseCode.HELLO_EXPECTED),
    "a hello without id": (raw([1, 0, HELLO]), CloseCode.HELLO_EXPECTED),
    "a hello without scheme": (raw([1, 1, {"version": 1}]), CloseCode.PROTOCOL_ERROR),
    "a hello of 17 containers": (raw([1, 1, HELLO | {"x": [[]] * 14}]), CloseCode.PROTOCOL_ERROR),
    "a hello of 257 values": (raw([1, 1, HELLO | {"x": [0] * 245}]), CloseCode.PROTOCOL_ERROR),
}
CLOSED: dict[str, tuple[bytes, CloseCode]] = {
    "a length of 0": (bytes(4), CloseCode.FRAME_SIZE),
    "a length over 64 KiB": (bytes.fromhex("00010001"), CloseCode.FRAME_SIZE),
    "a length of 2^32-1": (bytes.fromhex("ffffffff"), CloseCode.PROTOCOL_ERROR),
    "a flag": (bytes.fromhex("01000005") + chain.pack([2, 1, {}]), CloseCode.PROTOCOL_ERROR),
    "a second hello": (raw([1, 2, HELLO]), CloseCode.PROTOCOL_ERROR),
    "a request id of 0": (raw([2, 0, {}]), CloseCode.PROTOCOL_ERROR),
    "a request id of 2^32": (raw([2, 2**32, {}]), CloseCode.PROTOCOL_ERROR),
    "a negative request id": (raw([2, -1, {}]), CloseCode.PROTOCOL_ERROR),
    "a map": (raw({}), CloseCode.PROTOCOL_ERROR),
    "an array of 2": (raw([2, 1]), CloseCode.PROTOCOL_ERROR),
    "an array of 4": (raw([2, 1, {}, None]), CloseCode.PROTOCOL_ERROR),
    "a body of nil": (raw([2, 1, None]), CloseCode.PROTOCOL_ERROR),
    "a tag of true": (raw([True, 1, {}]), CloseCode.PROTOCOL_ERROR),
    "two values": (bytes.fromhex("0000000593020180c0"), CloseCode.PROTOCOL_ERROR),
    "an unfinished value": (bytes.fromhex("00000003930201"), CloseCode.PROTOCOL_ERROR),
    "an ext type": (bytes.fromhex("0000000993020181a161d40500"), CloseCode.PROTOCOL_ERROR),
    "a timestamp": (bytes.fromhex("0000000c93020181a161d6ff00000000"), CloseCode.PROTOCOL_ERROR),
    "a duplicate key": (bytes.fromhex("0000000a93020182a16101a16102"), CloseCode.PROTOCOL_ERROR),
    "an integer key": (raw([2, 1, {1: 2}]), CloseCode.PROTOCOL_ERROR),
    "a bytes key": (raw([2, 1, {b"a": 2}]), CloseCode.PROTOCOL_ERROR),
    "bad UTF-8": (bytes.fromhex("0000000893020181a161a1ff"), CloseCode.PROTOCOL_ERROR),
    "a surrogate": (bytes.fromhex("0000000a93020181a161a3eda080"), CloseCode.PROTOCOL_ERROR),
    "NaN": (raw([2, 1, {"a": float("nan")}]), CloseCode.PROTOCOL_ERROR),
    "infinity": (raw([2, 1, {"a": float("inf")}]), CloseCode.PROTOCOL_ERROR),
    "a depth of 9": (raw([2, 1, _deep(7)]), CloseCode.PROTOCOL_ERROR),
    "257 containers": (raw([2, 1, {"a": [[]] * 254}]), CloseCode.PROTOCOL_ERROR),
    "4,097 values": (raw([2, 1, {"a": [0] * 1500, "b": [0] * 1500, "c": [0] * 1087}]), CloseCode.PROTOCOL_ERROR),
    "a map that claims 2^32-1 keys": (bytes.fromhex("00000008930201dfffffffff"), CloseCode.PROTOCOL_ERROR),
}
WHOM = {"key": KEY, "user": "bo"}
REFUSED: dict[str, tuple[bytes, RefusalCode]] = {
    "an unknown tag": (raw([99, 1, {}]), RefusalCode.UNKNOWN_COMMAND),
    "a tag of the server": (raw([80, 1, {}]), RefusalCode.UNKNOWN_COMMAND),
    "a missing field": (raw([10, 1, {"room": ROOM, "key": KEY}]), RefusalCode.BAD_REQUEST),
    "a room of str": (raw([10, 1, POST | {"room": "r" * 16}]), RefusalCode.BAD_REQUEST),
    "a room of 15 bytes": (raw([10, 1, POST | {"room": ROOM[1:]}]), RefusalCode.BAD_REQUEST),
    "a key of 17 bytes": (raw([10, 1, POST | {"key": KEY + b"k"}]), RefusalCode.BAD_REQUEST),
    "retry of 1": (raw([10, 1, POST | {"retry": 1}]), RefusalCode.BAD_REQUEST),
    "an empty content": (raw([10, 1, POST | {"content": b""}]), RefusalCode.BAD_CONTENT),
    "a name of spaces": (raw([11, 1, {"key": KEY, "user": "   "}]), RefusalCode.BAD_NAME),
    "a title of control characters": (raw([12, 1, {"key": KEY, "title": "\x07\x1b"}]), RefusalCode.BAD_TITLE),
    "101 members": (raw([12, 1, {"key": KEY, "title": "t", "members": ["u"] * 101}]), RefusalCode.TOO_LARGE),
    "a group of a kind that nobody creates": (
        raw([12, 1, {"key": KEY, "title": "t", "kind": "self"}]),
        RefusalCode.BAD_REQUEST,
    ),
    "users of str": (raw([13, 1, {"room": ROOM, "key": KEY, "users": "ana"}]), RefusalCode.BAD_REQUEST),
    "an unknown role": (
        raw([18, 1, {"room": ROOM, "key": KEY, "user": "bo", "role": "boss"}]),
        RefusalCode.BAD_REQUEST,
    ),
    "two thirds of a cursor": (raw([20, 1, {"epoch": bytes(16), "rooms": [ROOM, 1]}]), RefusalCode.BAD_REQUEST),
    "a seq of -1": (raw([25, 1, {"room": ROOM, "seq": -1}]), RefusalCode.BAD_REQUEST),
    "a vote for an option twice": (
        raw([38, 1, {"room": ROOM, "key": KEY, "seq": 2, "options": [1, 1]}]),
        RefusalCode.BAD_REQUEST,
    ),
    "a vote for option 12": (
        raw([38, 1, {"room": ROOM, "key": KEY, "seq": 2, "options": [12]}]),
        RefusalCode.BAD_REQUEST,
    ),
    "a forward without origin": (raw([10, 1, POST | {"content": chain.pack(typed.FORWARD)}]), RefusalCode.BAD_CONTENT),
    "an origin of a text": (raw([10, 1, POST | {"origin": {"room": ROOM, "seq": 1}}]), RefusalCode.BAD_REQUEST),
    "an origin of a list": (raw([10, 1, POST | {"origin": [ROOM, 1]}]), RefusalCode.BAD_REQUEST),
    "an edit to a forward": (
        raw([30, 1, {"room": ROOM, "key": KEY, "seq": 2, "content": chain.pack(typed.FORWARD)}]),
        RefusalCode.BAD_CONTENT,
    ),
    "an edit to a poll": (
        raw([30, 1, {"room": ROOM, "key": KEY, "seq": 2, "content": chain.pack(typed.POLL)}]),
        RefusalCode.BAD_CONTENT,
    ),
    "presence shown to friends": (raw([145, 1, {"key": KEY, "shown": "friends"}]), RefusalCode.BAD_REQUEST),
    "a watch of 501 users": (raw([146, 1, {"users": ["u"] * 501}]), RefusalCode.TOO_LARGE),
    "a watch of a name with a blank": (raw([146, 1, {"users": ["b o"]}]), RefusalCode.BAD_NAME),
    "a query of a star": (raw([140, 1, {"query": "*"}]), RefusalCode.BAD_QUERY),
    "a query of 17 terms": (raw([140, 1, {"query": "ab " * 17}]), RefusalCode.TOO_LARGE),
    "a term of 65 bytes": (raw([140, 1, {"query": "a" * 65}]), RefusalCode.TOO_LARGE),
    "an attribute of nil": (
        raw([186, 1, WHOM | {"attributes": {"a": None}}]),
        RefusalCode.BAD_REQUEST,
    ),
    "an attribute that is no word": (
        raw([186, 1, WHOM | {"attributes": {"A": 1}}]),
        RefusalCode.BAD_REQUEST,
    ),
    "33 attributes": (
        raw([186, 1, WHOM | {"attributes": {f"a{number}": 1 for number in range(33)}}]),
        RefusalCode.TOO_LARGE,
    ),
    "a relation to oneself": (
        raw([185, 1, {"user": "bo", "other": "bo", "relation": "follow"}]),
        RefusalCode.BAD_REQUEST,
    ),
    "a report of a room and a user": (
        raw([135, 1, {"key": KEY, "room": ROOM, "user": "bo", "reason": "spam"}]),
        RefusalCode.BAD_REQUEST,
    ),
    "a report of nothing": (raw([135, 1, {"key": KEY, "reason": "spam"}]), RefusalCode.BAD_REQUEST),
    "a report for no word": (raw([135, 1, {"key": KEY, "user": "bo", "reason": "Spam!"}]), RefusalCode.BAD_REQUEST),
    "a report of 1,025 bytes": (
        raw([135, 1, {"key": KEY, "user": "bo", "reason": "spam", "text": "x" * 1025}]),
        RefusalCode.TOO_LARGE,
    ),
    "a profile of nothing": (raw([139, 1, {"key": KEY}]), RefusalCode.BAD_REQUEST),
    "an avatar with a space": (raw([139, 1, {"key": KEY, "avatar": "a b"}]), RefusalCode.BAD_REQUEST),
    "a display name of 129 bytes": (raw([139, 1, {"key": KEY, "name": "x" * 129}]), RefusalCode.TOO_LARGE),
    "profiles of a user and a handle": (raw([184, 1, {"users": ["bo"], "handle": "bo_li"}]), RefusalCode.BAD_REQUEST),
    "profiles of nobody": (raw([184, 1, {}]), RefusalCode.BAD_REQUEST),
    "a list that there is not": (raw([134, 1, {"which": "blocked_by"}]), RefusalCode.BAD_REQUEST),
    "before and after": (raw([22, 1, {"room": ROOM, "before": 5, "after": 1}]), RefusalCode.BAD_REQUEST),
}


def invalid() -> list[dict[str, Any]]:
    return (
        [_closing(name, "before hello", *case) for name, case in BEFORE_HELLO.items()]
        + [_closing(name, "open", *case) for name, case in CLOSED.items()]
        + [
            {"name": name, "state": "open", "hex": data.hex(), "refusal": code.value}
            for name, (data, code) in REFUSED.items()
        ]
    )


def _closing(name: str, state: str, data: bytes, code: CloseCode) -> dict[str, Any]:
    return {"name": name, "state": state, "hex": data.hex(), "close": code.value}


def chained() -> dict[str, Any]:
    ana = facts.Change("ana", MemberState.MEMBER, Role.OWNER)
    bodies = [
        ("create", None, facts.created(RoomKind.GROUP, "Friends", [ana])),
        ("post", None, content.text("hi")),
        ("post", 2, content.text("naïve 😀")),
        ("title", None, facts.titled("Friends & Co")),
    ]
    previous = chain.origin(ROOM)
    entries: list[dict[str, Any]] = []
    for seq, (kind, target, body) in enumerate(bodies, 1):
        key, salt = bytes([seq]) * 16, bytes([0xA0 + seq]) * 16
        hashed = chain.body_hash(salt, body)
        header = {"room": ROOM, "seq": seq, "kind": kind, "sender": "ana", "key": key}
        header |= {"time": 1_700_000_000_000 + seq, "target": target}
        previous = chain.link(previous, (ROOM, seq, kind, "ana", key, 1_700_000_000_000 + seq, target), hashed)
        entries.append(header | {"salt": salt, "body": body, "body_hash": hashed, "hash": previous})
    entries[1] |= {"salt": None, "body": None}
    return {"room": plain(ROOM), "h0": plain(chain.origin(ROOM)), "entries": plain(entries)}


def ids() -> list[dict[str, Any]]:
    return [
        {"of": "group", "creator": "ana", "key": plain(KEY), "id": plain(chain.group_id("ana", KEY))},
        {"of": "direct", "users": ["ana", "bo"], "id": plain(chain.direct_id("ana", "bo"))},
        {"of": "direct", "users": ["zoë", "李"], "id": plain(chain.direct_id("李", "zoë"))},
        {"of": "self", "user": "ana", "id": plain(chain.self_id("ana"))},
        {"of": "invite", "room": plain(ROOM), "code": plain(KEY), "hash": plain(chain.invite_hash(ROOM, KEY))},
        {
            "of": "self key",
            "room": plain(ROOM),
            "key": plain(KEY),
            "user": "bo",
            "id": plain(chain.self_key(ROOM, KEY, "bo")),
        },
        {"of": "features key", "room": plain(ROOM), "key": plain(KEY), "id": plain(chain.features_key(ROOM, KEY))},
    ]


GOOD_CONTENTS = {
    "text": content.text("hi"),
    "text of several scripts": content.text("naïve 😀 李 \u0645"),
    "text with a fallback": chain.pack({"type": "text", "text": "new", "fallback": "old"}),
    "an unknown type": chain.pack({"type": "quiz", "fallback": "a quiz", "options": ["yes", "no"]}),
    "unknown keys": chain.pack({"type": "text", "text": "hi", "a": [1, -1, 1.5, None, True, b"b", {"c": {}}]}),
    **{name: chain.pack(facts) for name, facts in typed.GOOD.items()},
}
BAD_CONTENTS = {
    "empty": b"",
    "no map": msgpack.packb("hi"),
    "no type": msgpack.packb({"text": "hi"}),
    "a type of 33 bytes": msgpack.packb({"type": "t" * 33, "fallback": "x"}),
    "an empty text": msgpack.packb({"type": "text", "text": ""}),
    "a text of bytes": msgpack.packb({"type": "text", "text": b"hi"}),
    "an unknown type without fallback": msgpack.packb({"type": "poll", "text": "x"}),
    "a trailing byte": content.text("hi") + b"\xc0",
    "a duplicate key": bytes.fromhex("83a474797065a474657874a474657874a161a474657874a162"),
    "a depth of 9": msgpack.packb({"type": "text", "text": "x", "a": _deep(7)}),
    "NaN": msgpack.packb({"type": "text", "text": "x", "a": float("nan")}),
    **{name: msgpack.packb(facts) for name, (facts, _) in typed.BAD.items()},
}


def contents() -> dict[str, Any]:
    return {
        "valid": [
            {
                "name": name,
                "hex": data.hex(),
                "holds": plain(msgpack.unpackb(data)),
                "shown": content.shown(content.parse(data)),
            }
            for name, data in GOOD_CONTENTS.items()
        ],
        "invalid": [
            {"name": name, "hex": data.hex(), "refusal": RefusalCode.BAD_CONTENT.value}
            for name, data in BAD_CONTENTS.items()
        ],
    }


def files() -> dict[str, str]:
    """Return the text of each file of vectors."""
    vectors = {"valid": valid(), "invalid": invalid(), "chain": chained(), "ids": ids(), "contents": contents()}
    return {f"{name}.json": json.dumps(value, indent=1, ensure_ascii=True) + "\n" for name, value in vectors.items()}


def write() -> None:
    for name, text in files().items():
        (DIRECTORY / name).write_text(text, encoding="utf-8")


if __name__ == "__main__":
    write()
