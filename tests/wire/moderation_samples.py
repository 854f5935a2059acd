"""The messages about rights, each with the request id it is sent with."""

from __future__ import annotations

from chatd.messages import (
    AskFilter,
    Ban,
    Committed,
    CreateInvite,
    FilterOf,
    HeldPage,
    HeldPost,
    HeldPosts,
    InReview,
    JoinByInvite,
    Message,
    Permissions,
    PermissionsOf,
    PollSummary,
    PostSummary,
    Refused,
    RequestJoin,
    Restrict,
    Review,
    RevokeInvite,
    ServerLevel,
    SetFilter,
    SetLevel,
    SetSettings,
    Summary,
    TransferOwnership,
    Unban,
)
from chatd.model import FilterAction, Links, MemberState, Role
from chatd.rights import Feature, JoinBy, Level, Past, Permission
from chatd.wire.content import text
from tests.wire.ends import KEY, ROOM

HASH = bytes(range(32))
TIME = 1_700_000_000_000

MODERATION: list[tuple[str, Message, int]] = [
    (
        "Restrict",
        Restrict(
            room=ROOM, key=KEY, user="bo", deny=(Permission.POST, Permission.MEDIA), until=TIME, reason="too many cards"
        ),
        50,
    ),
    ("Restrict no more", Restrict(room=ROOM, key=KEY, user="bo"), 51),
    ("Ban", Ban(room=ROOM, key=KEY, user="bo"), 52),
    ("Ban for a while", Ban(room=ROOM, key=KEY, user="bo", until=TIME, reason="spam", retry=True), 53),
    ("Unban", Unban(room=ROOM, key=KEY, user="bo"), 54),
    ("SetSettings", SetSettings(room=ROOM, key=KEY, slow_mode_s=30), 55),
    (
        "SetSettings, all of them",
        SetSettings(
            room=ROOM, key=KEY, defaults=(Permission.POST,), slow_mode_s=0, join_by=JoinBy.REQUEST, ttl_s=86_400,
        ),
        56,
    ),
    (
        "SetSettings in an emergency",
        SetSettings(room=ROOM, key=KEY, member_s=600, account_s=31_622_400, level=Level.ADMINS.value),
        56,
    ),
    (
        "SetSettings with what the app must say",
        SetSettings(room=ROOM, key=KEY, requires={"region": ("eu", "ch"), "level": (3, 4), "adult": (True,)}),
        56,
    ),
    ("SetSettings of readers", SetSettings(room=ROOM, key=KEY, defaults=()), 57),
    ("SetSettings turns off", SetSettings(room=ROOM, key=KEY, off=(Feature.RECEIPTS, Feature.TYPING)), 57),
    ("SetSettings of a room for all", SetSettings(room=ROOM, key=KEY, join_by=JoinBy.OPEN, history=Past.ALL), 57),
    ("SetFilter", SetFilter(room=ROOM, key=KEY, words=("free money", "猫"), links=Links.NONE), 58),
    (
        "SetFilter, all of it",
        SetFilter(
            room=ROOM, key=KEY, words=(), links=Links.LISTED, hosts=("example.org",), exempt=Role.ADMIN, retry=True
        ),
        58,
    ),
    ("AskFilter", AskFilter(room=ROOM), 58),
    (
        "FilterOf",
        FilterOf(room=ROOM, words=("spam",), links=Links.LISTED, hosts=("example.org",), exempt=Role.MODERATOR,
            action=FilterAction.REFUSE,
        ),
        58,
    ),
    ("CreateInvite", CreateInvite(room=ROOM, key=KEY, hash=HASH), 58),
    ("CreateInvite with bounds", CreateInvite(room=ROOM, key=KEY, hash=HASH, uses=5, ttl_s=86_400), 59),
    ("RevokeInvite", RevokeInvite(room=ROOM, key=KEY, hash=HASH), 60),
    ("JoinByInvite", JoinByInvite(room=ROOM, key=KEY, code=bytes(range(16))), 61),
    ("RequestJoin", RequestJoin(room=ROOM, key=KEY), 62),
    ("Permissions", Permissions(room=ROOM), 63),
    ("Permissions of another", Permissions(room=ROOM, user="bo"), 64),
    (
        "PermissionsOf",
        PermissionsOf(
            room=ROOM, user="bo", state=MemberState.MEMBER, role=Role.MODERATOR,
            permissions=(Permission.POST, Permission.PIN), defaults=(Permission.POST,), join_by=JoinBy.INVITATION,
            slow_mode_s=30, member_s=600, account_s=86_400, level=1, denied={"media": TIME, "ban": 0}, ttl_s=60,
            requires={"region": ("eu",)},
        ),
        64,
    ),
    (
        "PermissionsOf one who is banned",
        PermissionsOf(
            room=ROOM, user="bo", state=MemberState.BANNED, role=Role.MEMBER, permissions=(), defaults=(),
            join_by=JoinBy.REQUEST, banned_until=TIME,
        ),
        64,
    ),
    (
        "PermissionsOf a follower",
        PermissionsOf(
            room=ROOM, user="bo", state=MemberState.MEMBER, role=Role.MEMBER,
            permissions=(Permission.REPLY, Permission.REACT), defaults=(Permission.REPLY, Permission.REACT),
            join_by=JoinBy.OPEN, history=Past.ALL,
        ),
        64,
    ),
    ("Summary", Summary(room=ROOM, members=20_000, posts=(PostSummary(seq=5, reactions={"+": 3, "\u2764": 1}),)), 0),
    (
        "Summary of polls",
        Summary(room=ROOM, members=3, polls=(PollSummary(seq=5, votes=(1200, 0, 7), voters=1207),)),
        0,
    ),
    ("Summary of who came", Summary(room=ROOM, members=1), 0),
    ("Summary of the last who took theirs back", Summary(room=ROOM, members=2, posts=(PostSummary(seq=5),)), 0),
    ("TransferOwnership", TransferOwnership(room=ROOM, key=KEY, user="bo"), 65),
    ("SetFilter that holds", SetFilter(room=ROOM, key=KEY, action=FilterAction.HOLD), 65),
    ("Review", Review(room=ROOM, key=KEY, number=7, user="bo", approve=True), 65),
    ("Review that rejects", Review(room=ROOM, key=KEY, number=7, user="bo", approve=False, reason="spam"), 65),
    ("HeldPosts", HeldPosts(room=ROOM), 65),
    ("HeldPosts behind a page", HeldPosts(room=ROOM, after=7, limit=9), 65),
    (
        "HeldPage",
        HeldPage(
            room=ROOM, more=True,
            posts=(
                HeldPost(number=7, user="bo", time=TIME, content=text("hello")),
                HeldPost(number=9, user="cy", time=TIME, content=text("hi"), reply=3),
            ),
        ),
        65,
    ),
    ("InReview", InReview(room=ROOM, held=2), 0),
    ("Committed, held", Committed(room=ROOM, seq=4, time=TIME, held=True), 65),
    ("SetLevel", SetLevel(level=4), 65),
    ("ServerLevel", ServerLevel(level=1), 0),
    ("Refused as ineligible", Refused(code="ineligible", verdict="never", text="not you"), 65),
    ("Refused as too new", Refused(code="too_new", verdict="never", text="too new", wait_ms=600_000), 65),
    ("Refused by slow mode", Refused(code="slow_mode", verdict="never", text="one post in 30 s", wait_ms=1_500), 65),
    ("Refused by the app", Refused(code="rejected", verdict="never", text="please do not", reason="manners"), 66),
]  # fmt: skip
