"""Posts held for review: what is told to whom, what becomes of them, and that a key has one answer for ever."""

from __future__ import annotations

from typing import Any

import msgpack
import pytest
from attrs import evolve

from chatd.chain import self_id
from chatd.filters import sieve
from chatd.limits import DEFAULTS
from chatd.messages import Edit, Leave, Post, Restrict, Review, SetFilter, SetSettings
from chatd.model import EntryKind, Filter, FilterAction, Role, RoomId
from chatd.rights import USUAL, Permission
from chatd.rooms.effects import Actor
from chatd.rooms.sieves import Sieves
from chatd.storage.held import GetHeld, GetQueue
from tests.rooms.pieces import code, text
from tests.rooms.scene import ADMIN, MEMBER, MODERATOR, OWNER, Scene

HOLD = Filter(words=("spam",), action=FilterAction.HOLD)


def holding(scene: Scene, given: Filter = HOLD) -> RoomId:
    """Return a group that holds what its filter catches."""
    room = scene.group({"ana": OWNER, "ada": ADMIN, "mo": MODERATOR, "bo": MEMBER, "cy": MEMBER})
    scene.put(evolve(scene.record(room), filter=given))
    return room


def say(scene: Scene, actor: Actor, room: RoomId, words: str = "spam", **more: Any) -> Any:
    more.setdefault("key", scene.key())
    return scene.do(actor, Post(room=room, content=text(words), **more))


def review(scene: Scene, actor: Actor, room: RoomId, number: int = 1, *, approve: bool = True, **more: Any) -> Any:
    more = {"key": scene.key(), "user": "bo"} | more
    return scene.do(actor, Review(room=room, number=number, approve=approve, **more))


def told(scene: Scene, user: str) -> Any:
    """Return the kind and facts of the last entry of a self room."""
    last = scene.log(self_id(user))[-1]
    return last.kind, msgpack.unpackb(last.body)


def waiting(scene: Scene, room: RoomId) -> list[int]:
    page = scene.read(GetQueue(room=room, user=None, after=0, limit=99, bytes_max=10**9))
    assert scene.record(room).held == len(page)
    return [each.number for each in page]


@pytest.mark.parametrize("forgetful", [False, True])
def test_a_post_that_is_caught_waits_and_is_no_entry_of_its_room(forgetful: bool) -> None:
    scene = Scene(forgetful=forgetful)
    room = holding(scene)
    bo = scene.enter("bo")
    before = scene.log(room)
    reply = say(scene, bo, room, "buy spam")
    assert (reply.held, reply.duplicate, reply.room, reply.seq) == (True, False, self_id("bo"), 1)
    assert told(scene, "bo") == (EntryKind.HELD, {"room": room, "number": 1})
    assert scene.log(room) == before
    assert (waiting(scene, room), scene.record(room).held_ever) == ([1], 1)
    assert code(say(scene, bo, room, "buy eggs")) == "ok"


def test_an_approved_post_is_an_entry_by_its_author_under_their_key() -> None:
    scene = Scene()
    room = holding(scene)
    mo, bo = scene.enter("mo"), scene.enter("bo")
    first = say(scene, bo, room, "hello")
    key = scene.key()
    say(scene, bo, room, "buy spam", key=key, reply=first.seq)
    scene.now += 5_000
    reply = review(scene, mo, room)
    assert (reply.held, reply.room) == (False, self_id("mo"))
    post = scene.log(room)[-1]
    assert (post.kind, post.sender, post.key, post.body) == (EntryKind.POST, "bo", key, text("buy spam"))
    assert (post.target, post.time, post.posts) == (first.seq, scene.now, 2)
    facts = {"room": room, "number": 1, "user": "bo", "approved": True}
    assert told(scene, "bo") == told(scene, "mo") == (EntryKind.REVIEW, facts)
    assert (waiting(scene, room), scene.read(GetHeld(room, 1))) == ([], None)


def test_a_rejected_post_is_gone_and_its_author_is_told_why() -> None:
    scene = Scene()
    room = holding(scene)
    mo, bo = scene.enter("mo"), scene.enter("bo")
    say(scene, bo, room)
    before = scene.log(room)
    assert code(review(scene, mo, room, approve=False, reason="no spam")) == "ok"
    assert told(scene, "bo")[1]["reason"] == "no spam"
    assert scene.log(room) == before
    assert (waiting(scene, room), scene.read(GetHeld(room, 1))) == ([], None)


