"""What a channel log says against what the daemon has stored. Pure.

An ack names the place of a post for ever, so each line is looked for at the seq that its ack named, and nowhere
else: texts may repeat, places do not. Judged is what a fresh client reads back, byte for byte.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise

from attrs import frozen

from chatd.model import UserId


@frozen
class Line:
    """One line that was to be posted, in the order of the file."""

    user: UserId
    text: bytes
    seq: int | None
    """Where the ack said it stands; None if it was never acknowledged."""


@frozen
class Found:
    """What stands at one seq."""

    user: UserId
    text: bytes


@frozen(kw_only=True)
class Verdict:
    lines: int
    stored: int
    lost: int
    """Lines without an ack, and lines that do not stand, byte for byte, where their ack said."""
    duplicated: int
    """Stored posts that no line's ack named."""
    out_of_order: int
    """Lines that stand before the line they follow."""

    @property
    def clean(self) -> bool:
        """Whether every line is stored, once, in order, and nothing else is."""
        return not (self.lost or self.duplicated or self.out_of_order) and self.stored == self.lines


def _descents(seqs: Iterable[int]) -> int:
    return sum(later <= earlier for earlier, later in pairwise(seqs))


def _out_of_order(lines: Sequence[Line], per_sender: bool) -> int:
    orders: dict[UserId | None, list[int]] = {}
    for line in lines:
        if line.seq is not None:
            orders.setdefault(line.user if per_sender else None, []).append(line.seq)
    return sum(map(_descents, orders.values()))


def judge(lines: Sequence[Line], posts: Mapping[int, Found], *, per_sender: bool) -> Verdict:
    """Compare `lines`, in file order, with the posts of a room by seq.

    The order is that of the file among the lines of each sender if `per_sender`, else among all lines.
    """
    claimed: dict[int, Line] = {}
    for line in lines:
        if line.seq is not None:
            claimed.setdefault(line.seq, line)
    kept = sum(posts.get(seq) == Found(line.user, line.text) for seq, line in claimed.items())
    return Verdict(
        lines=len(lines),
        stored=len(posts),
        lost=len(lines) - kept,
        duplicated=sum(seq not in claimed for seq in posts),
        out_of_order=_out_of_order(lines, per_sender),
    )


def total(verdicts: Sequence[Verdict]) -> Verdict:
    """Return the sum over several rooms."""
    return Verdict(
        lines=sum(each.lines for each in verdicts),
        stored=sum(each.stored for each in verdicts),
        lost=sum(each.lost for each in verdicts),
        duplicated=sum(each.duplicated for each in verdicts),
        out_of_order=sum(each.out_of_order for each in verdicts),
    )
