"""What lines of the terminal client do about other users: block them, and list whom one knows."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from attrs import define

from chatd.messages import ProfileOf
from chatd.model import ContactList
from chatd_client.chat import Chat
from chatd_client.render import safe
from chatd_client.verbs import Misused

HELP = """
/block USER, /unblock USER hear nothing more of somebody, who does not notice
/contacts [LIST]           follows, followers, mutuals (as usual), or blocks
/name NAME, /handle HANDLE, /avatar REFERENCE   how others see you; without a word, not any more
/whois USER|@HANDLE        how somebody shows themselves"""


def list_of(word: str) -> ContactList:
    """Return the list that `word` names. Raises Misused."""
    try:
        return ContactList(word or ContactList.MUTUALS)
    except ValueError as error:
        raise Misused(f"no such list; there are {', '.join(ContactList)}") from error


def shown(profile: ProfileOf) -> str:
    """Return a profile as it is printed."""
    handle = f" @{safe(profile.handle)}" if profile.handle else ""
    avatar = f" {safe(profile.avatar)}" if profile.avatar else ""
    return f"    {safe(profile.user)}: {safe(profile.name) or '(no name)'}{handle}{avatar}"


@define(eq=False)
class PeopleVerbs:
    """The commands about other users."""

    _chat: Chat
    _print: Callable[[str], None]

    def commands(self) -> dict[str, Callable[[str], Awaitable[None]]]:
        """Return what each line does, by its first word."""
        return {
            "block": self._block,
            "unblock": self._unblock,
            "contacts": self._contacts,
            "name": self._name,
            "handle": self._handle,
            "avatar": self._avatar,
            "whois": self._whois,
        }

    async def _block(self, words: str) -> None:
        await self._chat.block(words)
        self._print(f"({safe(words)} is blocked)")

    async def _unblock(self, words: str) -> None:
        await self._chat.block(words, on=False)
        self._print(f"({safe(words)} is not blocked any more)")

    async def _contacts(self, words: str) -> None:
        which, after, more, known = list_of(words), None, True, False
        while more:
            page = await self._chat.contacts(which, after=after)
            for user in page.users:
                self._print(f"    {safe(user)}")
            known = known or bool(page.users)
            after, more = page.users[-1] if page.users else None, page.more
        if not known:
            self._print("(nobody)")

    async def _name(self, words: str) -> None:
        await self._chat.set_profile(name=words)

    async def _handle(self, words: str) -> None:
        await self._chat.set_profile(handle=words.removeprefix("@"))

    async def _avatar(self, words: str) -> None:
        await self._chat.set_profile(avatar=words)

    async def _whois(self, words: str) -> None:
        if words.startswith("@"):
            found = await self._chat.find(words[1:])
        else:
            found = next(iter(await self._chat.profiles(words)), None)
        self._print("(nothing is known)" if found is None else shown(found))
