"""What outlives a run of the app: how far it has consumed each room, and the commands that wait for their ack."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any, Protocol

import anyio
from anyio import to_thread
from attrs import define, field, frozen

from chatd.chain import HASH_BYTES, ROOM_BYTES, pack
from chatd.limits import CONTENT_BYTES_MAX, FRAME_BYTES_MAX
from chatd.messages import KeyedCommand
from chatd.model import RoomId, UserId
from chatd.wire import codec
from chatd.wire.errors import ProtocolError
from chatd.wire.framing import HEADER_BYTES
from chatd.wire.strict import unpack
from chatd_client.cursor import Cursor
from chatd_client.errors import StoreFailed

_FORMAT = 1
_CONTAINERS_MAX = 16


@frozen(kw_only=True)
class Saved:
    """The whole state of a chat. It belongs to one user on one device."""

    user: UserId = ""
    """Empty until the first connection."""
    epoch: bytes = b""
    cursors: tuple[Cursor, ...] = ()
    unsent: tuple[KeyedCommand, ...] = field(default=(), repr=False)
    """In the order in which they were given."""
    hidden: tuple[tuple[RoomId, int], ...] = ()
    """The entries that the user has hidden, by room and seq, as far as the chat was told of them."""


class Store(Protocol):
    """Where a chat keeps its state. One chat at a time may use one."""

    async def load(self) -> Saved:
        """Return what was saved last, `Saved()` if nothing was. Raises StoreFailed, or OSError."""
        ...

    async def save(self, saved: Saved) -> None:
        """Replace the state as a whole: after a crash the old or the new one is there. Raises StoreFailed, or OSError.

        The chat calls it once at a time, and is never cancelled within it.
        """
        ...


@define(eq=False)
class MemoryStore:
    """Keeps the state for as long as the process lives: several chats in turn, and tests."""

    saved: Saved = field(factory=Saved)

    async def load(self) -> Saved:
        return self.saved

    async def save(self, saved: Saved) -> None:
        self.saved = saved


@define(eq=False)
class FileStore:
    """Keeps the state in one file, replaced whole and fsynced with each save. Works in a thread."""

    path: Path = field(converter=Path)

    async def load(self) -> Saved:
        """Return what the file holds, `Saved()` where there is none. Raises StoreFailed for another file, OSError."""
        try:
            data = await anyio.Path(self.path).read_bytes()
        except FileNotFoundError:
            return Saved()
        return decode(data)

    async def save(self, saved: Saved) -> None:
        """Replace the file. Raises OSError, and then the old state is still there."""
        await to_thread.run_sync(_replace, self.path, encode(saved))


def _replace(path: Path, data: bytes) -> None:
    beside = path.with_name(path.name + ".new")
    with beside.open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    beside.replace(path)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def encode(saved: Saved) -> bytes:
    """Return the bytes of a state: one msgpack map. What there are many of stands in one string, part behind part."""
    return pack(
        {
            "format": _FORMAT,
            "user": saved.user,
            "epoch": saved.epoch,
            "cursors": b"".join(each.room + each.seq.to_bytes(8, "big") + each.hash for each in saved.cursors),
            "unsent": b"".join(codec.encode(command, 1) for command in saved.unsent),
            "hidden": b"".join(room + seq.to_bytes(8, "big") for room, seq in saved.hidden),
        }
    )


def decode(data: bytes) -> Saved:
    """Return the state in `data`. Raises StoreFailed for what `encode` did not make."""
    try:
        facts = unpack(data, _CONTAINERS_MAX)
        return _structure(facts)
    except (KeyError, TypeError, ValueError, ProtocolError) as error:
        raise StoreFailed(f"no state of a chat: {error}") from error


def _structure(facts: dict[str, Any]) -> Saved:
    if facts["format"] != _FORMAT:
        raise ValueError(f"format {facts['format']}")
    return Saved(
        user=facts["user"],
        epoch=facts["epoch"],
        cursors=tuple(_cursors(facts["cursors"])),
        unsent=tuple(_commands(facts["unsent"])),
        hidden=tuple(_places(facts.get("hidden", b""))),
    )


def _places(data: bytes) -> list[tuple[RoomId, int]]:
    """Return rooms and seqs; a file from before there were any has none."""
    parts = _parts(data, ROOM_BYTES + 8)
    return [(part[:ROOM_BYTES], int.from_bytes(part[ROOM_BYTES:], "big")) for part in parts]


def _parts(data: bytes, size: int) -> list[bytes]:
    parts = [data[start : start + size] for start in range(0, len(data), size)]
    if any(len(part) != size for part in parts):
        raise ValueError("a part is cut")
    return parts


def _cursors(data: bytes) -> list[Cursor]:
    return [
        Cursor(part[:ROOM_BYTES], int.from_bytes(part[ROOM_BYTES : ROOM_BYTES + 8], "big"), part[ROOM_BYTES + 8 :])
        for part in _parts(data, ROOM_BYTES + 8 + HASH_BYTES)
    ]


def _commands(data: bytes) -> list[KeyedCommand]:
    commands: list[KeyedCommand] = []
    while data:
        end = HEADER_BYTES + int.from_bytes(data[:HEADER_BYTES], "big")
        tag, _, body = codec.decode_payload(data[HEADER_BYTES:end], FRAME_BYTES_MAX)
        command = codec.from_client(tag, body, CONTENT_BYTES_MAX)
        if not isinstance(command, KeyedCommand):
            raise TypeError(f"tag {tag} is no keyed command")
        commands.append(command)
        data = data[end:]
    return commands
