from __future__ import annotations

import pytest

from chatd import facts
from chatd.chain import pack
from chatd.messages import ContactsPage
from chatd.model import ContactList
from chatd_client.blocks import Blocks
from chatd_client.events import Entry, entry
from tests.client.scrolls import ROOM, SELF, Scroll


def told(body: bytes, kind: str = "block") -> Entry:
    return entry(Scroll(SELF).add(body, kind), "ana")


def page(*users: str, more: bool = False) -> ContactsPage:
    return ContactsPage(which=ContactList.BLOCKS, users=users, more=more)


def said(kind: str, sender: str = "bo") -> Entry:
    return Entry(room=ROOM, seq=1, kind=kind, sender=sender, key=b"", time=1, mine=False, posts=1)


def test_the_self_room_says_who_is_blocked_and_who_is_not_any_more() -> None:
    blocks = Blocks()
    for user, on in (("bo", True), ("cy", True), ("bo", False), ("dee", False)):
        blocks.learn(told(facts.blocked(user, on=on)))
    assert blocks.users() == {"cy"}


def test_facts_that_make_no_sense_block_nobody() -> None:
    blocks = Blocks()
    blocks.learn(told(pack({"user": 7, "on": True})))
    blocks.learn(told(pack({"user": "bo", "on": 1})))
    blocks.learn(told(facts.blocked("bo", on=True), "another"))
    assert blocks.users() == set()


def test_pages_are_read_to_their_end() -> None:
    blocks = Blocks()
    blocks.learn_page(page("bo", "cy", more=True))
    assert (blocks.known, blocks.next) == (False, "cy")
    blocks.learn_page(page())
    assert (blocks.known, blocks.next, blocks.users()) == (True, "cy", frozenset(("bo", "cy")))


def test_a_list_in_doubt_is_read_again_and_one_of_another_history_forgotten() -> None:
    blocks = Blocks()
    blocks.learn_page(page("bo"))
    blocks.doubt(anew=False)
    assert (blocks.known, blocks.next, blocks.users()) == (False, None, frozenset(("bo",)))
    blocks.doubt(anew=True)
    assert (blocks.known, blocks.next, blocks.users()) == (False, None, frozenset())


@pytest.mark.parametrize(("kind", "hidden"), [("post", True), ("edit", True), ("react", True), ("members", False)])
def test_what_a_blocked_user_says_is_not_shown_and_what_they_do_to_the_room_is(kind: str, hidden: bool) -> None:
    blocks = Blocks()
    blocks.learn_page(page("bo"))
    assert blocks.hides(said(kind)) is hidden
    assert not blocks.hides(said(kind, "cy"))
