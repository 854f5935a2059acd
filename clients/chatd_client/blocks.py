"""Whom the user has blocked, as far as a chat knows, and what of theirs it does not show."""

from __future__ import annotations

from attrs import define, field

from chatd.messages import ContactsPage
from chatd.model import EntryKind, UserId
from chatd_client.events import Entry

_SAID = (EntryKind.POST, EntryKind.EDIT, EntryKind.REACT)
"""What a blocked user says. Who is in a room, and what it is called, goes on to be told."""


@define(eq=False)
class Blocks:
    known: bool = field(default=False, init=False)
    """Whether the server's list has been read to its end."""
    next: UserId | None = field(default=None, init=False)
    """The last user of the pages that were read."""
    _users: dict[UserId, None] = field(factory=dict[UserId, None], init=False)

    def doubt(self, *, anew: bool) -> None:
        """The list is to be read again; `anew`: what was known of it is of another history."""
        self.known, self.next = False, None
        if anew:
            self._users.clear()

    def users(self) -> frozenset[UserId]:
        return frozenset(self._users)

    def learn(self, entry: Entry) -> None:
        """Learn from an entry of the self room."""
        user = entry.facts.get("user")
        if entry.kind != EntryKind.BLOCK or type(user) is not str:
            return
        if entry.facts.get("on") is True:
            self._users[user] = None
        else:
            self._users.pop(user, None)

    def learn_page(self, page: ContactsPage) -> None:
        """Learn from the next page of the server's list."""
        self._users.update(dict.fromkeys(page.users))
        self.next = page.users[-1] if page.users else self.next
        self.known = not page.more

    def hides(self, entry: Entry) -> bool:
        """Return whether an entry is not shown because of who sent it."""
        return entry.sender in self._users and entry.kind in _SAID
