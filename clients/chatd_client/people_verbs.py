"""What lines of the terminal client do about other users: block them, and list whom one knows."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from attrs import define

from chatd.model import ContactList
from chatd_client.chat import Chat
from chatd_client.render import safe
from chatd_client.verbs import Misused

HELP = """
/block USER, /unblock USER hear nothing more of somebody, who does not notice
/contacts [LIST]           follows, followers, mutuals (as usual), or blocks"""


def list_of(word: str) -> ContactList:
    """Return the list that `word` names. Raises Misused."""
    try:
        return ContactList(word or ContactList.MUTUALS)
    except ValueError as error:
        raise Misused(f"no such list; there are {', '.join(ContactList)}") from error


@define(eq=False)
class PeopleVerbs:
    """The commands about other users."""

    _chat: Chat
    _print: Callable[[str], None]

    def commands(self) -> dict[str, Callable[[str], Awaitable[None]]]:
        """Return what each line does, by its first word."""
        return {"block": self._block, "unblock": self._unblock, "contacts": self._contacts}

    async def _block(self, words: str) -> None:
        await self._chat.block(words)
        self._print(f"({safe(words)} is blocked)")

    async def _unblock(self, words: str) -> None:
        await self._chat.block(words, on=False)
        self._print(f"({safe(words)} is not blocked any more)")

    async def _contacts(self, words: str) -> None:
        which, after, more = list_of(words), None, True
        while more:
            page = await self._chat.contacts(which, after=after)
            for user in page.users:
                self._print(f"    {safe(user)}")
            after, more = page.users[-1] if page.users else None, page.more
