"""What a load run is asked to do, what its driver processes tell, and who drives whom. Pure."""

from __future__ import annotations

from hashlib import blake2b

from attrs import field, frozen

from benchmarks.latency import Counts
from benchmarks.pacing import share
from chatd.chain import KEY_BYTES, group_id
from chatd.model import Key, RoomId, RoomKind, UserId


@frozen(kw_only=True)
class Plan:
    url: str
    authority: str = ""
    """The file of who signed the daemon's certificate, if `url` is a tls:// one."""
    rooms: int
    members: int
    """Of each room; each is a connection."""
    senders: int
    """Of each room: its first members."""
    size: int
    """Bytes of text in a post."""
    window: int | None
    """Posts in flight in all; None in an open loop."""
    rate: float | None
    """Posts a second in all; None in a closed loop."""
    duration_s: float
    drain_s_max: float
    sample: int
    """One connection in so many is decoded."""
    salt: str
    """Tells the users and rooms of this run from those of every other."""
    drivers: int
    kind: RoomKind = RoomKind.GROUP
    """Of the rooms. Who posts in a broadcast room is of its staff, and all others follow it; a live room they watch."""

    def user(self, room: int, member: int) -> UserId:
        return f"load-{self.salt}-{room}-{member}"

    def room_key(self, room: int, call: int) -> Key:
        """Return the key of one of the commands that make a room: `call` 0 creates it, the others add members."""
        return blake2b(f"{self.salt}-{room}-{call}".encode(), digest_size=KEY_BYTES).digest()

    def role_key(self, room: int, member: int) -> Key:
        """Return the key of the command that lets a member of a room post there."""
        return blake2b(f"{self.salt}-{room}-role-{member}".encode(), digest_size=KEY_BYTES).digest()

    def room_id(self, room: int) -> RoomId:
        """Return the id that the room will have: any driver can tell it without having created the room."""
        return group_id(self.user(room, 0), self.room_key(room, 0))

    def sender_index(self, room: int, member: int) -> int:
        return room * self.senders + member

    def is_sampled(self, room: int, member: int) -> bool:
        """Return whether a connection is decoded. Another place in each room, so early and late receivers count."""
        return (room + member) % self.sample == 0

    def seats(self, driver: int) -> list[tuple[int, int]]:
        """Return the (room, member) pairs whose connections a driver holds."""
        return [
            (room, member)
            for room in range(self.rooms)
            for member in range(self.members)
            if (room + member) % self.drivers == driver
        ]

    def _senders_of_drivers(self) -> list[int]:
        counts = [0] * self.drivers
        for room in range(self.rooms):
            for member in range(self.senders):
                counts[(room + member) % self.drivers] += 1
        return counts

    def window_of(self, driver: int) -> int:
        """Return a driver's share of the window, in proportion to its senders."""
        return share(self.window or 0, self._senders_of_drivers(), driver)

    def rate_of(self, driver: int) -> float:
        """Return a driver's share of the rate, in proportion to its senders."""
        counts = self._senders_of_drivers()
        return (self.rate or 0.0) * counts[driver] / sum(counts)


@frozen
class Ready:
    """A driver has finished a phase of the setup and waits for the word."""


@frozen
class Failed:
    """A driver has given up."""

    text: str


@frozen
class Progress:
    """What a driver has seen since the run began."""

    acked: int
    delivered: int


@frozen
class Received:
    """What one connection was given."""

    room: int
    count: int
    """Deliveries of posts."""
    bytes: int
    """Of all frames but the answers to pings."""
    is_sender: bool


@frozen(kw_only=True)
class Result:
    """What one driver has to tell at the end."""

    acked: int
    """Within the duration."""
    delivered: int
    """Within the duration."""
    accepted: dict[int, int]
    """Acknowledged posts by room, in all."""
    received: list[Received]
    ack_us: Counts = field(repr=False)
    delivery_us: Counts = field(repr=False)
    out_of_order: int
    refused: dict[str, int]
    """By code."""
    unanswered: int
    """Posts without a final reply when the drain ended."""
    unsent: int
    """Posts that became due and were never sent: an open loop that the daemon did not keep up with."""
    paused: int
    """`paused` events on decoded connections."""
    closed: int
    """Connections that ended during the run."""
    cpu: float
    """CPU seconds a second, within the duration."""


Word = Ready | Failed | Progress | Result
"""What a driver tells its parent."""
