"""The bars: how fast chatd has to be, and wants to be, on this machine, by itself and beside its peers. Pure.

*must* is the least that is good enough, *aim* is the goal. A bar beside a peer is about the ratio of chatd's figure to
that peer's in the same run. A figure with a fault holds no bar: what is lost or doubled is not fast.
"""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum
from operator import ge, le, lt

from attrs import frozen

from benchmarks.peers.table import HEADLINES, Measured, aligned, median_of, number, ratio_to

CHATD = "chatd"


class Sign(StrEnum):
    AT_LEAST = ">="
    AT_MOST = "<="
    BELOW = "<"


_HOLDS = {Sign.AT_LEAST: ge, Sign.AT_MOST: le, Sign.BELOW: lt}


@frozen
class Bar:
    level: str
    """`must` or `aim`."""
    work: str
    figure: str
    sign: Sign
    limit: float
    """In the unit of the figure; beside a peer, a ratio."""
    peer: str = ""
    """Whose figure chatd's is compared with; empty if the limit stands by itself."""

    @property
    def text(self) -> str:
        """What is asked, in words."""
        if self.peer:
            return f"{self.level} {self.sign} {self.limit:g} x {self.peer}"
        unit = next(headline.unit for headline in HEADLINES if headline.work == self.work)
        return f"{self.level} {self.sign} {self.limit:g} {unit}"

    def holds(self, value: float) -> bool:
        return bool(_HOLDS[self.sign](value, self.limit))


_DURABLE_PEERS = ("ejabberd", "prosody")
"""Those whose messages are on disk when received."""
BARS = (
    Bar("must", "fanout200", "deliveries_per_s", Sign.AT_LEAST, 1.0, "nats"),
    Bar("aim", "fanout200", "deliveries_per_s", Sign.AT_LEAST, 1.5, "nats"),
    Bar("must", "fanout1000", "deliveries_per_s", Sign.AT_LEAST, 1.0, "nats"),
    Bar("aim", "fanout1000", "deliveries_per_s", Sign.AT_LEAST, 1.5, "nats"),
    Bar("must", "small", "messages_per_s", Sign.AT_LEAST, 10.0, "ejabberd"),
    Bar("must", "small", "messages_per_s", Sign.AT_LEAST, 15.0, "prosody"),
    Bar("aim", "small", "messages_per_s", Sign.AT_LEAST, 0.35, "nats"),
    Bar("must", "latency", "p50_ms", Sign.AT_MOST, 1.2),
    *(Bar("must", "latency", "p50_ms", Sign.BELOW, 1.0, peer) for peer in _DURABLE_PEERS),
    Bar("aim", "latency", "p50_ms", Sign.AT_MOST, 0.7),
    Bar("must", "latency", "p99_ms", Sign.AT_MOST, 4.0),
    *(Bar("must", "latency", "p99_ms", Sign.BELOW, 1.0, peer) for peer in _DURABLE_PEERS),
    Bar("must", "idle", "rss_kb", Sign.AT_MOST, 16.0),
    Bar("aim", "idle", "rss_kb", Sign.AT_MOST, 10.0),
    Bar("must", "storm", "seconds", Sign.AT_MOST, 5.0),
    Bar("aim", "storm", "seconds", Sign.AT_MOST, 2.5),
    Bar("must", "storm-cold", "seconds", Sign.AT_MOST, 10.0),
    Bar("aim", "storm-cold", "seconds", Sign.AT_MOST, 5.0),
)


@frozen
class Judged:
    bar: Bar
    value: float | None
    """The median over all runs of chatd's figure, or of its ratio to the peer's; None if there is none."""
    verdict: str


def judged(measured: Sequence[Measured]) -> list[Judged]:
    """Return what became of each bar whose work chatd was measured with."""
    made: list[Judged] = []
    for bar in BARS:
        ours = [each for each in measured if (each.work, each.peer) == (bar.work, CHATD)]
        theirs = [each for each in measured if (each.work, each.peer) == (bar.work, bar.peer)]
        if ours:
            value = ratio_to(ours, theirs, bar.figure) if bar.peer else median_of(ours, bar.figure)
            made.append(Judged(bar, value, _verdict(bar, value, ours)))
    return made


def _verdict(bar: Bar, value: float | None, ours: Sequence[Measured]) -> str:
    failed = sum(not each.figures for each in ours)
    if failed:
        return f"missed: no figure in {failed} of {len(ours)} runs"
    if any(each.figures.get("faults") for each in ours):
        return "missed: there were faults"
    if value is None:
        return f"not measured: no figure of {bar.peer}"
    return "held" if bar.holds(value) else "missed"


def bars_text(found: Sequence[Judged]) -> str:
    """Return the bars as a table in Markdown."""
    labels = {(headline.work, headline.figure): headline.label for headline in HEADLINES}
    cells = [
        (
            labels[each.bar.work, each.bar.figure],
            each.bar.text,
            f"{number(each.value)} x" if each.bar.peer and each.value is not None else number(each.value),
            each.verdict,
        )
        for each in found
    ]
    return "\n".join(["**bars**", "", *aligned([("work", "bar", CHATD, "held or missed"), *cells])])
