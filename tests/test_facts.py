from __future__ import annotations

import msgpack
from attrs import evolve

from chatd import facts
from chatd.facts import Change
from chatd.model import Filter, HeldRecord, Links, MemberState, Role, RoomKind
from chatd.rights import Archive, Denial, Feature, Invite, JoinBy, Level, Past, Permission, Settings

ROOM = b"r" * 16
ANA = Change("ana", MemberState.MEMBER, Role.OWNER)
BO = Change("bo", MemberState.INVITED, Role.MEMBER)


def test_a_create_entry_tells_kind_title_and_members() -> None:
    assert msgpack.unpackb(facts.created(RoomKind.GROUP, "Friends", [ANA, BO])) == {
        "kind": "group",
        "title": "Friends",
        "members": [["ana", "member", "owner"], ["bo", "invited", "member"]],
    }


def test_a_members_entry_tells_the_new_standing_of_each() -> None:
    assert msgpack.unpackb(facts.changed([BO])) == {"changes": [["bo", "invited", "member"]]}


def test_a_title_entry_tells_the_title() -> None:
    assert msgpack.unpackb(facts.titled("New")) == {"title": "New"}


def test_a_room_entry_tells_the_users_own_standing() -> None:
    assert msgpack.unpackb(facts.own_room(ROOM, RoomKind.GROUP, "Friends", None, BO)) == {
        "room": ROOM,
        "kind": "group",
        "title": "Friends",
        "state": "invited",
        "role": "member",
    }


def test_a_room_entry_of_a_direct_room_names_the_peer() -> None:
    assert msgpack.unpackb(facts.own_room(ROOM, RoomKind.DIRECT, "", "bo", ANA))["peer"] == "bo"


def test_a_members_entry_may_tell_why_and_until_when() -> None:
    assert msgpack.unpackb(facts.changed([BO], reason="spam", until=5)) == {
        "changes": [["bo", "invited", "member"]],
        "reason": "spam",
        "until": 5,
    }


def test_a_settings_entry_tells_all_of_them() -> None:
    settings = Settings(
        defaults=(Permission.POST,), slow_mode_s=5, slow_since=9, join_by=JoinBy.REQUEST, history=Past.ALL,
        member_s=6, account_s=7, level=Level.ADMINS, ttl_s=60, requires=(("region", ("eu", 3, True)),),
    )  # fmt: skip
    told: dict[str, object] = {"defaults": ["post"], "slow_mode_s": 5, "join_by": "request", "history": "all"}
    told |= {"member_s": 6, "account_s": 7, "level": 3, "ttl_s": 60, "requires": {"region": ["eu", 3, True]}}
    assert msgpack.unpackb(facts.agreed(settings)) == told


def test_a_filter_entry_tells_how_many_words_and_none_of_them() -> None:
    given = Filter(words=("spam", "eggs"), links=Links.LISTED, hosts=("a.b",), exempt=Role.ADMIN)
    told = {"words": 2, "links": "listed", "hosts": ["a.b"], "exempt": "admin", "action": "refuse"}
    assert msgpack.unpackb(facts.filtered(given)) == told


def test_what_stands_in_a_self_room_names_the_room_it_tells_of() -> None:
    bodies = [
        facts.changed([BO], reason="spam", room=ROOM),
        facts.restricted("bo", (Denial(Permission.POST),), "", ROOM),
        facts.invited(Invite(hash=b"h", creator="ana", expires=None, uses=None), revoked=False, room=ROOM),
        facts.reacted_in(ROOM, 7, "+", on=True),
    ]
    assert [msgpack.unpackb(body) for body in bodies] == [
        {"room": ROOM, "changes": [["bo", BO.state.value, BO.role.value]], "reason": "spam"},
        {"room": ROOM, "user": "bo", "denied": {"post": 0}},
        {"room": ROOM, "hash": b"h", "revoked": False},
        {"room": ROOM, "seq": 7, "emoji": "+", "on": True},
    ]


def test_what_is_off_is_told_where_anything_is() -> None:
    off = (Feature.RECEIPTS, Feature.TYPING)
    assert msgpack.unpackb(facts.agreed(Settings(off=off)))["off"] == ["receipts", "typing"]
    assert msgpack.unpackb(facts.features(off)) == {"off": ["receipts", "typing"]}
    assert msgpack.unpackb(facts.features(())) == {"off": []}
    assert msgpack.unpackb(facts.own_room(ROOM, RoomKind.GROUP, "", None, BO, off))["off"] == ["receipts", "typing"]


