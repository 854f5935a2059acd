from __future__ import annotations

import pytest

from benchmarks.peers.irc import LINE_BYTES_MAX, IrcSpeech, line
from benchmarks.peers.speech import Seat
from benchmarks.stamps import read_stamp

SEAT = Seat(3, 4)


def test_a_line_ends_as_irc_wants() -> None:
    assert line("PING x") == b"PING x\r\n"


def test_a_line_that_does_not_fit_is_refused() -> None:
    assert len(line("x" * (LINE_BYTES_MAX - 2))) == LINE_BYTES_MAX
    with pytest.raises(ValueError, match="IRC allows"):
        line("x" * (LINE_BYTES_MAX - 1))


def test_a_sender_asks_for_its_own_posts() -> None:
    sent = IrcSpeech().enter(SEAT)[0].send
    assert b"CAP REQ :echo-message\r\n" in sent
    assert sent.endswith(b"CAP END\r\n")


def test_a_post_is_one_line() -> None:
    sent = IrcSpeech().post(SEAT, 100).fill(1, 2, 3, 4)
    assert sent.startswith(b"PRIVMSG #r00003 :|@stamp:")
    assert sent.count(b"\r\n") == 1
    assert read_stamp(sent) is not None


def test_only_the_first_member_makes_a_channel_keep_lines() -> None:
    speech = IrcSpeech(keeps=20)
    assert [len(speech.join(Seat(0, member))) for member in (0, 1)] == [2, 1]
    assert speech.join(Seat(0, 0))[1].send == b"MODE #r00000 +H 20:1h\r\n"


def test_a_channel_keeps_nothing_unless_asked() -> None:
    assert len(IrcSpeech().join(Seat(0, 0))) == 1


def test_who_comes_back_joins_and_is_given_the_lines() -> None:
    last = IrcSpeech().resume(SEAT, 20)[-1]
    assert (last.send, last.times) == (b"JOIN #r00003\r\n", 20)
