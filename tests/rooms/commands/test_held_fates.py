"""What may be held and where, what an approved post is judged by, and when what waits is gone (protocol 5.104)."""

from __future__ import annotations

from typing import Any

import msgpack
import pytest
from attrs import evolve

from chatd.chain import pack, self_id
from chatd.codes import RefusalCode
from chatd.messages import Ban, Edit, End, OpenDirect, Post, Review, SetFilter, SetSettings
from chatd.model import EntryKind, Filter, FilterAction, Role, RoomId, RoomKind
from chatd.rights import USUAL, Level, Permission
from chatd.rooms.effects import Actor, Commit, Refusal, Reply, Verdict
from chatd.rooms.operators import AUDIT_ROOM
from chatd.storage.held import GetHeld
from chatd.wire import codec, content
from chatd.wire.bodies import Poll
from tests.rooms.commands.test_holding import holding, review, say, told, waiting
from tests.rooms.pieces import code, prepared, text
from tests.rooms.scene import ADMIN, MEMBER, MODERATOR, OWNER, Scene
from tests.rooms.streams import a_stream, posted, viewer

LOOK = Verdict(refusal=Refusal(RefusalCode.ON_HOLD, "wait"), hold=True)
OPERATOR = Actor(99, "", operator=True, credential="shop")
SPAM = Filter(words=("spam",), action=FilterAction.HOLD)


def judged(scene: Scene, actor: Actor, command: Post | Edit, verdict: Verdict) -> Any:
    """Return the reply to a command of which the rules said that."""
    loaded = evolve(prepared(scene.registry, scene.load, actor, evolve(command, retry=True)), verdict=verdict)
    [effect] = scene.router.handle(actor, 1000, command, codec.digest(command), loaded, scene.now)
    if isinstance(effect, Commit):
        scene.waiting.append(effect.flight)
        scene.commit()
        return scene.said[actor.session, 1000]
    assert isinstance(effect, Reply)
    return effect.message


# -- what is held, and where -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", [RoomKind.GROUP, RoomKind.BROADCAST, RoomKind.LIVE])
def test_what_the_rules_want_looked_at_waits_where_somebody_is_above_its_author(kind: RoomKind) -> None:
    scene = Scene()
    room = scene.group({"ana": OWNER, "ada": ADMIN}, kind=kind)
    ana, ada = scene.enter("ana"), scene.enter("ada")
    reply = judged(scene, ada, Post(room=room, key=scene.key(), content=text()), LOOK)
    assert (reply.held, reply.room) == (True, self_id("ada"))
    assert code(review(scene, ana, room, user="ada")) == "ok"
    assert (scene.log(room)[-1].kind, scene.log(room)[-1].sender) == (EntryKind.POST, "ada")


def test_what_the_rules_want_looked_at_is_refused_where_nobody_is_above_its_author() -> None:
    scene = Scene()
    room = scene.group({"ana": OWNER, "bo": MEMBER})
    ana, bo = scene.enter("ana"), scene.enter("bo")
    pair = scene.do(ana, OpenDirect(key=scene.key(), user="bo")).room
    for actor, there in ((ana, room), (ana, pair), (bo, pair)):
        assert judged(scene, actor, Post(room=there, key=scene.key(), content=text()), LOOK).code == "on_hold"
    assert (scene.record(room).held, scene.record(pair).held) == (0, 0)


def test_an_edit_is_never_held() -> None:
    scene = Scene()
    room = holding(scene)
    bo = scene.enter("bo")
    seq = say(scene, bo, room, "hello").seq
    assert judged(scene, bo, Edit(room=room, key=scene.key(), seq=seq, content=text("hi")), LOOK).code == "on_hold"


def test_what_the_rules_refuse_is_refused_though_the_filter_would_hold_it() -> None:
    scene = Scene()
    room = holding(scene)
    no = Verdict(refusal=Refusal(RefusalCode.REJECTED, "no"))
    command = Post(room=room, key=scene.key(), content=text("spam"))
    assert judged(scene, scene.enter("bo"), command, no).code == "rejected"
    assert waiting(scene, room) == []


def test_a_post_that_is_refused_anyhow_does_not_wait_because_the_rules_say_so() -> None:
    scene = Scene()
    room = holding(scene)
    command = Post(room=room, key=scene.key(), content=text(), reply=99)
    assert judged(scene, scene.enter("bo"), command, LOOK).code == "bad_seq"


