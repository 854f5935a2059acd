"""What a live room keeps, and who speaks in it (protocol 5.93, 5.94)."""

from __future__ import annotations

from attrs import evolve

from chatd.codes import GapReason
from chatd.limits import DEFAULTS
from chatd.messages import (
    AddMember,
    Ban,
    Delete,
    Edit,
    Pin,
    Post,
    React,
    Restrict,
    SetSettings,
    SetTitle,
    Unban,
)
from chatd.model import Expiry, MemberState, Role
from chatd.rights import USUAL, Denial, Past, Permission
from chatd.rooms import reading
from chatd.rooms.commands import streaming
from chatd.rooms.reading import Cursor, Range
from tests.rooms.pieces import code, text
from tests.rooms.scene import INVITED, OWNER, Scene
from tests.rooms.streams import a_stream, bodies, posted, viewer

SMALL = evolve(DEFAULTS, live_entries_max=10)
"""A room that keeps ten lets go of older ones two at a time."""


# The audience speaks.


def test_an_audience_posts_edits_and_deletes_what_is_its_own() -> None:
    scene = Scene()
    hana, room = a_stream(scene)
    vera, vito = viewer(scene, room), viewer(scene, room, "vito")
    assert code(posted(scene, vera, room)) == "ok"
    assert code(scene.do(vera, Edit(room=room, key=scene.key(), seq=2, content=text("oh")))) == "ok"
    assert code(scene.do(vito, Edit(room=room, key=scene.key(), seq=2, content=text("oh")))) == "forbidden"
    assert code(scene.do(vito, Delete(room=room, key=scene.key(), seq=2))) == "forbidden"
    assert code(scene.do(vera, Delete(room=room, key=scene.key(), seq=2))) == "ok"
    posted(scene, vito, room)
    assert code(scene.do(hana, Delete(room=room, key=scene.key(), seq=5))) == "ok"
    assert bodies(scene, room) == []


def test_an_audience_has_no_rank_and_reacts_to_no_post() -> None:
    scene = Scene()
    hana, room = a_stream(scene)
    vera = viewer(scene, room)
    posted(scene, hana, room)
    assert code(scene.do(vera, Pin(room=room, key=scene.key(), seq=2))) == "forbidden"
    assert code(scene.do(vera, SetTitle(room=room, key=scene.key(), title="mine"))) == "unknown_room"
    for actor in (hana, vera):
        assert code(scene.do(actor, React(room=room, key=scene.key(), seq=2, emoji="+"))) == "wrong_kind"


def test_settings_say_whether_an_audience_speaks() -> None:
    scene = Scene()
    hana, room = a_stream(scene)
    vera = viewer(scene, room)
    scene.do(hana, SetSettings(room=room, key=scene.key(), defaults=()))
    assert code(posted(scene, vera, room)) == "forbidden"
    assert code(posted(scene, hana, room)) == "ok"


def test_slow_mode_holds_up_an_audience_also_after_it_has_left_and_come_back() -> None:
    scene = Scene()
    hana, room = a_stream(scene)
    viewer(scene, room, "vito")
    scene.do(hana, SetSettings(room=room, key=scene.key(), slow_mode_s=10))
    scene.now += 1
    vera = viewer(scene, room)
    assert code(posted(scene, vera, room)) == "ok"
    assert code(posted(scene, vera, room)) == "slow_mode"
    scene.registry.audience.close(vera.session)
    again = viewer(scene, room)
    assert code(posted(scene, again, room)) == "slow_mode"
    scene.now += 10_000
    assert code(posted(scene, again, room)) == "ok"


def test_a_post_in_flight_counts_for_slow_mode_of_an_audience() -> None:
    scene = Scene()
    hana, room = a_stream(scene)
    scene.do(hana, SetSettings(room=room, key=scene.key(), slow_mode_s=10))
    scene.now += 1
    vera = viewer(scene, room)
    scene.ask(vera, Post(room=room, key=scene.key(), content=text()))
    assert scene.ask(vera, Post(room=room, key=scene.key(), content=text())) is None
    scene.commit()
    assert [code(reply) for (session, _), reply in scene.said.items() if session == vera.session] == ["ok", "slow_mode"]


