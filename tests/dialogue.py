"""Runs the dialogues of tests/dialogues: what people send and receive, a line each, over a whole daemon.

    # What the file shows.
    with limits.page_entries_max=3          a setting of the daemon; only at the top
    ana enters                              says hello and listens to the self room; device "phone"
    ana/laptop enters quietly               another device, which listens to nothing
    op enters as operator                   through the control socket
    bo connects [slowly]                    a connection without hello; slowly: nothing is buffered on its way
    ana sends COMMAND field=value ... [as LABEL]     the room of the reply is called LABEL from here on
    ana gets REPLY field=value ...          the one reply to what ana sent last, where it holds these values
    bo receives EVENT field=value ...       the next event pushed to bo
    bo receives nothing                     no event is left
    bo ignores the rest                     forget the events that are left
    bo stops reading | reads again | hangs up | is disconnected
    time passes SECONDS

Each line runs until everything is at rest. At the end nobody may have an event left that no line names. Fields
that a message does not have are looked up in the content or the facts of an entry. A room is written by its label,
or as self:USER (self: is the audit); a cursor as ROOM@SEQ, with ! for a foreign hash; a list with commas; a link by
its code, a signed credential as USER@SECONDS that it is good for, and `until` in seconds from now. A content is given
by its `text`, its `size`, as a `body` of tests/wire/contents.py, or as what hands the post `forward` on, ROOM@SEQ.
"""

from __future__ import annotations

import shlex
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, get_args

import msgpack
from attrs import Factory, define, evolve, fields_dict

from chatd.chain import SHORT_HASH_BYTES, invite_hash, origin, self_id, short
from chatd.messages import Entered, FromClient, Gap, Greeting, Origin, Welcome
from chatd.model import ContactList, EntryKind, FilterAction, Links, RelationKind, RoomId, RoomKind
from chatd.rights import Archive, Feature, JoinBy, Past
from chatd.server.auth import token_hash
from chatd.server.config import Config
from chatd.wire import content, quoting
from tests.house import House, Peer
from tests.signing import signed
from tests.telling import NAMES, Telling, snake, value_of
from tests.values import attributes, permissions, requires, split
from tests.wire import contents

COMMANDS: dict[str, type[Any]] = {snake(cls.__name__): cls for cls in get_args(FromClient)}
BODIES = {name.replace(" ", "_"): facts for name, facts in contents.BY_NAME.items()}


class Mismatch(Exception):
    """A line of a dialogue does not hold; `str()` says which, and what came instead."""


def settings(text: str) -> Config:
    """Return the configuration that the `with` lines of a dialogue ask for."""
    config = Config(data=Path("unused"), dev=True)
    for line in text.splitlines():
        if line.startswith("with "):
            name, _, value = line[5:].partition("=")
            config = _set(config, name.split("."), _setting(value))
    return config


def _setting(value: str) -> object:
    words = {"yes": True, "no": False}
    return int(value) if value.isdigit() else words.get(value, value)


def _set(tree: Any, path: list[str], value: object) -> Any:
    name, *rest = path
    return evolve(tree, **{name: _set(getattr(tree, name), rest, value) if rest else value})


@define(eq=False)
class Speaker:
    peer: Peer
    request: int = 0
    """Of what was sent last."""
    read: int = 0
    """How many of the frames that came are accounted for."""

    def events(self) -> list[Any]:
        """Return what was pushed and not named by any line yet; greetings go without saying."""
        coming = self.peer.received[self.read :]
        return [each.message for each in coming if each.request == 0 and not isinstance(each.message, Greeting)]

    def next_event(self) -> Any:
        while self.read < len(self.peer.received):
            came = self.peer.received[self.read]
            self.read += 1
            if came.request == 0 and not isinstance(came.message, Greeting):
                return came.message
        return None


