"""Filters: who sets them, what they refuse, whom they spare (protocol 5.74 - 5.77)."""

from __future__ import annotations

from typing import Any

import msgpack
import pytest
from attrs import evolve

from chatd.chain import pack
from chatd.filters import sieve
from chatd.messages import AskFilter, CreateGroup, Edit, OpenDirect, Post, SetFilter, SetTitle
from chatd.model import NO_FILTER, EntryKind, Filter, Links, Role, RoomId
from chatd.rights import GRANTABLE, USUAL
from chatd.rooms.effects import Actor
from tests.rooms.pieces import code, text
from tests.rooms.scene import ADMIN, MEMBER, MODERATOR, OWNER, Scene

POLL = pack({"type": "poll", "question": "which?", "options": ["tea", "spam"], "fallback": "a poll"})


def filtered(scene: Scene, **given: Any) -> tuple[Actor, Actor, RoomId]:
    """Return an owner and a member of a group with this filter, whose members may do what can be given to them."""
    room = scene.group({"ana": OWNER, "ada": ADMIN, "mo": MODERATOR, "bo": MEMBER})
    there = Filter(**given) if given else None
    scene.put(evolve(scene.record(room), settings=evolve(USUAL, defaults=GRANTABLE), filter=there))
    return scene.enter("ana"), scene.enter("bo"), room


def say(scene: Scene, actor: Actor, room: RoomId, content: bytes) -> str:
    return code(scene.do(actor, Post(room=room, key=scene.key(), content=content)))


@pytest.mark.parametrize(
    "content",
    [
        text("Spam!"),
        pack({"type": "text", "text": "x", "fallback": "spam"}),
        pack({"type": "shop.coupon", "fallback": "spam"}),
        POLL,
    ],
)
def test_what_a_filter_catches_is_refused_in_the_same_words(content: bytes) -> None:
    scene = Scene()
    _, bo, room = filtered(scene, words=("spam", "eggs"))
    refused = scene.do(bo, Post(room=room, key=scene.key(), content=content))
    assert (refused.code, refused.verdict, refused.wait_ms) == ("filtered", "never", None)
    assert "spam" not in refused.text
    assert refused == scene.do(bo, Post(room=room, key=scene.key(), content=text("eggs")))


def test_posts_edits_and_titles_are_looked_through() -> None:
    scene = Scene()
    _, bo, room = filtered(scene, words=("spam",))
    seq = scene.do(bo, Post(room=room, key=scene.key(), content=text())).seq
    assert code(scene.do(bo, Edit(room=room, key=scene.key(), seq=seq, content=text("spam")))) == "filtered"
    assert code(scene.do(bo, Edit(room=room, key=scene.key(), seq=seq, content=text("eggs")))) == "ok"
    assert code(scene.do(bo, SetTitle(room=room, key=scene.key(), title="tea and spam"))) == "filtered"
    assert code(scene.do(bo, SetTitle(room=room, key=scene.key(), title="tea and eggs"))) == "ok"


@pytest.mark.parametrize(
    ("exempt", "caught"), [(Role.MEMBER, 0), (Role.MODERATOR, 1), (Role.ADMIN, 2), (Role.OWNER, 3)]
)
def test_a_role_and_those_above_it_are_spared(exempt: Role, caught: int) -> None:
    scene = Scene()
    _, _, room = filtered(scene, words=("spam",), exempt=exempt)
    answers = [say(scene, scene.enter(user), room, text("spam")) for user in ("bo", "mo", "ada", "ana")]
    assert answers == ["filtered"] * caught + ["ok"] * (4 - caught)


def test_what_is_set_is_an_entry_without_the_words_and_read_by_who_may_set_it() -> None:
    scene = Scene()
    ana, bo, room = filtered(scene)
    command = SetFilter(room=room, key=scene.key(), words=("spam", "eggs"), links=Links.LISTED, hosts=("a.example",))
    assert code(scene.do(ana, command)) == "ok"
    entry = scene.log(room)[-1]
    assert entry.kind is EntryKind.FILTER
    facts = {"words": 2, "links": "listed", "hosts": ["a.example"], "exempt": "moderator", "action": "refuse"}
    assert msgpack.unpackb(entry.body) == facts
    told = scene.do(ana, AskFilter(room=room))
    assert (told.words, told.links, told.hosts) == (("spam", "eggs"), Links.LISTED, ("a.example",))
    assert told.exempt is Role.MODERATOR
    assert code(scene.do(bo, AskFilter(room=room))) == "forbidden"


