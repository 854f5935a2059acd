"""A history of chatd as a list-append history: each room is a list, each command an append of its key, each reading of
a room from its beginning a read of the list.

A post is an append from its first sending to its first ack; the refused ones have failed, and of the rest nobody knows.
What the store holds in the end is a read of each room after everything else. What a client was shown is a read too,
which may have begun at any time before: a stream may lag, so it is invoked at the very beginning, and completes with
the entry that it ends with. Of a stream the reads of 1, 2, 4, 8 ... entries are exported and the whole, so the export
stays proportional to the history.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, Literal

from attrs import Factory, define, frozen

from chatd.model import RoomId
from tests.history.events import Ack, Begin, History, Invoke, Receive, Skip, Stored
from tests.history.evidence import Evidence, Name, gather
from tests.outside.ops import Journal, Op

Kind = Literal["invoke", "ok", "fail", "info"]
Names = list[Name | None]
"""What a room holds from seq 1 on. None: no element of the list, because nobody sent it and it is no post."""


def _name(evidence: Evidence, entry: Receive | Stored) -> Name | None:
    if entry.key is None:
        return None
    name = entry.sender, entry.room, entry.key
    case = evidence.cases.get(name)
    return name if entry.body is not None or (case is not None and case.invokes) else None


@frozen
class _Reading:
    """What was shown of one room, from its beginning on."""

    room: RoomId
    names: tuple[Name | None, ...]
    place: int
    """Where in the history it was complete."""
    at: float


@define(eq=False)
class _Reader:
    """Follows the streams, and keeps what each client has of each room, which is what a later stream continues."""

    evidence: Evidence
    readings: list[_Reading] = Factory(list[_Reading])
    _lists: dict[tuple[int, RoomId], Names] = Factory(dict[tuple[int, RoomId], Names])
    _known: dict[tuple[str, RoomId], Names] = Factory(dict[tuple[str, RoomId], Names])
    _last: dict[tuple[int, RoomId], _Reading] = Factory(dict[tuple[int, RoomId], _Reading])

    def step(self, place: int, event: Begin | Receive | Skip) -> None:
        stream = event.session, event.room
        if isinstance(event, Receive):
            self._receive(place, event)
            return
        self._end(stream)
        if isinstance(event, Begin):
            known = self._known.get((event.client, event.room), [])
            if event.seq <= len(known):
                self._lists[stream] = known[: event.seq]

    def _receive(self, place: int, event: Receive) -> None:
        stream = event.session, event.room
        names = self._lists.get(stream)
        if names is None:
            return
        if event.key is None or event.seq != len(names) + 1:
            self._end(stream)
            return
        names.append(_name(self.evidence, event))
        if len(names) >= len(self._known.get((event.client, event.room), [])):
            self._known[event.client, event.room] = names
        if len(names) & (len(names) - 1) == 0:
            self.readings.append(_Reading(event.room, tuple(names), place, event.at))
            self._last.pop(stream, None)
        else:
            self._last[stream] = _Reading(event.room, (), place, event.at)

    def _end(self, stream: tuple[int, RoomId]) -> None:
        names, last = self._lists.pop(stream, []), self._last.pop(stream, None)
        if last is not None:
            self.readings.append(_Reading(last.room, tuple(names), last.place, last.at))

    def end(self) -> None:
        for stream in list(self._lists):
            self._end(stream)


@define(eq=False)
class _Export:
    evidence: Evidence
    journal: Journal = Factory(Journal)
    _rooms: dict[RoomId, int] = Factory(dict[RoomId, int])
    _names: dict[Name, int] = Factory(dict[Name, int])
    _free: dict[str, list[int]] = Factory(dict[str, list[int]])
    _asking: dict[Name, tuple[str, int]] = Factory(dict[Name, tuple[str, int]])
    _processes: int = 0

    def process(self) -> int:
        self._processes += 1
        return self._processes - 1

    def room(self, room: RoomId) -> int:
        return self._rooms.setdefault(room, len(self._rooms) + 1)

    def note(self, at: float, process: int, kind: Kind, value: Any) -> None:
        self.journal.note(int(at * 1e9), process, kind, "txn", [value])

    def append(self, name: Name) -> list[Any]:
        return ["append", self.room(name[1]), self._names.setdefault(name, len(self._names) + 1)]

    def read(self, room: RoomId, names: Iterable[Name | None]) -> list[Any]:
        return ["r", self.room(room), [self.append(name)[2] for name in names if name is not None]]

    def invoke(self, event: Invoke) -> None:
        name = event.account, event.room, event.key
        if self.evidence.cases[name].invokes[0] is event:
            free = self._free.setdefault(event.client, [])
            process = free.pop() if free else self.process()
            self._asking[name] = event.client, process
            self.note(event.at, process, "invoke", self.append(name))

    def ack(self, event: Ack) -> None:
        name = event.account, event.room, event.key
        asking = self._asking.pop(name, None)
        if asking is not None:
            client, process = asking
            self._free[client].append(process)
            self.note(event.at, process, "ok", self.append(name))

    def rest(self, at: float) -> None:
        """What was never acknowledged was refused, or nobody knows."""
        for name, (_, process) in self._asking.items():
            kind: Kind = "fail" if self.evidence.cases[name].refused else "info"
            self.note(at, process, kind, self.append(name))

    def last_reads(self, at: float) -> None:
        for room, entries in self.evidence.rooms.items():
            process = self.process()
            self.note(at, process, "invoke", ["r", self.room(room), None])
            self.note(at, process, "ok", self.read(room, [_name(self.evidence, entry) for entry in entries]))


def exported(history: History, stored: Iterable[Stored]) -> list[Op]:
    """Return the history as operations on lists, whose elements and names are numbers from 1 on."""
    evidence = gather(history, stored)
    export = _Export(evidence)
    readings = sorted(_readings(evidence), key=lambda reading: reading.place)
    processes = [export.process() for _ in readings]
    for process, reading in zip(processes, readings, strict=True):
        export.note(0.0, process, "invoke", ["r", export.room(reading.room), None])
    waiting = iter(zip(processes, readings, strict=True))
    due = next(waiting, None)
    for place, event in enumerate(evidence.events):
        if isinstance(event, Invoke):
            export.invoke(event)
        elif isinstance(event, Ack):
            export.ack(event)
        while due is not None and due[1].place == place:
            export.note(due[1].at, due[0], "ok", export.read(due[1].room, due[1].names))
            due = next(waiting, None)
    end = evidence.events[-1].at if evidence.events else 0.0
    export.rest(end)
    export.last_reads(end)
    return export.journal.ops


def _readings(evidence: Evidence) -> Iterator[_Reading]:
    reader = _Reader(evidence)
    for place, event in enumerate(evidence.events):
        if isinstance(event, Begin | Receive | Skip):
            reader.step(place, event)
    reader.end()
    yield from reader.readings
