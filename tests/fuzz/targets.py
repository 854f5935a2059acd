"""The targets by name, and how an amount of executions is shared among them."""

from __future__ import annotations

from collections.abc import Callable

from tests.fuzz.client import Client
from tests.fuzz.decoding import Frames, Messages
from tests.fuzz.session import Session
from tests.fuzz.target import Target

TARGETS: dict[str, Callable[[], Target]] = {
    "frames": Frames,
    "messages": Messages,
    "session": Session,
    "client": Client,
}
SHARES = {"frames": 0.58, "messages": 0.40, "session": 0.01, "client": 0.01}
"""Of all executions: a whole daemon or client takes a hundred times as long as a decoder."""


def shares(executions: int, target: str | None) -> dict[str, int]:
    """Return how many executions each target gets: all of them the one that is named, else by `SHARES`, 4 at least."""
    if target is not None:
        return {target: executions}
    counts = {name: max(1, int(executions * share)) for name, share in SHARES.items()}
    counts["frames"] += executions - sum(counts.values())
    return counts
