from __future__ import annotations

from chatd import facts
from chatd.chain import pack
from chatd_client import keeping
from chatd_client.events import Entry, entry
from chatd_client.keeping import Drafts, HiddenEntries
from tests.client.fakes import on_both
from tests.client.scrolls import OTHER, ROOM, SELF, Scroll


def told(scroll: Scroll, body: bytes, kind: str) -> Entry:
    return entry(scroll.add(body, kind), "ana")


def test_what_the_self_room_says_is_hidden_in_its_room_alone() -> None:
    hidden, room, other = HiddenEntries(), Scroll(), Scroll(OTHER)
    hidden.learn(told(Scroll(SELF), facts.hidden(ROOM, 2), "hide"))
    entries = [entry(each, "ana") for scroll in (room, other) for each in scroll.says("one", "two")]
    assert [(each.room, each.seq) for each in entries if hidden.hides(each)] == [(ROOM, 2)]


def test_what_acts_on_a_hidden_entry_is_hidden_with_it() -> None:
    hidden = HiddenEntries()
    hidden.add(ROOM, 1)
    acting = Entry(room=ROOM, seq=5, kind="edit", sender="bo", key=b"", time=1, mine=False, posts=1, target=1)
    assert hidden.hides(acting)


def test_an_answer_to_a_hidden_post_is_shown() -> None:
    hidden = HiddenEntries()
    hidden.add(ROOM, 1)
    answer = Entry(room=ROOM, seq=5, kind="post", sender="bo", key=b"", time=1, mine=False, posts=1, target=1)
    assert not hidden.hides(answer)


def test_facts_that_make_no_sense_hide_nothing() -> None:
    hidden, own = HiddenEntries(), Scroll(SELF)
    for body, kind in ((pack({"room": 1, "seq": 1}), "hide"), (pack({"room": ROOM}), "hide"), (pack({}), "hide")):
        hidden.learn(told(own, body, kind))
    hidden.learn(told(own, facts.hidden(ROOM, 1), "another"))
    assert not hidden.hides(entry(Scroll().say("one"), "ana"))


def test_so_many_are_known_and_the_oldest_makes_room() -> None:
    hidden, room = HiddenEntries(), Scroll()
    entries = [entry(each, "ana") for each in room.says("one", "two")]
    for seq in range(1, keeping.HIDDEN_MAX + 2):
        hidden.add(ROOM, seq)
    assert [hidden.hides(each) for each in entries] == [False, True]


@on_both
async def test_the_newest_draft_of_a_room_waits_until_it_is_settled() -> None:
    drafts = Drafts()
    older, newer = b"older", b"newer"
    drafts.put(ROOM, older)
    drafts.put(OTHER, older)
    drafts.put(ROOM, newer)
    drafts.settle(ROOM, older)
    assert drafts.waiting == {ROOM: newer, OTHER: older}
    drafts.settle(ROOM, newer)
    drafts.settle(ROOM, newer)
    assert drafts.waiting == {OTHER: older}