def test_who_never_had_a_part_may_be_silenced_and_stays_so() -> None:
    scene = Scene()
    hana, room = a_stream(scene)
    vera = viewer(scene, room)
    assert code(scene.do(hana, Restrict(room=room, key=scene.key(), user="vera", deny=(Permission.POST,)))) == "ok"
    member = scene.members(room)["vera"]
    assert (member.state, member.until, member.denied) == (MemberState.LEFT, 0, (Denial(Permission.POST),))
    assert code(posted(scene, vera, room)) == "forbidden"
    scene.registry.audience.close(vera.session)
    assert code(posted(scene, viewer(scene, room), room)) == "forbidden"
    assert code(scene.do(hana, Restrict(room=room, key=scene.key(), user="nobody", deny=()))) == "unknown_user"


def test_a_group_still_silences_and_bans_none_but_those_it_knows() -> None:
    scene = Scene()
    scene.know("sven")
    ana, room = scene.enter("ana"), scene.group({"ana": OWNER, "ivan": INVITED})
    assert code(scene.do(ana, Restrict(room=room, key=scene.key(), user="sven"))) == "unknown_user"
    assert code(scene.do(ana, Restrict(room=room, key=scene.key(), user="ivan"))) == "unknown_user"
    assert code(scene.do(ana, Ban(room=room, key=scene.key(), user="sven"))) == "unknown_user"


def test_a_ban_of_somebody_who_watches_holds_from_the_moment_it_is_decided() -> None:
    scene = Scene()
    hana, room = a_stream(scene)
    vera = viewer(scene, room)
    scene.ask(hana, Ban(room=room, key=scene.key(), user="vera"))
    assert scene.ask(vera, Post(room=room, key=scene.key(), content=text())) is None
    scene.commit()
    assert code(scene.said[vera.session, scene._requests]) == "not_member"
    assert scene.standing(room, "vera") == (MemberState.BANNED, Role.MEMBER)
    assert code(scene.do(hana, Unban(room=room, key=scene.key(), user="vera"))) == "ok"


def test_in_a_development_server_who_is_banned_by_name_comes_to_be() -> None:
    scene = Scene(names_make_users=True)
    hana, room = a_stream(scene)
    assert code(scene.do(hana, Ban(room=room, key=scene.key(), user="newcomer"))) == "ok"
    assert "newcomer" in scene.store._tables.users


# What it keeps.


def test_the_oldest_posts_expire_with_the_posts_that_follow() -> None:
    scene = Scene(limits=SMALL)
    hana, room = a_stream(scene)
    for _ in range(11):
        posted(scene, hana, room)
    assert (scene.record(room).expired, bodies(scene, room)[0]) == (0, 2)
    posted(scene, hana, room)
    assert (scene.record(room).expired, bodies(scene, room)[0]) == (2, 3)
    for _ in range(100):
        posted(scene, hana, room)
    kept = bodies(scene, room)
    assert 10 <= len(kept) <= 12
    assert kept == list(range(kept[0], len(scene.log(room)) + 1))


def test_posts_in_flight_together_let_the_same_entries_expire_once() -> None:
    scene = Scene(limits=SMALL)
    hana, room = a_stream(scene)
    for _ in range(11):
        posted(scene, hana, room)
    for _ in range(5):
        scene.ask(hana, Post(room=room, key=scene.key(), content=text()))
    expiries = [each for flight in scene.waiting for each in flight.item.records if isinstance(each, Expiry)]
    assert [(each.first, each.last) for each in expiries] == [(1, 2)]
    scene.commit()
    assert scene.record(room).expired == 2


def test_a_room_may_keep_less_than_the_server_lets_it_and_catches_up_in_bounded_steps() -> None:
    scene = Scene()
    hana, room = a_stream(scene)
    for _ in range(700):
        posted(scene, hana, room)
    assert code(scene.do(hana, SetSettings(room=room, key=scene.key(), keep=100))) == "ok"
    assert scene.record(room).expired == 0
    posted(scene, hana, room)
    assert scene.record(room).expired == streaming.EXPIRED_AT_MOST
    for _ in range(100):
        posted(scene, hana, room)
    assert 100 <= len(scene.log(room)) - scene.record(room).expired <= 126


def test_what_a_room_keeps_is_bounded_by_the_server() -> None:
    for keep, limits, kept in ((0, SMALL, 10), (20_000, DEFAULTS, 5_000), (100, DEFAULTS, 100), (100, SMALL, 10)):
        assert streaming.kept(evolve(USUAL, keep=keep), limits) == kept


def test_a_group_lets_nothing_expire() -> None:
    scene = Scene(limits=SMALL)
    ana, room = scene.enter("ana"), scene.group({"ana": OWNER})
    for _ in range(30):
        posted(scene, ana, room)
    assert len(bodies(scene, room)) == 30


