"""A file of results -> the figures in it that are worth keeping. Pure, but for reading the file.

Nothing is kept of what was not whole: a load with a fault, or a peer's work that failed or lost something.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from statistics import median
from typing import Any, cast

import pyperf  # type: ignore[import-untyped]
from attrs import field, frozen

from benchmarks.peers.catalogue import CHATD
from benchmarks.peers.table import Measured, rows
from benchmarks.summary import is_clean

_US_PER_S = 1e6
_UNITS = {
    "_per_s": "/s",
    "_us": "us",
    "_ms": "ms",
    "_kb": "KiB",
    "_mb": "MiB",
    "_kib": "KiB",
    "_mib": "MiB",
    "_cpu": "cores",
    "_s": "s",
}
"""By how the name of a figure ends; the first that fits."""
_OF_LOAD = (
    "messages_per_s", "deliveries_per_s", "ack_p50_ms", "ack_p99_ms", "delivery_p50_ms", "delivery_p99_ms",
    "daemon_cpu", "rss_per_connection_kb", "cpu_per_session_ms",
)  # fmt: skip
_NOT_KEPT = (
    "driver_cpu", "lost", "doubled", "out_of_order", "uneven_bytes", "refused", "closed", "faults",
)  # fmt: skip
"""What is no figure of chatd's, or 0 in all that is kept."""

Json = dict[str, Any]


class Unreadable(ValueError):
    """A file is not one of the results that are known here. `str()` says why."""


@frozen(kw_only=True)
class Figure:
    work: str
    figure: str
    value: float
    unit: str = ""
    """Empty if it is not known."""


@frozen(kw_only=True)
class Found:
    source: str
    """The tool that measured."""
    figures: list[Figure]
    python: str = ""
    """The version that was measured; empty where the file does not say."""
    left_out: list[str] = field(factory=list[str])
    """What was not whole, in words."""


def unit_of(figure: str) -> str:
    """Return the unit that a figure's name ends in; empty if none."""
    if figure == "seconds":
        return "s"
    return next((unit for suffix, unit in _UNITS.items() if figure.endswith(suffix)), "")


def read(path: Path) -> Found:
    """Return what a file of results holds. Raises Unreadable, or OSError."""
    documents = _documents(path)
    try:
        found = _read(path, documents)
    except (KeyError, TypeError, ValueError) as error:
        raise Unreadable(f"{path}: {error!r}") from error
    if not found.figures and not found.left_out:
        raise Unreadable(f"{path}: no figure in it")
    return found


def _read(path: Path, documents: Sequence[Json]) -> Found:
    first = documents[0] if documents else {}
    if "benchmarks" in first:
        return _micro(path)
    if "messages_per_s" in first and "driver_cpu" in first:
        return _load(documents)
    if _is_of_memory(first):
        return _memory(first)
    if "shares" in first:
        return _several(documents)
    for mark, reader in _READERS.items():
        if mark in first:
            return reader(first)
    return Found(source=path.stem, figures=[figure for each in documents for figure in _others(path.stem, each)])


def _documents(path: Path) -> list[Json]:
    """Return the one document of a file, those of its lines, or those of its list."""
    text = path.read_text("utf-8")
    try:
        whole: Any = json.loads(text)
    except json.JSONDecodeError:
        try:
            return [json.loads(line) for line in text.splitlines() if line]
        except json.JSONDecodeError as error:
            raise Unreadable(f"{path}: {error}") from error
    documents = cast("list[Json]", whole) if isinstance(whole, list) else [whole]
    if not all(isinstance(each, dict) for each in documents):
        raise Unreadable(f"{path}: objects expected")
    return documents


def _micro(path: Path) -> Found:
    """Return the median of each micro-benchmark, in microseconds."""
    figures: list[Figure] = []
    python = ""
    suite: Any = pyperf.BenchmarkSuite.load(str(path))
    for each in suite.get_benchmarks():
        work, _, figure = str(each.get_name()).partition(".")
        figures.append(Figure(work=work, figure=figure, value=each.median() * _US_PER_S, unit="us"))
        python = str(each.get_metadata().get("python_version", "")).partition(" ")[0]
    return Found(source="micro", figures=figures, python=python)


def _load(runs: Sequence[Json]) -> Found:
    found = Found(source="load", figures=[])
    for run in runs:
        work = _work_of(run)
        if not is_clean(run):
            found.left_out.append(f"{work}: not every message arrived once, in order")
            continue
        kept = {name: run[name] for name in _OF_LOAD if run.get(name) is not None}
        found.figures.extend(_figures(work, kept))
    return found


def _work_of(run: Json) -> str:
    pace = f"window {run['window']}" if run.get("window") else f"rate {run['rate']:g}"
    tls = ", TLS" if run.get("tls") else ""
    return f"{run['rooms']} x {run['members']}, {run['senders']} x {run['size']} B, {pace}{tls}"


