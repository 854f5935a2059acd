"""What followers of a broadcast room say: reactions, which are counted, and answers where they may (protocol 9.11)."""

from __future__ import annotations

import pytest

from chatd.chain import self_id
from chatd.messages import Post, React, Restrict, SetSettings
from chatd.rights import Permission
from tests.rooms.commands.channel import Channel
from tests.rooms.pieces import code, text


@pytest.fixture
def here() -> Channel:
    return Channel()


def test_a_reaction_is_counted_and_is_no_entry_of_the_room(here: Channel) -> None:
    fan, seq = here.fan("fay"), here.post()
    reply = here.do(fan, React, seq=seq, emoji="+")
    assert (reply.room, here.head) == (self_id("fay"), seq)
    assert here.told("fay")[-1] == ("react", {"room": here.room, "seq": seq, "emoji": "+", "on": True})
    here.do(here.fan("finn"), React, seq=seq, emoji="+")
    assert here.scene.store._tables.messages[here.room, seq].reactions[0].count == 2


def test_nobody_is_told_who_was_first_to_react(here: Channel) -> None:
    seq = here.post()
    for actor in (here.fan("fay"), here.mark):
        here.do(actor, React, seq=seq, emoji="+")
    assert here.scene.store._tables.messages[here.room, seq].reactions[0].first == ()


def test_reactions_in_flight_are_all_counted(here: Channel) -> None:
    seq, fans = here.post(), [here.fan(f"fan{number}") for number in range(5)]
    for fan in fans:
        assert here.ask(fan, React, seq=seq, emoji="+") is None
    here.scene.commit()
    assert here.scene.store._tables.messages[here.room, seq].reactions[0].count == 5


def test_a_reaction_is_given_once_and_taken_back_once(here: Channel) -> None:
    fan, seq = here.fan("fay"), here.post()
    answers = [code(here.do(fan, React, seq=seq, emoji="+", on=on)) for on in (True, True, False, False)]
    assert answers == ["ok", "unchanged", "ok", "unchanged"]
    assert here.scene.store._tables.messages[here.room, seq].reactions == ()


# What followers may say.


def test_a_follower_does_not_post(here: Channel) -> None:
    assert code(here.do(here.fan("fay"), Post, content=text())) == "forbidden"


@pytest.mark.parametrize(("reply", "answer"), [(True, "ok"), (False, "forbidden")])
def test_where_followers_may_answer_they_answer_and_say_nothing_else(here: Channel, reply: bool, answer: str) -> None:
    here.do(here.olga, SetSettings, defaults=(Permission.REPLY,))
    fan, seq = here.fan("fay"), here.post()
    assert code(here.do(fan, Post, content=text(), reply=seq if reply else None)) == answer
    assert here.head == seq + reply


def test_who_was_silenced_does_not_answer_either(here: Channel) -> None:
    here.do(here.olga, SetSettings, defaults=(Permission.REPLY,))
    fan, seq = here.fan("fay"), here.post()
    here.do(here.mark, Restrict, user="fay", deny=(Permission.POST,))
    assert code(here.do(fan, Post, content=text(), reply=seq)) == "forbidden"
