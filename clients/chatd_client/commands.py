"""One method for each command: the arguments in, the typed reply out."""

from __future__ import annotations

from collections.abc import Sequence

from attrs import define

from chatd import messages
from chatd.messages import Committed, Done, MembersPage, RoomsPage
from chatd.model import Role, RoomId, RoomKind, UserId
from chatd.rights import Feature
from chatd_client.appearing import Appearing
from chatd_client.asking import check_room
from chatd_client.moderating import Moderating
from chatd_client.people import People
from chatd_client.personal import Personal
from chatd_client.reporting import Reporting
from chatd_client.searching import Searching
from chatd_client.streaming import Streaming
from chatd_client.talking import Talking
from chatd_client.voting import Voting


@define(eq=False)
class Commands(Talking, Voting, Personal, Appearing, Moderating, Searching, Streaming, People, Reporting):
    """The half of a chat that asks: see `Asking` for what holds of every method."""

    async def open_direct(self, user: UserId) -> Committed:
        """Open the direct room with `user`, or return the one that there is. Its id is the reply's `room`."""
        return await self._commit(messages.OpenDirect(key=self._key(), user=user))

    async def create_group(
        self, title: str, members: Sequence[UserId] = (), *, kind: RoomKind = RoomKind.GROUP
    ) -> Committed:
        """Make a group, or another room that this user leads (protocol 9.3); the reply's `answers` tell for each user
        whether they were added, invited or refused."""
        command = messages.CreateGroup(key=self._key(), title=title, members=tuple(members), kind=kind)
        return await self._commit(command)

    async def add_member(self, room: RoomId, *users: UserId) -> Committed:
        """Add up to 100 users; the reply's `answers` tell what was done for each."""
        return await self._commit(messages.AddMember(room=room, key=self._key(), users=users))

    async def remove_member(self, room: RoomId, user: UserId) -> Committed:
        return await self._commit(messages.RemoveMember(room=room, key=self._key(), user=user))

    async def join(self, room: RoomId) -> Committed:
        """Accept an invitation, or come into a room that is open: so one follows a broadcast room."""
        return await self._commit(messages.Join(room=room, key=self._key()))

    async def leave(self, room: RoomId) -> Committed:
        """Leave, which is also how one follows no more, or decline an invitation."""
        return await self._commit(messages.Leave(room=room, key=self._key()))

    async def set_title(self, room: RoomId, title: str) -> Committed:
        return await self._commit(messages.SetTitle(room=room, key=self._key(), title=title))

    async def set_role(self, room: RoomId, user: UserId, role: Role) -> Committed:
        return await self._commit(messages.SetRole(room=room, key=self._key(), user=user, role=role))

    async def transfer_ownership(self, room: RoomId, user: UserId) -> Committed:
        """Make a member an owner of the group, and oneself an admin, in one step."""
        return await self._commit(messages.TransferOwnership(room=room, key=self._key(), user=user))

    async def members(self, room: RoomId, *, after: UserId | None = None, limit: int = 100) -> MembersPage:
        """Return a page of a room's members, from the one behind `after`."""
        return await self._ask(messages.Members(room=room, after=after, limit=limit), MembersPage)

    async def rooms(self, *, following: bytes | None = None, limit: int = 50) -> RoomsPage:
        """Return a page of this user's rooms, newest entry first; `following` is the `next` of the page before."""
        page = await self._ask(messages.Rooms(next=following, limit=limit), RoomsPage)
        for summary in page.rooms:
            self._desk.learn_summary(summary)
        return page

    async def typing(self, room: RoomId) -> None:
        """Say that the user is writing. A passing signal: it is dropped while there is no connection, and where the
        room is too large for it."""
        if self._desk.online and self._desk.directory.get(room).has(Feature.TYPING):
            await self._ask(messages.Typing(room=room), Done)

    def follow(self, room: RoomId) -> None:
        """Tell the entries of `room` too, from the first that was not told yet. Never blocks.

        Raises Unfit (a ValueError) for what is no room's id.
        """
        self._check_open()
        check_room(room)
        self._desk.follow(room)

    def unfollow(self, room: RoomId) -> None:
        """Tell the entries of `room` no more, and forget how far they were told. Never blocks."""
        self._check_open()
        self._desk.follower.unfollow(room)
