"""What was stored, answered and shown, held against the model: the invariants, each where it is checked."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable
from hashlib import blake2b
from typing import Any

from attrs import Factory, define, evolve, field

from chatd import chain
from chatd.limits import EXPIRY_LATE_S_MAX
from chatd.messages import Committed, Done, MarkRead, Refused, Subscribe, Subscribed, Welcome
from chatd.model import SERVER, Entry, Item, ReadMark, RoomId
from chatd.rooms.operators import AUDIT_ROOM
from chatd.storage.base import Stored
from chatd.storage.memory import MemoryStore
from chatd.wire import codec
from tests.house import EPOCH
from tests.model import operating, pages, quiet, streams
from tests.model.book import Book, KeyId, Made, bare, room_of
from tests.model.device import Ask, Device
from tests.model.disk import Disk
from tests.model.verdicts import Accept, Again, Refuse

LATER = ("busy", "internal", "storage_full")
"""Refusals that any command may get while the disk is full."""


class Violation(Exception):
    """The daemon broke a promise. `str()` names the invariant and shows what was seen."""


@define(eq=False)
class Record:
    """All that is known of one run. `settle` raises Violation for what the daemon did wrong since the last time."""

    seed: int
    invites: bool
    devices: dict[tuple[str, str], Device] = Factory(dict)
    book: Book = field(init=False)
    disk: Disk = field(init=False)
    tried: dict[KeyId, list[Ask]] = Factory(dict)
    scopes: dict[tuple[str, bytes], KeyId] = Factory(dict)
    """Of each key that a user gave, the room of its command: its entry may stand elsewhere."""
    accepted: dict[KeyId, Accept] = Factory(dict)
    acks: dict[KeyId, tuple[RoomId, int, int]] = Factory(dict)
    """Each key's place, as the first ack told it."""
    fresh: dict[KeyId, Ask] = Factory(dict)
    marked: dict[tuple[RoomId, str], list[int]] = Factory(dict)
    """How far each user has said that they have read, whether or not they heard the answer."""
    durable: dict[tuple[RoomId, str], int] = Factory(dict)
    trouble: bool = False
    """Whether the disk has been full and is not known to be well."""
    clock: Callable[[], int] = lambda: 0
    since: int = 0
    """When the daemon began, or its disk had space again."""
    ordered: operating.Order | None = None
    """What an operator says right now."""
    met: Counter[str] = Factory(Counter)
    """How often each kind of answer was given, and whatever else is counted."""
    complaints: list[str] = Factory(list)
    trace: Any = field(factory=blake2b)
    _seen: int = 0

    def __attrs_post_init__(self) -> None:
        self.book = Book(self.invites)
        self.disk = Disk(MemoryStore(EPOCH), random.Random(self.seed))

    def complain(self, *what: object) -> None:
        self.complaints.append(" ".join(str(each) for each in what))

    def key_id(self, user: str, command: Any) -> KeyId:
        return (room_of(user, command), user, command.key)

    # -- the comparison --------------------------------------------------------------------------------------------

    def settle(self) -> None:
        """Hold what was stored, answered and shown since the last time against the model. Raises Violation."""
        for item, stored in self.disk.log[self._seen :]:
            self._stored(item, stored)
            self._judge_again()
        self._seen, self.book.now = len(self.disk.log), self.clock()
        self._judge_again()
        for device in self.devices.values():
            self._digest(device)
            self._moved(device)
            device.at_rest(self.book.server.level)
            if device.ended:
                device.asks.clear()
        self._refused_stay_out()
        self._owners()
        self._none_outlives_its_time()
        self._joined_are_attached()
        self.devices = {name: each for name, each in self.devices.items() if not each.ended}
        if self.complaints:
            raise Violation("\n".join(self.complaints))

    def _judge_again(self) -> None:
        for device in self.devices.values():
            for ask in device.asks.values():
                if not isinstance(ask.command, pages.READS):
                    ask.right.extend(self.book.judge(ask.user, ask.command))

    def _stored(self, item: Item, stored: Stored) -> None:
        for record in stored.records:
            if isinstance(record, ReadMark):
                self._marked(record)
        if not stored.entries:
            return
        first, self.book.now = stored.entries[0], item.entries[0].time
        if first.room == AUDIT_ROOM:
            self._ordered(first)
            return
        if first.sender == SERVER:
            self._expired(first, stored)
            return
        key = self.scopes.get((first.sender, first.key), (first.room, first.sender, first.key))
        for ask in self.tried.get(key, []):
            verdicts = self.book.judge(first.sender, evolve(ask.command, retry=True))
            accepts = [each for each in verdicts if isinstance(each, Accept)]
            same = codec.digest(ask.command) == item.digest
            if accepts and same and key not in self.accepted:
                self._enter(key, ask, accepts[0], stored)
                return
        self.complain("E1, A3 or D3: stored, and should not be", first, self.tried.get(key))

    def _ordered(self, first: Entry) -> None:
        if self.ordered is None:
            self.complain("13.4 noted, and no operator said anything", first)
        else:
            operating.apply(self.book.server, self.ordered)
            self.ordered = None

    def _expired(self, first: Entry, stored: Stored) -> None:
        """5.81: the server deletes a post whose time has come, never sooner, once, and under the key of its place."""
        line = self.book.rooms[first.room].lines[(first.target or 0) - 1]
        is_due = line.expires is not None and line.expires <= self.book.now and not line.deleted
        if first.kind != "delete" or not is_due or first.key != chain.expiry_key(first.room, first.target or 0):
            self.complain("5.81 deleted without anybody asking", first, line)
        self._compare(self.book.expire(first.room, first.target or 0, first.key, first.time), stored)

    def _none_outlives_its_time(self) -> None:
        for room in self.book.rooms.values():
            for line in room.lines if not self.trouble else ():
                due = None if line.expires is None or line.deleted else max(line.expires, self.since)
                if due is not None and self.book.now - due > EXPIRY_LATE_S_MAX * 1000:
                    self.complain("5.81 a post outlives its time", line, self.book.now)

    def _marked(self, mark: ReadMark) -> None:
        standing = self.book.standing(mark.room, mark.user)
        is_new = standing is None or mark.seq > standing.read
        if is_new and mark.seq not in self.marked.get((mark.room, mark.user), ()):
            self.complain("E6 a mark that nobody set", mark, standing)
        self.durable[mark.room, mark.user] = max(mark.seq, self.durable.get((mark.room, mark.user), 0))

    def open_asks(self, kind: type[Any]) -> list[Ask]:
        asks = [ask for device in self.devices.values() for ask in device.asks.values()]
        return [ask for ask in asks if isinstance(ask.command, kind)]

    def _enter(self, key: KeyId, ask: Ask, verdict: Accept, stored: Stored) -> None:
        self.accepted[key] = verdict
        streams.keeps(self, ask, stored)
        self._compare(self.book.enter(key[1], ask.command, verdict, stored.entries[0].time), stored)

    def _compare(self, made: Made, stored: Stored) -> None:
        """Hold an item's entries against those that the model made."""
        if len(made) != len(stored.entries):
            self.complain("D7 not the entries of", made, stored.entries)
            return
        for (room, seq, line), entry in zip(made, stored.entries, strict=True):
            self.trace.update(entry.hash)
            before = self.disk.truth[room][seq - 2] if seq > 1 else None
            told = (entry.room, entry.seq, entry.kind, entry.sender, entry.posts, entry.expires)
            if (room, seq, line.kind, line.sender, line.posts, line.expires) != told:
                self.complain("O1 not the entry expected", seq, line, entry)
            elif entry.hash != self._hash(entry, before):
                self.complain("the chain is broken at", entry)
            elif before is not None and entry.time < before.time:
                self.complain("O8 time runs backwards at", entry)

    def _hash(self, entry: Any, before: Any) -> bytes:
        header = (entry.room, entry.seq, entry.kind.value, entry.sender, entry.key, entry.time, entry.target)
        hashed = chain.body_hash(entry.salt, entry.body)
        return chain.link(before.hash if before else chain.origin(entry.room), header, hashed)

    def _digest(self, device: Device) -> None:
        """Take what a device received, in order."""
        arrived, device.arrived = device.arrived, []
        for each in arrived:
            self.trace.update(repr(each).encode())
            if each.request == 0:
                quiet.hear(self, device, each.message)
                device.hear(each.message, self.book.rooms)
            elif isinstance(each.message, Welcome):
                device.welcome, device.level = each.message, each.message.level
            elif (ask := device.asks.pop(each.request, None)) is None:
                self.complain("a reply to nothing", each)
            else:
                self._answered(device, ask, each.message)

    def _answered(self, device: Device, ask: Ask, reply: Any) -> None:
        told = f"{reply.code}" if isinstance(reply, Refused) else type(reply).__name__
        self.met[f"{type(ask.command).__name__}: {told}"] += 1
        if isinstance(reply, Refused) and reply.code in LATER:
            if not ask.excused:
                self.complain("L1 refused for now, without a reason", reply)
            ask.right = [Refuse(reply.code)]
        elif isinstance(ask.command, pages.READS):
            if isinstance(ask.command, Subscribe) and isinstance(reply, Subscribed):
                rooms: tuple[Any, ...] = ask.command.rooms
                device.subscribed(reply, dict(zip(rooms[::3], rooms[1::3], strict=True)))
            pages.check(self, ask, reply)
        elif isinstance(reply, Refused):
            if Refuse(reply.code) not in ask.right:
                self.complain("refused", ask.user, ask.command, reply, "right were", ask.right)
            ask.right = [Refuse(reply.code)]
        elif isinstance(reply, Done):
            self._done(ask)
        elif isinstance(reply, Committed):
            self._acked(ask, reply)
        else:
            self.complain("a reply of another kind", ask, reply)

    def _done(self, ask: Ask) -> None:
        if not any(isinstance(each, Accept) for each in ask.right):
            self.complain("done", ask, "right were", ask.right)
        quiet.note(self, ask)
        standing = self.book.standing(ask.command.room, ask.user)
        if isinstance(ask.command, MarkRead) and standing is not None:
            standing.read = max(standing.read, ask.command.seq)

    def _acked(self, ask: Ask, reply: Committed) -> None:
        """An ack is the place in the order; the same key has one answer for ever (E1, E2, O9)."""
        key = self.key_id(ask.user, ask.command)
        place = (reply.room, reply.seq, reply.time)
        taken = self.book.first.get(key)
        if taken is None or taken[0] != bare(ask.command):
            if not reply.duplicate or Again((reply.room, reply.seq)) not in ask.right:
                self.complain("D1 acked, and not stored", ask, reply)
        elif (reply.room, reply.seq) != taken[1]:
            self.complain("E2 another place than its entry's", ask, reply, taken)
        if self.acks.setdefault(key, place) != place:
            self.complain("E2 two answers for one key", ask, reply, self.acks[key])
        if reply.duplicate:
            return
        if self.fresh.setdefault(key, ask) is not ask:
            self.complain("E1 acked twice as new", ask, reply)
        self.met["refused to be added"] += "refused" in (reply.answers or {}).values()
        if (accepted := self.accepted.get(key)) and reply.answers != accepted.answers:
            self.complain("other answers than the model's", ask, reply, accepted)

    # -- what holds at rest ----------------------------------------------------------------------------------------

    def _refused_stay_out(self) -> None:
        """D3: of what is stored, some attempt was not refused."""
        for key in self.accepted:
            asks = self.tried.get(key, [])
            if asks and all(len(ask.right) == 1 and isinstance(ask.right[0], Refuse) for ask in asks):
                self.complain("D3 refused and stored", asks)

    def _owners(self) -> None:
        for room in self.book.rooms.values():
            if room.kind == "group" and room.here() and not room.owners():
                self.complain("A5 a group without an owner", room.title)

    def _moved(self, device: Device) -> None:
        """Let a device know of its user's coming and going where a room has no entry of that."""
        moves = [move for move in self.book.moves if move.user == device.user]
        listens = device.followed and self._follows(device) and not self.trouble
        for room_id in dict.fromkeys([move.room for move in moves if move.aside]):
            left = any(not move.here for move in moves if move.room == room_id)
            device.moved(room_id, self.book.rooms[room_id], left=left, listens=listens)

    def _follows(self, device: Device) -> bool:
        return chain.self_id(device.user) in device.attached and not device.ended and not device.valve.shut

    def _joined_are_attached(self) -> None:
        """Who joins is attached to the room on every device that listens to its self room."""
        for device in self.devices.values():
            follows = self._follows(device)
            if follows and device.followed and not self.trouble:
                joined = [move.room for move in self.book.moves if move.user == device.user and move.here]
                for room_id in dict.fromkeys(joined):
                    stays = self.book.rooms[room_id].people[device.user].here and room_id not in device.renewed
                    if stays and room_id not in device.attached:
                        self.complain("a join that attached nobody", device.user, device.name, room_id.hex())
            device.renewed.clear()
            device.followed = follows
        self.book.moves.clear()