@define(eq=False)
class Dialogue:
    house: House
    speakers: dict[str, Speaker] = Factory(dict)
    rooms: dict[str, RoomId] = Factory(dict)
    keys: dict[str, bytes] = Factory(dict)
    hashes: dict[tuple[RoomId, int], bytes] = Factory(dict)
    """The h8 of every seq that anybody was told of."""
    said: dict[tuple[RoomId, int], tuple[bytes, Entered]] = Factory(dict)
    """What every post says that anybody was told of, and its entry."""

    async def run(self, text: str) -> None:
        """Run every line. Raises Mismatch at the first that does not hold."""
        for number, line in enumerate(text.splitlines(), 1):
            words = shlex.split(line, comments=True)
            if not words or words[0] == "with":
                continue
            try:
                await self._line(words)
            except Mismatch as mismatch:
                raise Mismatch(f"line {number}: {line}\n{mismatch}") from None
        for name, speaker in self.speakers.items():
            if left := speaker.events():
                raise Mismatch(f"{name} received what no line names: {Telling(self._labels()).messages(left)}")

    async def _line(self, words: list[str]) -> None:
        name, verb, *rest = words
        if name == "time":
            await self.house.sleep(float(rest[0]))
            return
        if verb in {"enters", "connects"}:
            await self._arrive(name, verb, rest)
        else:
            await self._go_on(name, verb, rest)
        await self.house.rest()
        self._learn()

    async def _arrive(self, name: str, verb: str, rest: list[str]) -> None:
        user, _, device = name.partition("/")
        operator = rest == ["as", "operator"]
        peer = await self.house.connect(operators=operator, slowly="slowly" in rest)
        speaker = self.speakers[name] = Speaker(peer)
        if verb == "connects":
            return
        scheme = "operator" if operator else "dev"
        if not isinstance(await peer.hello(user, device or "phone", scheme=scheme), Welcome):
            raise Mismatch("not welcome")
        if not operator and "quietly" not in rest:
            await peer.subscribe(peer.room)
        self._learn()
        speaker.read = len(peer.received)

    async def _go_on(self, name: str, verb: str, rest: list[str]) -> None:
        speaker = self.speakers[name]
        match verb, rest:
            case "sends", [command, *given]:
                await self._send(speaker, command, given)
            case "gets", [kind, *expected]:
                self._require(speaker.peer.reply(speaker.request), kind, expected)
            case "receives", ["nothing"]:
                if left := speaker.events():
                    raise Mismatch(f"received {Telling(self._labels()).messages(left)}")
            case "receives", [kind, *expected]:
                self._require(speaker.next_event(), kind, expected)
            case "ignores", ["the", "rest"]:
                speaker.read = len(speaker.peer.received)
            case "stops", ["reading"]:
                speaker.peer.stop_reading()
            case "reads", ["again"]:
                speaker.peer.read_again()
            case "hangs", ["up"]:
                await speaker.peer.stream.aclose()
            case "is", ["disconnected"]:
                if not speaker.peer.ended:
                    raise Mismatch("still connected")
            case _:
                raise Mismatch("no such line")

    # -- sending ---------------------------------------------------------------------------------------------------

    async def _send(self, speaker: Speaker, command: str, given: list[str]) -> None:
        label = given[-1] if given[-2:-1] == ["as"] else ""
        values = dict(word.split("=", 1) for word in (given[:-2] if label else given))
        cls = COMMANDS[command]
        known = fields_dict(cls)
        if "key" in known:
            values.setdefault("key", f"key {len(self.keys)}")
        built = {name: self._parse(name, value) for name, value in values.items() if name in known}
        if "content" in known and "content" not in built and values.keys() & {"text", "size", "body"}:
            built["content"] = _content(values)
        if command == "post" and "forward" in values:
            built |= self._forward(values)
        if "hash" in known and "code" in values:
            built["hash"] = invite_hash(built["room"], _code(values["code"]))
        if command in {"subscribe", "watch"}:
            built.setdefault("epoch", self.house.store.epoch)
        if command == "watch":
            built["h8"] = self._cursor(f"{values['room']}@{values['seq']}")[2]
        speaker.request = await speaker.peer.send(cls(**built))
        await self.house.rest()
        if label:
            self.rooms[label] = speaker.peer.reply(speaker.request).room

    def _parse(self, name: str, value: str) -> Any:
        parsers: dict[str, Callable[[str], Any]] = {
            "room": self._room,
            "key": lambda label: self.keys.setdefault(label, self.house.key()),
            "rooms": self._cursors,
            **dict.fromkeys(("members", "users", "words", "hosts", "capabilities", "kinds", "room_kinds"), split),
            "links": Links,
            "action": FilterAction,
            **dict.fromkeys(("retry", "on", "now", "archived", "pinned", "unread", "private", "approve"), "yes".__eq__),
            "emoji": str,
            "hash": token_hash,
            "credential": lambda text: signed(text, self.house.now_ms[0] // 1000),
            "epoch": lambda word: word.encode().ljust(16, b"."),
            "code": _code,
            "origin": self._origin,
            "options": lambda text: tuple(map(int, split(text))),
            "deny": permissions,
            "defaults": permissions,
            "off": lambda words: tuple(Feature(word) for word in split(words)),
            "join_by": JoinBy,
            "history": Past,
            "kind": RoomKind,
            "archive": Archive,
            "which": ContactList,
            "relation": RelationKind,
            "attributes": attributes,
            "requires": requires,
            "until": lambda seconds: self.house.now_ms[0] + int(seconds) * 1000,
            "token": lambda secret: token_hash(secret)[:8].hex(),
        }
        if name in parsers:
            return parsers[name](value)
        return int(value) if value.isdigit() else value

    def _room(self, label: str) -> RoomId:
        return (
            self_id(label[5:]) if label.startswith("self:") else self.rooms.setdefault(label, label.encode().ljust(16))
        )

    def _forward(self, values: dict[str, str]) -> dict[str, Any]:
        origin = self._origin(values["forward"])
        said, post = self.said[origin.room, origin.seq]
        quote = quoting.quote_of(said, post.sender, post.time)
        return {"origin": origin, "content": quoting.forward(quote, values.get("text", ""))}

    def _origin(self, text: str) -> Origin:
        label, _, seq = text.partition("@")
        return Origin(room=self._room(label), seq=int(seq))

    def _cursors(self, text: str) -> tuple[bytes | int, ...]:
        return tuple(part for cursor in text.split(",") for part in self._cursor(cursor))

    def _cursor(self, text: str) -> tuple[bytes | int, ...]:
        label, _, at = text.partition("@")
        room, seq = self._room(label), int(at.rstrip("!"))
        foreign = at.endswith("!")
        h8 = bytes(SHORT_HASH_BYTES) if foreign else self.hashes.get((room, seq), short(origin(room)))
        return (room, seq, h8)

    def _learn(self) -> None:
        for speaker in self.speakers.values():
            for event in speaker.events():
                if isinstance(event, Entered):
                    self.hashes[event.room, event.seq] = event.h8
                    self._hear(event)
                elif isinstance(event, Gap) and event.hash:
                    self.hashes[event.room, event.end] = short(event.hash)

    def _hear(self, event: Entered) -> None:
        if event.kind == EntryKind.POST and event.body:
            self.said[event.room, event.seq] = (event.body, event)
        elif event.kind == EntryKind.EDIT and event.body and event.target:
            self.said[event.room, event.target] = (event.body, self.said[event.room, event.target][1])

    # -- comparing -------------------------------------------------------------------------------------------------

    def _require(self, message: Any, kind: str, expected: Sequence[str]) -> None:
        telling = Telling(self._labels())
        if NAMES.get(type(message)) != kind:
            raise Mismatch(f"came: {telling.message(message)}")
        for word in expected:
            name, _, value = word.partition("=")
            found = telling.value(value_of(message, name))
            if found != value:
                raise Mismatch(f"{name} is {found}; came: {telling.message(message)}")

    def _labels(self) -> dict[bytes, str]:
        users = ["", *(name.partition("/")[0] for name in self.speakers)]
        own = {self_id(user): f"self:{user}" for user in users}
        return own | {room: label for label, room in self.rooms.items()} | {k: label for label, k in self.keys.items()}


def _content(values: dict[str, str]) -> bytes:
    if "body" in values:
        return msgpack.packb(BODIES[values["body"]])
    return content.text(values["text"] if "text" in values else "x" * int(values["size"]))


def _code(word: str) -> bytes:
    return word.encode().ljust(16, b".")
