"""IRC (RFC 1459 and the echo-message capability), as far as the driver speaks it."""

from __future__ import annotations

from attrs import frozen

from benchmarks.peers.speech import Seat, Step, Template, plain_template, text_of
from benchmarks.stamps import MARK

LINE_BYTES_MAX = 512


def line(text: str) -> bytes:
    """Return a line as it is sent. Raises ValueError if it does not fit IRC's 512 bytes."""
    data = text.encode() + b"\r\n"
    if len(data) > LINE_BYTES_MAX:
        raise ValueError(f"a line of {len(data)} bytes: IRC allows {LINE_BYTES_MAX}")
    return data


@frozen
class IrcSpeech:
    """Rooms are channels. A sender is given its own posts back, as everybody else is."""

    keeps: int = 0
    """The first member makes the channel keep so many of its last lines, in memory."""
    answer: bytes | None = None
    complaint: bytes | None = b" 404 "
    """ERR_CANNOTSENDTOCHAN."""
    acknowledges: bool = False

    def enter(self, seat: Seat) -> tuple[Step, ...]:
        begin = line("CAP REQ :echo-message") + line(f"NICK {seat.user}") + line(f"USER {seat.user} 0 * :bench")
        return (Step(begin + line("CAP END"), b" 001 "),)

    def join(self, seat: Seat) -> tuple[Step, ...]:
        join = Step(line(f"JOIN {_channel(seat)}"), b" 366 ")
        if seat.member or not self.keeps:
            return (join,)
        keep = f"MODE {_channel(seat)} +H"
        return (join, Step(line(f"{keep} {self.keeps}:1h"), keep.encode()))

    def post(self, seat: Seat, size: int) -> Template:
        return plain_template(line(f"PRIVMSG {_channel(seat)} :{text_of(size).decode('ascii')}"))

    def resume(self, seat: Seat, missed: int) -> tuple[Step, ...]:
        """The channel gives its last lines to who joins (mode +H)."""
        return (*self.enter(seat), Step(line(f"JOIN {_channel(seat)}"), MARK, missed))


def _channel(seat: Seat) -> str:
    return f"#r{seat.room:05}"
