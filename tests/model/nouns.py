"""What the model knows of a room: who stands where in it, and its entries."""

from __future__ import annotations

from attrs import Factory, define

GONE = ("left", "banned")


@define
class Standing:
    """A user in a room: what they may see is floor..until, without end while `until` is None."""

    state: str
    role: str
    floor: int = 1
    until: int | None = 0
    read: int = 0
    """What the daemon's memory may say."""

    @property
    def here(self) -> bool:
        return self.state == "member"


@define
class Line:
    """One entry as the model expects it."""

    kind: str
    sender: str
    key: bytes | None
    posts: int
    edits: int = 0
    deleted: bool = False
    given: list[tuple[str, str]] = Factory(list)
    """Who gives which emoji now, as (emoji, user), in the order in which they came."""


@define
class Room:
    """A room."""

    kind: str
    title: str = ""
    people: dict[str, Standing] = Factory(dict)
    lines: list[Line] = Factory(list)
    pins: list[int] = Factory(list)
    ranges: dict[str, list[list[int]]] = Factory(dict)
    """Every range each user could ever see, as [first, last]; last 0 while it is open."""

    @property
    def head(self) -> int:
        return len(self.lines)

    @property
    def posts(self) -> int:
        return self.lines[-1].posts if self.lines else 0

    def unread(self, read: int) -> int:
        """Return how many posts above the seq `read` are there, by counting them."""
        return sum(line.kind == "post" and not line.deleted for line in self.lines[read:])

    def here(self) -> list[str]:
        return [user for user, standing in self.people.items() if standing.here]

    def owners(self) -> list[str]:
        return [user for user in self.here() if self.people[user].role == "owner"]

    def could_see(self, user: str, seq: int) -> bool:
        """Return whether `user` was ever allowed to see the entry at `seq` (invariant A1)."""
        return any(first <= seq and (not last or seq <= last) for first, last in self.ranges.get(user, []))
