"""What members do to polls, decided over what is committed and what is in flight."""

from __future__ import annotations

from typing import Any

import pytest
from attrs import define, evolve, field

from chatd.chain import pack, self_id
from chatd.messages import (
    AddMember,
    ClosePoll,
    Committed,
    Delete,
    Edit,
    Pin,
    Post,
    React,
    Refused,
    RemoveMember,
    SetSettings,
    Vote,
)
from chatd.model import EntryKind, PollRecord, RoomKind
from chatd.rights import JoinBy
from chatd.wire.bodies import Poll
from chatd.wire.content import of
from tests.rooms.commands.talk import Talk
from tests.rooms.pieces import code, text
from tests.rooms.scene import MEMBER, NOW, OWNER
from tests.rooms.streams import viewer

LUNCH = Poll(question="Lunch?", options=("pizza", "sushi", "soup"), fallback="Lunch?")


@define(eq=False)
class Asked:
    """A group in which cy has posted a poll at `seq`."""

    poll: Poll = LUNCH
    talk: Talk = field(factory=Talk)
    seq: int = field(init=False)

    def __attrs_post_init__(self) -> None:
        scene, talk = self.talk.scene, self.talk
        self.seq = scene.do(talk.actors["cy"], Post(room=talk.room, key=scene.key(), content=of(self.poll))).seq

    def command(self, *options: int, seq: int | None = None) -> Vote:
        return Vote(room=self.talk.room, key=self.talk.scene.key(), seq=seq or self.seq, options=options)

    def vote(self, user: str, *options: int, seq: int | None = None) -> str:
        return code(self.talk.scene.do(self.talk.actors[user], self.command(*options, seq=seq)))

    def close(self, user: str, seq: int | None = None) -> str:
        command = ClosePoll(room=self.talk.room, key=self.talk.scene.key(), seq=seq or self.seq)
        return code(self.talk.scene.do(self.talk.actors[user], command))

    def stands(self) -> PollRecord:
        record = self.talk.scene.store._tables.polls[self.talk.room, self.seq]
        assert record
        return record


def facts(entry: Any) -> dict[str, Any]:
    return {"body": entry.body, "kind": entry.kind, "target": entry.target, "sender": entry.sender}


def test_a_poll_is_posted_with_what_its_votes_are_judged_by() -> None:
    asked = Asked(evolve(LUNCH, multiple=True, closes=NOW + 9))
    expected = PollRecord(room=asked.talk.room, seq=asked.seq, multiple=True, closes=NOW + 9, counts=(0, 0, 0))
    assert asked.stands() == expected


def test_a_text_is_posted_without_any_record() -> None:
    talk = Talk()
    talk.post("cy")
    assert talk.scene.store._tables.polls == {}


def test_a_vote_is_an_entry_that_tells_how_the_poll_stands() -> None:
    asked = Asked()
    assert [asked.vote("ana", 1), asked.vote("di", 1), asked.vote("ana", 0)] == ["ok"] * 3
    body = pack({"options": [0], "counts": [1, 1, 0], "voters": 2})
    expected = {"body": body, "kind": EntryKind.VOTE, "target": asked.seq, "sender": "ana"}
    assert facts(asked.talk.last()) == expected
    assert not asked.talk.last().posts - asked.talk.scene.log(asked.talk.room)[-2].posts
    assert (asked.stands().counts, asked.stands().voters) == ((1, 1, 0), 2)


def test_a_vote_is_taken_back() -> None:
    asked = Asked()
    asked.vote("ana", 1)
    assert asked.vote("ana") == "ok"
    assert asked.talk.last().body == pack({"options": [], "counts": [0, 0, 0], "voters": 0})
    assert asked.vote("ana") == "unchanged"


@pytest.mark.parametrize("multiple", [False, True])
def test_several_options_are_chosen_only_where_the_poll_allows_it(multiple: bool) -> None:
    asked = Asked(evolve(LUNCH, multiple=multiple))
    assert asked.vote("ana", 0, 2) == ("ok" if multiple else "bad_option")


