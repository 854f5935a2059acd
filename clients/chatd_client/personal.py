"""What a user does for themselves alone, and what they let others know of their reading: a method for each command."""

from __future__ import annotations

from attrs import define

from chatd import messages
from chatd.codes import RefusalCode
from chatd.limits import DRAFT_BYTES_MAX
from chatd.messages import Committed, Done, HistoryPage, Readers
from chatd.messages.fields import Unfit
from chatd.model import EntryKind, RoomId
from chatd.rights import Feature
from chatd.wire import content
from chatd_client.asking import Asking, check_room
from chatd_client.directory import RoomInfo
from chatd_client.errors import Refused
from chatd_client.talking import page_of


@define(eq=False)
class Personal(Asking):
    """The part of a chat of which others learn nothing, or no more than the user wants."""

    async def hide(self, room: RoomId, seq: int) -> Committed:
        """Hide an entry from this user, on all their devices, for good. Others see it as before.

        It comes no more: in its place events have `Hidden`, and pages leave it out.
        """
        return await self._commit(messages.Hide(room=room, key=self._key(), seq=seq))

    async def set_conversation(
        self,
        room: RoomId,
        *,
        muted_until: int | None = None,
        archived: bool | None = None,
        pinned: bool | None = None,
        unread: bool | None = None,
    ) -> Committed:
        """Say how this user keeps a room; what is None stays as it is. `rooms` and `room` tell how that is.

        `muted_until` is in milliseconds since 1970, 0 ends it. `unread` marks it as unread by hand, until the user
        reads on. Raises Unfit (a ValueError) where nothing is given.
        """
        command = messages.SetConversation(
            room=room, key=self._key(), muted_until=muted_until, archived=archived, pinned=pinned, unread=unread
        )
        return await self._commit(command)

    def set_draft(self, room: RoomId, body: str | bytes | None) -> None:
        """Keep what the user is writing for their other devices; None or nothing clears it. Never blocks.

        May be called with every keystroke: the newest draft of a room is told, one draft a second. It is not kept
        over a restart of this app before that. Raises Unfit (a ValueError) for more than 8 KiB, and for what is no
        room's id.
        """
        self._check_open()
        check_room(room)
        draft = content.text(body) if isinstance(body, str) and body else body
        if draft and len(draft) > DRAFT_BYTES_MAX:
            raise Unfit(RefusalCode.TOO_LARGE, f"a draft of {len(draft)} bytes")
        self._desk.drafts.put(room, draft if isinstance(draft, bytes) and draft else None)

    async def draft(self, room: RoomId) -> bytes | None:
        """Return the bytes of the user's draft for a room, from whatever device; None where there is none.

        Of a room that no page of `rooms` has told of and whose draft has not changed since, nothing is known.
        """
        waiting = self._desk.drafts.waiting
        seq = self._desk.directory.get(room).draft
        if room in waiting or not seq:
            return waiting.get(room)
        ask = messages.History(room=self._desk.room, around=seq, limit=1)
        page = page_of(await self._ask(ask, HistoryPage), self._desk.user)
        found = [each.facts.get("content") for each in page.entries if each.kind == EntryKind.DRAFT]
        return next((draft for draft in found if type(draft) is bytes), None)

    def read_privately(self, on: bool = True) -> None:
        """Let others not be told of the marks that the chat sets by itself when the user posts. Never blocks."""
        self._desk.private = on

    async def mark_read(self, room: RoomId, seq: int, *, private: bool = False) -> None:
        """Say that the user has read up to `seq`; `private`: others are not told. A greater mark stays.

        One that the server lost is told again. It ends that the room is marked as unread.
        """
        await self._ask(messages.MarkRead(room=room, seq=seq, private=private), Done)
        self._desk.learn_read(room, seq, told=not private)
        if not self.room(room).marked_unread:
            return
        try:
            await self.set_conversation(room, unread=False)
        except Refused as refused:
            if refused.code != RefusalCode.UNCHANGED:
                raise

    async def mark_delivered(self, room: RoomId, seq: int) -> None:
        """Say that everything up to `seq` has reached this device. A passing signal: it is dropped while offline, and
        where the room has no receipts."""
        if self._desk.online and self._desk.directory.get(room).has(Feature.RECEIPTS):
            await self._ask(messages.MarkDelivered(room=room, seq=seq), Done)

    async def who_read(self, room: RoomId, seq: int) -> Readers:
        """Return which others have read the entry at `seq`, as far as they let others know. For small rooms alone."""
        return await self._ask(messages.WhoRead(room=room, seq=seq), Readers)

    def room(self, room: RoomId) -> RoomInfo:
        """Return what is known of a room without asking: kind, title, peer, and how this user keeps it."""
        return self._desk.info(room)
