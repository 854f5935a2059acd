"""A group that holds posts for review, and who is in it."""

from __future__ import annotations

from chatd.messages import HeldPage, HeldPosts, SetFilter, SetRole
from chatd.model import FilterAction, Role, RoomId
from tests.house import House, Peer
from tests.server.people import group


async def holding(house: House) -> tuple[Peer, Peer, Peer, RoomId]:
    """Return the owner, a moderator and a member of a group that holds what speaks of spam."""
    ana, mo, bo = [await house.enter(user) for user in ("ana", "mo", "bo")]
    room = await group(house, ana, mo, bo)
    await ana.ask(SetRole(room=room, key=house.key(), user="mo", role=Role.MODERATOR))
    await ana.ask(SetFilter(room=room, key=house.key(), words=("spam",), action=FilterAction.HOLD))
    return ana, mo, bo, room


async def page(peer: Peer, room: RoomId, **more: int) -> HeldPage:
    reply = await peer.ask(HeldPosts(room=room, **more))
    assert isinstance(reply, HeldPage)
    return reply
