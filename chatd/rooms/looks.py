"""Who looks users and handles up right now: what commits about one meanwhile makes what was read too old to decide on.

And which handles are on their way to the store: nobody else may take one that looks like it.
"""

from __future__ import annotations

from collections.abc import Generator
from contextlib import AbstractContextManager, contextmanager

from attrs import Factory, define

from chatd.model import Item, Profile, Relation, UserId

_Subject = tuple[str, str]


@define(eq=False)
class Look:
    overtaken: bool = False
    """Whether something has changed about the subject since this look began."""


@define(eq=False)
class Looks:
    _looking: dict[_Subject, list[Look]] = Factory(dict[_Subject, list[Look]])
    _claims: dict[str, UserId] = Factory(dict[str, UserId])
    """The skeletons of the handles in flight, and who is to have each."""

    def at_user(self, user: UserId) -> AbstractContextManager[Look]:
        """Learn whether anything about `user` is applied before the block ends."""
        return self._look(("user", user))

    def at_handle(self, skeleton: str) -> AbstractContextManager[Look]:
        """Learn whether somebody gets a handle with this skeleton before the block ends."""
        return self._look(("handle", skeleton))

    @contextmanager
    def _look(self, subject: _Subject) -> Generator[Look, None, None]:
        look = Look()
        self._looking.setdefault(subject, []).append(look)
        try:
            yield look
        finally:
            self._looking[subject].remove(look)
            if not self._looking[subject]:
                del self._looking[subject]

    def apply(self, record: Profile | Relation) -> None:
        """Tell who looks that a record has been applied."""
        if isinstance(record, Profile):
            self._overtake(("handle", record.skeleton))
        else:
            self._overtake(("user", record.user), ("user", record.other))

    def _overtake(self, *subjects: _Subject) -> None:
        for subject in subjects:
            for look in self._looking.get(subject, ()):
                look.overtaken = True

    def submit(self, item: Item) -> None:
        """Note the handle that an item in flight gives."""
        for record in item.records:
            if isinstance(record, Profile) and record.skeleton:
                self._claims[record.skeleton] = record.user

    def settle(self, item: Item) -> None:
        """Forget it: the outcome of the item is applied, or was never stored."""
        for record in item.records:
            if isinstance(record, Profile):
                self._claims.pop(record.skeleton, None)

    def holder(self, skeleton: str) -> UserId | None:
        """Return who is about to have a handle with this skeleton."""
        return self._claims.get(skeleton)
