"""What was seen at the edges of the clients, as data: the history that checkers judge, and how a file holds it.

A history says nothing of how the daemon works. It is what somebody outside could write down: what was sent, what was
answered, what was shown; and, after the last recovery, what the store holds. `tests.history.checkers` judges it.

A command is named by (account, room, key), as the daemon names it (promise 2). `at` is in seconds since the run began.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import cattrs
from attrs import Factory, define, frozen

from chatd.model import Key, RoomId, UserId


@frozen
class Invoke:
    """A keyed command was sent, the first time or again."""

    at: float
    client: str
    """Who keeps the order: one client library or one raw client. Another life of it, without its state, is another."""
    account: UserId
    device: str
    key: Key
    room: RoomId
    body: bytes | None
    """The content of a post; None for every other command, whose entry has a body of the server's making."""
    session: int = 0
    """The connection it went out on, where the client may leave its order when it connects again. 0 says: `client`
    keeps its order over all its connections, as the library does, and is held to it (O3)."""


@frozen
class Ack:
    """The command is on disk, at this place.

    An answer that names an older entry (`open_direct` of a room that is there) made none: it does not belong here.
    """

    at: float
    client: str
    account: UserId
    key: Key
    room: RoomId
    seq: int
    time: int


@frozen
class Nack:
    """A final refusal: the client will not send it again by itself.

    Of a resend only where it was marked as one: the daemon looks for a first outcome when a client says so.
    """

    at: float
    client: str
    account: UserId
    key: Key
    room: RoomId
    code: str


@frozen
class Postponed:
    """A refusal with `after_ms`, as `busy` is: no outcome, and it frees the command from O3 alone.

    An app does not see it, because the library sends again by itself; a client on the wire does. A refusal that was
    under way when the connection was cut belongs here too, if it is known: else O3 may take the command, which was
    sent again, for an overtaken one.
    """

    at: float
    client: str
    account: UserId
    key: Key
    room: RoomId
    code: str


@frozen
class Unknown:
    """The client gave up or died without an answer."""

    at: float
    client: str
    account: UserId
    key: Key
    room: RoomId


@frozen
class Receive:
    """An entry was shown, of whatever kind."""

    at: float
    client: str
    session: int
    """The stream that it belongs to: a connection, by a number that no other in the history has. To hold the library
    to its own promise (each entry once, over all its connections), give all its connections one number."""
    account: UserId
    room: RoomId
    seq: int
    key: Key | None
    """None where it was not noted; then it is not compared. So with `body`."""
    sender: UserId
    time: int
    body: bytes | None
    """The content of a post; None for every other kind."""


@frozen
class Skip:
    """The entries first..last were named as a gap."""

    at: float
    client: str
    session: int
    account: UserId
    room: RoomId
    first: int
    last: int


@frozen
class Begin:
    """On this connection the stream of the room starts, or starts again, behind the cursor `seq`.

    Every stream has one, so that a hole at its beginning is found too. A room can start by itself, when a join is
    applied: whoever writes the history adds the Begin then, and only for the entry that is the join.
    """

    at: float
    client: str
    session: int
    account: UserId
    room: RoomId
    seq: int


@frozen
class Crash:
    """The daemon was killed, or lost its power."""

    at: float


@frozen
class Restart:
    at: float


@frozen
class Stored:
    """An entry as the store holds it after the last recovery."""

    room: RoomId
    seq: int
    key: Key
    sender: UserId
    time: int
    body: bytes | None
    """The content of a post; None for every other kind of entry, and of an erased one."""
    deletes: int | None = None
    """The seq of the post that this entry deletes; None of every other entry."""
    expired: bool = False
    """Whether a live room does not keep it any more, so that its content is gone."""


Event = Invoke | Ack | Nack | Postponed | Unknown | Receive | Skip | Begin | Crash | Restart

CLASSES: dict[str, type[Any]] = {
    each.__name__: each
    for each in (Invoke, Ack, Nack, Postponed, Unknown, Receive, Skip, Begin, Crash, Restart, Stored)
}


def _converter() -> cattrs.Converter:
    """Bytes are hex in a file, so that a person can search for a key."""
    converter = cattrs.Converter(forbid_extra_keys=True)
    converter.register_unstructure_hook(bytes, bytes.hex)
    converter.register_structure_hook(bytes, lambda value, _: bytes.fromhex(value))
    return converter


_CONVERTER = _converter()


def to_line(fact: Event | Stored) -> str:
    """Return one line of JSON, without its end."""
    return json.dumps({"event": type(fact).__name__, **_CONVERTER.unstructure(fact)})


def from_line(line: str) -> Event | Stored:
    """Return what `to_line` was given. Raises KeyError or a cattrs error for any other line."""
    fields = json.loads(line)
    fact: Event | Stored = _CONVERTER.structure(fields, CLASSES[fields.pop("event")])
    return fact


@define(eq=False)
class History:
    """Events in the order in which they happened. Only ever added to.

    The order of the list counts, not `at`: who joins histories of several processes sorts them by one clock.
    """

    events: list[Event] = Factory(list[Event])

    def add(self, event: Event) -> None:
        self.events.append(event)

    def to_jsonl(self) -> str:
        return "".join(f"{to_line(each)}\n" for each in self.events)

    @classmethod
    def from_jsonl(cls, text: str) -> History:
        """Return the history that `to_jsonl` wrote; what a store held is left out."""
        facts = [from_line(line) for line in text.splitlines()]
        return cls([fact for fact in facts if not isinstance(fact, Stored)])


def write_run(path: Path, history: History, stored: Iterable[Stored]) -> None:
    """Write a whole run to a file: its events and then what the store held."""
    path.write_text(history.to_jsonl() + "".join(f"{to_line(each)}\n" for each in stored), "utf-8")


def read_run(path: Path) -> tuple[History, list[Stored]]:
    """Return what `write_run` was given."""
    text = path.read_text("utf-8")
    facts = [from_line(line) for line in text.splitlines()]
    return History.from_jsonl(text), [fact for fact in facts if isinstance(fact, Stored)]
