"""The methods about rights: what they ask, and what they return."""

from __future__ import annotations

import anyio
import pytest

from chatd import messages
from chatd.messages import Committed, CreateInvite, JoinByInvite, PermissionsOf, Refused as RefusedReply, RevokeInvite
from chatd.model import MemberState, Role
from chatd.rights import JoinBy, Permission
from chatd_client import InviteLink, Refused
from tests.client.fakes import Network, on_both
from tests.client.scrolls import ROOM

ACK = Committed(room=ROOM, seq=3, time=5)


@on_both
async def test_a_link_is_made_here_and_the_server_is_told_its_hash_alone() -> None:
    async with Network() as network, network.connect() as chat, anyio.create_task_group() as tasks:
        peer = await network.follow()
        asked: list[messages.Command] = []

        async def serve() -> None:
            asked.extend([await peer.answer(ACK) for _ in range(4)])

        tasks.start_soon(serve)
        link = await chat.create_invite(ROOM, uses=3, ttl_s=60)
        await chat.join_by_invite(link)
        await chat.revoke_invite(ROOM, link)
        await chat.revoke_invite(ROOM, link.hash)
        made, joined, *revoked = asked
        assert isinstance(made, CreateInvite)
        assert isinstance(joined, JoinByInvite)
        assert (link.room, made.hash, made.uses, made.ttl_s) == (ROOM, link.hash, 3, 60)
        assert (joined.room, joined.code) == (ROOM, link.code)
        assert [each.hash for each in revoked if isinstance(each, RevokeInvite)] == [link.hash] * 2


@on_both
async def test_no_two_links_have_one_code() -> None:
    async with Network() as network, network.connect() as chat, anyio.create_task_group() as tasks:
        peer = await network.follow()

        async def serve() -> None:
            for _ in range(2):
                await peer.answer(ACK)

        tasks.start_soon(serve)
        links: list[InviteLink] = [await chat.create_invite(ROOM) for _ in range(2)]
        assert links[0].code != links[1].code
        assert [len(link.code) for link in links] == [16, 16]


@on_both
async def test_settings_and_restrictions_are_asked_for_as_they_were_given() -> None:
    async with Network() as network, network.connect() as chat, anyio.create_task_group() as tasks:
        peer = await network.follow()
        asked: list[messages.Command] = []

        async def serve() -> None:
            asked.extend([await peer.answer(ACK) for _ in range(3)])

        tasks.start_soon(serve)
        await chat.set_settings(ROOM, defaults=[Permission.POST], slow_mode_s=5, join_by=JoinBy.REQUEST, ttl_s=60)
        await chat.set_settings(ROOM)
        await chat.restrict(ROOM, "bo", Permission.POST, Permission.REACT, until=7, reason="spam")
        first, second, third = asked
        assert isinstance(first, messages.SetSettings)
        assert isinstance(second, messages.SetSettings)
        assert isinstance(third, messages.Restrict)
        assert (first.defaults, first.slow_mode_s, first.join_by) == ((Permission.POST,), 5, JoinBy.REQUEST)
        assert (second.defaults, second.slow_mode_s, second.join_by) == (None, None, None)
        assert (first.ttl_s, second.ttl_s) == (60, None)
        assert (third.user, third.deny, third.until) == ("bo", (Permission.POST, Permission.REACT), 7)


@on_both
async def test_what_one_may_do_is_a_reply_of_its_own() -> None:
    told = PermissionsOf(
        room=ROOM, user="bo", state=MemberState.MEMBER, role=Role.MODERATOR, permissions=(Permission.BAN,),
        defaults=(), join_by=JoinBy.REQUEST, denied={"post": 0},
    )  # fmt: skip
    async with Network() as network, network.connect() as chat, anyio.create_task_group() as tasks:
        peer = await network.follow()
        tasks.start_soon(peer.answer, told)
        assert await chat.permissions(ROOM, "bo") == told


@on_both
async def test_a_refusal_of_slow_mode_says_how_long_and_holds_nothing_up() -> None:
    refusal = RefusedReply(code="slow_mode", verdict="never", text="one post in 30 s", wait_ms=1_500)
    async with Network() as network, network.connect() as chat:
        peer = await network.follow()
        sending = chat.post_nowait(ROOM, "too soon")
        await peer.answer(refusal)
        with pytest.raises(Refused, match="slow_mode") as raised:
            await sending.acked()
        assert (raised.value.wait_ms, raised.value.after_ms) == (1_500, None)
        assert raised.value.reason == ""
        other = chat.post_nowait(ROOM, "elsewhere")
        await peer.answer(ACK)
        assert await other.acked() == ACK


@on_both
async def test_what_the_app_s_rules_refuse_says_why_in_their_own_word() -> None:
    refusal = RefusedReply(code="rejected", verdict="never", text="please do not", reason="manners")
    async with Network() as network, network.connect() as chat:
        peer = await network.follow()
        sending = chat.post_nowait(ROOM, "nonsense")
        await peer.answer(refusal)
        with pytest.raises(Refused, match="rejected: please do not") as raised:
            await sending.acked()
        assert raised.value.reason == "manners"
