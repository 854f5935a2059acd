"""When posts are due: a closed loop keeps a window full, an open loop follows the clock whatever comes back. Pure."""

from __future__ import annotations

from typing import Protocol

from attrs import define, field

NS_PER_S = 1_000_000_000


class Pacer(Protocol):
    def take(self, now_ns: int) -> list[int]:
        """Return when each post was meant to be sent that became due up to `now_ns`; each is returned once."""
        ...

    def answered(self, count: int) -> None:
        """Learn that `count` posts have had their final reply."""
        ...

    def next_ns(self) -> int | None:
        """Return when the next post is due, or None if that depends on replies."""
        ...


@define(eq=False)
class Window:
    """A closed loop: `size` posts in flight, and another for each that is answered."""

    size: int
    _free: int = field(init=False)

    def __attrs_post_init__(self) -> None:
        self._free = self.size

    def take(self, now_ns: int) -> list[int]:
        """Return `now_ns` for each free place: what waits for a reply has no time of its own."""
        free, self._free = self._free, 0
        return [now_ns] * free

    def answered(self, count: int) -> None:
        self._free += count

    def next_ns(self) -> int | None:
        return None


@define(eq=False)
class Schedule:
    """An open loop: one post every `1 / rate` seconds from `start_ns` on, late or not: no coordinated omission."""

    rate: float
    start_ns: int
    _taken: int = field(default=0, init=False)

    def _due_ns(self, index: int) -> int:
        return self.start_ns + int(index * NS_PER_S / self.rate)

    def take(self, now_ns: int) -> list[int]:
        due: list[int] = []
        while self.rate > 0 and (at := self._due_ns(self._taken)) <= now_ns:
            due.append(at)
            self._taken += 1
        return due

    def answered(self, count: int) -> None:
        """Replies change nothing: that is what makes the loop open."""

    def next_ns(self) -> int | None:
        return self._due_ns(self._taken) if self.rate > 0 else None


def share(whole: int, parts: list[int], index: int) -> int:
    """Return how much of `whole` falls to part `index`, in proportion to `parts`. The shares add up to `whole`."""
    weight = sum(parts)
    before = sum(parts[:index])
    return whole * (before + parts[index]) // weight - whole * before // weight if weight else 0
