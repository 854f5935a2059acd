"""What the model knows of a room: who stands where in it, and its entries."""

from __future__ import annotations

from typing import Any

from attrs import Factory, define, frozen

from chatd.messages import Post

GONE = ("left", "banned")
WAITING = ("invited", "requested")


@frozen
class Settings:
    """What an owner may set for everybody in a room."""

    ttl_s: int = 0
    past: str = "joined"
    keep: int = 0
    """How many of its newest entries a live room keeps; 0: as many as it may."""
    slow_s: int = 0
    """How long a member waits after a post before the next."""
    member_s: int = 0
    """How long who speaks must have been a member."""
    level: int = 0
    """Of an emergency."""
    join_by: str = "invitation"
    requires: tuple[tuple[str, tuple[Any, ...]], ...] = ()
    """What the app must say of who speaks: of each name one of these values."""


@define
class Server:
    """What operators told the whole server."""

    level: int = 0
    """Of an emergency."""
    said: dict[str, dict[str, Any]] = Factory(dict)
    """What the app says of each user."""


@frozen
class Filter:
    """What may not be said in a room."""

    words: tuple[str, ...] = ()
    exempt: str = "moderator"
    action: str = "refuse"


@frozen
class Held:
    """A post that waits for review."""

    user: str
    command: Post

    @property
    def content(self) -> bytes:
        return self.command.content


@define
class Standing:
    """A user in a room: what they may see is floor..until, without end while `until` is None."""

    state: str
    role: str
    floor: int = 1
    until: int | None = 0
    read: int = 0
    """What the daemon's memory may say."""
    changed: int = 0
    """The step in which what they may see changed last."""
    since: int = 0
    """When their state became what it is."""
    posted: int = 0
    """When they posted last."""
    denied: dict[str, int | None] = Factory(dict)
    """What was taken from them, and until when, None: for good."""
    banned_until: int | None = None
    told: int = 0
    """How far others may know at most that they have read."""
    user: str = ""

    @property
    def here(self) -> bool:
        return self.state == "member"

    def is_banned(self, now: int) -> bool:
        return self.state == "banned" and (self.banned_until is None or now < self.banned_until)

    def lacks(self, now: int) -> dict[str, int | None]:
        """Return what is taken from them at the time `now`."""
        return {what: until for what, until in self.denied.items() if until is None or now < until}


@define
class Stay:
    """A time that a user was in a room, from coming to going."""

    first: int
    """The first entry that they may see."""
    begins: int
    """The first entry that they were sent when it came."""
    last: int = 0
    """The last entry that they may see; 0 while they stay."""


@define
class Ballots:
    """A poll."""

    options: int
    multiple: bool
    closes: int | None
    votes: dict[str, tuple[int, ...]] = Factory(dict)
    closed: bool = False
    """By hand."""

    def counts(self) -> tuple[int, ...]:
        return tuple(sum(place in chosen for chosen in self.votes.values()) for place in range(self.options))


@define
class Line:
    """One entry as the model expects it."""

    kind: str
    sender: str
    key: bytes | None
    posts: int
    time: int = 0
    expires: int | None = None
    said: list[bytes] = Factory(list)
    """The content of a post, and those of its edits."""
    edited: int = 0
    """The seq of its newest edit."""
    target: int = 0
    """Of an edit: the post."""
    deleted: bool = False
    erased: bool = False
    """Whether nobody can be told any more what it said."""
    given: list[tuple[str, str]] = Factory(list)
    """Who gives which emoji now, as (emoji, user), in the order in which they came."""
    ballots: Ballots | None = None
    changed: int = 0
    """The step in which it was edited or deleted last."""

    @property
    def edits(self) -> int:
        return max(0, len(self.said) - 1)


@define
class Room:
    """A room."""

    kind: str
    title: str = ""
    people: dict[str, Standing] = Factory(dict)
    lines: list[Line] = Factory(list)
    pins: list[int] = Factory(list)
    stays: dict[str, list[Stay]] = Factory(dict)
    """Of every user, in the order of time."""
    settings: Settings = Settings()
    slow_since: int = 0
    """Posts from before count for nothing in slow mode."""
    expired: int = 0
    ended: str | None = None
    """What has become of a live room whose stream is over."""
    filter: Filter | None = None
    held: dict[int, Held] = Factory(dict)
    """What waits for review, by number."""
    held_ever: int = 0
    server: Server = Factory(Server)

    @property
    def head(self) -> int:
        return len(self.lines)

    @property
    def gone(self) -> int:
        """The last seq that is given to nobody any more."""
        return self.head if self.ended == "none" else self.expired

    def seen(self, standing: Standing) -> tuple[int, int]:
        """Return the first and the last seq that somebody may see now."""
        return max(standing.floor, self.gone + 1), self.head if standing.until is None else standing.until

    def sees(self, standing: Standing, seq: int) -> bool:
        """Return whether a present member may answer an entry, or do something to it."""
        return standing.floor <= seq <= self.head and (seq > self.gone or seq in self.pins)

    @property
    def posts(self) -> int:
        return self.lines[-1].posts if self.lines else 0

    def there(self, read: int) -> list[Line]:
        """Return the posts above the seq `read` that are still there."""
        return [line for line in self.lines[read:] if line.kind == "post" and not line.erased]

    def here(self) -> list[str]:
        return [user for user, standing in self.people.items() if standing.here]

    def owners(self) -> list[str]:
        return [user for user in self.here() if self.people[user].role == "owner"]

    def could_see(self, user: str, seq: int) -> bool:
        """Return whether `user` was ever allowed to see the entry at `seq` (invariant A1)."""
        return any(stay.first <= seq and (not stay.last or seq <= stay.last) for stay in self.stays.get(user, []))
