"""An earlier checkout of chatd as a peer: its own server by its own driver, so a change shows within one run."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from attrs import evolve

from benchmarks.peers.catalogue import LOADS, Peer
from benchmarks.peers.measure import Figures, MeasureFailed

EARLIER = "chatd-earlier"
MEASURE_S_MAX = 900.0
_END_S_MAX = 60.0


def earlier(now: Peer) -> Peer:
    """Return an earlier `now` under its own name. What its storm measures of a cold start is left out."""
    return evolve(now, name=EARLIER, family=EARLIER, works=(*LOADS, "storm"))


def is_checkout(path: Path) -> bool:
    """Return whether `path` holds a chatd that can be measured."""
    return (path / "benchmarks" / "peers" / "__main__.py").is_file()


def measure_earlier(checkout: Path, work: str, settings: Mapping[str, object]) -> Figures:
    """Return the figures of one work, as the checkout's own `benchmarks.peers` tells them with `settings`.

    Raises MeasureFailed with what it said of a failure, or if it takes longer than `MEASURE_S_MAX`, and OSError. It is
    ended in any case, and ends what it started.
    """
    places = [str(checkout), str(checkout / "clients")]
    with TemporaryDirectory(prefix="chatd-earlier-") as directory:
        told = Path(directory) / "told.json"
        asked = ("--peers", "", "--work", work, "--json", str(told), *_flags(settings))
        process = subprocess.Popen(
            (sys.executable, "-m", "benchmarks.peers", *asked),
            cwd=checkout,
            env={**os.environ, "PYTHONPATH": os.pathsep.join(places)},
            stdout=subprocess.DEVNULL,
        )
        try:
            process.wait(MEASURE_S_MAX)
        except subprocess.TimeoutExpired:
            raise MeasureFailed(f"{checkout} took longer than {MEASURE_S_MAX} s") from None
        finally:
            process.terminate()
            process.wait(_END_S_MAX)
        return told_of(told.read_text("utf-8"), work)


def _flags(settings: Mapping[str, object]) -> Sequence[str]:
    """Return the options that `settings` stand for. One that is False is not given."""
    flags: list[str] = []
    for name, value in settings.items():
        if value is not False:
            flags.append(f"--{name.replace('_', '-')}")
            flags += [] if value is True else [str(value)]
    return flags


def told_of(text: str, work: str) -> Figures:
    """Return the figures of `work` in a record. Raises MeasureFailed if it has none."""
    for one in json.loads(text)["measured"]:
        if one["work"] == work:
            if one["failure"] or one["unfinished"]:
                raise MeasureFailed(one["failure"] or one["unfinished"])
            return {str(name): float(value) for name, value in one["figures"].items()}
    raise MeasureFailed(f"nothing is told of {work}")
