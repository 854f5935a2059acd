"""Idle rooms: what one holds that somebody listens to, and whether rooms that nobody listens to make place."""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import blake2b

from attrs import frozen

from benchmarks.daemon import Daemon, own_daemon, port_of
from benchmarks.footprint import Footprint
from benchmarks.memory.stages import Stage
from benchmarks.memory.visit import Visitors, emptied, settled
from benchmarks.peers.chatd_speech import ChatdSpeech
from benchmarks.peers.rooms import chatd_rooms
from benchmarks.peers.speech import Seat, Step
from benchmarks.peers.works import Kind, Work
from benchmarks.processes import tell
from chatd.chain import KEY_BYTES, group_id, origin, short
from chatd.messages import Committed, CreateGroup, Subscribe
from chatd.model import Key, RoomId
from chatd.wire import codec

WAVES = 3
KEEPER_ROOMS = 500
"""So many rooms has each user who makes and keeps them, alone."""
_IN_CALL = 50
"""Few enough that one answer covers all the rooms of a subscribe."""
_REQUEST = 1 << 16
"""From here on msgpack writes a request id in five bytes, so what begins with it is found among others."""
_CREATED = bytes((0x93, Committed.tag, 0xCE)) + _REQUEST.to_bytes(4, "big")
_ATTACHED = b"\xa8attached\xc3"


@frozen
class Keepers:
    """Users who make and keep the rooms of one wave, spread as evenly as `KEEPER_ROOMS` allows."""

    wave: int
    rooms: int

    @property
    def seats(self) -> list[Seat]:
        return [Seat(self.wave, member) for member in range(-(-self.rooms // KEEPER_ROOMS))]

    def _numbers(self, seat: Seat) -> range:
        return range(seat.member * KEEPER_ROOMS, min(self.rooms, (seat.member + 1) * KEEPER_ROOMS))

    def _key(self, number: int) -> Key:
        return blake2b(f"{self.wave}-{number}".encode(), digest_size=KEY_BYTES).digest()

    def creations(self, seat: Seat) -> list[Step]:
        """Return how a keeper makes its rooms. No command waits for another."""
        frames = [
            codec.encode(CreateGroup(key=self._key(number), title=f"room {number}"), _REQUEST)
            for number in self._numbers(seat)
        ]
        return [Step(b"".join(part), _CREATED, len(part)) for part in _parts(frames)]

    def subscriptions(self, seat: Seat, epoch: bytes) -> list[Step]:
        """Return how a keeper listens to all its rooms, with nothing sent to it. Over when each says that it is so."""
        rooms = [group_id(seat.user, self._key(number)) for number in self._numbers(seat)]
        return [Step(_subscribe(part, epoch), _ATTACHED, len(part)) for part in _parts(rooms)]


def _parts(whole: Sequence[bytes]) -> list[Sequence[bytes]]:
    return [whole[at : at + _IN_CALL] for at in range(0, len(whole), _IN_CALL)]


def _subscribe(rooms: Sequence[RoomId], epoch: bytes) -> bytes:
    cursors = tuple(word for room in rooms for word in (room, 0, short(origin(room))))
    return codec.encode(Subscribe(epoch=epoch, rooms=cursors, latest=0), _REQUEST)


def _make(daemon: Daemon, waves: Sequence[Keepers]) -> None:
    for keepers in waves:
        visitors = Visitors(port_of(daemon.url), ChatdSpeech())
        visitors.enter(keepers.seats)
        visitors.take({seat: keepers.creations(seat) for seat in keepers.seats})
        visitors.leave()


def _wave(daemon: Daemon, keepers: Keepers, epoch: bytes) -> list[Stage]:
    start = settled(daemon.pid)
    visitors = Visitors(port_of(daemon.url), ChatdSpeech())
    visitors.enter(keepers.seats)
    connected = settled(daemon.pid)
    visitors.take({seat: keepers.subscriptions(seat, epoch) for seat in keepers.seats})
    listening = settled(daemon.pid)
    visitors.leave()
    gone = emptied(daemon.pid, start.descriptors)
    found = {"start": start, "connected": connected, "listening": listening, "gone": gone}
    return [Stage(keepers.wave, name, footprint) for name, footprint in found.items()]


def idle_rooms(count: int) -> list[Stage]:
    """Return the stages of `WAVES` times `count` rooms, each wave with rooms of its own, on a daemon started again.

    The daemon may keep `count` rooms in memory (`memory.rooms_max`), so a room can only come where one leaves that
    nobody listens to. Stages: start, connected, listening, gone. Raises DaemonFailed, SetupFailed, TalkFailed,
    ProtocolError or OSError.
    """
    waves = [Keepers(wave, count) for wave in range(1, WAVES + 1)]
    with own_daemon(("--memory.rooms-max", str(count))) as daemon:
        _make(daemon, waves)
        daemon.stop()
        daemon.start()
        before = Footprint.of(daemon.pid)
        # Also opens the first session, which makes the daemon load what it loads but once.
        speech = chatd_rooms(port_of(daemon.url), Work(name="none", kind=Kind.IDLE, rooms=0, members=0))
        emptied(daemon.pid, before.descriptors)
        epoch = speech.epoch if isinstance(speech, ChatdSpeech) else b""
        stages: list[Stage] = []
        for keepers in waves:
            stages += _wave(daemon, keepers, epoch)
            tell(f"rooms: wave {keepers.wave} of {WAVES}")
    return stages