@pytest.mark.parametrize("forgetful", [False, True])
@pytest.mark.parametrize("fate", ["waits", "approved", "rejected", "let through now"])
@pytest.mark.parametrize("retry", [False, True])
def test_a_repeat_has_the_same_answer_whatever_became_of_it(forgetful: bool, fate: str, retry: bool) -> None:
    scene = Scene(forgetful=forgetful)
    room = holding(scene)
    ana, bo = scene.enter("ana"), scene.enter("bo")
    key = scene.key()
    first = say(scene, bo, room, key=key)
    if fate in ("approved", "rejected"):
        review(scene, ana, room, approve=fate == "approved")
    elif fate != "waits":
        scene.do(ana, SetFilter(room=room, key=scene.key(), words=(), action=FilterAction.REFUSE))
    before = scene.log(room)
    assert say(scene, bo, room, key=key, retry=retry) == evolve(first, duplicate=True)
    assert code(say(scene, bo, room, "another", key=key, retry=retry)) == "conflict"
    assert scene.log(room) == before


@pytest.mark.parametrize("retry", [False, True])
def test_a_post_from_before_is_found_though_it_would_be_held_now(retry: bool) -> None:
    scene = Scene()
    room = holding(scene, Filter(words=("eggs",), action=FilterAction.HOLD))
    ana, bo = scene.enter("ana"), scene.enter("bo")
    key = scene.key()
    first = say(scene, bo, room, key=key)
    scene.do(ana, SetFilter(room=room, key=scene.key(), words=("spam",)))
    assert say(scene, bo, room, key=key, retry=retry) == evolve(first, duplicate=True)
    assert waiting(scene, room) == []


def test_a_review_repeated_is_carried_out_once() -> None:
    scene = Scene()
    room = holding(scene)
    mo, bo = scene.enter("mo"), scene.enter("bo")
    say(scene, bo, room)
    key = scene.key()
    first = review(scene, mo, room, key=key)
    before = scene.log(room)
    assert review(scene, mo, room, key=key, retry=True) == evolve(first, duplicate=True)
    assert code(review(scene, mo, room, key=key, approve=False)) == "conflict"
    assert scene.log(room) == before


def test_of_two_who_review_at_once_the_first_decides() -> None:
    scene = Scene()
    room = holding(scene)
    mo, ada, bo = scene.enter("mo"), scene.enter("ada"), scene.enter("bo")
    say(scene, bo, room)
    scene.ask(mo, Review(room=room, key=scene.key(), number=1, user="bo", approve=False))
    assert code(review(scene, ada, room)) == "bad_seq"
    assert code(review(scene, ada, room)) == "bad_seq"
    assert (waiting(scene, room), scene.record(room).held) == ([], 0)


def test_what_the_store_said_before_a_review_was_applied_does_not_count() -> None:
    scene = Scene()
    room = holding(scene)
    mo, bo = scene.enter("mo"), scene.enter("bo")
    say(scene, bo, room)
    old = scene.read(GetHeld(room, 1))
    there = scene.registry.rooms[room]
    assert there.waits(1)
    review(scene, mo, room)
    assert not there.waits(1)
    say(scene, bo, room)
    assert (there.waits(old.number), there.waits(2)) == (False, True)


@pytest.mark.parametrize(
    ("number", "user"), [(2, "bo"), (1, "cy"), (1, "mo")], ids=["no such post", "not by them", "not by oneself"]
)
def test_what_does_not_wait_is_not_reviewed(number: int, user: str) -> None:
    scene = Scene()
    room = holding(scene)
    mo, bo = scene.enter("mo"), scene.enter("bo")
    scene.enter("cy")
    say(scene, bo, room)
    assert code(review(scene, mo, room, number, user=user)) == "bad_seq"
    assert waiting(scene, room) == [1]


def test_nobody_reviews_an_equal_or_higher_rank() -> None:
    scene = Scene()
    room = holding(scene, evolve(HOLD, exempt=Role.OWNER))
    mo, ada = scene.enter("mo"), scene.enter("ada")
    say(scene, mo, room)
    say(scene, ada, room)
    assert code(review(scene, mo, room, 1, user="mo")) == "forbidden"
    assert code(review(scene, mo, room, 2, user="ada")) == "forbidden"
    assert code(review(scene, ada, room, 1, user="mo")) == "ok"


def test_who_has_left_says_nothing_more_but_may_be_rejected() -> None:
    scene = Scene()
    room = holding(scene)
    mo, bo = scene.enter("mo"), scene.enter("bo")
    say(scene, bo, room)
    scene.do(bo, Leave(room=room, key=scene.key()))
    assert code(review(scene, mo, room)) == "unknown_user"
    assert code(review(scene, mo, room, approve=False)) == "ok"