def _peers(document: Json) -> Found:
    """Return the medians of chatd's own figures, and the ratio of each peer's headline to chatd's."""
    measured = [Measured(**each) for each in document["measured"]]
    found = Found(source="peers", figures=[], python=_python_of(document))
    whole = [each for each in measured if not (each.failure or each.unfinished or each.figures.get("faults"))]
    spoilt = dict.fromkeys((each.work, each.peer) for each in measured if each not in whole)
    for work, peer in spoilt:
        found.left_out.append(f"{work}, {peer}: it failed, or not every message arrived once, in order")
    for work in dict.fromkeys(each.work for each in measured):
        ours = [each for each in measured if each.work == work and each.peer == CHATD]
        if ours and (work, CHATD) not in spoilt:
            found.figures.extend(_figures(work, _medians(ours)))
    for row in rows(measured, {}, CHATD):
        head = row.headline
        if row.ratio is not None and row.peer != CHATD and not {(head.work, row.peer), (head.work, CHATD)} & {*spoilt}:
            name = f"{head.figure}/{row.peer}"
            found.figures.append(Figure(work=head.work, figure=name, value=row.ratio, unit=f"x {CHATD}"))
    return found


def _medians(runs: Sequence[Measured]) -> dict[str, float]:
    return {name: median(run.figures[name] for run in runs if name in run.figures) for name in runs[0].figures}


def _growth(document: Json) -> Found:
    """Return the figures at both ends of each curve: what lies between is in the chart of the curve."""
    found = Found(source="growth", figures=[], python=_python_of(document))
    for curve in document["curves"]:
        failed = [point for point in curve["points"] if point["failure"]]
        found.left_out.extend(f"{curve['curve']} at {point['x']:,}: {point['failure']}" for point in failed)
        measured = [point for point in curve["points"] if not point["failure"]]
        for point in {each["x"]: each for each in (*measured[:1], *measured[-1:])}.values():
            at = f" at {point['x']:,}"
            found.figures.extend(_figures(curve["curve"], point["values"], at))
    return found


def _is_of_memory(document: Json) -> bool:
    parts = [cast("Json", facts) for facts in document.values() if isinstance(facts, dict)]
    return bool(parts) and len(parts) == len(document) and all("stages" in part or "looks" in part for part in parts)


def _memory(document: Json) -> Found:
    """Return what each connection and room holds, and what was kept at the end or leaked."""
    found = Found(source="memory", figures=[])
    for part, facts in document.items():
        each: Json = facts.get("each", {})
        found.figures.extend(_figures(part, each))
        for stage, values in each.items():
            if isinstance(values, dict):
                found.figures.extend(_figures(part, cast("Json", values), f", {stage}"))
        if facts.get("kept_kb"):
            found.figures.extend(_figures(part, {"kept_kb": facts["kept_kb"][-1]}))
        if "leaked" in facts:
            found.figures.append(Figure(work=part, figure="leaked", value=len(facts["leaked"]), unit="types"))
    return found


def _neighbours(document: Json) -> Found:
    """Return the others' latencies beside each neighbour, and their ratios to those alone."""
    found = Found(source="neighbours", figures=[])
    for row in document["rows"]:
        if row["faults"]:
            found.left_out.append(f"{row['nuisance']}: not every message arrived once, in order")
            continue
        found.figures.extend(_figures(row["nuisance"], row["others"]))
        for name, ratio in row["others_ratio"].items():
            found.figures.append(Figure(work=row["nuisance"], figure=f"{name}/alone", value=ratio, unit="x alone"))
    return found


def _several(runs: Sequence[Json]) -> Found:
    """Return the medians of what so many processes did together, and of the cores that nobody used."""
    found = Found(source="several", figures=[])
    for count in dict.fromkeys(run["processes"] for run in runs):
        of_count = [run for run in runs if run["processes"] == count]
        work = f"{count} processes"
        if any(share["faults"] for run in of_count for share in run["shares"]):
            found.left_out.append(f"{work}: not every message arrived once, in order")
            continue
        totals = [sum(share["messages_per_s"] for share in run["shares"]) for run in of_count]
        found.figures.extend(_figures(work, {"messages_per_s": median(totals)}))
        idle = median(run["idle"] for run in of_count)
        found.figures.append(Figure(work=work, figure="idle", value=idle, unit="cores"))
    return found


_READERS: dict[str, Callable[[Json], Found]] = {
    "measured": _peers,
    "curves": _growth,
    "rows": _neighbours,
}
"""By a name that only the tool's own document has at its top."""


def _python_of(document: Json) -> str:
    return str(document.get("machine", {}).get("python", ""))


def _others(work: str, facts: Json) -> list[Figure]:
    """Return the numbers of an object by their names, or the one of {work, figure, value}."""
    if "figure" in facts and "value" in facts:
        unit = str(facts.get("unit", unit_of(facts["figure"])))
        return [Figure(work=facts.get("work", work), figure=facts["figure"], value=facts["value"], unit=unit)]
    return _figures(str(facts.get("work", work)), facts)


def _figures(work: str, values: Mapping[str, object], where: str = "") -> list[Figure]:
    """Return the numbers among `values` that are worth keeping."""
    return [
        Figure(work=work, figure=name + where, value=value, unit=unit_of(name))
        for name, value in values.items()
        if isinstance(value, int | float) and not isinstance(value, bool) and name not in _NOT_KEPT
    ]
