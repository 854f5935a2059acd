"""What an app's own side may do: a method for each command of operators."""

from __future__ import annotations

from base64 import urlsafe_b64encode
from collections.abc import Collection, Sequence
from hashlib import blake2b

from attrs import define

from chatd import messages
from chatd.chain import HASH_BYTES, self_id
from chatd.limits import CONTENT_BYTES_MAX
from chatd.messages import Committed, Done, Followed, MembersPage, TokensPage, UsersPage
from chatd.messages.administering import FOLLOW_EVENTS_MAX
from chatd.model import EntryKind, Role, RoomId, RoomKind, UserId
from chatd.names import SYSTEM
from chatd.rights import Archive, Level
from chatd.wire import content
from chatd.wire.bodies import System, Typed
from chatd_client.admin_people import AdminPeople
from chatd_client.admin_webhooks import AdminWebhooks
from chatd_client.moderating import Ruling
from chatd_client.talking import Handling, Page

SECRET_BYTES = 32
AUDIT_ROOM = self_id(SYSTEM)
"""Where every command of an operator stands."""


@define(eq=False)
class Administering(AdminPeople, AdminWebhooks, Ruling, Handling):
    """The half of the admin side that asks: see `Asking` for what holds of every method.

    What these commands commit has no user for its sender, and stands in the audit with the credential's name. Of what
    they read of rooms the server's log tells it.
    """

    # Users.

    async def create_user(self, user: UserId) -> Committed:
        """Let a user exist. Refused `unchanged` where they do, and `forbidden` for the name of one that was closed."""
        return await self._commit(messages.CreateUser(key=self._key(), user=user))

    async def close_user(self, user: UserId, *, reason: str = "") -> Committed:
        """End the user's sessions and let nobody in as them any more, for good.

        What they wrote stays, and so do their direct rooms. The server takes them out of all other rooms by itself.
        """
        return await self._commit(messages.CloseUser(key=self._key(), user=user, reason=reason))

    async def users(self, *, after: UserId | None = None, limit: int = 100) -> UsersPage:
        """Return a page of all users, closed ones too, by name, from the one behind `after`."""
        return await self._ask(messages.ListUsers(after=after, limit=limit), UsersPage)

    async def issue_token(self, user: UserId, *, ttl_s: int | None = None) -> str:
        """Return a secret by which `user`, who exists from then on, may connect: for so many seconds, or for ever.

        It is made here, and the server is told its hash alone: one that is lost cannot be found again.
        """
        secret = urlsafe_b64encode(self._desk.sources.entropy(SECRET_BYTES)).decode().rstrip("=")
        hashed = blake2b(secret.encode(), digest_size=HASH_BYTES).digest()
        await self._ask(messages.IssueToken(user=user, hash=hashed, ttl_s=ttl_s), Done)
        return secret

    async def revoke_token(self, token: str) -> None:
        """End a token, named by its public id, and the sessions that it let in."""
        await self._ask(messages.RevokeToken(token=token), Done)

    async def revoke_tokens(self, user: UserId, *, until: int | None = None, reason: str = "") -> Committed:
        """Let no token of the user be good any more that was issued up to `until`, in ms since 1970, or up to now.

        So those end too that the app has signed. The sessions which they let in end at once. Who signs by a clock of
        their own says `until` by that one.
        """
        command = messages.RevokeTokens(key=self._key(), user=user, until=until, reason=reason)
        return await self._commit(command)

    async def tokens(self, *, after: str | None = None, limit: int = 100) -> TokensPage:
        """Return a page of all tokens, by public id, from the one behind `after`."""
        return await self._ask(messages.ListTokens(after=after, limit=limit), TokensPage)

    # Rooms.

    async def create_group(
        self, owner: UserId, title: str, members: Sequence[UserId] = (), *, kind: RoomKind = RoomKind.GROUP
    ) -> Committed:
        """Make a room that belongs to `owner`; the reply's `answers` tell for each member what was done."""
        command = messages.CreateFor(key=self._key(), owner=owner, title=title, members=tuple(members), kind=kind)
        return await self._commit(command)

    async def add_member(self, room: RoomId, *users: UserId) -> Committed:
        """Add up to 100 users, at once whatever the server does for others."""
        return await self._commit(messages.AddMember(room=room, key=self._key(), users=users))

    async def remove_member(self, room: RoomId, user: UserId) -> Committed:
        """Remove anybody. Refused `last_owner` where others would be left without an owner."""
        return await self._commit(messages.RemoveMember(room=room, key=self._key(), user=user))

    async def set_role(self, room: RoomId, user: UserId, role: Role) -> Committed:
        """Give a present member any role. Refused `last_owner` where the group would have none."""
        return await self._commit(messages.SetRole(room=room, key=self._key(), user=user, role=role))

    async def set_title(self, room: RoomId, title: str) -> Committed:
        return await self._commit(messages.SetTitle(room=room, key=self._key(), title=title))

    async def freeze(self, room: RoomId, *, reason: str = "") -> Committed:
        """Let nobody but operators write to a room or change it, until `unfreeze`. Reading and leaving go on."""
        return await self._commit(messages.Freeze(room=room, key=self._key(), reason=reason))

    async def unfreeze(self, room: RoomId, *, reason: str = "") -> Committed:
        return await self._commit(messages.Freeze(room=room, key=self._key(), on=False, reason=reason))

    async def end_stream(self, room: RoomId, archive: Archive = Archive.ALL) -> Committed:
        """End the stream of a live room. It is kept for all, for its staff, or erased."""
        return await self._commit(messages.End(room=room, key=self._key(), archive=archive))

    async def set_level(self, level: Level) -> None:
        """Set the emergency level of the whole server: who may still write anything."""
        await self._ask(messages.SetLevel(level=int(level)), Done)

    # What is said.

    async def post(self, room: RoomId, body: str | bytes | Typed, *, reply: int | None = None) -> Committed:
        """Post into any room. A text is said as a `System` of the event `note`. Raises Unfit for what is no content."""
        command = messages.Post(room=room, key=self._key(), content=_content(body), reply=reply)
        return await self._commit(command)

    async def edit(self, room: RoomId, seq: int, body: str | bytes | Typed) -> Committed:
        """Put a new body in the place of what operators said. Raises Unfit for what is no content."""
        return await self._commit(messages.Edit(room=room, key=self._key(), seq=seq, content=_content(body)))

    async def audit(self, *, before: int | None = None, after: int | None = None, limit: int = 50) -> Page:
        """Return what operators did, each entry of the kind `audit`: the newest, or around a seq of the audit."""
        return await self.history(AUDIT_ROOM, before=before, after=after, limit=limit)

    async def members(self, room: RoomId, *, after: UserId | None = None, limit: int = 100) -> MembersPage:
        """Return a page of a room's members, from the one behind `after`."""
        return await self._ask(messages.Members(room=room, after=after, limit=limit), MembersPage)

    # The stream.

    async def newest_position(self) -> bytes:
        """Return the position from which on `stream` tells what is committed after this was asked, and nothing older
        than that. Keep it before the first event: asked for anew, it is a later one."""
        return (await self._ask(messages.Follow(now=True), Followed)).position

    async def follow(
        self,
        after: bytes | None = None,
        *,
        room_kinds: Collection[RoomKind] = (),
        kinds: Collection[EntryKind] = (),
        limit: int = FOLLOW_EVENTS_MAX,
        wait_ms: int = 0,
    ) -> Followed:
        """Return a page of the stream, from behind a position: `stream` does this again and again.

        While it waits for something new, at most `wait_ms`, this connection's later commands wait for it.
        """
        ask = messages.Follow(
            after=after, limit=limit, wait_ms=wait_ms, room_kinds=tuple(room_kinds), kinds=tuple(kinds)
        )
        return await self._ask(ask, Followed)


def _content(body: str | bytes | Typed) -> bytes:
    if isinstance(body, bytes):
        content.check(body, CONTENT_BYTES_MAX, allow_system=True)
        return body
    said = System(event="note", fallback=body) if isinstance(body, str) else body
    return content.of(said, allow_system=True)
