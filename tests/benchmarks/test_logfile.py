from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, strategies as st

from benchmarks.logfile import Joined, Left, NoMessage, Said, Step, parse, parse_line, user_of
from chatd.names import is_name

HERE = Path(__file__).parent
CHANNELS = sorted((HERE.parents[2] / "shared" / "data" / "ubuntu-irc").glob("2*.txt"))


@pytest.mark.parametrize(
    ("line", "text"),
    [
        (b"[10:00] <ana> hello", b"hello"),
        (b"[10:00] <ana>  hello ", b" hello "),
        (b"[10:00] <ana>  ", b" "),
        (b"[10:00] <ana> hello\r", b"hello\r"),
        (b"[10:00] <ana> \x02\x00\x1f\x7f", b"\x02\x00\x1f\x7f"),
        (b"[10:00] <ana> \xe9\xff", b"\xe9\xff"),
        (b"[10:00] <ana> <bo> hello", b"<bo> hello"),
        (b"[10:00] <ana> [10:00] <bo> hello", b"[10:00] <bo> hello"),
        (b"[10:00] <ana> === bo has joined #chat", b"=== bo has joined #chat"),
        (b"[10:00]  * ana waves", b"waves"),
        (b"[10:00]  * ana  waves ", b" waves "),
        (b"[10:00]  * ana * ana", b"* ana"),
    ],
)
def test_a_text_is_every_byte_after_the_prefix(line: bytes, text: bytes) -> None:
    assert parse_line(line) == [Said("ana", text)]


@given(text=st.binary(min_size=1))
def test_any_text_comes_out_as_it_went_in(text: bytes) -> None:
    assert parse_line(b"[23:59] <ana> " + text) == [Said("ana", text)]
    assert parse_line(b"[23:59]  * ana " + text) == [Said("ana", text)]


@pytest.mark.parametrize(
    ("line", "steps"),
    [
        (b"=== ana [n=a@b.c]  has joined #chat", [Joined("ana")]),
        (b"=== ana has joined #chat", [Joined("ana")]),
        (b'=== ana [n=a@b.c]  has left #chat ["bye"] ', [Left("ana")]),
        (b"=== ana has left #chat", [Left("ana")]),
        (b'=== ana [n=a@b.c]  has quit ["bye"]', [Left("ana")]),
        (b"=== ana has quit", [Left("ana")]),
        (b"=== zcat[1]  [n=a@b.c]  has joined #chat", [Joined("zcat[1]")]),
        (b"=== [BTF] Lamb [n=a@b.c]  has joined #chat", [Joined("[BTF]Lamb")]),
        (b"=== ana is now known as bo", [Left("ana"), Joined("bo")]),
        (b"=== [ana]  is now known as bo ", [Left("[ana]"), Joined("bo")]),
    ],
)
def test_a_system_line_is_membership(line: bytes, steps: list[Step]) -> None:
    assert parse_line(line) == steps


@pytest.mark.parametrize(
    "line",
    [
        b"",
        b" ",
        b"\r",
        b"[10:00] <ana>",
        b"[10:00] <ana> ",
        b"[10:00] <> hello",
        b"[10:00] < > hello",
        b"[10:00] ana hello",
        b"[1:00] <ana> hello",
        b"[10:00]  <ana> hello",
        b" [10:00] <ana> hello",
        b"[10:00] * ana waves",
        b"[10:00]   * ana waves",
        b"[10:00]  * ana",
        b"[10:00]  * ana ",
        b"=== mode/#chat [+o ana]  by bo",
        b"=== ana waves",
        b"=== ana was kicked off #chat by bo (bo)",
        b"=== ana and bo have joined #chat",
        b"=== ana thinks bo has left",
        b"=== ana is now known as",
        b"=== ana is now known as the queen",
        b"===ana has joined #chat",
        b" === ana has joined #chat",
    ],
)
def test_every_other_line_means_nothing(line: bytes) -> None:
    assert parse_line(line) == []


def test_lines_end_at_line_feeds_and_nowhere_else() -> None:
    text = "a\rb\x0bc\x0cd\x1ce\x85f\u2028g".encode()
    assert parse(b"[10:00] <ana> " + text + b"\n[10:01] <bo> h").steps == (Said("ana", text), Said("bo", b"h"))


@pytest.mark.parametrize(("data", "ignored"), [(b"", 0), (b"\n", 1), (b"\n\n", 2), (b"\nnoise\n", 2), (b"\nnoise", 2)])
def test_ignored_lines_are_counted_and_the_last_line_feed_begins_none(data: bytes, ignored: int) -> None:
    assert parse(b"[10:00] <ana> hello\n" + data).ignored == ignored


@pytest.mark.parametrize("data", [b"", b"\n", b"noise\n", b"=== ana has joined #chat\n", b"\x00\xff" * 100])
def test_a_log_without_a_message_is_refused(data: bytes) -> None:
    with pytest.raises(NoMessage):
        parse(data)


def test_an_action_alone_makes_a_log() -> None:
    assert parse(b"[10:00]  * ana waves\n").lines == 1


@pytest.mark.parametrize("nick", [b"ana", b"][AcHm2][", b"cy^", b"e|ve`", b"{x}~_-\\", "zoë".encode()])
def test_what_may_be_a_name_is_the_name(nick: bytes) -> None:
    assert user_of(nick) == nick.decode()


@given(nick=st.binary())
def test_every_nick_has_a_name_or_is_blank(nick: bytes) -> None:
    name = user_of(nick)
    assert is_name(name) if name is not None else not nick.split()


def test_two_nicks_that_are_no_names_are_two_users() -> None:
    long = b"x" * 65
    assert user_of(long + b"1") != user_of(long + b"2")


def test_the_sample_is_read_whole() -> None:
    log = parse((HERE / "sample-channel.txt").read_bytes())
    assert (log.lines, log.ignored) == (16, 4)
    assert [step for step in log.steps if not isinstance(step, Said)] == [
        Joined("ana"),
        Joined("bo"),
        Left("ana"),
        Joined("ana_away"),
        Left("dee"),
        Left("bo"),
        Joined("ana_away"),
    ]
    assert [step.user for step in log.steps if isinstance(step, Said)][-4:] == ["cy^", "cy^", "e|ve`", "e|ve`"]


@pytest.mark.skipif(not CHANNELS, reason="the channel logs are not here")
@pytest.mark.parametrize("path", CHANNELS, ids=lambda path: path.name)
def test_a_real_log_is_accounted_for_line_by_line(path: Path) -> None:
    data = path.read_bytes()
    lines = data.removesuffix(b"\n").split(b"\n")
    log = parse(data)
    said = [line for line in lines if line.startswith(b"[")]
    assert log.lines == len(said)
    assert all(line.endswith(step.text) for line, step in zip(said, _said(log.steps), strict=True))
    assert log.ignored == sum(not parse_line(line) for line in lines)


def _said(steps: tuple[Step, ...]) -> list[Said]:
    return [step for step in steps if isinstance(step, Said)]