def test_a_pinned_post_is_spared_until_it_is_taken_off() -> None:
    scene = Scene(limits=SMALL)
    hana, room = a_stream(scene)
    posted(scene, hana, room, "the product")
    scene.do(hana, Pin(room=room, key=scene.key(), seq=2))
    for _ in range(20):
        posted(scene, hana, room)
    assert scene.record(room).expired > 2
    assert bodies(scene, room)[0] == 2
    assert code(scene.do(hana, Pin(room=room, key=scene.key(), seq=2, on=False))) == "ok"
    assert bodies(scene, room)[0] > 2


def test_what_a_spared_post_said_last_goes_with_it() -> None:
    scene = Scene(limits=SMALL)
    hana, room = a_stream(scene)
    posted(scene, hana, room, "the product")
    scene.do(hana, Pin(room=room, key=scene.key(), seq=2))
    for _ in range(20):
        posted(scene, hana, room)
    edited = scene.do(hana, Edit(room=room, key=scene.key(), seq=2, content=text("the new product")))
    assert scene.log(room)[edited.seq - 1].body is not None
    scene.do(hana, Pin(room=room, key=scene.key(), seq=2, on=False))
    assert scene.log(room)[edited.seq - 1].body is None


def test_an_edit_goes_with_its_post_and_stays_with_one_that_is_pinned() -> None:
    scene = Scene(limits=SMALL)
    hana, room = a_stream(scene)
    for words in ("the product", "something else"):
        posted(scene, hana, room, words)
    scene.do(hana, Pin(room=room, key=scene.key(), seq=2))
    for _ in range(7):
        posted(scene, hana, room)
    product, other = [
        scene.do(hana, Edit(room=room, key=scene.key(), seq=seq, content=text("better"))).seq for seq in (2, 3)
    ]
    posted(scene, hana, room)
    log = scene.log(room)
    assert scene.record(room).expired == 3 < product < other
    assert [log[seq - 1].body is None for seq in (2, 3, product, other)] == [False, True, False, True]
    for _ in range(20):
        posted(scene, hana, room)
    assert other < scene.record(room).expired
    assert scene.log(room)[product - 1].body is not None
    scene.do(hana, Pin(room=room, key=scene.key(), seq=2, on=False))
    assert [scene.log(room)[seq - 1].body for seq in (2, product)] == [None, None]


def test_nobody_acts_on_what_has_expired() -> None:
    scene = Scene(limits=SMALL)
    hana, room = a_stream(scene)
    for _ in range(20):
        posted(scene, hana, room)
    for command in (
        Edit(room=room, key=scene.key(), seq=2, content=text()),
        Delete(room=room, key=scene.key(), seq=2),
        Pin(room=room, key=scene.key(), seq=2),
        Post(room=room, key=scene.key(), content=text(), reply=2),
    ):
        assert code(scene.do(hana, command)) == "bad_seq"


def test_what_has_expired_is_named_and_not_given() -> None:
    scene = Scene(limits=SMALL)
    hana, room = a_stream(scene)
    viewer(scene, room)
    for _ in range(20):
        posted(scene, hana, room)
    there = scene.registry.rooms[room]
    slot = there.slots["hana"]
    expired, head = scene.record(room).expired, there.head.seq
    planned = reading.plan(there, slot, Cursor(room, 0, bytes(8)), None)
    assert planned.gaps == ((Range(1, expired), GapReason.EXPIRED),)
    assert planned.wanted == Range(expired + 1, head)
    later = reading.plan(there, slot, Cursor(room, expired, bytes(8)), 3)
    assert later.gaps == ((Range(expired + 1, head - 3), GapReason.SKIPPED),)
    assert reading.visible(there, slot.membership) == Range(expired + 1, head)


def test_who_came_late_is_told_apart_what_they_may_not_see_and_what_has_expired() -> None:
    scene = Scene(limits=SMALL)
    hana, room = a_stream(scene, history=Past.JOINED)
    scene.know("mia")
    posted(scene, hana, room)
    scene.do(hana, AddMember(room=room, key=scene.key(), users=("mia",)))
    for _ in range(20):
        posted(scene, hana, room)
    there = scene.registry.rooms[room]
    expired = scene.record(room).expired
    planned = reading.plan(there, there.slots["mia"], Cursor(room, 0, bytes(8)), None)
    assert planned.gaps == ((Range(1, 2), GapReason.NOT_VISIBLE), (Range(3, expired), GapReason.EXPIRED))