def test_an_option_that_is_not_there_is_refused() -> None:
    assert Asked().vote("ana", 3) == "bad_option"


@pytest.mark.parametrize(("late_ms", "answer"), [(-1, "ok"), (0, "too_late"), (1, "too_late")])
def test_a_vote_is_judged_by_the_time_at_which_it_comes(late_ms: int, answer: str) -> None:
    asked = Asked(evolve(LUNCH, closes=NOW + 60_000))
    asked.talk.scene.now = NOW + 60_000 + late_ms
    assert asked.vote("ana", 0) == answer


@pytest.mark.parametrize(
    ("user", "answer"), [("ana", "ok"), ("bo", "ok"), ("cy", "ok"), ("di", "ok"), ("ed", "forbidden")]
)
def test_who_may_react_may_vote(user: str, answer: str) -> None:
    assert Asked().vote(user, 0) == answer


def test_only_a_poll_takes_votes() -> None:
    asked = Asked()
    head = len(asked.talk.scene.log(asked.talk.room))
    refused = [asked.vote("ana", 0, seq=seq) for seq in (1, asked.talk.seq, head + 1)]
    assert refused + [asked.close("cy", seq) for seq in (1, asked.talk.seq, head + 1)] == ["bad_seq"] * 6


def test_who_came_later_does_not_vote_on_what_they_do_not_see() -> None:
    asked = Asked()
    scene, ana = asked.talk.scene, asked.talk.actors["ana"]
    scene.do(ana, RemoveMember(room=asked.talk.room, key=scene.key(), user="di"))
    scene.do(ana, AddMember(room=asked.talk.room, key=scene.key(), users=("di",)))
    assert asked.vote("di", 0) == "bad_seq"


def test_votes_in_flight_count_for_those_behind_them() -> None:
    asked = Asked()
    scene, actors = asked.talk.scene, asked.talk.actors
    for user, option in (("ana", 1), ("di", 1), ("ana", 2)):
        scene.ask(actors[user], asked.command(option))
    scene.ask(actors["di"], asked.command(1))
    scene.commit()
    assert scene.said[actors["di"].session, scene._requests].code == "unchanged"
    assert asked.stands().counts == (0, 1, 1)


@pytest.mark.parametrize(
    ("user", "answer"),
    [("ana", "ok"), ("bo", "ok"), ("cy", "ok"), ("di", "forbidden"), ("ed", "forbidden")],
)
def test_who_may_close_a_members_poll(user: str, answer: str) -> None:
    assert Asked().close(user) == answer


def test_a_closed_poll_tells_its_result_and_takes_no_vote() -> None:
    asked = Asked()
    asked.vote("ana", 2)
    assert asked.close("cy") == "ok"
    body = pack({"counts": [0, 0, 1], "voters": 1})
    assert facts(asked.talk.last()) == {
        "body": body, "kind": EntryKind.CLOSE, "target": asked.seq, "sender": "cy",
    }  # fmt: skip
    assert [asked.vote("di", 0), asked.vote("ana"), asked.close("cy")] == ["too_late", "too_late", "unchanged"]


def test_a_poll_whose_time_is_over_is_not_closed_by_hand() -> None:
    asked = Asked(evolve(LUNCH, closes=NOW))
    assert asked.close("cy") == "too_late"


@pytest.mark.parametrize("forgetful", [False, True])
def test_a_deleted_poll_takes_no_vote_and_has_none(forgetful: bool) -> None:
    asked = Asked()
    asked.vote("ana", 2)
    asked.talk.do("cy", Delete, asked.seq)
    if forgetful:
        asked.talk.scene.registry.messages.forget(asked.talk.room)
    assert [asked.vote("di", 0), asked.close("cy"), asked.talk.edit("cy", seq=asked.seq)] == ["deleted"] * 3
    assert asked.talk.scene.store._tables.polls[asked.talk.room, asked.seq] is None


def test_a_poll_is_not_edited() -> None:
    asked = Asked()
    assert asked.talk.do("cy", Edit, asked.seq, content=text("Dinner?")) == "forbidden"


