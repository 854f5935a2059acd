"""What passes in the room of a stream: who watches it, what they cheer, when they posted. Nothing of it is stored."""

from __future__ import annotations

from attrs import Factory, define

from chatd.model import UserId

POSTED_MAX = 10_000
"""So many watchers' last posts are remembered for slow mode, about 150 bytes each: beyond that the oldest count for
nothing."""
CHEERED_MAX = 20
"""Different emojis of one second: the others are not counted."""
EXACT_BELOW = 100


@define(eq=False)
class Live:
    sessions: dict[int, UserId] = Factory(dict[int, UserId])
    """Those that watch."""
    told: int = 0
    """How many watch, as everybody was told last."""
    cheers: dict[str, int] = Factory(dict[str, int])
    """Since the last signal."""
    _users: dict[UserId, int] = Factory(dict[UserId, int])
    """How many sessions of each user watch."""
    _posted: dict[UserId, int] = Factory(dict[UserId, int])

    def __contains__(self, user: UserId) -> bool:
        return user in self._users

    @property
    def count(self) -> int:
        """About how many watch: exact below a hundred, else two digits of it."""
        return coarse(len(self.sessions))

    def add(self, session: int, user: UserId) -> None:
        """Let a session watch that does not yet."""
        self.sessions[session] = user
        self._users[user] = self._users.get(user, 0) + 1

    def remove(self, session: int) -> None:
        """Let a session watch no more."""
        user = self.sessions.pop(session)
        self._users[user] -= 1
        if not self._users[user]:
            del self._users[user]

    def note_post(self, user: UserId, time: int) -> None:
        """Remember when a watcher posted, in slow mode."""
        self._posted.pop(user, None)
        self._posted[user] = time
        if len(self._posted) > POSTED_MAX:
            del self._posted[next(iter(self._posted))]

    def last_post(self, user: UserId) -> int:
        """Return when a watcher posted last; 0 where that is not known."""
        return self._posted.get(user, 0)

    def cheer(self, emoji: str, count: int) -> None:
        """Add to what everybody is told next."""
        if emoji in self.cheers or len(self.cheers) < CHEERED_MAX:
            self.cheers[emoji] = self.cheers.get(emoji, 0) + count

    def take_cheers(self) -> dict[str, int]:
        """Return what was cheered since the last time."""
        taken, self.cheers = self.cheers, {}
        return taken


def coarse(count: int) -> int:
    """Return `count` as it is told: a large one rounded down, so that not everybody who comes is a signal."""
    if count < EXACT_BELOW:
        return count
    step = int("1".ljust(len(str(count)) - 1, "0"))
    return count // step * step
