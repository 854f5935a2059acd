"""What lines of the terminal post that is more than a text."""

from __future__ import annotations

from chatd import messages
from chatd.messages import Post
from chatd.wire import content
from chatd.wire.bodies import File, Media, Poll, Text
from tests.client.fakes import on_both
from tests.client.test_terminal import ACK, session

SEA = "https://files.example/sea.jpg"


@on_both
async def test_a_poll_a_file_and_a_call_are_posted_as_such() -> None:
    lines = [
        "/poll Lunch? | pizza | sushi", "/polls When? |mo| tu ", f"/file {SEA} image/jpeg the  sea",
        f"/file {SEA} image/jpeg", "/call bo,cy  come here", "/callall come here",
        "/fade 2h  read this",
    ]  # fmt: skip
    replies: list[messages.Reply] = [ACK] * (len(lines) + 1)
    _, commands = await session(
        replies, ("connected", "/dm bo"), ("open", lines[0]), *[("", each) for each in lines[1:]]
    )
    posted = [content.typed(content.parse(each.content)) for each in commands[1:] if isinstance(each, Post)]
    assert posted == [
        Poll(question="Lunch?", options=("pizza", "sushi"), fallback="Lunch? | pizza | sushi"),
        Poll(question="When?", options=("mo", "tu"), multiple=True, fallback="When? |mo| tu"),
        Media(items=(File(url=SEA, mime="image/jpeg", caption="the  sea"),), fallback="the  sea"),
        Media(items=(File(url=SEA, mime="image/jpeg"),), fallback=SEA),
        Text(text="come here", mentions=("bo", "cy")),
        Text(text="come here", mention_all=True),
        Text(text="read this"),
    ]
    assert [each.ttl_s for each in commands[1:] if isinstance(each, Post)] == [None] * 6 + [7200]


@on_both
async def test_what_cannot_be_posted_is_said_with_the_reason() -> None:
    lines = [
        "/poll Lunch? | pizza",
        "/poll | pizza | sushi",
        "/poll Lunch? | pizza | pizza",
        "/file http://files.example/a image/png",
        "/file",
        "/call bo",
        "/call b\tb hi",
        "/fade 2h",
        "/fade soon hi",
    ]
    screen, commands = await session([ACK], ("connected", "/dm bo"), ("open", lines[0]), *[("", x) for x in lines[1:]])
    assert len(commands) == 1
    assert [line for line in screen.shown if "expected" in line or "wh" in line] == [
        "(what, and what is there to choose from? /poll QUESTION | OPTION | OPTION)",
        "(what, and what is there to choose from? /poll QUESTION | OPTION | OPTION)",
        "(options: [str], 2..12, distinct, each 1..256 bytes, not blank expected)",
        "(url: str, a URL of 1..2048 bytes expected)",
        "(url: str, a URL of 1..2048 bytes expected)",
        "(whom, and what?)",
        "(mentions: [str], at most 50 distinct names (9.8) expected)",
        "(after how long, and what? /fade 1h TEXT)",
        "(after how long, and what? /fade 1h TEXT)",
    ]
