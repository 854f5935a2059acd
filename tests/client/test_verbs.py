"""What lines of the terminal do to what was said."""

from __future__ import annotations

from typing import Any

from attrs import evolve

from chatd import messages
from chatd.messages import HistoryPage, KeyedCommand, MessageState, Post, VersionsPage
from chatd.wire import content
from chatd_client.verbs import split_title, users_of
from tests.client.fakes import on_both
from tests.client.scrolls import ROOM, Scroll
from tests.client.test_terminal import ACK, session

HELLO = Scroll().say("hello")
EDITED = evolve(HELLO, seq=2, kind="edit", target=1, body=content.text("bye"))


def page(*messages: MessageState) -> HistoryPage:
    scroll = Scroll()
    scroll.say("hello")
    return HistoryPage(
        room=ROOM,
        entries=tuple(scroll.entries),
        hash=scroll.hashes[0],
        floor=1,
        head=1,
        more_before=False,
        more_after=False,
        messages=messages,
    )


@on_both
async def test_a_post_is_answered_edited_deleted_reacted_to_and_pinned_by_its_number() -> None:
    lines = ["/reply 2 yes", "/edit 3 no", "/delete 3", "/react 2 x", "/unreact 2 x", "/pin 2", "/unpin 2"]
    replies: list[messages.Reply] = [ACK] * (len(lines) + 1)
    _, commands = await session(
        replies, ("connected", "/dm bo"), ("open", lines[0]), *[("", each) for each in lines[1:]]
    )
    did: list[Any] = [evolve(each, key=bytes(16)) for each in commands[1:] if isinstance(each, KeyedCommand)]
    assert did == [
        Post(room=ROOM, key=bytes(16), content=content.text("yes"), reply=2),
        messages.Edit(room=ROOM, key=bytes(16), seq=3, content=content.text("no")),
        messages.Delete(room=ROOM, key=bytes(16), seq=3),
        messages.React(room=ROOM, key=bytes(16), seq=2, emoji="x"),
        messages.React(room=ROOM, key=bytes(16), seq=2, emoji="x", on=False),
        messages.Pin(room=ROOM, key=bytes(16), seq=2),
        messages.Pin(room=ROOM, key=bytes(16), seq=2, on=False),
    ]


@on_both
async def test_a_number_that_is_none_is_said() -> None:
    screen, commands = await session(
        [ACK], ("connected", "/dm bo"), ("open", "/react x y"), ("", "/pin 0"), ("", "/edit")
    )
    assert len(commands) == 1
    assert screen.shown.count("(the number of a post is needed first, as it is shown)") == 3


@on_both
async def test_the_versions_of_a_post_are_printed_from_its_first_words_on() -> None:
    pages = [
        VersionsPage(room=ROOM, seq=1, edits=(EDITED,), more=True),
        VersionsPage(room=ROOM, seq=1, edits=(evolve(EDITED, seq=5, body=content.text("ciao")),), more=False),
    ]
    screen, commands = await session([ACK, page(), *pages], ("connected", "/dm bo"), ("open", "/versions 1"))
    assert [each for each in screen.shown if "bo" in each][-3:] == [
        "[72727272 1] bo: hello",
        "[72727272] * bo edited 1: bye",
        "[72727272] * bo edited 1: ciao",
    ]
    assert commands[-1] == messages.Versions(room=ROOM, seq=1, after=2)


@on_both
async def test_of_what_is_no_post_no_version_is_printed_but_itself() -> None:
    refused = messages.Refused(code="bad_seq", verdict="never")
    screen, _ = await session([ACK, page(), refused], ("connected", "/dm bo"), ("open", "/versions 99"))
    assert "(bad_seq)" in screen.shown
    assert not any("hello" in each for each in screen.shown)


@on_both
async def test_history_shows_what_a_post_says_now_and_not_how_it_came_to_that() -> None:
    scroll = Scroll()
    scroll.say("hello")
    scroll.say("second")
    for target, said in ((1, "bye"), (1, "ciao"), (2, "too long for the page"), (7, "of an older post")):
        scroll.add(content.text(said), kind="edit", target=target)
    states = (MessageState(seq=1, edits=2, edited=4, edit=scroll.entries[3]), MessageState(seq=2, edits=1, edited=5))
    told = evolve(page(*states), entries=tuple(scroll.entries), head=6)
    screen, _ = await session([ACK, told], ("connected", "/dm bo"), ("open", "/history"))
    assert [each for each in screen.shown if each.startswith("[72727272")] == [
        "[72727272 1] bo: ciao (edited 2 times)",
        "[72727272 2] bo: second (edited)",
        "[72727272] * bo edited 2: too long for the page",
        "[72727272] * bo edited 7: of an older post",
    ]


@on_both
async def test_history_shows_nothing_of_a_deleted_post_but_that_it_was_there() -> None:
    scroll = Scroll()
    scroll.say("hello")
    scroll.add(content.text("bye"), kind="edit", target=1)
    told = evolve(page(MessageState(seq=1, edits=1, edited=2, deleted=True)), entries=tuple(scroll.entries), head=2)
    screen, _ = await session([ACK, told], ("connected", "/dm bo"), ("open", "/history"))
    assert [each for each in screen.shown if each.startswith("[72727272")] == ["[72727272 1] bo: hello"]


@on_both
async def test_history_shows_what_became_of_posts() -> None:
    state = MessageState(seq=1, edits=2, edited=4, reactions={"x": 2, "y": 1})
    screen, _ = await session([ACK, page(state)], ("connected", "/dm bo"), ("open", "/history"))
    assert "[72727272 1] bo: hello (edited 2 times) x 2 y 1" in screen.shown


def test_titles_and_users_are_split_as_a_person_means_it() -> None:
    assert split_title('"a b" c,d') == ("a b", "c,d")
    assert split_title("a c,d") == ("a", "c,d")
    assert split_title('"a') == ('"a', "")
    assert users_of("a, b,,c") == ["a", "b", "c"]
