"""What lines of the terminal do about rights."""

from __future__ import annotations

from typing import Any

import pytest
from attrs import evolve

from chatd import messages
from chatd.messages import FilterOf, HeldPage, HeldPost, PermissionsOf
from chatd.model import FilterAction, Links, MemberState, Role
from chatd.rights import Feature, JoinBy, Permission
from chatd.wire import content
from chatd_client.links import InviteLink
from chatd_client.moderation_verbs import permissions_of, seconds_of, timed
from chatd_client.verbs import Misused
from tests.client.fakes import on_both
from tests.client.scrolls import ROOM
from tests.client.test_terminal import ACK, session

KEY = bytes(16)
LINK = InviteLink(ROOM, bytes(range(16)))
SILENCE = (Permission.POST, Permission.MEDIA, Permission.REACT)


@pytest.mark.parametrize(("word", "seconds"), [("30s", 30), ("10m", 600), ("2h", 7200), ("7d", 604_800)])
def test_a_time_is_a_number_and_a_unit(word: str, seconds: int) -> None:
    assert seconds_of(word) == seconds


@pytest.mark.parametrize("word", ["", "5", "0s", "h", "1w", "1.5h", "-1s", "10mm"])
def test_what_is_no_time_is_none(word: str) -> None:
    assert seconds_of(word) is None


def test_a_time_may_stand_behind_the_name_and_a_reason_behind_both() -> None:
    assert timed("bo") == ("bo", None, "")
    assert timed("bo 2h") == ("bo", 7200, "")
    assert timed("bo 2h too  loud") == ("bo", 7200, "too  loud")
    assert timed("bo too loud") == ("bo", None, "too loud")
    with pytest.raises(Misused, match="who"):
        timed("")


def test_permissions_are_named_with_commas() -> None:
    assert permissions_of("post, pin,") == [Permission.POST, Permission.PIN]
    with pytest.raises(Misused, match="no such permission"):
        permissions_of("post,fly")


@on_both
async def test_every_line_about_rights_reaches_the_server() -> None:
    lines = [
        "/silence bo", "/unsilence bo", "/ban bo too loud", "/unban bo", "/allow post,invite", "/slow 30",
        "/newcomers 1h", "/newcomers 0 2d", "/requires region=eu|ch level=3 adult=yes", "/requires", "/emergency 2",
        "/fadeall 1h", "/fadeall 0",
        "/requests on", "/requests off", "/off typing", "/off",
        f"/revoke {LINK}", f"/joinlink {LINK}", f"/ask {ROOM.hex()}", "/filter words spam, free money", "/filter words",
        "/handover bo", "/filter hold", "/filter refuse",
        "/filter links none", "/filter links any", "/filter links a.b, c.d",
    ]  # fmt: skip
    replies: list[messages.Reply] = [ACK] * (len(lines) + 1)
    screen, commands = await session(
        replies, ("connected", "/dm bo"), ("open", lines[0]), *[("", each) for each in lines[1:]]
    )
    asked: list[Any] = commands[1:]
    assert [evolve(each, key=KEY) for each in asked] == [
        messages.Restrict(room=ROOM, key=KEY, user="bo", deny=SILENCE),
        messages.Restrict(room=ROOM, key=KEY, user="bo"),
        messages.Ban(room=ROOM, key=KEY, user="bo", reason="too loud"),
        messages.Unban(room=ROOM, key=KEY, user="bo"),
        messages.SetSettings(room=ROOM, key=KEY, defaults=(Permission.POST, Permission.INVITE)),
        messages.SetSettings(room=ROOM, key=KEY, slow_mode_s=30),
        messages.SetSettings(room=ROOM, key=KEY, member_s=3600, account_s=0),
        messages.SetSettings(room=ROOM, key=KEY, member_s=0, account_s=172_800),
        messages.SetSettings(room=ROOM, key=KEY, requires={"region": ("eu", "ch"), "level": (3,), "adult": (True,)}),
        messages.SetSettings(room=ROOM, key=KEY, requires={}),
        messages.SetSettings(room=ROOM, key=KEY, level=2),
        messages.SetSettings(room=ROOM, key=KEY, ttl_s=3600),
        messages.SetSettings(room=ROOM, key=KEY, ttl_s=0),
        messages.SetSettings(room=ROOM, key=KEY, join_by=JoinBy.REQUEST),
        messages.SetSettings(room=ROOM, key=KEY, join_by=JoinBy.INVITATION),
        messages.SetSettings(room=ROOM, key=KEY, off=(Feature.TYPING,)),
        messages.SetSettings(room=ROOM, key=KEY, off=()),
        messages.RevokeInvite(room=ROOM, key=KEY, hash=LINK.hash),
        messages.JoinByInvite(room=ROOM, key=KEY, code=LINK.code),
        messages.RequestJoin(room=ROOM, key=KEY),
        messages.SetFilter(room=ROOM, key=KEY, words=("spam", "free money")),
        messages.SetFilter(room=ROOM, key=KEY, words=()),
        messages.TransferOwnership(room=ROOM, key=KEY, user="bo"),
        messages.SetFilter(room=ROOM, key=KEY, action=FilterAction.HOLD),
        messages.SetFilter(room=ROOM, key=KEY, action=FilterAction.REFUSE),
        messages.SetFilter(room=ROOM, key=KEY, links=Links.NONE, hosts=()),
        messages.SetFilter(room=ROOM, key=KEY, links=Links.ANY, hosts=()),
        messages.SetFilter(room=ROOM, key=KEY, links=Links.LISTED, hosts=("a.b", "c.d")),
    ]
    assert f"(joined {ROOM.hex()[:8]}; /rooms lists it)" in screen.shown