@pytest.mark.parametrize("retry", [False, True])
def test_a_repeat_while_the_first_is_in_flight_waits_for_it(retry: bool) -> None:
    scene = Scene()
    room = holding(scene)
    bo = scene.enter("bo")
    command = Post(room=room, key=scene.key(), content=text("spam"))
    scene.ask(bo, command)
    scene.ask(bo, evolve(command, retry=retry))
    scene.ask(bo, evolve(command, content=text("more spam"), retry=retry))
    scene.commit()
    first, second, third = [scene.said[bo.session, number] for number in (1, 2, 3)]
    assert (first.held, first.duplicate, second) == (True, False, evolve(first, duplicate=True))
    assert third.code == "conflict"
    assert (waiting(scene, room), scene.record(room).held_ever) == ([1], 1)


# -- what an approved post is, and what it is judged by ----------------------------------------------------------------


def test_whom_an_approved_post_mentions_is_called_from_its_place() -> None:
    scene = Scene()
    room = holding(scene)
    mo, bo = scene.enter("mo"), scene.enter("bo")
    calling = pack({"type": "text", "text": "spam", "mentions": ["cy"]})
    assert scene.do(bo, Post(room=room, key=scene.key(), content=calling)).held
    assert scene.store._tables.mentions == {}
    assert code(review(scene, mo, room)) == "ok"
    assert list(scene.store._tables.mentions) == [(room, "cy", scene.log(room)[-1].seq)]


def test_an_approved_poll_is_open_at_its_place() -> None:
    scene = Scene()
    room = holding(scene)
    mo, bo = scene.enter("mo"), scene.enter("bo")
    poll = content.of(Poll(question="spam?", options=("yes", "no"), fallback="spam?"))
    assert scene.do(bo, Post(room=room, key=scene.key(), content=poll)).held
    assert code(review(scene, mo, room)) == "ok"
    seq = scene.log(room)[-1].seq
    assert [(name, each and each.counts) for name, each in scene.store._tables.polls.items()] == [((room, seq), (0, 0))]


@pytest.mark.parametrize("forgetful", [False, True])
def test_who_is_mentioned_must_be_there_when_it_is_approved(forgetful: bool) -> None:
    scene = Scene(forgetful=forgetful)
    room = holding(scene)
    mo, bo = scene.enter("mo"), scene.enter("bo")
    calling = pack({"type": "text", "text": "spam", "mentions": ["cy"]})
    assert scene.do(bo, Post(room=room, key=scene.key(), content=calling)).held
    scene.do(mo, Ban(room=room, key=scene.key(), user="cy"))
    assert code(review(scene, mo, room)) == "forbidden"
    assert code(review(scene, mo, room, approve=False)) == "ok"


def test_what_is_more_than_text_needs_its_permission_when_it_is_approved() -> None:
    scene = Scene()
    room = holding(scene)
    ana, bo = scene.enter("ana"), scene.enter("bo")
    poll = content.of(Poll(question="spam?", options=("yes", "no"), fallback="spam?"))
    assert scene.do(bo, Post(room=room, key=scene.key(), content=poll)).held
    scene.do(ana, SetSettings(room=room, key=scene.key(), defaults=(Permission.POST,)))
    assert code(review(scene, ana, room)) == "forbidden"
    assert code(review(scene, OPERATOR, room)) == "forbidden"


def test_neither_slow_mode_nor_gates_nor_an_emergency_stand_against_what_was_approved() -> None:
    scene = Scene()
    room = holding(scene)
    ana, bo = scene.enter("ana"), scene.enter("bo")
    say(scene, bo, room)
    say(scene, bo, room, "hello")
    strict = evolve(USUAL, slow_mode_s=60, member_s=9_999, level=Level.MODERATORS)
    scene.put(evolve(scene.record(room), settings=strict))
    scene.registry.forget(scene.registry.rooms[room])
    assert code(say(scene, bo, room, "hello")) == "emergency"
    assert code(review(scene, ana, room)) == "ok"


# -- operators ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("approve", [False, True])
def test_an_operator_reviews_and_the_audit_tells_of_it(approve: bool) -> None:
    scene = Scene()
    room = holding(scene)
    say(scene, scene.enter("bo"), room)
    key = scene.key()
    first = review(scene, OPERATOR, room, approve=approve, reason="checked", key=key)
    [note] = scene.log(AUDIT_ROOM)
    assert (first.room, first.seq, note.kind) == (AUDIT_ROOM, 1, EntryKind.AUDIT)
    said = msgpack.unpackb(note.body)
    assert (said["command"], said["room"], said["user"], said["reason"]) == ("Review", room, "bo", "checked")
    assert told(scene, "bo")[1]["approved"] is approve
    assert (scene.log(room)[-1].kind is EntryKind.POST) is approve
    again = review(scene, OPERATOR, room, approve=approve, reason="checked", key=key, retry=True)
    assert again == evolve(first, duplicate=True)


