"""Who looks users up right now: what commits about one meanwhile makes what was read of them too old to decide on."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager

from attrs import Factory, define

from chatd.model import UserId


@define(eq=False)
class Look:
    overtaken: bool = False
    """Whether something has changed about the user since this look began."""


@define(eq=False)
class Looks:
    _looking: dict[UserId, list[Look]] = Factory(dict[UserId, list[Look]])

    @contextmanager
    def looking(self, user: UserId) -> Generator[Look, None, None]:
        """Learn whether anything about `user` is applied before the block ends."""
        look = Look()
        self._looking.setdefault(user, []).append(look)
        try:
            yield look
        finally:
            self._looking[user].remove(look)
            if not self._looking[user]:
                del self._looking[user]

    def changed(self, *users: UserId) -> None:
        """Something about each of `users` has been applied."""
        for user in users:
            for look in self._looking.get(user, ()):
                look.overtaken = True
