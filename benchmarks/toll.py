"""What a bad neighbour costs the others: turns with it beside turns alone. Pure."""

from __future__ import annotations

import statistics
from collections import Counter
from collections.abc import Sequence

from attrs import frozen

from benchmarks.nuisance import Nuisance, Told
from benchmarks.summary import Figures

BAR = 2.0
"""The others' p99 may be so many times what it is alone."""
FAULTS = ("lost", "duplicated", "out_of_order", "uneven_bytes", "unanswered", "closed", "unsent", "refused", "paused")
LATENCIES = ("delivery_p50_ms", "delivery_p99_ms", "ack_p50_ms", "ack_p99_ms")


@frozen(kw_only=True)
class Turn:
    """One measurement: alone if `nuisance` is None."""

    run: int
    nuisance: Nuisance | None
    others: Figures
    shared: Figures
    told: Told | None
    daemon_cpu: float

    @property
    def faults(self) -> dict[str, int]:
        """What was lost, doubled, out of order, refused, never sent and so on, of the others and of the shared room.

        Who reads too slowly is paused by the daemon and misses what follows: then `paused` stands beside `lost`.
        """
        found: dict[str, int] = {}
        for where, figures_of in (("others", self.others), ("shared room", self.shared)):
            for name in FAULTS:
                value = figures_of[name]
                count = sum(value.values()) if isinstance(value, dict) else int(value or 0)
                if count:
                    found[f"{name} ({where})"] = count
        return found


@frozen(kw_only=True)
class Row:
    """What one neighbour costs: medians over the runs, and the medians of the ratios to the turn alone before it."""

    nuisance: Nuisance
    others: dict[str, float]
    others_ratio: dict[str, float]
    shared: dict[str, float]
    shared_ratio: dict[str, float]
    faults: dict[str, int]
    """Of all runs together, those alone too."""

    @property
    def holds(self) -> bool:
        """Whether the others' p99, of deliveries and of acks, is within the bar, and nothing was lost."""
        worst = max(self.others_ratio["delivery_p99_ms"], self.others_ratio["ack_p99_ms"])
        return worst <= BAR and not self.faults


def _ratios(with_it: Figures, alone: Figures) -> dict[str, float]:
    return {name: number(with_it, name) / max(0.001, number(alone, name)) for name in LATENCIES}


def number(found: Figures, name: str) -> float:
    """Return a figure; 0 of one that there is none of."""
    value = found[name]
    return float(value) if isinstance(value, int | float) else 0.0


def _medians(each: Sequence[dict[str, float]]) -> dict[str, float]:
    return {name: round(statistics.median(one[name] for one in each), 3) for name in LATENCIES}


def rows(measured: Sequence[Turn]) -> list[Row]:
    """Return a row for each neighbour, of turns in the order of `turns`: each after its turn alone."""
    pairs = [(alone, with_it) for alone, with_it in zip(measured[::2], measured[1::2], strict=True)]
    found: list[Row] = []
    for kind in dict.fromkeys(with_it.nuisance for _, with_it in pairs if with_it.nuisance is not None):
        of_kind = [pair for pair in pairs if pair[1].nuisance is kind]
        found.append(
            Row(
                nuisance=kind,
                others=_medians([{name: number(it.others, name) for name in LATENCIES} for _, it in of_kind]),
                others_ratio=_medians([_ratios(it.others, alone.others) for alone, it in of_kind]),
                shared=_medians([{name: number(it.shared, name) for name in LATENCIES} for _, it in of_kind]),
                shared_ratio=_medians([_ratios(it.shared, alone.shared) for alone, it in of_kind]),
                faults=dict(sum((Counter(turn.faults) for pair in of_kind for turn in pair), Counter[str]())),
            )
        )
    return found


def _one(row: Row) -> list[str]:
    told = [
        f"{found[f'{what}_p50_ms']:.2f} / {found[f'{what}_p99_ms']:.2f} ms"
        f" ({ratio[f'{what}_p50_ms']:.2f} x / {ratio[f'{what}_p99_ms']:.2f} x)"
        for found, ratio in ((row.others, row.others_ratio), (row.shared, row.shared_ratio))
        for what in ("delivery", "ack")
    ]
    verdict = f"p99 within {BAR:g} x" if row.holds else f"MISSED: p99 over {BAR:g} x, or faults"
    return [
        f"{row.nuisance}: {verdict}" + (f"; {row.faults}" if row.faults else ""),
        f"  the others   deliveries {told[0]}   acks {told[1]}",
        f"  shared room  deliveries {told[2]}   acks {told[3]}",
    ]


def _told(turns_with: Sequence[Turn]) -> str:
    told = [turn.told for turn in turns_with if turn.told is not None]
    seconds = sum(each.seconds for each in told)
    refused = sum((Counter(each.refused) for each in told), Counter[str]())
    said = {code: round(count / seconds) for code, count in refused.items()}
    return (
        f"  the neighbour, a second: sent {sum(each.sent for each in told) / seconds:,.0f},"
        f" answered {sum(each.answered for each in told) / seconds:,.0f}, refused {said or 'none'}"
        + (", and it was cut off" if any(each.closed for each in told) else "")
    )


def text(measured: Sequence[Turn]) -> str:
    """Return three lines and more for each neighbour, p50 / p99, with the ratio to alone in brackets."""
    alone = [turn for turn in measured if turn.nuisance is None]
    base = _medians([{name: number(turn.others, name) for name in LATENCIES} for turn in alone])
    lines = [
        f"alone, the others: deliveries {base['delivery_p50_ms']:.2f} / {base['delivery_p99_ms']:.2f} ms,"
        f" acks {base['ack_p50_ms']:.2f} / {base['ack_p99_ms']:.2f} ms,"
        f" daemon {statistics.median(turn.daemon_cpu for turn in alone):.2f} cores"
    ]
    for row in rows(measured):
        of_kind = [turn for turn in measured if turn.nuisance is row.nuisance]
        lines += [*_one(row), _told(of_kind)]
        lines.append(f"  daemon {statistics.median(turn.daemon_cpu for turn in of_kind):.2f} cores")
    return "\n".join(lines)
