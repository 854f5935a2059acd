"""The figures of several runs -> one table: medians, spread, ratios to chatd. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from statistics import median

from attrs import frozen

BOTTLENECK_CPU = 0.9
"""A driver process that used more of a core than this measured itself as much as the server."""


@frozen
class Headline:
    """The figure that a work is about."""

    work: str
    figure: str
    label: str
    unit: str
    more_is_better: bool


HEADLINES = (
    Headline("fanout200", "deliveries_per_s", "fan-out, 1 room x 200", "deliveries/s", True),
    Headline("fanout1000", "deliveries_per_s", "fan-out, 1 room x 1000", "deliveries/s", True),
    Headline("small", "messages_per_s", "small groups, 200 x 5, 512 in flight", "msg/s", True),
    Headline("latency", "p50_ms", "at 400 msg/s, 100 x 5: p50", "ms", False),
    Headline("latency", "p99_ms", "at 400 msg/s, 100 x 5: p99", "ms", False),
    Headline("idle", "rss_kb", "an idle connection", "KiB", False),
    Headline("storm", "seconds", "all come back after a network cut", "s", False),
    Headline("storm-cold", "seconds", "the same after a restart", "s", False),
)


@frozen
class Measured:
    """One work on one server in one run."""

    run: int
    peer: str
    work: str
    figures: dict[str, float]
    failure: str = ""
    """Why there are no figures, if that is a fault."""
    unfinished: str = ""
    """Why there are no figures, if the server was too slow for the stated patience."""
    took_s: float = 0.0
    """With all that belongs to it: start, connections, the work, the end."""


@frozen(kw_only=True)
class Row:
    """One server's headline over all runs."""

    headline: Headline
    peer: str
    durable: str
    value: float | None
    """The median; None if no run succeeded."""
    low: float
    high: float
    ratio: float | None
    """The median of the runs' ratios to chatd's figure in the same run."""
    server_cpu: float | None
    driver_cpu: float | None
    remarks: tuple[str, ...]


def _values(found: Sequence[Measured], figure: str) -> list[float]:
    return [each.figures[figure] for each in found if figure in each.figures]


def _median(values: Sequence[float]) -> float | None:
    return median(values) if values else None


def median_of(found: Sequence[Measured], figure: str) -> float | None:
    """Return the median of a figure over all runs; None if there is none."""
    return _median(_values(found, figure))


def ratio_to(found: Sequence[Measured], reference: Sequence[Measured], figure: str) -> float | None:
    """Return the median of the runs' ratios to the reference's figure in the same run; None if no run has both."""
    of_run = {each.run: each.figures.get(figure, 0.0) for each in reference}
    ratios = [each.figures[figure] / of_run[each.run] for each in found if each.figures and of_run.get(each.run)]
    return _median(ratios)


def _remarks(found: Sequence[Measured], headline: Headline) -> tuple[str, ...]:
    said: list[str] = []
    if any(each.failure for each in found):
        said.append("failed: " + next(each.failure for each in found if each.failure).splitlines()[0][:120])
    said += list(dict.fromkeys(f"not finished: {each.unfinished[:120]}" for each in found if each.unfinished))
    faults = sum(_values(found, "faults"))
    if faults:
        said.append(f"{faults:.0f} faults: not every message arrived once, in order, accepted")
    if max(_values(found, "driver_cpu"), default=0.0) > BOTTLENECK_CPU:
        said.append("the driver is the bottleneck")
    if headline.more_is_better and 0.0 in _values(found, headline.figure):
        said.append("nothing was done within the time: --seconds gives it more")
    return tuple(said)


def rows(measured: Sequence[Measured], durable: dict[str, str], reference: str) -> list[Row]:
    """Return a row for each headline and server that was measured, in that order. `reference` is what ratios are to."""
    made: list[Row] = []
    for headline in HEADLINES:
        of_work = [each for each in measured if each.work == headline.work]
        referred = [each for each in of_work if each.peer == reference]
        for peer in dict.fromkeys(each.peer for each in of_work):
            found = [each for each in of_work if each.peer == peer]
            values = _values(found, headline.figure)
            made.append(
                Row(
                    headline=headline,
                    peer=peer,
                    durable=durable.get(peer, ""),
                    value=_median(values),
                    low=min(values, default=0.0),
                    high=max(values, default=0.0),
                    ratio=ratio_to(found, referred, headline.figure),
                    server_cpu=median_of(found, "server_cpu"),
                    driver_cpu=median_of(found, "driver_cpu"),
                    remarks=_remarks(found, headline),
                )
            )
    return made


def number(value: float | None) -> str:
    """Return a figure with three digits that mean something; `-` of none."""
    if value is None:
        return "-"
    if abs(value) >= 100:
        return f"{value:,.0f}"
    return f"{value:.1f}" if abs(value) >= 10 else f"{value:.2f}"


_COLUMNS = ("server", "median", "least .. most", "x chatd", "server cpu", "driver cpu", "durable when received")


def _cells(row: Row) -> tuple[str, ...]:
    spread = "-" if row.value is None else f"{number(row.low)} .. {number(row.high)}"
    cpus = (number(row.server_cpu), number(row.driver_cpu))
    return (row.peer, number(row.value), spread, number(row.ratio), *cpus, row.durable)


def text(made: Sequence[Row]) -> str:
    """Return the table as Markdown, one part for each headline, with a line for each remark."""
    lines: list[str] = []
    for headline in dict.fromkeys(row.headline for row in made):
        better = "more" if headline.more_is_better else "less"
        lines += ["", f"**{headline.label}** ({headline.unit}; {better} is better)", ""]
        mine = [row for row in made if row.headline == headline]
        lines += aligned([_COLUMNS, *(_cells(row) for row in mine)])
        lines += [f"- {row.peer}: {remark}" for row in mine for remark in row.remarks]
    return "\n".join(lines[1:])


def aligned(cells: Sequence[Sequence[str]]) -> list[str]:
    """Return the lines of a table in Markdown, of which the first cells are the head."""
    widths = [max(len(line[column]) for line in cells) for column in range(len(cells[0]))]
    padded = [[cell.ljust(width) for cell, width in zip(line, widths, strict=True)] for line in cells]
    padded.insert(1, ["-" * width for width in widths])
    return ["| " + " | ".join(line) + " |" for line in padded]
