"""What lines of the terminal do with polls."""

from __future__ import annotations

from typing import Any

from attrs import evolve

from chatd import messages
from chatd.messages import KeyedCommand, MessageState, Voter, VotesPage
from tests.client.fakes import on_both
from tests.client.scrolls import ROOM
from tests.client.test_terminal import ACK, session
from tests.client.test_verbs import page


@on_both
async def test_a_poll_is_voted_in_and_closed_by_its_number_and_options_count_from_one() -> None:
    lines = ["/vote 2 1, 3", "/unvote 2", "/closepoll 2"]
    replies: list[messages.Reply] = [ACK] * (len(lines) + 1)
    _, commands = await session(
        replies, ("connected", "/dm bo"), ("open", lines[0]), *[("", each) for each in lines[1:]]
    )
    did: list[Any] = [evolve(each, key=bytes(16)) for each in commands[1:] if isinstance(each, KeyedCommand)]
    assert did == [
        messages.Vote(room=ROOM, key=bytes(16), seq=2, options=(0, 2)),
        messages.Vote(room=ROOM, key=bytes(16), seq=2),
        messages.ClosePoll(room=ROOM, key=bytes(16), seq=2),
    ]


@on_both
async def test_options_that_are_no_numbers_are_said() -> None:
    screen, commands = await session([ACK], ("connected", "/dm bo"), ("open", "/vote 2 pizza"), ("", "/vote 2"))
    assert len(commands) == 1
    assert screen.shown.count("(which options? Their numbers, as in 1,3)") == 2


@on_both
async def test_who_voted_is_printed_from_all_pages() -> None:
    pages = [
        VotesPage(room=ROOM, seq=1, votes=(Voter(user="bo", options=(0, 2)),), more=True),
        VotesPage(room=ROOM, seq=1, votes=(Voter(user="cy", options=(1,)),), more=False),
        VotesPage(room=ROOM, seq=1, votes=(), more=False),
    ]
    screen, commands = await session([ACK, *pages], ("connected", "/dm bo"), ("open", "/votes 1"), ("cy:", "/votes 1"))
    assert [each for each in screen.shown if each.startswith("    ")] == ["    bo: 1 and 3", "    cy: 2"]
    assert commands[2] == messages.Votes(room=ROOM, seq=1, after="bo")


@on_both
async def test_history_shows_how_a_poll_stands() -> None:
    states = [MessageState(seq=1, votes=(2, 0), voters=2), MessageState(seq=1, votes=(2, 0), voters=2, closed=True)]
    replies: list[messages.Reply] = [ACK, *map(page, states)]
    screen, _ = await session(replies, ("connected", "/dm bo"), ("open", "/history"), ("votes", "/history"))
    assert "[72727272 1] bo: hello (votes: (1) 2, (2) 0)" in screen.shown
    assert "[72727272 1] bo: hello (votes: (1) 2, (2) 0, closed)" in screen.shown
