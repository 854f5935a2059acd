"""Who may know that the user is there, and who else is: a method for each command."""

from __future__ import annotations

from attrs import define

from chatd import messages
from chatd.messages import Committed, Presences
from chatd.model import RoomId, Seen, Shown, UserId
from chatd_client.asking import Asking


@define(eq=False)
class Appearing(Asking):
    """The part of a chat about presence."""

    async def set_presence(self, shown: Shown) -> Committed:
        """Say whom to let know when this user is there, and was: nobody, as long as they say nothing.

        Raises Refused with `unchanged` where it is so already.
        """
        return await self._commit(messages.SetPresence(key=self._key(), shown=shown))

    async def watch_presence(self, *users: UserId, room: RoomId | None = None) -> dict[UserId, Seen]:
        """Return when each user was there last, and go on telling by `Presence` events, also over reconnects.

        What counts is that the two share a direct room, or are both in `room`: of a broadcast or live room, both of its
        staff. `long_ago` is said, too, of who does not exist and of who does not let this user know. The users of a
        later call take the place of these; none ends it.
        """
        command = messages.WatchPresence(users=users, room=room)
        self._desk.watching = command if users else None
        return (await self._ask(command, Presences)).seen
