"""Other users: whom this one knows, and whom they do not want to hear of."""

from __future__ import annotations

from attrs import define

from chatd import messages
from chatd.messages import Committed, ContactsPage, ProfileOf, ProfilesPage
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

    async def set_profile(
        self, *, name: str | None = None, handle: str | None = None, avatar: str | None = None
    ) -> Committed:
        """Say how others are to see the user; what is None stays as it is, what is empty is taken away.

        A handle is unique, and so is what it looks like: one that may be confused with another is refused
        `taken`. `avatar` is where a picture is, in a form of the app's own. Raises Unfit (a ValueError) where nothing
        is given.
        """
        command = messages.SetProfile(key=self._key(), name=name, handle=handle, avatar=avatar)
        return await self._commit(command)

    async def profiles(self, *users: UserId) -> tuple[ProfileOf, ...]:
        """Return how up to 100 users show themselves, in that order, without those who have said nothing of it."""
        return (await self._ask(messages.Profiles(users=users), ProfilesPage)).profiles

    async def find(self, handle: str) -> ProfileOf | None:
        """Return who has a handle; None where nobody has."""
        found = (await self._ask(messages.Profiles(handle=handle), ProfilesPage)).profiles
        return found[0] if found else None
