"""Other users: whom this one knows, and whom they do not want to hear of."""

from __future__ import annotations

from attrs import define

from chatd import messages
from chatd.messages import Committed, ContactsPage
from chatd.model import ContactList, UserId
from chatd_client.asking import Asking


@define(eq=False)
class People(Asking):
    """The part of a chat about other users. None of them is told of what is asked here."""

    async def block(self, user: UserId, *, on: bool = True) -> Committed:
        """Show nothing more of what `user` says, here and on the user's other devices; or, with `on` false, again.

        What they say goes on to be stored, and is there once the block has ended. They do not notice: in the room of
        the two they are not told any more how far this user has read, nor that this user types.
        """
        return await self._commit(messages.Block(key=self._key(), user=user, on=on))

    def blocked(self) -> frozenset[UserId]:
        """Return whom the user has blocked, as far as this chat knows. Never blocks."""
        return self._desk.blocks.users()

    async def contacts(self, which: ContactList, *, after: UserId | None = None, limit: int = 100) -> ContactsPage:
        """Return a page of those whom the user follows, who follow them, or whom they block, from behind `after`."""
        return await self._ask(messages.Contacts(which=which, after=after, limit=limit), ContactsPage)
