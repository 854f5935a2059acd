from __future__ import annotations

from typing import Any

import pytest

from chatd.limits import SEQ_MAX
from chatd.messages import Committed, Hide, Readers, SetConversation, SetDraft, WhoRead
from chatd.wire import content
from chatd_client.personal_verbs import kept_as, unread_in
from tests.client.fakes import on_both
from tests.client.scrolls import ROOM, Scroll
from tests.client.test_terminal import PAGE, session

KEPT = Committed(room=ROOM, seq=1, time=1)


@on_both
@pytest.mark.parametrize(
    ("line", "facts"),
    [
        ("/mute", {"muted_until": SEQ_MAX}),
        ("/unmute", {"muted_until": 0}),
        ("/archive", {"archived": True}),
        ("/unarchive", {"archived": False}),
        ("/pinroom", {"pinned": True}),
        ("/unpinroom", {"pinned": False}),
        ("/unread", {"unread": True}),
    ],
)
async def test_a_line_says_how_the_open_room_is_kept(line: str, facts: dict[str, Any]) -> None:
    _, commands = await session([PAGE, KEPT], ("connected", "/open 1"), ("open:", line))
    [command] = [each for each in commands if isinstance(each, SetConversation)]
    names = ("muted_until", "archived", "pinned", "unread")
    assert {name: getattr(command, name) for name in names if getattr(command, name) is not None} == facts


@on_both
async def test_a_room_is_muted_for_a_time_and_not_for_what_is_none() -> None:
    screen, commands = await session(
        [PAGE, KEPT], ("connected", "/open 1"), ("open:", "/mute a while"), ("for how long", "/mute 2h")
    )
    [command] = [each for each in commands if isinstance(each, SetConversation)]
    assert command.muted_until is not None
    assert 0 < command.muted_until < SEQ_MAX
    assert any("for how long" in text for text in screen.shown)


@on_both
async def test_an_entry_is_hidden_by_its_number() -> None:
    _, commands = await session([PAGE, KEPT], ("connected", "/open 1"), ("open:", "/hide 7"))
    assert [each.seq for each in commands if isinstance(each, Hide)] == [7]


@on_both
async def test_a_draft_is_what_stands_behind_the_word() -> None:
    _, commands = await session([PAGE, KEPT], ("connected", "/open 1"), ("open:", "/draft not yet"))
    assert [each.content for each in commands if isinstance(each, SetDraft)] == [content.text("not yet")]


@on_both
@pytest.mark.parametrize(("users", "said"), [(("bo", "cy"), "(read by bo, cy)"), ((), "(read by nobody yet)")])
async def test_who_has_read_is_printed(users: tuple[str, ...], said: str) -> None:
    reply = Readers(room=ROOM, users=users)
    screen, commands = await session([PAGE, reply], ("connected", "/open 1"), ("open:", "/whoread 3"))
    assert commands[-1] == WhoRead(room=ROOM, seq=3)
    assert said in screen.shown


def test_a_list_says_how_a_room_is_kept() -> None:
    plain = Scroll().summary()
    assert kept_as(plain, 5) == ""
    muted = Scroll().summary(muted_until=6, pinned=1, marked_unread=True, archived=True, draft=2)
    assert kept_as(muted, 5) == " [marked unread, pinned, archived, muted, draft]"
    assert kept_as(muted, 6) == " [marked unread, pinned, archived, draft]"


@pytest.mark.parametrize(
    ("unread", "mentions", "said"),
    [(0, 0, ""), (3, 0, " 3 unread"), (3, 2, " 3 unread, 2 @you"), (500, 100, " 500 unread, 99+ @you")],
)
def test_a_list_says_what_is_unread_and_how_much_of_it_calls_its_reader(unread: int, mentions: int, said: str) -> None:
    assert unread_in(Scroll().summary(unread=unread, mentions=mentions)) == said
