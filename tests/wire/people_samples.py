"""Samples of what users have to do with each other: see `tests.wire.samples`."""

from __future__ import annotations

from chatd.messages import (
    AskAttributes,
    AttributesOf,
    Block,
    Contacts,
    ContactsPage,
    Entered,
    Evidence,
    EvidencePage,
    Message,
    ProfileOf,
    Profiles,
    ProfilesPage,
    ProvenEntry,
    Report,
    Reports,
    ReportsPage,
    ReportSummary,
    Resolve,
    SetAttributes,
    SetProfile,
    SetRelation,
)
from chatd.model import Attribute, ContactList, RelationKind
from tests.wire.ends import KEY, ROOM

TIME = 1_700_000_000_000

SAID: dict[str, Attribute] = {"age_band": "adult", "level": 3, "fan": True}

PEOPLE: list[tuple[str, Message, int]] = [
    ("Block", Block(key=KEY, user="bo"), 80),
    ("Block no more", Block(key=KEY, user="bo", on=False, retry=True), 80),
    ("Contacts", Contacts(which=ContactList.MUTUALS), 81),
    ("Contacts behind one", Contacts(which=ContactList.BLOCKS, after="bo", limit=7), 81),
    ("ContactsPage", ContactsPage(which=ContactList.BLOCKS, users=("bo", "cy"), more=True), 81),
    ("SetRelation", SetRelation(key=KEY, user="ana", other="bo", relation=RelationKind.FOLLOW, since=TIME), 82),
    ("SetRelation to nothing", SetRelation(key=KEY, user="a", other="bo", relation=RelationKind.BLOCK, on=False), 82),
    (
        "SetAttributes",
        SetAttributes(key=KEY, user="ana", attributes={"age_band": "adult", "level": 3, "fan": True}),
        83,
    ),
    ("AskAttributes", AskAttributes(user="ana"), 83),
    ("AttributesOf", AttributesOf(user="ana", attributes=SAID), 83),
    ("Report of a post", Report(key=KEY, room=ROOM, seq=7, reason="spam", text="look"), 84),
    ("Report of a room", Report(key=KEY, room=ROOM, reason="spam", retry=True), 84),
    ("Report of a user", Report(key=KEY, user="bo", reason="spam"), 84),
    ("Reports", Reports(room=ROOM), 85),
    ("Reports that are settled", Reports(resolved=True, next=bytes(24), limit=7), 85),
    (
        "ReportsPage",
        ReportsPage(
            reports=(
                ReportSummary(report=bytes(16), time=TIME, room=ROOM, seq=7, user="bo", reason="spam", text="look"),
                ReportSummary(
                    report=KEY, time=TIME, user="bo", reason="spam", reporter="ana", resolved=TIME, resolver="cy"
                ),
            ),
            more=True,
            next=bytes(24),
        ),
        85,
    ),
    ("Evidence", Evidence(report=bytes(16), room=ROOM, after=7), 86),
    (
        "EvidencePage",
        EvidencePage(
            report=bytes(16),
            entries=(
                ProvenEntry(
                    hash=bytes(32),
                    entry=Entered(room=ROOM, seq=7, kind="post", sender="bo", key=KEY, time=TIME, posts=1, h8=bytes(8)),
                ),
            ),
            more=False,
        ),
        86,
    ),
    ("SetProfile", SetProfile(key=KEY, name="Ana Li", handle="ana_li", avatar="https://a.example/1"), 88),
    ("SetProfile to nothing", SetProfile(key=KEY, handle="", retry=True), 88),
    ("Profiles", Profiles(users=("ana", "bo")), 89),
    ("Profiles by a handle", Profiles(handle="ana_li"), 89),
    (
        "ProfilesPage",
        ProfilesPage(
            profiles=(
                ProfileOf(user="ana", name="Ana Li", handle="ana_li", avatar="https://a.example/1", version=3),
                ProfileOf(user="bo", version=1),
            )
        ),
        89,
    ),
    ("Resolve", Resolve(report=bytes(16), room=ROOM), 87),
    ("SetAttributes to nothing", SetAttributes(key=KEY, user="ana", attributes={}), 83),
]
