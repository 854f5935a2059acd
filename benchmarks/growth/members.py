"""Deliveries against the members of one room: the work of `benchmarks.peers` called fanout, at many sizes."""

from __future__ import annotations

from attrs import evolve

from benchmarks.growth.curves import Curve, Series
from benchmarks.growth.ground import Ground, require_descriptors
from benchmarks.growth.shape import Shape
from benchmarks.peers.catalogue import CHATD, PEERS, Peer
from benchmarks.peers.measure import Figures, measure
from benchmarks.peers.server import Launch, Place
from benchmarks.peers.works import Kind, Work

SENDERS, WINDOW = 4, 64
_SPARE_DESCRIPTORS = 200

CURVE = Curve(
    name="members",
    title=f"one room, {SENDERS} senders, {WINDOW} posts in flight, every member connected",
    x_label="members",
    xs=(10, 30, 100, 300, 1_000, 3_000, 5_000),
    quick=(10, 30, 100),
    series=(
        Series(figure="deliveries_per_s", label="deliveries", unit="deliveries/s", shape=Shape.LEVELS_OFF),
        Series(figure="messages_per_s", label="posts, each on disk", unit="posts/s"),
        Series(figure="server_cpu", label="chatd's CPU", unit="cores", is_drawn=False),
        Series(figure="driver_cpu", label="busiest driver's CPU", unit="cores", is_drawn=False),
    ),
)


def chatd_peer() -> Peer:
    """Return chatd as the peers' table measures it, but with groups as large as the largest point."""
    [peer] = [each for each in PEERS if each.name == CHATD]

    def launch(place: Place) -> Launch:
        of_peer = peer.launch(place)
        return evolve(of_peer, command=(*of_peer.command, "--limits.group-members-max", str(CURVE.xs[-1])))

    return evolve(peer, launch=launch)


def point(ground: Ground, members: int) -> Figures:
    """Return the figures of one size. Raises TooFewDescriptors, and what `benchmarks.peers.measure.measure` does."""
    require_descriptors(members + _SPARE_DESCRIPTORS)
    work = Work(
        name=f"fanout{members}",
        kind=Kind.LOAD,
        rooms=1,
        members=members,
        senders=SENDERS,
        window=WINDOW,
        seconds=ground.seconds,
    )
    return measure(chatd_peer(), work, drivers=ground.drivers, loop_in_c=ground.loop_in_c)
