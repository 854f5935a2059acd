from __future__ import annotations

from chatd.messages import (
    Block,
    Committed,
    Contacts,
    ContactsPage,
    ProfileOf,
    Profiles,
    ProfilesPage,
    Reply,
    SetProfile,
)
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
async def test_a_list_of_nobody_is_said_to_be_one() -> None:
    screen, _ = await session(
        [ContactsPage(which=ContactList.FOLLOWS, users=(), more=False)], ("connected", "/contacts follows")
    )
    assert "(nobody)" in screen.shown


@on_both
async def test_a_list_that_there_is_not_is_not_asked_for() -> None:
    screen, commands = await session([ACK], ("connected", "/contacts enemies"), ("no such list", "/block bo"))
    assert [type(each) for each in commands] == [Block]
    assert any("no such list" in text for text in screen.shown)


@on_both
async def test_a_name_a_handle_and_a_picture_are_set() -> None:
    _, commands = await session(
        [ACK, ACK, ACK, ACK, ACK],
        ("connected", "/name Ana Li"),
        ("", "/handle @ana_li"),
        ("", "/avatar x"),
        ("", "/name"),
        ("", "/block bo"),
    )
    settings = [each for each in commands if isinstance(each, SetProfile)]
    assert [(each.name, each.handle, each.avatar) for each in settings] == [
        ("Ana Li", None, None),
        (None, "ana_li", None),
        (None, None, "x"),
        ("", None, None),
    ]


@on_both
async def test_who_somebody_is_is_printed_by_name_or_handle() -> None:
    ana = ProfileOf(user="ana", name="Ana", handle="ana_li", avatar="x\x1b", version=1)
    pages: list[Reply] = [ProfilesPage(profiles=each) for each in ((ana,), (), (ProfileOf(user="bo", version=1),))]
    screen, commands = await session(
        pages, ("connected", "/whois @ana_li"), ("Ana", "/whois nobody"), ("nothing is known", "/whois bo")
    )
    asked = [each for each in commands if isinstance(each, Profiles)]
    assert [(each.users, each.handle) for each in asked] == [((), "ana_li"), (("nobody",), None), (("bo",), None)]
    assert "    ana: Ana @ana_li x\\x1b" in screen.shown
    assert "    bo: (no name)" in screen.shown
