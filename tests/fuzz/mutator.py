"""Structure-aware mutation: of a stream's frames, of the values in their payloads, and of plain bytes.

Everything is drawn from one seeded generator, so that a seed gives the same inputs again.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from typing import get_args

from attrs import define

from chatd.chain import pack
from chatd.limits import FRAME_BYTES_MAX
from chatd.messages import Message
from tests.fuzz import values
from tests.fuzz.frames import Frame, framed, joined, split
from tests.fuzz.tree import Node, body_of, header, parse, text

TAGS: tuple[int, ...] = (*(message.tag for message in get_args(Message)), 0, 63, 127)
"""Of every message, and some of none."""
STREAM_BYTES_MAX = 96 * 1024
"""Room for the largest frame and more. Longer inputs find nothing that shorter ones do not, and take longer."""
MUTATIONS_MAX = 4


@define(eq=False)
class Mutator:
    """Makes new streams out of the streams of a corpus."""

    corpus: Sequence[bytes]
    chance: random.Random

    def mutate(self, stream: bytes) -> bytes:
        """Return a stream that differs from `stream` by a few mutations; now and then one that does not differ."""
        for _ in range(self.chance.randrange(1, MUTATIONS_MAX + 1)):
            level = self.chance.random()
            if level < 0.6:
                stream = self._in_a_payload(stream)
            elif level < 0.85:
                stream = self._frames(stream)
            else:
                stream = self._bytes(stream)
        return stream[:STREAM_BYTES_MAX]

    # -- the frames of a stream ------------------------------------------------------------------------------------

    def _frames(self, stream: bytes) -> bytes:
        frames = split(stream) or [framed(b"\x93\x02\x01\x80")]
        at = self.chance.randrange(len(frames))
        self.chance.choice((self._drop, self._repeat, self._swap, self._borrow, self._lie, self._end))(frames, at)
        return joined(frames)

    def _drop(self, frames: list[Frame], at: int) -> None:
        del frames[at]

    def _repeat(self, frames: list[Frame], at: int) -> None:
        frames[at:at] = [frames[at]] * self.chance.choice((1, 1, 1, 3, 20))

    def _swap(self, frames: list[Frame], at: int) -> None:
        other = self.chance.randrange(len(frames))
        frames[at], frames[other] = frames[other], frames[at]

    def _borrow(self, frames: list[Frame], at: int) -> None:
        """Insert frames of another stream: dialogues that were never led."""
        others = split(self.chance.choice(self.corpus))
        start = self.chance.randrange(len(others) + 1)
        frames[at:at] = others[start : start + self.chance.randrange(1, 6)]

    def _lie(self, frames: list[Frame], at: int) -> None:
        told = self.chance.choice((*values.COUNTS, FRAME_BYTES_MAX, FRAME_BYTES_MAX + 1, 1 << 24, 1 << 31))
        frames[at].head = told.to_bytes(4, "big")

    def _end(self, frames: list[Frame], at: int) -> None:
        frames[at].payload = frames[at].payload[: self.chance.randrange(len(frames[at].payload) + 1)]
        del frames[at + 1 :]

    # -- the values of a payload -----------------------------------------------------------------------------------

    def _in_a_payload(self, stream: bytes) -> bytes:
        frames = split(stream)
        if not frames:
            return stream
        at = self.chance.randrange(len(frames))
        payload = self.payload(frames[at].payload)
        if payload:
            frames[at] = framed(payload)
        return joined(frames)

    def payload(self, payload: bytes) -> bytes:
        """Return `payload` with one value changed, dropped, repeated, told wrongly, or taken from elsewhere."""
        nodes = parse(payload)
        all_of = [node for each in nodes for node in each.walk()]
        if not all_of:
            return values.a_value(self.chance).raw
        self.chance.choice(self._changes())(self.chance.choice(all_of))
        return b"".join(node.raw for node in nodes)

    def _changes(self) -> tuple[Callable[[Node], None], ...]:
        return (
            self._alter, self._alter, self._alter, self._replace, self._retype, self._rewrite, self._widen,
            self._count_wrongly, self._remove_inside, self._repeat_inside, self._graft, self._nest, self._retag,
            self._inside_bytes,
        )  # fmt: skip

    def _alter(self, node: Node) -> None:
        """Put another value of the same type: what passes the checks of types goes deeper."""
        first = node.head[0] if node.head else 0xC1
        if first <= 0x7F or first >= 0xE0 or 0xCC <= first <= 0xD3:
            node.head = values.an_integer(self.chance)
        elif first in (0xC2, 0xC3):
            node.head = bytes([first ^ 1])
        elif body_of(node) is not None:
            self._rewrite(node)
        else:
            self.chance.choice((self._remove_inside, self._repeat_inside))(node)

    def _replace(self, node: Node) -> None:
        new = values.a_value(self.chance)
        node.head, node.items = new.head, new.items

    def _retype(self, node: Node) -> None:
        """A string becomes bytes, or bytes a string; nothing else changes."""
        body = body_of(node)
        if body is not None:
            is_bytes = node.head[0] in (0xC4, 0xC5, 0xC6)
            node.head = text(body, 4 if len(body) > 65_535 else 2, as_bytes=not is_bytes)

    def _rewrite(self, node: Node) -> None:
        """Change the bytes of a string: another character, a length at an edge."""
        body = body_of(node)
        if body is None:
            self._replace(node)
            return
        size = self.chance.choice(values.SIZES)
        changed = (body * (size // max(1, len(body)) + 1))[:size] if self.chance.random() < 0.4 else self._flip(body)
        node.head = text(changed, 2, as_bytes=node.head[0] in (0xC4, 0xC5, 0xC6))

    def _widen(self, node: Node) -> None:
        """Say the same in more bytes than are needed (protocol 2.6)."""
        body = body_of(node)
        if body is not None:
            node.head = text(body, 4, as_bytes=node.head[0] in (0xC4, 0xC5, 0xC6))
        elif node.items is not None:
            count = len(node.items) // (2 if node.is_map else 1)
            node.head = header(count, self.chance.choice((2, 4)), is_map=node.is_map)
        elif len(node.head) == 1 and node.head[0] < 0x80:
            node.head = self.chance.choice((b"\xcc", b"\xd0", b"\xce\0\0\0", b"\xd3\0\0\0\0\0\0\0")) + node.head

    def _count_wrongly(self, node: Node) -> None:
        if node.items is None:
            self._replace(node)
            return
        count = len(node.items) // (2 if node.is_map else 1) + self.chance.choice((-1, 1, 1, 1000, 2**31))
        node.head = header(count, self.chance.choice((0, 2, 4)), is_map=node.is_map)

    def _remove_inside(self, node: Node) -> None:
        if node.items:
            step = 2 if node.is_map else 1
            at = self.chance.randrange(0, len(node.items), step)
            del node.items[at : at + step]
            self._recount(node)

    def _repeat_inside(self, node: Node) -> None:
        """Repeat what stands in a container: in a map that makes a key twice."""
        if node.items:
            step = 2 if node.is_map else 1
            at = self.chance.randrange(0, len(node.items), step)
            node.items[at:at] = [item.copy() for item in node.items[at : at + step]]
            self._recount(node)

    def _recount(self, node: Node) -> None:
        count = len(node.items or ()) // (2 if node.is_map else 1)
        node.head = header(count, 0 if count < 16 else 2, is_map=node.is_map)

    def _graft(self, node: Node) -> None:
        """Put a value from some other stream here."""
        frames = split(self.chance.choice(self.corpus))
        if not frames:
            return
        found = [each for node in parse(self.chance.choice(frames).payload) for each in node.walk()]
        if found:
            new = self.chance.choice(found).copy()
            node.head, node.items, node.is_map = new.head, new.items, new.is_map

    def _nest(self, node: Node) -> None:
        inner = node.copy()
        as_map = self.chance.random() < 0.5
        node.head, node.is_map = (b"\x81" if as_map else b"\x91"), as_map
        node.items = [Node(b"\xa1a"), inner] if as_map else [inner]

    def _retag(self, node: Node) -> None:
        """Say something else with the same body."""
        if node.items:
            node.items[0] = Node(pack(self.chance.choice(TAGS)))

    def _inside_bytes(self, node: Node) -> None:
        """Change a content: msgpack within the bytes of a frame."""
        body = body_of(node)
        if body:
            node.head = text(self.payload(body), 2, as_bytes=True)
        else:
            self._replace(node)

    # -- plain bytes -----------------------------------------------------------------------------------------------

    def _flip(self, data: bytes) -> bytes:
        changed = bytearray(data)
        if changed:
            changed[self.chance.randrange(len(changed))] = self.chance.randrange(256)
        return bytes(changed)

    def _bytes(self, stream: bytes) -> bytes:
        at = self.chance.randrange(len(stream) + 1)
        match self.chance.randrange(4):
            case 0:
                return self._flip(stream)
            case 1:
                return stream[:at]
            case 2:
                return stream[:at] + self.chance.randbytes(self.chance.randrange(1, 9)) + stream[at:]
            case _:
                return stream[:at] + stream[at + self.chance.randrange(1, 9) :]
