"""What lines of the terminal say about presence."""

from __future__ import annotations

from chatd import messages
from chatd.messages import Member, MembersPage, Presences
from chatd.model import MemberState, Role, Seen, Shown
from tests.client.fakes import on_both
from tests.client.scrolls import ROOM
from tests.client.test_terminal import ACK, session

MEMBERS = MembersPage(
    room=ROOM,
    members=(
        Member(user="bo", state=MemberState.MEMBER, role=Role.OWNER),
        Member(user="cy", state=MemberState.INVITED, role=Role.MEMBER),
        Member(user="di", state=MemberState.RESTRICTED, role=Role.MEMBER),
    ),
    more=False,
)


@on_both
async def test_whom_to_let_know_is_said_in_a_word() -> None:
    screen, commands = await session(
        [ACK, ACK], ("connected", "/dm bo"), ("open", "/show contacts"), ("", "/show friends")
    )
    shown = commands[1]
    assert isinstance(shown, messages.SetPresence)
    assert shown.shown is Shown.CONTACTS
    assert "(to whom? nobody, contacts, everybody)" in screen.shown


@on_both
async def test_who_is_there_is_printed_of_those_who_are_in_the_room() -> None:
    seen = Presences(seen={"bo": Seen.ONLINE, "di": Seen.MONTH})
    screen, commands = await session([ACK, MEMBERS, seen], ("connected", "/dm bo"), ("open", "/who"))
    assert commands[2] == messages.WatchPresence(users=("bo", "di"), room=ROOM)
    assert [line for line in screen.shown if "here" in line] == ["    bo is here", "    di was here within a month"]
