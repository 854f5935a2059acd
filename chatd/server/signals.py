"""Passing facts: who types, who has read how far. And those that must not pass: tokens revoked, a user closed.

Signals are encoded once, coalesced, and the first to be shed when a session is slow.
"""

from __future__ import annotations

from collections.abc import Generator, Hashable
from contextlib import contextmanager

import trio
from attrs import Factory, define

from chatd import features
from chatd.codes import CloseCode
from chatd.limits import Limits
from chatd.messages import Cheers, Receipts, ServerLevel, Summary, Watchers
from chatd.model import RoomId, TokenRecord, UserRecord
from chatd.rights import Feature, Level
from chatd.rooms.effects import Signal
from chatd.rooms.live import Live
from chatd.rooms.marks import News
from chatd.rooms.registry import Registry
from chatd.rooms.room import Room
from chatd.server.sessions import Sessions
from chatd.wire import codec

LIVE_S = 1.0
RECEIPTS_S = 1.0
"""Receipts of a room go out at most this often: a finer clock would tell strangers when a phone wakes (threat T24)."""


SUMMARY_S = 1.0
"""A summary of a room goes out at most this often."""
PUSHES_A_STEP = 256
"""Signals go to so many at one go, about a millisecond: 20,000 would hold up everybody else for 40."""


@define(eq=False)
class TokenWatch:
    revoked: bool = False


@define(eq=False, kw_only=True)
class Signals:
    registry: Registry
    sessions: Sessions
    limits: Limits
    closings: int = 0
    """How often a user was closed, or all their tokens revoked: who has read that they are not looks again."""
    _watched: dict[bytes, list[TokenWatch]] = Factory(dict[bytes, list[TokenWatch]])

    def tell(self, signal: Signal) -> None:
        """Push a signal to everybody attached to its room but the sender. The newest of a room and user wins."""
        room = self.registry.rooms.get(signal.room)
        if room is None:
            return
        frame = codec.encode(signal.message)
        slot = ("typing", signal.room, signal.message.user)
        for session in room.attachments:
            if session != signal.sender and (there := self.sessions.by_id.get(session)):
                there.outbox.push_signal(slot, frame)

    async def keep_receipts(self) -> None:
        """Once a second, tell who has read how far, each room in one signal."""
        while True:
            await trio.sleep(RECEIPTS_S)
            for room, news in self.registry.marks.take_news().items():
                self._tell_news(room, news)

    async def keep_live(self) -> None:
        """Once a second, tell what is cheered in live rooms and how many watch, each room in one signal of each."""
        while True:
            await trio.sleep(LIVE_S)
            for room in [*self.registry.audience.live.values()]:
                await self._tell_live(room, room.live or Live())

    async def _tell_live(self, room: Room, live: Live) -> None:
        if cheers := live.take_cheers():
            await self._tell_all(room, ("cheers", room.id), Cheers(room=room.id, cheers=cheers))
        if live.count != live.told:
            live.told = live.count
            await self._tell_all(room, ("watchers", room.id), Watchers(room=room.id, count=live.count))
        if not (live.sessions or live.cheers or live.told):
            self.registry.audience.live.pop(room.id, None)

    async def _tell_all(self, room: Room, slot: Hashable, event: Cheers | Watchers) -> None:
        """Push one signal to all who listen to a room, letting others have their turn."""
        frame = codec.encode(event)
        for pushed, session in enumerate([*room.attachments], 1):
            if there := self.sessions.by_id.get(session):
                there.outbox.push_signal(slot, frame)
            if pushed % PUSHES_A_STEP == 0:
                await trio.lowlevel.checkpoint()

    def _tell_news(self, room_id: RoomId, news: News) -> None:
        """Tell a small room; in a large one, and of private marks, only the readers' own devices."""
        room = self.registry.rooms.get(room_id)
        if room is None or room.record is None:
            return
        own = news.own
        if Feature.RECEIPTS not in features.in_force(room.record, self.limits):
            own = {**news.read, **news.own}
        else:
            # Two signals: of a room as large as the limit may ever allow, both would not fit one frame.
            everybody = list(room.attachments)
            self._push_receipts(Receipts(room=room_id, read=news.read), everybody)
            self._push_receipts(Receipts(room=room_id, read={}, delivered=news.delivered), everybody)
        for user, seq in own.items():
            self._push_receipts(Receipts(room=room_id, read={user: seq}), self.registry.audience.sessions_of(user))

    def _push_receipts(self, receipts: Receipts, sessions: list[int]) -> None:
        """Push what there is to tell. The newest of the same users wins where several wait."""
        if not receipts.read and not receipts.delivered:
            return
        frame = codec.encode(receipts)
        slot = ("receipts", receipts.room, *receipts.read, "", *receipts.delivered)
        for session in sessions:
            if there := self.sessions.by_id.get(session):
                there.outbox.push_signal(slot, frame)

    async def keep_summaries(self) -> None:
        """Once a second, tell what followers and audiences came to, all of a room in the same bytes."""
        while True:
            await trio.sleep(SUMMARY_S)
            for summary in self.registry.summaries.take(self.registry.rooms):
                await self._tell_summary(summary)

    async def _tell_summary(self, summary: Summary) -> None:
        """Push it to all who listen, letting others go on every `PUSHES_A_STEP`: there may be tens of thousands."""
        room = self.registry.rooms.get(summary.room)
        if room is None:
            return
        frame = codec.encode(summary)
        told = [post.seq for post in summary.posts], [poll.seq for poll in summary.polls]
        slot = ("summary", room.id, *told[0], 0, *told[1])
        for number, session in enumerate(list(room.attachments), 1):
            there = self.sessions.by_id.get(session)
            if there is not None and session in room.attachments:
                there.outbox.push_signal(slot, frame)
            if number % PUSHES_A_STEP == 0:
                await trio.lowlevel.checkpoint()

    def on_level(self, level: Level) -> None:
        """Tell every session what the emergency level of the server is from now on. Only the newest counts."""
        frame = codec.encode(ServerLevel(level=level.value))
        for session in self.sessions.by_id.values():
            session.outbox.push_signal(("level",), frame)

    @contextmanager
    def watch_token(self, hashed: bytes) -> Generator[TokenWatch, None, None]:
        """Learn whether a token is revoked before the block ends."""
        watch = TokenWatch()
        self._watched.setdefault(hashed, []).append(watch)
        try:
            yield watch
        finally:
            self._watched[hashed].remove(watch)
            if not self._watched[hashed]:
                del self._watched[hashed]

    def on_token(self, token: TokenRecord) -> None:
        """End the sessions of a token that was revoked, and turn away the hellos that carry it right now."""
        if not token.revoked:
            return
        for watch in self._watched.get(token.hash, ()):
            watch.revoked = True
        for session in self.registry.audience.sessions_of(token.user):
            there = self.sessions.by_id.get(session)
            if there is not None and there.token == token.hash:
                there.close(CloseCode.REVOKED, "the token was revoked")

    def on_user(self, user: UserRecord) -> None:
        """End the sessions of a user who was closed, or those that tokens let in which were revoked together."""
        if user.closed is None and not user.revoked_until:
            return
        self.closings += 1
        for session in list(self.registry.audience.sessions_of(user.user)):
            there = self.sessions.by_id.get(session)
            if there is not None and user.closed is not None:
                there.close(CloseCode.REVOKED, "the user was closed")
            elif there is not None and there.issued_ms is not None and there.issued_ms <= user.revoked_until:
                there.close(CloseCode.REVOKED, "the user's tokens were revoked")