def test_a_poll_is_reacted_to_and_pinned_like_any_post() -> None:
    asked = Asked()
    answers = [asked.talk.do("ana", React, asked.seq, emoji="x"), asked.talk.do("ana", Pin, asked.seq)]
    assert [*answers, asked.vote("ana", 0)] == ["ok", "ok", "ok"]


def test_a_retry_of_a_vote_is_answered_with_the_first_outcome() -> None:
    asked = Asked()
    scene, ana = asked.talk.scene, asked.talk.actors["ana"]
    command = asked.command(1)
    first = scene.do(ana, command)
    asked.close("cy")
    again = scene.do(ana, evolve(command, retry=True))
    assert again == evolve(first, duplicate=True)
    assert isinstance(again, Committed)
    conflict = scene.do(ana, evolve(command, options=(2,), retry=True))
    assert isinstance(conflict, Refused)
    assert conflict.code == "conflict"


def test_a_vote_that_has_left_memory_is_read_again() -> None:
    asked = Asked()
    asked.vote("ana", 1)
    asked.talk.scene.registry.messages.forget(asked.talk.room)
    assert [asked.vote("ana", 1), asked.vote("ana", 2)] == ["unchanged", "ok"]
    assert asked.stands().counts == (0, 0, 1)


APART_ALONE = pytest.mark.parametrize("kind", [RoomKind.BROADCAST, RoomKind.LIVE])


@APART_ALONE
def test_where_many_vote_a_vote_counts_and_is_no_entry_of_the_room(kind: RoomKind) -> None:
    asked = Asked(talk=Talk(kind=kind, people={"cy": OWNER, "di": MEMBER}))
    head = len(asked.talk.scene.log(asked.talk.room))
    done = asked.talk.scene.do(asked.talk.actors["di"], asked.command(1))
    assert done.room == self_id("di")
    [entry] = asked.talk.scene.log(self_id("di"))
    assert entry.body == pack({"room": asked.talk.room, "seq": asked.seq, "options": [1]})
    assert (len(asked.talk.scene.log(asked.talk.room)), asked.stands().counts) == (head, (0, 1, 0))
    assert asked.vote("di", 1) == "unchanged"


@APART_ALONE
@pytest.mark.parametrize("in_flight", [False, True])
def test_where_many_vote_a_key_is_looked_up_in_the_voter_s_self_room(kind: RoomKind, in_flight: bool) -> None:
    asked = Asked(talk=Talk(kind=kind, people={"cy": OWNER, "di": MEMBER}))
    scene, di = asked.talk.scene, asked.talk.actors["di"]
    command = asked.command(1)
    for each in (command, evolve(command, retry=True), evolve(command, options=(2,), retry=True)):
        scene.ask(di, each)
        if not in_flight:
            scene.commit()
    scene.commit()
    first, again, conflict = [scene.said[di.session, scene._requests - back] for back in (2, 1, 0)]
    assert again == evolve(first, duplicate=True)
    assert (conflict.code, asked.stands().counts) == ("conflict", (0, 1, 0))


def test_what_somebody_who_watches_votes_is_told_to_them_alone() -> None:
    asked = Asked(talk=Talk(kind=RoomKind.LIVE, people={"cy": OWNER}))
    scene, room = asked.talk.scene, asked.talk.room
    scene.put(evolve(scene.record(room), settings=evolve(scene.record(room).settings, join_by=JoinBy.OPEN)))
    scene.registry.forget(scene.registry.rooms[room])
    vera = viewer(scene, room)
    assert scene.do(vera, asked.command(1)).room == self_id("vera")
    assert asked.stands().voters == 1
    assert [entry.kind for entry in scene.log(self_id("vera"))] == [EntryKind.VOTE]


def test_votes_are_held_back_as_reactions_are() -> None:
    asked = Asked()
    talk, scene = asked.talk, asked.talk.scene
    assert code(scene.do(talk.actors["ana"], SetSettings(room=talk.room, key=scene.key(), level=3))) == "ok"
    assert asked.vote("di", 0) == "emergency"