@on_both
async def test_a_link_is_printed_as_it_is_given_to_others() -> None:
    screen, commands = await session([ACK] * 3, ("connected", "/dm bo"), ("open", "/invite 2h 5"), ("", "/invite"))
    made, plain = commands[1:]
    assert isinstance(made, messages.CreateInvite)
    assert isinstance(plain, messages.CreateInvite)
    assert (made.ttl_s, made.uses, plain.ttl_s, plain.uses) == (7200, 5, None, None)
    links = [InviteLink.parse(each) for each in screen.shown if each.startswith("chatd:join/")]
    assert [link.hash for link in links] == [made.hash, plain.hash]


@on_both
async def test_a_silence_for_a_while_ends_after_it() -> None:
    _, commands = await session([ACK] * 2, ("connected", "/dm bo"), ("open", "/silence bo 10m"))
    [silence] = commands[1:]
    assert isinstance(silence, messages.Restrict)
    assert silence.until is not None
    assert silence.until > 600_000


@on_both
async def test_what_one_may_is_printed() -> None:
    told = PermissionsOf(
        room=ROOM, user="bo", state=MemberState.MEMBER, role=Role.MEMBER, permissions=(Permission.POST, Permission.PIN),
        defaults=(), join_by=JoinBy.INVITATION,
    )  # fmt: skip
    replies: list[messages.Reply] = [ACK, told, evolve(told, permissions=())]
    screen, commands = await session(replies, ("connected", "/dm bo"), ("open", "/may"), ("", "/may bo"))
    assert commands[1:] == [messages.Permissions(room=ROOM), messages.Permissions(room=ROOM, user="bo")]
    assert "    bo member member: post, pin" in screen.shown
    assert "    bo member member: reads" in screen.shown


@on_both
async def test_what_is_on_in_a_room_is_printed() -> None:
    screen, commands = await session([ACK], ("connected", "/dm bo"), ("open", "/features"))
    assert len(commands) == 1
    assert "    on: -; off: -" in screen.shown


@on_both
async def test_the_filter_is_printed() -> None:
    told = FilterOf(
        room=ROOM,
        words=("spam", "x\x1b"),
        links=Links.LISTED,
        hosts=("a.b",),
        exempt=Role.MODERATOR,
        action=FilterAction.REFUSE,
    )
    replies: list[messages.Reply] = [ACK, told, evolve(told, words=(), links=Links.ANY, hosts=())]
    screen, _ = await session(replies, ("connected", "/dm bo"), ("open", "/filter"), ("", "/filter"))
    shown = [line for line in screen.shown if line.startswith("    ")]
    assert shown == [
        "    links: listed a.b", "    words: spam, x\\x1b", "    refuse what is caught, of whoever is below moderator",
        "    links: any", "    words: none", "    refuse what is caught, of whoever is below moderator",
    ]  # fmt: skip


@on_both
async def test_what_waits_is_printed_and_reviewed_by_its_number() -> None:
    post = HeldPost(number=7, user="bo", time=1, content=content.text("buy\x1b"))
    page, nothing = HeldPage(room=ROOM, posts=(post,), more=True), HeldPage(room=ROOM, posts=(), more=False)
    lines = ["/queue", "/queue", "/approve 7", "/reject 7 spam", "/approve 6", "/withdraw 9"]
    screen, commands = await session(
        [ACK, page, nothing, page, ACK, page, ACK, page, ACK],
        ("connected", "/dm bo"), ("open", lines[0]), *[("", each) for each in lines[1:]],
    )  # fmt: skip
    assert [line for line in screen.shown if line.startswith("    ")] == [
        "    7 bo: buy\\x1b", "    (and more)", "    (nothing waits)",
    ]  # fmt: skip
    reviews = [evolve(each, key=KEY) for each in commands if isinstance(each, messages.Review)]
    assert reviews == [
        messages.Review(room=ROOM, key=KEY, number=7, user="bo", approve=True),
        messages.Review(room=ROOM, key=KEY, number=7, user="bo", approve=False, reason="spam"),
        messages.Review(room=ROOM, key=KEY, number=9, user="ana", approve=False),
    ]
    assert any("no post with this number" in line for line in screen.shown)


@on_both
async def test_what_cannot_be_meant_is_said() -> None:
    lines = [
        "/silence", "/off light", "/slow fast", "/newcomers", "/newcomers 1h 1h 1h", "/newcomers new",
        "/newcomers 1h old", "/emergency 4", "/approve x", "/withdraw 0", "/withdraw it",
        "/reject 0", "/filter links", "/filter all", "/invite soon", "/requests maybe",
        "/ask x", "/joinlink x", "/allow", "/ban bo 5min", "/silence bo 99999999d",
    ]  # fmt: skip
    screen, commands = await session(
        [ACK], ("connected", "/dm bo"), ("open", lines[0]), *[("", each) for each in lines[1:]]
    )
    assert len(commands) == 1
    said = [
        "who?",
        "no such feature",
        "seconds are needed",
        "a time (2h) to have been",
        "a level",
        "words WORD",
        "no post with this number",
        "which? /queue",
        "a time (2h) and",
        "on or off",
        "a room's id",
        "this is no link",
        "or none: they only read",
    ]
    assert sum("for how long?" in each for each in screen.shown) == 2
    assert [word for word in said if not any(word in each for each in screen.shown)] == []
