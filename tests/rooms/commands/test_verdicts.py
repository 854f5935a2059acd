"""What the app's rules say of a post or an edit is a part of its proposal (protocol 5.64)."""

from __future__ import annotations

from typing import Any

import pytest
from attrs import evolve

from chatd.codes import RefusalCode
from chatd.messages import Edit, Post
from chatd.model import RoomId
from chatd.rooms.effects import Actor, Commit, Loaded, Refusal, Reply, Rider, Verdict
from chatd.rooms.needs import needs
from chatd.wire import codec
from tests.rooms.pieces import text
from tests.rooms.scene import MEMBER, OWNER, Scene

NO = Verdict(refusal=Refusal(RefusalCode.REJECTED, "mind your language", reason="manners"))
LATER = Verdict(refusal=Refusal(RefusalCode.BUSY, "come again", 1))


def a_group() -> tuple[Scene, Actor, RoomId]:
    scene = Scene()
    return scene, scene.enter("bo"), scene.group({"ana": OWNER, "bo": MEMBER})


def judged(scene: Scene, actor: Actor, command: Post | Edit, verdict: Verdict) -> Any:
    """Return the one effect of a command of which the rules said that."""
    loaded: Loaded = scene.load(actor, needs(actor, command))
    digest = codec.digest(command)
    effects = scene.router.handle(actor, 1, command, digest, evolve(loaded, verdict=verdict), scene.now)
    return effects[0] if effects else None


def test_a_verdict_that_says_nothing_lets_through() -> None:
    scene, bo, room = a_group()
    effect = judged(scene, bo, Post(room=room, key=scene.key(), content=text("tea")), Verdict())
    assert isinstance(effect, Commit)
    assert effect.flight.item.entries[0].body == text("tea")


@pytest.mark.parametrize("edits", [False, True])
def test_what_is_put_in_its_place_is_what_the_entry_holds(edits: bool) -> None:
    """The digest stays that of what was sent, so a repeat of it has the same answer."""
    scene, bo, room = a_group()
    seq = scene.do(bo, Post(room=room, key=scene.key(), content=text("tea"))).seq
    command: Post | Edit = Post(room=room, key=scene.key(), content=text("sent"))
    if edits:
        command = Edit(room=room, key=scene.key(), seq=seq, content=text("sent"))
    effect = judged(scene, bo, command, Verdict(content=text("said")))
    assert isinstance(effect, Commit)
    item = effect.flight.item
    assert (item.entries[0].body, item.digest) == (text("said"), codec.digest(command))


def test_a_refusal_is_told_with_its_reason_and_nothing_is_committed() -> None:
    scene, bo, room = a_group()
    effect = judged(scene, bo, Post(room=room, key=scene.key(), content=text("tea")), NO)
    assert isinstance(effect, Reply)
    message: Any = effect.message
    assert (message.code, message.reason, message.text) == ("rejected", "manners", "mind your language")


def test_what_is_refused_anyhow_is_refused_for_that() -> None:
    scene, bo, room = a_group()
    effect = judged(scene, bo, Edit(room=room, key=scene.key(), seq=1, content=text("tea")), NO)
    assert isinstance(effect, Reply)
    message: Any = effect.message
    assert message.code == "bad_seq"


def test_what_is_refused_for_now_is_told_at_once_whatever_is_in_flight() -> None:
    """Protocol 4.8: all behind it gets the same answer, so it cannot wait for a commit."""
    scene, bo, room = a_group()
    seq = scene.do(bo, Post(room=room, key=scene.key(), content=text("tea"))).seq
    changing = scene.effects(bo, Edit(room=room, key=scene.key(), seq=seq, content=text("green tea")))
    post = Post(room=room, key=scene.key(), content=text("more"))
    assert isinstance(judged(scene, bo, post, LATER), Reply)
    assert isinstance(changing[0], Commit)
    assert judged(scene, bo, post, NO) is None
    assert changing[0].flight.riders == [Rider(bo.session, 1, changing[0].flight.riders[0].message)]
