"""msgpack as a tree that can also say what is wrong: every byte is kept, so a header may lie and a width be too wide.

`parse` never fails, and the values it returns have the very bytes it was given: what is no msgpack stays as it is.
"""

from __future__ import annotations

from collections.abc import Iterator

from attrs import define, field

LEVELS_MAX = 32
"""Deeper than any decoder here goes. What is nested deeper is kept as raw bytes."""

_FIXED = {
    0xC0: 0, 0xC2: 0, 0xC3: 0, 0xCA: 4, 0xCB: 8, 0xCC: 1, 0xCD: 2, 0xCE: 4, 0xCF: 8, 0xD0: 1, 0xD1: 2, 0xD2: 4,
    0xD3: 8, 0xD4: 2, 0xD5: 3, 0xD6: 5, 0xD7: 9, 0xD8: 17,
}  # fmt: skip
"""How many bytes follow the first one."""
_TEXTS = {0xC4: 1, 0xC5: 2, 0xC6: 4, 0xD9: 1, 0xDA: 2, 0xDB: 4}
_EXTS = {0xC7: 1, 0xC8: 2, 0xC9: 4}
"""How many bytes of a length follow the first one; then, of an ext, one of its type."""
_ARRAYS = {0xDC: 2, 0xDD: 4}
_MAPS = {0xDE: 2, 0xDF: 4}


@define(eq=False)
class Node:
    """One value: the bytes it begins with, and the values in it, those of a map by turns key and value."""

    head: bytes
    items: list[Node] | None = None
    """None of what is no container: then `head` is all of it."""
    is_map: bool = False

    @property
    def raw(self) -> bytes:
        """The bytes of this value and of all in it."""
        return b"".join(self._parts())

    def _parts(self) -> Iterator[bytes]:
        yield self.head
        for item in self.items or ():
            yield from item._parts()

    def walk(self) -> Iterator[Node]:
        """This value and all in it, from outside in."""
        yield self
        for item in self.items or ():
            yield from item.walk()

    def copy(self) -> Node:
        return Node(self.head, None if self.items is None else [item.copy() for item in self.items], self.is_map)


@define(eq=False)
class _Reader:
    data: bytes
    at: int = field(default=0, init=False)

    def take(self, size: int) -> bytes:
        taken = self.data[self.at : self.at + size]
        self.at += len(taken)
        return taken

    def length(self, width: int) -> int:
        """Return the number behind the byte where the reader stands. What is cut counts as if zeros followed."""
        return int.from_bytes(self.data[self.at + 1 : self.at + 1 + width].ljust(width, b"\0"), "big")

    def node(self, levels: int) -> Node:
        """Return the next value, there being bytes. One that is cut takes all that is left."""
        first = self.data[self.at]
        container = self._container(first)
        if container is None:
            return Node(self.take(self._scalar_bytes(first)))
        head_bytes, count, is_map = container
        if levels == 0:
            return Node(self.take(len(self.data)))
        head, items = self.take(head_bytes), list[Node]()
        while len(items) < count and self.at < len(self.data):
            items.append(self.node(levels - 1))
        return Node(head, items, is_map)

    def _container(self, first: int) -> tuple[int, int, bool] | None:
        """Return how many bytes the header has, how many values it announces, and whether they are a map's."""
        if 0x80 <= first <= 0x8F:
            return 1, 2 * (first & 0x0F), True
        if 0x90 <= first <= 0x9F:
            return 1, first & 0x0F, False
        if width := _ARRAYS.get(first):
            return 1 + width, self.length(width), False
        if width := _MAPS.get(first):
            return 1 + width, 2 * self.length(width), True
        return None

    def _scalar_bytes(self, first: int) -> int:
        if 0xA0 <= first <= 0xBF:
            return 1 + (first & 0x1F)
        if width := _TEXTS.get(first):
            return 1 + width + self.length(width)
        if width := _EXTS.get(first):
            return 2 + width + self.length(width)
        return 1 + _FIXED.get(first, 0)


def parse(data: bytes) -> list[Node]:
    """Return the values in `data`, one after another: one of a good payload, none of no bytes."""
    reader, nodes = _Reader(data), list[Node]()
    while reader.at < len(data):
        nodes.append(reader.node(LEVELS_MAX))
    return nodes


def header(count: int, width: int, *, is_map: bool) -> bytes:
    """Return the header of a container of `count` items or pairs, in 0 (in the first byte), 2 or 4 bytes of length."""
    if width == 0:
        return bytes([(0x80 if is_map else 0x90) | (count & 0x0F)])
    firsts = _MAPS if is_map else _ARRAYS
    first = next(byte for byte, size in firsts.items() if size == width)
    return bytes([first]) + (count % (1 << 8 * width)).to_bytes(width, "big")


def text(body: bytes, width: int, *, as_bytes: bool, length: int | None = None) -> bytes:
    """Return `body` as a string or as bytes, with 1, 2 or 4 bytes of length; `length` may lie."""
    first = {1: 0xC4, 2: 0xC5, 4: 0xC6}[width] if as_bytes else {1: 0xD9, 2: 0xDA, 4: 0xDB}[width]
    told = len(body) if length is None else length
    return bytes([first]) + (told % (1 << 8 * width)).to_bytes(width, "big") + body


def number(value: int, width: int, *, signed: bool) -> bytes:
    """Return `value`, cut to 1, 2, 4 or 8 bytes, in just that width."""
    first = {1: 0xD0, 2: 0xD1, 4: 0xD2, 8: 0xD3}[width] if signed else {1: 0xCC, 2: 0xCD, 4: 0xCE, 8: 0xCF}[width]
    return bytes([first]) + (value % (1 << 8 * width)).to_bytes(width, "big")


def body_of(node: Node) -> bytes | None:
    """Return what a string or bytes hold, None of everything else."""
    if node.items is not None or not node.head:
        return None
    first = node.head[0]
    if 0xA0 <= first <= 0xBF:
        return node.head[1:]
    width = _TEXTS.get(first)
    return None if width is None else node.head[1 + width :]