def test_what_is_left_out_stays_and_an_empty_filter_is_none() -> None:
    scene = Scene()
    ana, _, room = filtered(scene)
    parts: list[dict[str, Any]] = [
        {"words": ("spam",)}, {"links": Links.NONE}, {"hosts": ("a.b",)}, {"exempt": Role.ADMIN}
    ]  # fmt: skip
    for given in parts:
        assert code(scene.do(ana, SetFilter(room=room, key=scene.key(), **given))) == "ok"
        assert code(scene.do(ana, SetFilter(room=room, key=scene.key(), **given))) == "unchanged"
    there = Filter(words=("spam",), links=Links.NONE, hosts=("a.b",), exempt=Role.ADMIN)
    assert scene.record(room).filter == there
    nothing = SetFilter(room=room, key=scene.key(), words=(), links=Links.ANY, hosts=(), exempt=Role.MODERATOR)
    assert code(scene.do(ana, nothing)) == "ok"
    assert scene.record(room).filter is None
    assert scene.do(ana, AskFilter(room=room)).words == ()


def test_a_filter_in_flight_counts_already() -> None:
    scene = Scene()
    ana, bo, room = filtered(scene)
    scene.ask(ana, SetFilter(room=room, key=scene.key(), words=("spam",)))
    scene.ask(bo, Post(room=room, key=scene.key(), content=text("spam")))
    scene.commit()
    assert [code(each) for each in scene.said.values()] == ["ok", "filtered"]


def test_the_servers_own_filter_holds_everywhere_and_for_everybody() -> None:
    scene = Scene()
    ana, bo, room = filtered(scene)
    scene.router.judge.sieves.server = sieve(Filter(words=("spam",)))
    pair = scene.do(ana, OpenDirect(key=scene.key(), user="bo")).room
    assert [say(scene, ana, room, text("spam")), say(scene, bo, pair, text("spam"))] == ["filtered"] * 2
    assert [say(scene, ana, room, text("eggs")), say(scene, bo, pair, text("eggs"))] == ["ok"] * 2
    assert code(scene.do(ana, SetTitle(room=room, key=scene.key(), title="spam"))) == "filtered"
    assert code(scene.do(ana, CreateGroup(key=scene.key(), title="spam"))) == "filtered"
    assert code(scene.do(ana, CreateGroup(key=scene.key(), title="eggs"))) == "ok"


def test_the_rooms_filter_holds_beside_the_servers() -> None:
    scene = Scene()
    _, bo, room = filtered(scene, words=("eggs",))
    scene.router.judge.sieves.server = sieve(Filter(words=("spam",)))
    assert [say(scene, bo, room, text(each)) for each in ("spam", "eggs", "tea")] == ["filtered", "filtered", "ok"]


def test_what_is_too_long_to_look_through_is_told_so_to_whom_a_filter_holds() -> None:
    scene = Scene()
    ana, bo, room = filtered(scene, words=("spam",))
    long, poll = (
        text("a " * 2_049),
        pack({"type": "poll", "question": "?", "options": ["a" * 600] * 7, "fallback": "?"}),
    )
    assert [say(scene, bo, room, each) for each in (text("a " * 2_048), long, poll)] == ["ok", "too_large", "too_large"]
    assert say(scene, ana, room, long) == "ok"
    pair = scene.do(ana, OpenDirect(key=scene.key(), user="bo")).room
    assert say(scene, bo, pair, long) == "ok"
    scene.router.judge.sieves.server = sieve(Filter(words=("spam",)))
    assert [say(scene, ana, room, long), say(scene, bo, pair, long)] == ["too_large"] * 2


def test_the_filter_of_a_room_is_made_ready_once_for_all_its_posts() -> None:
    scene = Scene()
    ana, bo, room = filtered(scene, words=("spam",))
    sieves = scene.router.judge.sieves
    assert say(scene, bo, room, text("tea")) == "ok"
    made = sieves.of(room, scene.record(room).filter or NO_FILTER)
    assert say(scene, bo, room, text("spam")) == "filtered"
    assert code(scene.do(ana, SetTitle(room=room, key=scene.key(), title="eggs"))) == "ok"
    assert say(scene, bo, room, text("tea")) == "ok"
    assert sieves.of(room, made.filter) is made
    assert code(scene.do(ana, SetFilter(room=room, key=scene.key(), words=("eggs",)))) == "ok"
    assert [say(scene, bo, room, text(each)) for each in ("spam", "eggs")] == ["ok", "filtered"]