# -- live rooms --------------------------------------------------------------------------------------------------------


def sifted(scene: Scene) -> tuple[Actor, RoomId]:
    """Return the host of a live room that holds what its filter catches, and the room."""
    host, room = a_stream(scene)
    scene.do(host, SetFilter(room=room, key=scene.key(), words=("spam",), action=FilterAction.HOLD))
    return host, room


def test_what_a_viewer_says_waits_and_is_approved_though_they_are_gone() -> None:
    scene = Scene()
    host, room = sifted(scene)
    vera = viewer(scene, room)
    key = scene.key()
    command = Post(room=room, key=key, content=text("spam"))
    first = scene.do(vera, command)
    assert first.held
    assert scene.do(vera, command) == evolve(first, duplicate=True)
    scene.registry.audience.close(vera.session)
    assert code(review(scene, host, room, user="vera")) == "ok"
    assert (scene.log(room)[-1].sender, scene.log(room)[-1].key) == ("vera", key)


def test_what_a_viewer_who_was_banned_said_is_not_approved() -> None:
    scene = Scene()
    host, room = sifted(scene)
    assert posted(scene, viewer(scene, room), room, "spam").held
    scene.do(host, Ban(room=room, key=scene.key(), user="vera"))
    assert code(review(scene, host, room, user="vera")) == "unknown_user"
    assert code(review(scene, host, room, user="vera", approve=False)) == "ok"


def test_what_is_approved_lets_the_oldest_of_a_live_room_expire() -> None:
    scene = Scene()
    host, room = sifted(scene)
    assert posted(scene, viewer(scene, room), room, "spam").held
    for _ in range(20):
        posted(scene, host, room)
    scene.do(host, SetSettings(room=room, key=scene.key(), keep=10))
    assert scene.record(room).expired == 0
    assert code(review(scene, host, room, user="vera")) == "ok"
    assert scene.record(room).expired == scene.log(room)[-1].seq - 11
    assert (scene.record(room).held, waiting(scene, room)) == (0, [])


def test_with_the_stream_ends_what_waits() -> None:
    scene = Scene()
    host, room = sifted(scene)
    posted(scene, viewer(scene, room), room, "spam")
    posted(scene, viewer(scene, room, "vito"), room, "spam")
    stale = scene.read(GetHeld(room, 1))
    assert code(scene.do(host, End(room=room, key=scene.key()))) == "ok"
    assert (waiting(scene, room), scene.record(room).held_ever) == ([], 2)
    assert not scene.registry.rooms[room].waits(stale.number)
    assert code(review(scene, host, room, user="vera", approve=False)) == "ended"


# -- who may know ------------------------------------------------------------------------------------------------------


def test_a_stranger_learns_nothing_of_what_waits() -> None:
    scene = Scene()
    room = holding(scene)
    say(scene, scene.enter("bo"), room)
    stranger = scene.enter("eve")
    assert code(say(scene, stranger, room)) == "unknown_room"
    scene.ask(scene.enter("mo"), Review(room=room, key=scene.key(), number=1, user="bo", approve=False))
    asked = scene.ask(stranger, Review(room=room, key=scene.key(), number=1, user="bo", approve=True))
    assert asked.code == "unknown_room"


def test_a_moderator_holds_nobody_of_their_rank_back() -> None:
    scene = Scene()
    room = scene.group({"ana": OWNER, "mo": MODERATOR, "max": MODERATOR})
    scene.put(evolve(scene.record(room), filter=evolve(SPAM, exempt=Role.OWNER)))
    mo = scene.enter("mo")
    assert say(scene, scene.enter("max"), room).held
    assert code(review(scene, mo, room, user="max", approve=False)) == "forbidden"


def test_a_review_repeated_while_the_first_is_in_flight_waits_for_it() -> None:
    scene = Scene()
    room = holding(scene)
    mo = scene.enter("mo")
    say(scene, scene.enter("bo"), room)
    command = Review(room=room, key=scene.key(), number=1, user="bo", approve=True)
    scene.said.clear()
    for _ in range(2):
        scene.ask(mo, command)
    scene.commit()
    first, second = scene.said.values()
    assert (first.duplicate, second) == (False, evolve(first, duplicate=True))
