"""How users show themselves, and that nobody has a handle that looks like another's (14.19 - 14.23)."""

from __future__ import annotations

from typing import Any

import msgpack
import pytest

from chatd.chain import self_id
from chatd.messages import SetProfile
from chatd.model import Profile
from tests.rooms.bounds import assert_bounded, committed
from tests.rooms.pieces import code
from tests.rooms.scene import Scene


def setting(scene: Scene, **facts: Any) -> SetProfile:
    return SetProfile(key=scene.key(), **facts)


def stored(scene: Scene, user: str = "ana") -> Profile | None:
    return scene.store._tables.profiles.get(user)


def test_a_profile_is_an_entry_of_the_self_room_and_a_record() -> None:
    scene = Scene()
    ana = scene.enter("ana")
    reply = scene.do(ana, setting(scene, name="  Ana  Li ", handle="Ana_Li", avatar="https://a.example/1"))
    [entry] = scene.log(self_id("ana"))
    assert (reply.room, reply.seq, entry.kind) == (self_id("ana"), 1, "profile")
    told = {"name": "Ana Li", "handle": "ana_li", "avatar": "https://a.example/1", "version": 1}
    assert msgpack.unpackb(entry.body) == told
    assert stored(scene) == Profile(user="ana", skeleton="ana_li", **told)  # type: ignore[arg-type]


def test_what_is_not_given_stays_and_what_is_empty_goes() -> None:
    scene = Scene()
    ana = scene.enter("ana")
    scene.do(ana, setting(scene, name="Ana", handle="ana_li", avatar="x"))
    scene.do(ana, setting(scene, name="Ana L"))
    assert stored(scene) == Profile(user="ana", name="Ana L", handle="ana_li", skeleton="ana_li", avatar="x", version=2)
    scene.do(ana, setting(scene, name="", handle="", avatar=""))
    assert stored(scene) == Profile(user="ana", version=3)


def test_what_is_so_already_is_not_set_again() -> None:
    scene = Scene()
    ana = scene.enter("ana")
    assert code(scene.do(ana, setting(scene, name=""))) == "unchanged"
    scene.do(ana, setting(scene, name="Ana", handle="ana_li"))
    assert code(scene.do(ana, setting(scene, name=" Ana ", handle="ANA_LI"))) == "unchanged"


@pytest.mark.parametrize("facts", [{"name": "\u202eana"}, {"handle": "a b"}, {"name": "Ana", "handle": "an"}])
def test_what_is_no_name_or_handle_is_refused(facts: dict[str, str]) -> None:
    scene = Scene()
    assert code(scene.do(scene.enter("ana"), setting(scene, **facts))) == "bad_name"
    assert stored(scene) is None


@pytest.mark.parametrize("other", ["modern", "MODERN", "modem", "m\N{CYRILLIC SMALL LETTER O}dern"])
def test_a_handle_that_looks_like_anothers_is_taken(other: str) -> None:
    scene = Scene()
    ana, bo = scene.enter("ana"), scene.enter("bo")
    scene.do(ana, setting(scene, handle="modern"))
    assert code(scene.do(bo, setting(scene, handle=other))) == "taken"
    assert code(scene.do(bo, setting(scene, handle="moderna"))) == "ok"


def test_ones_own_handle_may_come_to_look_like_itself() -> None:
    scene = Scene()
    ana = scene.enter("ana")
    scene.do(ana, setting(scene, handle="modern"))
    assert code(scene.do(ana, setting(scene, handle="modem"))) == "ok"


def test_a_handle_that_was_given_up_is_free() -> None:
    scene = Scene()
    ana, bo = scene.enter("ana"), scene.enter("bo")
    scene.do(ana, setting(scene, handle="modern"))
    scene.do(ana, setting(scene, handle="ana_li"))
    assert code(scene.do(bo, setting(scene, handle="modem"))) == "ok"


def test_while_a_handle_is_in_flight_nobody_else_is_decided_on() -> None:
    scene = Scene()
    ana, bo = scene.enter("ana"), scene.enter("bo")
    scene.ask(ana, setting(scene, handle="modern"))
    refused: Any = scene.ask(bo, setting(scene, handle="modem"))
    assert (refused.code, refused.verdict, refused.after_ms) == ("busy", "after_ms", 100)
    scene.commit()
    assert code(scene.do(bo, setting(scene, handle="modem"))) == "taken"


def test_many_may_have_no_handle_or_one_name() -> None:
    scene = Scene()
    answers = [code(scene.do(scene.enter(user), setting(scene, name="Ana"))) for user in ("ana", "bo", "cy")]
    assert answers == ["ok"] * 3


def test_what_a_profile_commits_is_within_its_bound() -> None:
    scene = Scene()
    ana = scene.enter("a" * 64)
    command = setting(scene, name="é" * 64, handle="a" * 64, avatar="x" * 256)
    assert_bounded(command, committed(scene, command, ana))
