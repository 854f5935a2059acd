"""Who may do what in a group, who is kept out, and how others come in: a method for each command."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from attrs import define

from chatd import messages
from chatd.messages import Committed, FilterOf, HeldPage, HeldPost, PermissionsOf
from chatd.messages.moderating import CODE_BYTES
from chatd.model import Attribute, FilterAction, Links, Role, RoomId, UserId
from chatd.rights import Feature, JoinBy, Level, Past, Permission
from chatd_client.asking import Asking
from chatd_client.links import InviteLink


@define(eq=False)
class Ruling(Asking):
    """What whoever rules a room does about what others may: its staff, and operators in any."""

    async def restrict(
        self, room: RoomId, user: UserId, *deny: Permission, until: int | None = None, reason: str = ""
    ) -> Committed:
        """Take these permissions, and no others, from a member of lower rank; without any, give back what was taken.

        `until` is in milliseconds since 1970; None: until they are given back.
        """
        command = messages.Restrict(room=room, key=self._key(), user=user, deny=deny, until=until, reason=reason)
        return await self._commit(command)

    async def ban(self, room: RoomId, user: UserId, *, until: int | None = None, reason: str = "") -> Committed:
        """Remove somebody of lower rank and keep them out, until a time in milliseconds since 1970 or for good."""
        return await self._commit(messages.Ban(room=room, key=self._key(), user=user, until=until, reason=reason))

    async def unban(self, room: RoomId, user: UserId) -> Committed:
        """Lift a ban. It brings nobody back."""
        return await self._commit(messages.Unban(room=room, key=self._key(), user=user))

    async def set_settings(  # noqa: PLR0913 - what holds in a room, each by its name
        self,
        room: RoomId,
        *,
        defaults: Collection[Permission] | None = None,
        slow_mode_s: int | None = None,
        join_by: JoinBy | None = None,
        off: Collection[Feature] | None = None,
        history: Past | None = None,
        ttl_s: int | None = None,
        keep: int | None = None,
    ) -> Committed:
        """Set what every member may do, how long they wait between posts (0: not), how others come in, what of
        receipts and typing is turned off, whether who comes in may read what was there before, how long posts live
        from then on (0: for ever), and how many of its newest entries a live room keeps (0: as many as the server lets
        it). What is None stays as it is.
        """
        command = messages.SetSettings(
            room=room,
            key=self._key(),
            defaults=None if defaults is None else tuple(defaults),
            slow_mode_s=slow_mode_s,
            join_by=join_by,
            off=None if off is None else tuple(off),
            history=history,
            ttl_s=ttl_s,
            keep=keep,
        )
        return await self._commit(command)

    async def set_gates(
        self,
        room: RoomId,
        *,
        member_s: int | None = None,
        account_s: int | None = None,
        level: Level | None = None,
        requires: Mapping[str, Collection[Attribute]] | None = None,
    ) -> Committed:
        """Set how many seconds who speaks must have been a member, and their account have been there, who may only
        read in an emergency, and what the app must say of who speaks: of each attribute one of these values. What is
        None stays as it is.
        """
        named = None if requires is None else {name: tuple(values) for name, values in requires.items()}
        command = messages.SetSettings(
            room=room, key=self._key(), member_s=member_s, account_s=account_s, level=level, requires=named
        )
        return await self._commit(command)

    async def set_filter(
        self,
        room: RoomId,
        *,
        words: Collection[str] | None = None,
        links: Links | None = None,
        hosts: Collection[str] | None = None,
        exempt: Role | None = None,
        action: FilterAction | None = None,
    ) -> Committed:
        """Set which words may not be said, which links may, to which hosts, from which role on it does not hold, and
        whether posts that it catches are refused or held for review. What is None stays as it is.
        """
        command = messages.SetFilter(
            room=room,
            key=self._key(),
            words=None if words is None else tuple(words),
            links=links,
            hosts=None if hosts is None else tuple(hosts),
            exempt=exempt,
            action=action,
        )
        return await self._commit(command)

    async def filter(self, room: RoomId) -> FilterOf:
        """Return what may not be said in a room, for who may set that."""
        return await self._ask(messages.AskFilter(room=room), FilterOf)

    async def held_posts(self, room: RoomId, *, after: int = 0, limit: int = 50) -> HeldPage:
        """Return a page of the posts that wait for review, from the one behind `after`: one's own, for who may not
        review."""
        return await self._ask(messages.HeldPosts(room=room, after=after, limit=limit), HeldPage)

    async def approve(self, room: RoomId, post: HeldPost) -> Committed:
        """Let a post that was held become an entry of its room."""
        return await self._review(room, post, "", approve=True)

    async def reject(self, room: RoomId, post: HeldPost, reason: str = "") -> Committed:
        """Let a post that was held not become an entry of its room. Its author is told."""
        return await self._review(room, post, reason, approve=False)

    async def _review(self, room: RoomId, post: HeldPost, reason: str, *, approve: bool) -> Committed:
        command = messages.Review(
            room=room, key=self._key(), number=post.number, user=post.user, approve=approve, reason=reason
        )
        return await self._commit(command)

    async def create_invite(self, room: RoomId, *, uses: int | None = None, ttl_s: int | None = None) -> InviteLink:
        """Make a link into the group, good for so many users and seconds; None: for any number, for ever.

        The code in it is made here, and the server is told its hash alone: a link that is lost cannot be found again.
        """
        link = InviteLink(room, self._desk.sources.entropy(CODE_BYTES))
        await self._commit(messages.CreateInvite(room=room, key=self._key(), hash=link.hash, uses=uses, ttl_s=ttl_s))
        return link

    async def revoke_invite(self, room: RoomId, invite: InviteLink | bytes) -> Committed:
        """Let a link, or the one of this hash, let nobody in any more."""
        hashed = invite.hash if isinstance(invite, InviteLink) else invite
        return await self._commit(messages.RevokeInvite(room=room, key=self._key(), hash=hashed))


@define(eq=False)
class Moderating(Ruling):
    """The part of a chat about rights."""

    async def join_by_invite(self, link: InviteLink) -> Committed:
        """Join the group that `link` leads into. What does not let in is refused `bad_invite`, whatever the reason."""
        return await self._commit(messages.JoinByInvite(room=link.room, key=self._key(), code=link.code))

    async def withdraw(self, room: RoomId, number: int) -> Committed:
        """Take a post of one's own back that waits for review; the `held` entry of the self room tells its number.

        What was decided meanwhile is refused `bad_seq`, or `ended` with its stream: the `review` entry of the self
        room, or the `end` entry of the stream, tells how.
        """
        command = messages.Review(room=room, key=self._key(), number=number, user=self._desk.user, approve=False)
        return await self._commit(command)

    async def request_join(self, room: RoomId) -> Committed:
        """Ask to be let into a group. Who may invite lets in with `add_member`, and turns down with `remove_member`."""
        return await self._commit(messages.RequestJoin(room=room, key=self._key()))

    async def permissions(self, room: RoomId, user: UserId | None = None) -> PermissionsOf:
        """Return what a user, or oneself, may do in a room now, and by what."""
        return await self._ask(messages.Permissions(room=room, user=user), PermissionsOf)
