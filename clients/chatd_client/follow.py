"""How far each room is known: cursors, order, and the hash chain. No I/O: messages in, what to tell the app out.

A room is *live* from the moment the server has said where its entries begin. Then the next seq is the only one that
may come: another means that this side missed something, and the room is asked for again from its cursor.
"""

from __future__ import annotations

from attrs import define, field

from chatd import chain, messages
from chatd.codes import GapReason
from chatd.messages import RoomSync, Subscribe, Watch
from chatd.model import RoomId, UserId
from chatd_client import events
from chatd_client.cursor import Cursor, Told, entry_hash
from chatd_client.errors import ChainBroken, ProtocolViolation
from chatd_client.track import Track

FAULTS_MAX = 3
"""How often in a row a room is asked for again before it is given up."""


@define(eq=False)
class Follower:
    """The rooms that are followed, and the one subscribe that is under way."""

    user: UserId = ""
    epoch: bytes = b""
    adopts: bool = True
    """Whether a room that the server attaches unasked is followed."""
    _tracks: dict[RoomId, Track] = field(factory=dict[RoomId, Track], init=False)
    _given_up: dict[RoomId, None] = field(factory=dict[RoomId, None], init=False)
    _wanted: dict[RoomId, None] = field(factory=dict[RoomId, None], init=False)
    """To be subscribed, in this order."""
    _asked: tuple[RoomId, ...] | None = field(default=None, init=False)
    """The rooms of the subscribe whose reply is awaited."""
    _coming: dict[RoomId, int] = field(factory=dict[RoomId, int], init=False)
    """The seq to which the entries of the last subscribe go, for the rooms that are not there yet."""
    _after: list[RoomId] = field(factory=list[RoomId], init=False)
    """To be subscribed again when those have come."""

    def restore(self, cursor: Cursor) -> None:
        """Follow a room from where an earlier run of the app left it."""
        self._tracks[cursor.room] = Track(cursor.room, cursor.seq, cursor.hash)

    def follow(self, room: RoomId) -> None:
        """Follow `room` from its cursor, or from its first entry. Does nothing for one that is live."""
        self._given_up.pop(room, None)
        if not self._track(room).live and room not in (self._asked or ()):
            self._wanted[room] = None

    def watch(self, room: RoomId, latest: int | None) -> None:
        """Follow a live room by watching it: the `latest` entries at first, all of them where that is None."""
        track = self._track(room)
        if not track.watched:
            track.watched, track.latest, track.live = True, latest, False
        self.follow(room)

    def watches(self, room: RoomId) -> bool:
        """Return whether a room is followed by watching it."""
        return room in self._tracks and self._tracks[room].watched

    def unfollow(self, room: RoomId) -> None:
        """Tell no more of `room`."""
        self._drop(room)
        self._given_up[room] = None

    def _drop(self, room: RoomId) -> None:
        for rooms in (self._tracks, self._wanted, self._coming):
            rooms.pop(room, None)

    def follows(self, room: RoomId) -> bool:
        return room in self._tracks

    def detached(self) -> None:
        """The server attends to no room any more: all are to be asked for again."""
        self._asked = None
        self._coming.clear()
        self._after.clear()
        for track in self._tracks.values():
            track.live, track.anchor = False, None
            track.held.clear()
            self._wanted[track.room] = None

    def enter_epoch(self, epoch: bytes) -> list[Told]:
        """Begin a connection to a store of this epoch. Of another one, every room is forgotten and starts again."""
        told: list[Told] = []
        if epoch != self.epoch and self.epoch:
            told = [self._reset(track) for track in self._tracks.values() if track.seq]
        self.epoch = epoch
        return told

    @property
    def busy(self) -> bool:
        """Whether a subscribe is under way: its reply, or entries that it announced, are still to come."""
        return self._asked is not None or bool(self._coming)

    @property
    def due(self) -> bool:
        """Whether `next_subscribe` has something to ask."""
        return not self.busy and bool(self._wanted or self._after)

    @property
    def settled(self) -> bool:
        """Whether every followed room has been caught up."""
        return not (self.busy or self._wanted or self._after)

    def next_subscribe(self, rooms_max: int, latest: int | None) -> Subscribe | Watch | None:
        """Return what to ask next, or None while one is under way and when there is nothing to ask.

        Rooms without a cursor are asked for apart from the others, because only they skip to their `latest` entries,
        and each that is watched by itself.
        """
        if self.busy:
            return None
        self._wanted |= dict.fromkeys(room for room in self._after if room in self._tracks)
        self._after.clear()
        if not self._wanted:
            return None
        wanted = [*self._wanted]
        if (first := self._tracks[wanted[0]]).watched:
            return self._watch(first)
        wanted = [room for room in wanted if not self._tracks[room].watched]
        if latest is not None:
            is_new = self._tracks[wanted[0]].seq == 0
            wanted = [room for room in wanted if (self._tracks[room].seq == 0) is is_new]
            latest = latest if is_new else None
        rooms = wanted[:rooms_max]
        for room in rooms:
            del self._wanted[room]
        self._asked = tuple(rooms)
        return Subscribe(epoch=self.epoch, rooms=self._triples(rooms), latest=latest)

    def _watch(self, track: Track) -> Watch:
        del self._wanted[track.room]
        self._asked = (track.room,)
        latest = None if track.seq else track.latest
        return Watch(room=track.room, epoch=self.epoch, seq=track.seq, h8=chain.short(track.hash), latest=latest)

    def _triples(self, rooms: list[RoomId]) -> tuple[bytes | int, ...]:
        triples: list[bytes | int] = []
        for room in rooms:
            track = self._tracks[room]
            triples += (room, track.seq, chain.short(track.hash))
        return tuple(triples)

    def not_subscribed(self) -> None:
        """The subscribe was refused for now: its rooms are to be asked for again."""
        self._after += self._asked or ()
        self._asked = None

    def not_watched(self, reason: str) -> list[Told]:
        """The room that was to be watched must not be: it is followed no more. Of anything else nothing is told."""
        [room] = self._asked if self._asked and len(self._asked) == 1 else [b""]
        if not self.watches(room):
            return []
        self._asked = None
        return self.unwatched(room, reason)

    def unwatched(self, room: RoomId, reason: str) -> list[Told]:
        """Follow no more what was watched."""
        self._drop(room)
        return [Told(events.Unwatched(room, reason))]

    def subscribed(self, syncs: tuple[RoomSync, ...]) -> list[Told]:
        """Take the reply to the subscribe under way. Raises ProtocolViolation where it answers something else."""
        asked, self._asked = self._asked, None
        if asked is None or tuple(sync.room for sync in syncs) != asked[: len(syncs)] or not syncs:
            raise ProtocolViolation("the reply to a subscribe names other rooms than were asked for")
        self._after += asked[len(syncs) :]
        told: list[Told] = []
        for sync in syncs:
            track = self._tracks.get(sync.room)
            if track is not None:
                told += self._synced(track, sync)
        return told

    def _synced(self, track: Track, sync: RoomSync) -> list[Told]:
        if sync.status == "reset" and track.seq == 0:
            return self._fault(track, 0, "the server knows no beginning of it")
        if sync.status == "reset":
            self._after.append(track.room)
            return [self._reset(track)]
        if sync.status != "ok":
            self._drop(track.room)
            return [Told(events.Unavailable(track.room))]
        if sync.start - 1 == track.seq and sync.hash not in (None, track.hash):
            return self._fault(track, sync.start, "the server's hash before it is another")
        if sync.start - 1 > track.seq and sync.hash is not None:
            track.anchor = Cursor(track.room, sync.start - 1, sync.hash)
        track.live, track.paged_to = True, None if sync.attached else sync.end
        if sync.end > track.seq:
            self._coming[track.room] = sync.end
        if sync.more:
            self._after.append(track.room)
        return []

    def caught_up(self) -> None:
        """The server has sent all that the subscribe under way asked for."""
        self._coming.clear()

    def shed(self, room: RoomId) -> None:
        """An entry or gap of `room` was not taken for want of space: ask for it again later."""
        self._coming.pop(room, None)
        track = self._tracks.get(room)
        if track is not None:
            track.live = False
            track.held.clear()
            self._after.append(room)

    def entered(self, message: messages.Entered) -> list[Told]:
        """Take an entry: return what is to be told, nothing of a duplicate, and ask again after a hole."""
        track = self._attended(message.room)
        if track is None or message.seq <= track.seq:
            return []
        told = self._up_to_anchor(track, message.seq)
        if message.seq != track.seq + 1:
            return told + self._hole(track, message.seq)
        full = entry_hash(track.hash, message)
        if full is None:
            return told + self._fault(track, message.seq, "the entry does not continue the hash chain")
        self._advance(track, message.seq, full)
        told.append(Told(events.entry(message, self.user), track.cursor()))
        return told

    def gap(self, message: messages.Gap) -> list[Told]:
        """Take a named gap: return what is to be told of it, nothing of what is known already."""
        track = self._attended(message.room)
        if track is None or message.end <= track.seq:
            return []
        if message.start > (track.held[-1].end if track.held else track.seq) + 1:
            return self._hole(track, message.start)
        track.held.append(message)
        anchored = track.anchor.hash if track.anchor and track.anchor.seq == message.end else None
        full = message.hash or anchored
        return [] if full is None else self._skip_held(track, full)

    def _attended(self, room: RoomId) -> Track | None:
        """Return the track of a room that something was pushed for; a new room is followed, and asked for too."""
        if room not in self._tracks and self.adopts and room not in self._given_up:
            self.follow(room)
        return self._tracks.get(room)

    def _track(self, room: RoomId) -> Track:
        if room not in self._tracks:
            self._tracks[room] = Track(room, 0, chain.origin(room))
        return self._tracks[room]

    def _up_to_anchor(self, track: Track, seq: int) -> list[Told]:
        """Name the range before the server's own start, where no gap came for it."""
        anchor = track.anchor
        if anchor is None or anchor.seq <= track.seq or seq != anchor.seq + 1:
            return []
        start = track.held[-1].end if track.held else track.seq
        if start < anchor.seq:
            reason = GapReason.NOT_VISIBLE.value
            track.held.append(messages.Gap(room=track.room, start=start + 1, end=anchor.seq, reason=reason))
        return self._skip_held(track, anchor.hash)

    def _skip_held(self, track: Track, full: bytes) -> list[Told]:
        """Tell the gaps; only behind the last of them is there a cursor."""
        start = track.seq + 1
        gaps: list[events.Gap] = []
        for gap in track.held:
            gaps.append(events.Gap(track.room, start, gap.end, gap.reason))
            start = gap.end + 1
        track.held.clear()
        self._advance(track, start - 1, full)
        return [*(Told(gap) for gap in gaps[:-1]), Told(gaps[-1], track.cursor())]

    def _advance(self, track: Track, seq: int, full: bytes) -> None:
        track.seq, track.hash, track.faults, track.live = seq, full, 0, True
        if track.paged_to is not None and seq > track.paged_to:
            track.paged_to = None
        if self._coming.get(track.room, seq + 1) <= seq:
            del self._coming[track.room]

    def _hole(self, track: Track, seq: int) -> list[Told]:
        """Ask for a live room again. Of a room that waits to be asked for, a hole is what must be expected: so of one
        that this user has joined again while more of it was still to come."""
        is_expected = not track.live or (track.paged_to is not None and seq > track.paged_to)
        return [] if is_expected else self._fault(track, seq, f"seq {track.seq + 1} expected")

    def _fault(self, track: Track, seq: int, text: str) -> list[Told]:
        track.faults += 1
        given_up = track.faults >= FAULTS_MAX
        if given_up:
            self.unfollow(track.room)
        else:
            self.shed(track.room)
        return [Told(events.Broken(track.room, ChainBroken(track.room, seq, text), not given_up))]

    def _reset(self, track: Track) -> Told:
        track.rewind()
        return Told(events.Reset(track.room), track.cursor())
