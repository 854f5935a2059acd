from __future__ import annotations

from chatd.messages import Block, Committed, Contacts, ContactsPage, Reply
from chatd.model import ContactList
from tests.client.fakes import on_both
from tests.client.scrolls import SELF
from tests.client.test_terminal import session

ACK = Committed(room=SELF, seq=1, time=1)


@on_both
async def test_a_user_is_blocked_and_not_any_more() -> None:
    screen, commands = await session([ACK, ACK], ("connected", "/block bo"), ("is blocked", "/unblock bo"))
    assert [(each.user, each.on) for each in commands if isinstance(each, Block)] == [("bo", True), ("bo", False)]
    assert any("(bo is not blocked any more)" in text for text in screen.shown)


@on_both
async def test_a_list_is_printed_to_its_end_and_mutuals_are_usual() -> None:
    pages: list[Reply] = [
        ContactsPage(which=ContactList.MUTUALS, users=("bo", "cy"), more=True),
        ContactsPage(which=ContactList.MUTUALS, users=("dee",), more=False),
    ]
    screen, commands = await session(pages, ("connected", "/contacts"))
    asked = [each for each in commands if isinstance(each, Contacts)]
    assert [(each.which, each.after) for each in asked] == [("mutuals", None), ("mutuals", "cy")]
    assert "    cy" in screen.shown


@on_both
async def test_a_list_that_there_is_not_is_not_asked_for() -> None:
    screen, commands = await session([ACK], ("connected", "/contacts enemies"), ("no such list", "/block bo"))
    assert [type(each) for each in commands] == [Block]
    assert any("no such list" in text for text in screen.shown)
