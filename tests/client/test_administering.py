"""Each method of the admin side sends its command and returns its reply."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from hashlib import blake2b
from typing import Any

import anyio
import pytest
from attrs import evolve

from chatd import messages as m
from chatd.chain import HASH_BYTES, origin, self_id
from chatd.messages import Command, Committed, Done, HistoryPage, MembersPage, TokensPage, Unfit, UsersPage
from chatd.model import FilterAction, Links, Role, RoomKind
from chatd.rights import Archive, Level
from chatd.wire import content, quoting
from chatd.wire.bodies import Sticker, System
from chatd_client import Admin
from tests.client.fakes import Network, calm, on_both
from tests.client.scrolls import OTHER, ROOM, Scroll
from tests.client.test_admin import admin_of

KEY = calm().key()
ACK = Committed(room=ROOM, seq=1, time=1)
NOTE = content.of(System(event="note", fallback="closed"), allow_system=True)
CAT = Sticker(pack="cats", id="7", fallback="a cat")
HELD = m.HeldPost(number=7, user="bo", time=1, content=content.text("spam"))
NO_FILTER = m.FilterOf(
    room=ROOM, words=(), links=Links.ANY, hosts=(), exempt=Role.MODERATOR, action=FilterAction.REFUSE
)
EMPTY = HistoryPage(room=ROOM, entries=(), hash=origin(ROOM), floor=1, head=0, more_before=False, more_after=False)

Call = Callable[[Admin], Awaitable[Any]]

COMMITS: list[tuple[Call, Command]] = [
    (lambda a: a.create_user("ana"), m.CreateUser(key=KEY, user="ana")),
    (lambda a: a.close_user("ana", reason="gone"), m.CloseUser(key=KEY, user="ana", reason="gone")),
    (
        lambda a: a.revoke_tokens("ana", until=9, reason="stolen"),
        m.RevokeTokens(key=KEY, user="ana", until=9, reason="stolen"),
    ),
    (
        lambda a: a.create_group("ana", "tea", ["bo"], kind=RoomKind.BROADCAST),
        m.CreateFor(key=KEY, owner="ana", title="tea", members=("bo",), kind=RoomKind.BROADCAST),
    ),
    (lambda a: a.add_member(ROOM, "bo", "cy"), m.AddMember(room=ROOM, key=KEY, users=("bo", "cy"))),
    (lambda a: a.remove_member(ROOM, "bo"), m.RemoveMember(room=ROOM, key=KEY, user="bo")),
    (lambda a: a.set_role(ROOM, "bo", Role.ADMIN), m.SetRole(room=ROOM, key=KEY, user="bo", role=Role.ADMIN)),
    (lambda a: a.set_title(ROOM, "tea"), m.SetTitle(room=ROOM, key=KEY, title="tea")),
    (lambda a: a.ban(ROOM, "bo", until=9, reason="x"), m.Ban(room=ROOM, key=KEY, user="bo", until=9, reason="x")),
    (lambda a: a.unban(ROOM, "bo"), m.Unban(room=ROOM, key=KEY, user="bo")),
    (lambda a: a.freeze(ROOM, reason="x"), m.Freeze(room=ROOM, key=KEY, reason="x")),
    (lambda a: a.unfreeze(ROOM), m.Freeze(room=ROOM, key=KEY, on=False)),
    (lambda a: a.post(ROOM, "closed", reply=3), m.Post(room=ROOM, key=KEY, content=NOTE, reply=3)),
    (lambda a: a.post(ROOM, NOTE), m.Post(room=ROOM, key=KEY, content=NOTE)),
    (lambda a: a.post(ROOM, CAT), m.Post(room=ROOM, key=KEY, content=content.of(CAT))),
    (lambda a: a.delete(ROOM, 3), m.Delete(room=ROOM, key=KEY, seq=3)),
    (lambda a: a.edit(ROOM, 3, "closed"), m.Edit(room=ROOM, key=KEY, seq=3, content=NOTE)),
    (lambda a: a.pin(ROOM, 3), m.Pin(room=ROOM, key=KEY, seq=3)),
    (lambda a: a.end_stream(ROOM, Archive.STAFF), m.End(room=ROOM, key=KEY, archive=Archive.STAFF)),
    (lambda a: a.set_filter(ROOM, words=["spam"]), m.SetFilter(room=ROOM, key=KEY, words=("spam",))),
    (lambda a: a.approve(ROOM, HELD), m.Review(room=ROOM, key=KEY, number=7, user="bo", approve=True)),
    (
        lambda a: a.reject(ROOM, HELD, "no"),
        m.Review(room=ROOM, key=KEY, number=7, user="bo", approve=False, reason="no"),
    ),
]
ASKS: list[tuple[Call, Command, m.Reply]] = [
    (lambda a: a.users(after="ana", limit=5), m.ListUsers(after="ana", limit=5), UsersPage(users=(), more=False)),
    (lambda a: a.tokens(limit=5), m.ListTokens(limit=5), TokensPage(tokens=(), more=False)),
    (
        lambda a: a.members(ROOM, after="ana", limit=5),
        m.Members(room=ROOM, after="ana", limit=5),
        MembersPage(room=ROOM, members=(), more=False),
    ),
    (
        lambda a: a.follow(bytes(32), kinds=(), limit=5, wait_ms=7),
        m.Follow(after=bytes(32), limit=5, wait_ms=7),
        m.Followed(status="ok", position=bytes(32)),
    ),
    (
        lambda a: a.held_posts(ROOM, after=6),
        m.HeldPosts(room=ROOM, after=6),
        m.HeldPage(room=ROOM, posts=(), more=False),
    ),
    (lambda a: a.filter(ROOM), m.AskFilter(room=ROOM), NO_FILTER),
]


async def asked(call: Call, reply: m.Reply) -> tuple[Command, Any]:
    """Return what a call sends, and what it returns when that is answered with `reply`."""
    returned: list[Any] = []
    sent: list[Command] = []
    async with Network() as network, admin_of(network) as admin:
        peer = await network.welcome(user="")

        async def serve() -> None:
            sent.append(await peer.answer(reply))

        async with anyio.create_task_group() as tasks:
            tasks.start_soon(serve)
            returned.append(await call(admin))
    return sent[0], returned[0]


@on_both
@pytest.mark.parametrize(("call", "command"), COMMITS, ids=lambda each: getattr(type(each), "__name__", ""))
async def test_what_commits_is_sent_and_its_place_returned(call: Call, command: Command) -> None:
    assert await asked(call, ACK) == (command, ACK)


@on_both
@pytest.mark.parametrize(("call", "command", "reply"), ASKS, ids=lambda each: getattr(type(each), "__name__", ""))
async def test_what_asks_is_sent_and_its_page_returned(call: Call, command: Command, reply: m.Reply) -> None:
    assert await asked(call, reply) == (command, reply)


@on_both
async def test_the_secret_of_a_token_never_leaves_who_asked_for_it() -> None:
    sent, secret = await asked(lambda admin: admin.issue_token("ana", ttl_s=60), Done())
    assert sent == m.IssueToken(user="ana", hash=blake2b(secret.encode(), digest_size=HASH_BYTES).digest(), ttl_s=60)


@on_both
async def test_a_token_is_revoked_by_its_public_id() -> None:
    assert await asked(lambda admin: admin.revoke_token("00" * 8), Done()) == (m.RevokeToken(token="00" * 8), None)


@on_both
async def test_the_newest_position_is_asked_for() -> None:
    told = m.Followed(status="ok", position=bytes(31) + b"7")
    asks = await asked(lambda admin: admin.newest_position(), told)
    assert asks == (m.Follow(now=True), bytes(31) + b"7")


@on_both
async def test_the_level_of_the_server_is_set() -> None:
    assert await asked(lambda admin: admin.set_level(Level.ADMINS), Done()) == (m.SetLevel(level=3), None)


@on_both
async def test_a_post_of_any_room_is_forwarded_as_it_reads() -> None:
    said = Scroll().say("hello")
    page = evolve(EMPTY, entries=(said,), head=1)
    posted: list[Command] = []
    async with Network() as network, admin_of(network) as admin, anyio.create_task_group() as tasks:
        peer = await network.welcome(user="")

        async def serve() -> None:
            posted.extend([await peer.answer(page), await peer.answer(ACK)])

        tasks.start_soon(serve)
        assert await admin.forward(OTHER, ROOM, 1) == ACK
    told = quoting.forward(quoting.quote_of(content.text("hello"), said.sender, said.time))
    assert posted[0] == m.History(room=ROOM, around=1, limit=1)
    assert posted[1] == m.Post(room=OTHER, key=KEY, content=told, origin=m.Origin(room=ROOM, seq=1))


@on_both
async def test_history_is_that_of_any_room_and_the_audit_that_of_nobody() -> None:
    sent, page = await asked(lambda admin: admin.history(ROOM, around=3, limit=5), EMPTY)
    assert (sent, page.room, page.entries) == (m.History(room=ROOM, around=3, limit=5), ROOM, ())
    sent, _ = await asked(lambda admin: admin.audit(before=9), EMPTY)
    assert sent == m.History(room=self_id(""), before=9)


@on_both
async def test_what_no_server_takes_is_refused_at_once() -> None:
    async with Network() as network, admin_of(network) as admin:
        await network.welcome(user="")
        with pytest.raises(Unfit):
            await admin.post(ROOM, b"no content")
        with pytest.raises(Unfit):
            await admin.create_user("no name")