def test_an_end_entry_tells_what_becomes_of_the_room_and_settings_what_it_keeps() -> None:
    assert msgpack.unpackb(facts.ended(Archive.STAFF)) == {"archive": "staff"}
    assert msgpack.unpackb(facts.agreed(Settings(keep=500)))["keep"] == 500


def test_a_held_post_and_its_review_are_told_without_its_content() -> None:
    held = HeldRecord(room=bytes(16), number=3, user="bo", key=bytes(16), time=5, content=b"secret")
    assert msgpack.unpackb(facts.held(held.room, 3)) == {"room": bytes(16), "number": 3}
    told = {"room": bytes(16), "number": 3, "user": "bo", "approved": False}
    assert msgpack.unpackb(facts.reviewed(held, "spam", approved=False)) == {**told, "reason": "spam"}
    assert msgpack.unpackb(facts.reviewed(held, "", approved=False)) == told


def test_a_restrict_entry_tells_what_is_taken_and_until_when() -> None:
    denied = (Denial(Permission.POST, 5), Denial(Permission.PIN))
    assert msgpack.unpackb(facts.restricted("bo", denied, "")) == {"user": "bo", "denied": {"post": 5, "pin": 0}}
    assert msgpack.unpackb(facts.restricted("bo", (), "x")) == {"user": "bo", "denied": {}, "reason": "x"}


def test_an_invite_entry_tells_what_bounds_there_are() -> None:
    invite = Invite(hash=bytes(32), creator="ana", expires=5, uses=2)
    told = {"hash": bytes(32), "revoked": False, "uses": 2, "expires": 5}
    assert msgpack.unpackb(facts.invited(invite, revoked=False)) == told
    boundless = evolve(invite, expires=None, uses=None)
    assert msgpack.unpackb(facts.invited(boundless, revoked=True)) == {"hash": bytes(32), "revoked": True}


def test_a_block_entry_tells_whom_and_whether() -> None:
    assert msgpack.unpackb(facts.blocked("bo", on=False)) == {"user": "bo", "on": False}


def test_a_report_entry_tells_what_was_reported_and_why() -> None:
    told = {"report": bytes(16), "reason": "spam"}
    assert msgpack.unpackb(facts.reported(bytes(16), b"room", 7, None, "spam")) == {**told, "room": b"room", "seq": 7}
    assert msgpack.unpackb(facts.reported(bytes(16), None, None, "bo", "spam")) == {**told, "user": "bo"}


def test_a_profile_entry_tells_all_of_it() -> None:
    told = {"name": "Ana", "handle": "", "avatar": "x", "version": 2}
    assert msgpack.unpackb(facts.profile("Ana", "", "x", 2)) == told


def test_equal_facts_give_equal_bytes() -> None:
    assert facts.changed([ANA, BO]) == facts.changed([ANA, BO])
    assert facts.titled("a") == bytes.fromhex("81a57469746c65a161")


def test_a_freeze_entry_tells_whether_and_why() -> None:
    assert msgpack.unpackb(facts.froze(on=True, reason="spam")) == {"on": True, "reason": "spam"}
    assert msgpack.unpackb(facts.froze(on=False, reason="")) == {"on": False}


def test_an_audit_entry_tells_what_there_is_in_one_order() -> None:
    told = facts.audited("shop", "X", bytes(16), reason="r", endpoint="push", others=("bo", "cy"), user="ana", seq=3)
    assert list(msgpack.unpackb(told).items()) == [
        ("by", "shop"), ("command", "X"), ("key", bytes(16)), ("seq", 3), ("user", "ana"), ("others", ["bo", "cy"]),
        ("endpoint", "push"), ("reason", "r"),
    ]  # fmt: skip


def test_an_audit_entry_leaves_out_what_there_is_not() -> None:
    told = facts.audited("shop", "Freeze", bytes(16), user=None, room=ROOM, reason="")
    assert list(msgpack.unpackb(told).items()) == [
        ("by", "shop"), ("command", "Freeze"), ("key", bytes(16)), ("room", ROOM),
    ]  # fmt: skip
