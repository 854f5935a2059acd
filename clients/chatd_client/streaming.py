"""What an audience and a host do in the room of a stream: a method for each command."""

from __future__ import annotations

from attrs import define

from chatd import messages
from chatd.codes import RefusalCode
from chatd.limits import CHEERS_MAX
from chatd.messages import Committed, Done, Unfit
from chatd.model import RoomId
from chatd.rights import Archive
from chatd_client.asking import Asking, check_room
from chatd_client.errors import Refused

LATEST_MAX = 100
"""With how many of its newest entries a room may begin (protocol 5.95)."""


@define(eq=False)
class Streaming(Asking):
    """The part of a chat about live rooms."""

    def watch(self, room: RoomId, *, latest: int | None = 50) -> None:
        """Watch a live room: tell its entries as those of the user's own rooms, from the `latest` on. Never blocks.

        It is watched again after every reconnect. `Unwatched` says that it is not, or no more, and why. `latest` is
        0-100; None: all. Raises Unfit (a ValueError) for another, and for what is no room's id.
        """
        self._check_open()
        check_room(room)
        if latest is not None and not 0 <= latest <= LATEST_MAX:
            raise Unfit(RefusalCode.BAD_REQUEST, f"latest: {latest} is not within 0..{LATEST_MAX}")
        self._desk.follower.watch(room, latest)
        self._desk.sync.ring()

    async def unwatch(self, room: RoomId) -> None:
        """Watch a live room no more. Does nothing for one that is not watched."""
        self._check_open()
        if self._desk.follower.watches(room):
            self._desk.follower.unfollow(room)
            if self._desk.online:
                await self._say_unwatch(room)

    async def _say_unwatch(self, room: RoomId) -> None:
        try:
            await self._ask(messages.Unwatch(room=room), Done)
        except Refused as refused:
            if refused.code != RefusalCode.UNCHANGED:
                raise

    async def cheer(self, room: RoomId, emoji: str, count: int = 1) -> None:
        """Cheer a stream so often, 20 times at most. A passing signal: it is dropped while there is no connection.

        Collect what a thumb does, and send it once a second: no more than 20 a second are counted.
        """
        if self._desk.online:
            await self._ask(messages.Cheer(room=room, emoji=emoji, count=min(count, CHEERS_MAX)), Done)

    async def end_stream(self, room: RoomId, archive: Archive = Archive.ALL) -> Committed:
        """End the stream of a room: nobody writes in it any more. It is kept for all, for its staff, or erased."""
        return await self._commit(messages.End(room=room, key=self._key(), archive=archive))
