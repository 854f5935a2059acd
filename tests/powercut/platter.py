"""A disk as a power cut leaves it: what was synced is there; what was not may be there, in part and in any order."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from enum import StrEnum
from random import Random

from attrs import define, field, frozen

SECTOR_BYTES = 512

Image = dict[str, bytes]
"""The files of a directory, by name."""


@frozen
class Write:
    node: int
    """The file, whatever its name: a deleted name may be given again."""
    offset: int
    data: bytes = field(repr=False)


@frozen
class Truncate:
    node: int
    size: int


@frozen
class Sync:
    node: int


@frozen
class Forget:
    """A sync failed, and the machine takes the file's pages for written: it still shows them, and keeps none."""

    node: int


@frozen
class Create:
    name: str
    node: int


@frozen
class Delete:
    name: str


@frozen
class Rename:
    """In one step, whatever had the new name."""

    name: str
    to: str


@frozen
class SyncNames:
    """The directory was synced."""


Change = Write | Truncate
NameChange = Create | Delete | Rename
Op = Change | NameChange | Sync | Forget | SyncNames


class Survivors(StrEnum):
    """Which of the changes that were not synced a power cut leaves."""

    NONE = "none"
    ALL = "all"
    EARLY = "early"
    """The first ones, in order, and of the next one its first sectors."""
    LATE = "late"
    """The last ones without those before them: the disk wrote in another order."""
    SOME = "some"
    """Each or not."""
    TORN = "torn"
    """Each sector of each or not."""
    GARBAGE = "garbage"
    """Each sector of each as it was, as it was to be, or as anything else."""


@define(eq=False)
class _Node:
    content: bytearray
    """What is on the disk for certain."""
    pending: list[Change] = field(factory=list[Change])
    """What was changed since the last sync."""


@define(eq=False)
class Platter:
    """A directory and its files: what is on the disk for certain, and what is not yet."""

    _names: dict[str, int] = field(factory=dict[str, int])
    _name_changes: list[NameChange] = field(factory=list[NameChange])
    _nodes: dict[int, _Node] = field(factory=dict[int, _Node])

    @classmethod
    def of(cls, image: Mapping[str, bytes]) -> Platter:
        """Return a disk which holds `image` for certain."""
        nodes = [_Node(bytearray(content)) for content in image.values()]
        return cls(dict(zip(image, range(len(nodes)), strict=True)), [], dict(enumerate(nodes)))

    def names(self) -> dict[str, int]:
        """Return the files that a running machine sees."""
        return self._settled_names(len(self._name_changes))

    def copy(self) -> Platter:
        nodes = {number: _Node(bytearray(node.content), list(node.pending)) for number, node in self._nodes.items()}
        return Platter(dict(self._names), list(self._name_changes), nodes)

    def apply(self, op: Op) -> None:
        """Let one more thing happen."""
        match op:
            case Write() | Truncate():
                self._nodes[op.node].pending.append(op)
            case Sync():
                self._sync(self._nodes[op.node])
            case Forget():
                self._nodes[op.node].pending.clear()
            case Create():
                self._nodes[op.node] = _Node(bytearray())
                self._name_changes.append(op)
            case Delete() | Rename():
                self._name_changes.append(op)
            case SyncNames():
                self._names, self._name_changes = self.names(), []

    def _sync(self, node: _Node) -> None:
        for change in node.pending:
            _apply(node.content, change)
        node.pending.clear()

    def _settled_names(self, count: int) -> dict[str, int]:
        """Return the names after the first `count` changes: a directory keeps their order."""
        names = dict(self._names)
        for change in self._name_changes[:count]:
            match change:
                case Create():
                    names[change.name] = change.node
                case Delete():
                    del names[change.name]
                case Rename():
                    names[change.to] = names.pop(change.name)
        return names

    def survivors(self, choice: Survivors, random: Random) -> Image:
        """Return what is there when the power fails now."""
        changes = len(self._name_changes)
        kept = {Survivors.ALL: changes, Survivors.NONE: 0}.get(choice)
        names = self._settled_names(random.randint(0, changes) if kept is None else kept)
        image: Image = {}
        for name, number in names.items():
            content = bytearray(self._nodes[number].content)
            for change in _chosen(self._nodes[number].pending, choice, random):
                _apply(content, change)
            image[name] = bytes(content)
        return image

    def running(self) -> Image:
        """Return what a machine sees that goes on running."""
        return self.survivors(Survivors.ALL, Random(0))


def _apply(content: bytearray, change: Change) -> None:
    if isinstance(change, Truncate):
        del content[change.size :]
        content.extend(bytes(change.size - len(content)))
        return
    content.extend(bytes(max(change.offset - len(content), 0)))
    content[change.offset : change.offset + len(change.data)] = change.data


def _chosen(pending: Sequence[Change], choice: Survivors, random: Random) -> Sequence[Change]:
    if not pending:
        return ()
    match choice:
        case Survivors.NONE:
            return ()
        case Survivors.ALL:
            return pending
        case Survivors.EARLY:
            return _early(pending, random)
        case Survivors.LATE:
            return pending[random.randrange(len(pending)) :]
        case Survivors.SOME:
            return [change for change in pending if random.random() < 1 / 2]
        case Survivors.TORN | Survivors.GARBAGE:
            return _torn(pending, random, garbage=choice is Survivors.GARBAGE)


def _early(pending: Sequence[Change], random: Random) -> list[Change]:
    last = random.randrange(len(pending))
    sectors = list(_sectors(pending[last]))
    return [*pending[:last], *sectors[: random.randint(0, len(sectors))]]


def _torn(pending: Sequence[Change], random: Random, *, garbage: bool) -> list[Change]:
    kept: list[Change] = []
    for change in pending:
        if isinstance(change, Write) and random.random() < 1 / 2:
            # The file may have grown although what it grew for is not there.
            kept.append(Write(change.node, change.offset + len(change.data), b""))
        for sector in _sectors(change):
            drawn = random.random()
            if drawn < 1 / 2:
                kept.append(sector)
            elif garbage and drawn < 3 / 4 and isinstance(sector, Write):
                kept.append(Write(sector.node, sector.offset, random.randbytes(len(sector.data))))
    return kept


def _sectors(change: Change) -> Iterator[Change]:
    """Take a write apart where the disk's sectors meet. A file's end is moved whole or not at all."""
    if isinstance(change, Truncate):
        yield change
        return
    end = change.offset + len(change.data)
    start = change.offset
    while start < end:
        stop = min(end, start - start % SECTOR_BYTES + SECTOR_BYTES)
        yield Write(change.node, start, change.data[start - change.offset : stop - change.offset])
        start = stop