def test_who_was_silenced_meanwhile_says_nothing_more() -> None:
    scene = Scene()
    room = holding(scene)
    mo, bo = scene.enter("mo"), scene.enter("bo")
    say(scene, bo, room)
    scene.do(mo, Restrict(room=room, key=scene.key(), user="bo", deny=(Permission.POST,)))
    assert code(review(scene, mo, room)) == "forbidden"
    assert waiting(scene, room) == [1]


@pytest.mark.parametrize(("defaults", "answer"), [((Permission.REPLY,), "ok"), ((), "forbidden")])
def test_an_answer_is_approved_of_who_may_only_answer(defaults: tuple[Permission, ...], answer: str) -> None:
    scene = Scene()
    room = holding(scene)
    scene.put(evolve(scene.record(room), settings=evolve(USUAL, defaults=(Permission.REPLY,))))
    mo, bo = scene.enter("mo"), scene.enter("bo")
    first = say(scene, mo, room, "hello")
    assert say(scene, bo, room, reply=first.seq).held
    scene.do(scene.enter("ana"), SetSettings(room=room, key=scene.key(), defaults=defaults))
    assert code(review(scene, mo, room)) == answer


def test_what_is_to_expire_does_so_from_its_approval() -> None:
    scene = Scene()
    room = holding(scene)
    mo, bo = scene.enter("mo"), scene.enter("bo")
    assert say(scene, bo, room, ttl_s=60).held
    scene.now += 5_000
    review(scene, mo, room)
    assert scene.log(room)[-1].expires == scene.now + 60_000


def test_no_more_wait_than_may_in_a_room_and_of_an_author() -> None:
    scene = Scene(limits=evolve(DEFAULTS, held_max=3, held_per_user_max=2))
    room = holding(scene)
    mo, bo, cy = scene.enter("mo"), scene.enter("bo"), scene.enter("cy")
    assert [code(say(scene, bo, room)) for _ in range(3)] == ["ok", "ok", "limit_reached"]
    assert [code(say(scene, cy, room)) for _ in range(2)] == ["ok", "limit_reached"]
    review(scene, mo, room)
    assert code(say(scene, bo, room)) == "ok"
    assert (waiting(scene, room), scene.record(room).held_ever) == ([2, 3, 4], 4)


def test_posts_held_at_once_have_numbers_of_their_own() -> None:
    scene = Scene()
    room = holding(scene)
    bo, cy = scene.enter("bo"), scene.enter("cy")
    for actor in (bo, cy, bo):
        scene.ask(actor, Post(room=room, key=scene.key(), content=text("spam")))
    scene.commit()
    assert [code(each) for each in scene.said.values()] == ["ok"] * 3
    assert waiting(scene, room) == [1, 2, 3]


def test_edits_are_refused_where_posts_are_held_and_so_is_what_the_server_filters() -> None:
    scene = Scene()
    room = holding(scene)
    bo = scene.enter("bo")
    seq = say(scene, bo, room, "hello").seq
    assert code(scene.do(bo, Edit(room=room, key=scene.key(), seq=seq, content=text("spam")))) == "filtered"
    scene.router.judge.sieves = Sieves(server=sieve(Filter(words=("spam",))))
    assert code(say(scene, bo, room)) == "filtered"
    assert waiting(scene, room) == []


def test_slow_mode_holds_up_what_would_be_held() -> None:
    scene = Scene()
    room = holding(scene)
    scene.put(evolve(scene.record(room), settings=evolve(USUAL, slow_mode_s=10)))
    mo, bo = scene.enter("mo"), scene.enter("bo")
    assert [say(scene, bo, room).held for _ in range(2)] == [True, True]
    review(scene, mo, room)
    assert code(say(scene, bo, room)) == "slow_mode"


def test_an_answer_to_nothing_is_not_held() -> None:
    scene = Scene()
    room = holding(scene)
    assert code(say(scene, scene.enter("bo"), room, reply=99)) == "bad_seq"


def test_who_listens_is_told_when_another_number_of_posts_waits() -> None:
    scene = Scene()
    room = holding(scene)
    mo, bo = scene.enter("mo"), scene.enter("bo")
    counts: list[int] = []
    scene.registry.on_held = lambda there: counts.append(there.record.held if there.record else -1)
    say(scene, bo, room)
    say(scene, bo, room, "hello")
    say(scene, bo, room)
    review(scene, mo, room)
    assert counts == [1, 2, 1]
