"""What is handed on from room to room: what is there, as it reads, as often as allowed."""

from __future__ import annotations

from typing import Any

import pytest
from attrs import define, evolve, field

from chatd.chain import self_id
from chatd.checked import Quote
from chatd.limits import DEFAULTS
from chatd.messages import Delete, Edit, Origin, Pin, Post, RemoveMember, SetFilter
from chatd.rooms.effects import Actor
from chatd.rooms.operators import AUDIT_ROOM
from chatd.wire import content, quoting
from chatd.wire.bodies import Forward
from tests.rooms.commands.talk import Talk
from tests.rooms.pieces import code, text
from tests.rooms.scene import ADMIN, MEMBER, NOW, Scene


@define(eq=False)
class Handed:
    """A group in which cy has said `cy`, and another one to which di hands it on."""

    talk: Talk = field(factory=Talk)
    there: bytes = field(init=False)

    def __attrs_post_init__(self) -> None:
        self.there = self.talk.scene.group({"di": MEMBER, "bo": ADMIN})

    @property
    def scene(self) -> Scene:
        return self.talk.scene

    def origin(self, seq: int | None = None) -> Origin:
        return Origin(room=self.talk.room, seq=seq or self.talk.seq)

    def forward(
        self, quote: Quote, user: str = "di", *, room: bytes | None = None, origin: Origin | None = None
    ) -> Any:
        said = quoting.forward(quote)
        command = Post(room=room or self.there, key=self.scene.key(), content=said, origin=origin or self.origin())
        return self.scene.do(self.talk.actors[user], command)


TRUE = Quote(author="cy", time=NOW, hops=1, content=text("cy"))


def test_a_forward_is_a_post_of_the_exact_bytes_and_leaves_no_trace_of_its_origin() -> None:
    handed = Handed()
    done = handed.forward(TRUE)
    entry = handed.scene.log(handed.there)[-1]
    assert (entry.seq, entry.body, entry.target, entry.sender) == (done.seq, quoting.forward(TRUE), None, "di")
    assert handed.talk.room not in entry.body
    said = content.typed(content.parse(entry.body))
    assert isinstance(said, Forward)
    assert (said.author, said.time, said.hops, said.content, said.fallback) == ("cy", NOW, 1, text("cy"), "cy")


@pytest.mark.parametrize(
    "changes", [{"author": "bo"}, {"time": NOW + 1}, {"hops": 2}, {"content": text("never said")}], ids=str
)
def test_a_forward_that_is_not_true_is_refused(changes: dict[str, Any]) -> None:
    assert code(Handed().forward(evolve(TRUE, **changes))) == "bad_origin"


def test_what_was_edited_is_handed_on_as_it_reads_now() -> None:
    handed = Handed()
    handed.talk.edit("cy", "better")
    assert code(handed.forward(TRUE)) == "bad_origin"
    assert code(handed.forward(evolve(TRUE, content=text("better")))) == "ok"


def test_what_was_deleted_is_not_handed_on_and_what_was_handed_on_stays() -> None:
    handed = Handed()
    assert code(handed.forward(TRUE)) == "ok"
    handed.talk.do("cy", Delete)
    assert code(handed.forward(TRUE)) == "bad_origin"
    assert handed.scene.log(handed.there)[-1].body == quoting.forward(TRUE)


def test_an_entry_that_is_no_post_is_not_handed_on() -> None:
    handed = Handed()
    edit = handed.talk.scene.do(handed.talk.actors["cy"], handed.talk.act(Edit, content=text("x")))
    handed.talk.do("ana", Pin)
    quotes = [evolve(TRUE, content=text("x")), TRUE, TRUE]
    seqs = [edit.seq, edit.seq + 1, edit.seq + 9]
    assert [code(handed.forward(q, origin=handed.origin(s))) for q, s in zip(quotes, seqs, strict=True)] == [
        "bad_origin"
    ] * 3


def test_strangers_and_those_to_come_hand_nothing_on() -> None:
    handed = Handed()
    eve = handed.scene.enter("eve")
    room = handed.scene.group({"eve": MEMBER})
    answers: list[str] = []
    for origin in (handed.origin(), Origin(room=b"never was there.", seq=2)):
        command = Post(room=room, key=handed.scene.key(), content=quoting.forward(TRUE), origin=origin)
        answers.append(handed.scene.do(eve, command))
    assert answers[0] == answers[1]
    assert code(answers[0]) == "bad_origin"


