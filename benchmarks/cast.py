"""Who takes part in a replay: one user, and one connection of the client library, for each nick."""

from __future__ import annotations

from collections.abc import Callable

import anyio
from anyio.abc import TaskGroup
from attrs import define, field

from chatd.model import RoomId, UserId
from chatd_client import Chat, Entry, connect


class Misplaced(RuntimeError):
    """Somebody was told an entry again, or too late, or not the next one of a page."""


@define(eq=False)
class Ascent:
    """What one listener was told last of each room. Nothing is ever restored in a replay, so seqs only rise."""

    _last: dict[RoomId, int] = field(factory=dict[RoomId, int], init=False)

    def see(self, room: RoomId, seq: int) -> None:
        """Take one entry. Raises Misplaced unless it comes after all that were told of its room."""
        if seq <= self._last.get(room, 0):
            raise Misplaced(f"seq {seq} was told after seq {self._last[room]}")
        self._last[room] = seq


@define(eq=False)
class _Player:
    user: UserId
    chat: Chat
    entered: anyio.Event = field(factory=anyio.Event)


@define(eq=False)
class Cast:
    """The connected users of all rooms. The first of them listen to every room they are in; all of them post."""

    url: str
    _tasks: TaskGroup
    """Where the connections live; cancelling it ends them all."""
    _listeners_left: int
    _tell_entry: Callable[[UserId, Entry], None]
    """Called with each entry that a user is told: of a listener's rooms, and of everybody's self room."""
    _players: dict[UserId, _Player] = field(factory=dict[UserId, _Player], init=False)

    async def chat_of(self, user: UserId, *, may_listen: bool = True) -> Chat:
        """Return the user's chat, made when it is first asked for. It connects by itself and need not be connected.

        A listener that is told an entry out of its order ends the task group with Misplaced.
        """
        player = self._players.get(user)
        if player is None:
            listens = may_listen and self._listeners_left > 0
            self._listeners_left -= listens
            player = self._players[user] = _Player(user, connect(self.url, user=user, follow=listens))
            self._tasks.start_soon(self._listen, player)
        await player.entered.wait()
        return player.chat

    async def _listen(self, player: _Player) -> None:
        """Consume the events of one chat until it is cancelled."""
        ascent = Ascent()
        async with player.chat as chat:
            player.entered.set()
            async for event in chat.events():
                if isinstance(event, Entry):
                    ascent.see(event.room, event.seq)
                    self._tell_entry(player.user, event)