def test_who_has_left_hands_on_what_they_still_may_see() -> None:
    handed = Handed()
    later = handed.talk.post("cy")
    handed.scene.do(handed.talk.actors["ana"], RemoveMember(room=handed.talk.room, key=handed.scene.key(), user="di"))
    unseen = handed.talk.post("cy")
    handed.talk.edit("cy", "later", later)
    answers = [handed.forward(TRUE, origin=handed.origin(seq)) for seq in (handed.talk.seq, later, unseen)]
    assert [code(each) for each in answers] == ["ok", "bad_origin", "bad_origin"]
    edited = evolve(TRUE, content=text("later"))
    assert code(handed.forward(edited, origin=handed.origin(later))) == "bad_origin"


def test_every_hand_counts_one_hop_up_to_the_limit() -> None:
    handed = Handed(Talk(Scene(limits=evolve(DEFAULTS, forward_hops_max=2))))
    there, back = handed.there, handed.talk.room
    first = handed.forward(TRUE)
    once = Origin(room=there, seq=first.seq)
    assert code(handed.forward(TRUE, room=back, origin=once)) == "bad_origin"
    again = handed.forward(evolve(TRUE, hops=2), room=back, origin=once)
    assert code(again) == "ok"
    twice = Origin(room=back, seq=again.seq)
    assert code(handed.forward(evolve(TRUE, hops=3), origin=twice)) == "limit_reached"


def test_a_server_that_allows_no_hop_takes_no_forward() -> None:
    handed = Handed(Talk(Scene(limits=evolve(DEFAULTS, forward_hops_max=0))))
    assert code(handed.forward(TRUE)) == "limit_reached"


def test_within_one_room_it_is_handed_on_like_elsewhere() -> None:
    handed = Handed()
    assert code(handed.forward(TRUE, room=handed.talk.room)) == "ok"


def test_a_repeat_is_answered_with_the_first_outcome_whatever_became_of_the_origin() -> None:
    handed = Handed()
    command = Post(room=handed.there, key=handed.scene.key(), content=quoting.forward(TRUE), origin=handed.origin())
    first = handed.scene.do(handed.talk.actors["di"], command)
    handed.talk.do("cy", Delete)
    again = handed.scene.do(handed.talk.actors["di"], evolve(command, retry=True))
    assert again == evolve(first, duplicate=True)


def test_a_filter_looks_through_what_is_quoted() -> None:
    handed = Handed()
    long = text("so much " * 40 + "spam")
    talk, scene = handed.talk, handed.scene
    seq = scene.do(talk.actors["cy"], Post(room=talk.room, key=scene.key(), content=long)).seq
    quote, origin = evolve(TRUE, content=long), handed.origin(seq)
    assert code(handed.forward(quote, origin=origin)) == "ok"
    scene.do(talk.actors["bo"], SetFilter(room=handed.there, key=scene.key(), words=("spam",)))
    assert code(handed.forward(quote, origin=origin)) == "filtered"


def test_an_operator_hands_on_what_anybody_said_in_any_room_but_self_rooms() -> None:
    handed = Handed()
    scene, operator = handed.scene, Actor(99, "", operator=True, credential="shop")
    told = Post(room=handed.there, key=scene.key(), content=quoting.forward(TRUE), origin=handed.origin())
    assert code(scene.do(operator, told)) == "ok"
    assert (scene.log(handed.there)[-1].sender, scene.log(handed.there)[-1].body) == ("", told.content)
    untrue = evolve(told, key=scene.key(), content=quoting.forward(evolve(TRUE, content=text("never said"))))
    assert code(scene.do(operator, untrue)) == "bad_origin"
    own = evolve(told, key=scene.key(), origin=Origin(room=self_id("cy"), seq=1))
    assert code(scene.do(operator, own)) == "bad_origin"
    assert code(scene.do(operator, evolve(own, key=scene.key(), origin=Origin(room=AUDIT_ROOM, seq=1)))) == "bad_origin"
