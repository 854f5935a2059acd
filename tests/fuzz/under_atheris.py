"""One target under atheris, led by the coverage of chatd. A process of its own: libFuzzer ends the one it runs in.

Prints the report as one line of JSON when all executions are done.
"""

from __future__ import annotations

import importlib
import json
import logging
import os
import random
import sys
import tempfile
from collections.abc import Callable
from typing import Any

import structlog

ENGINE = "atheris"
LIBFUZZERS_OWN = 0.2
"""This part of the mutations is libFuzzer's, of plain bytes and of what it learnt from comparisons."""


def run(name: str, executions: int, seed: int) -> None:
    """Fuzz; never returns."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    atheris: Any = importlib.import_module("atheris")
    with atheris.instrument_imports(include=["chatd", "chatd_client"]):
        from tests.fuzz.engine import Notes, Report
        from tests.fuzz.mutator import STREAM_BYTES_MAX, Mutator
        from tests.fuzz.targets import TARGETS

    target = TARGETS[name]()
    notes = Notes(target, Report(name, ENGINE, seed))
    mutator = Mutator(tuple(target.seeds()), random.Random(seed))

    def execute(data: bytes) -> None:
        notes.execute(data)
        if notes.report.executions >= executions or notes.full:
            sys.stdout.write(json.dumps(notes.finished().line) + "\n")
            sys.stdout.flush()
            os._exit(0)

    def mutate(data: bytes, bytes_max: int, chance: int) -> bytes:
        mutator.chance.seed(chance)
        if mutator.chance.random() < LIBFUZZERS_OWN:
            return bytes(atheris.Mutate(data, bytes_max))
        return mutator.mutate(data)[:bytes_max]

    with tempfile.TemporaryDirectory() as folder:
        _lead(atheris, execute, mutate, _options(folder, target.seeds(), seed, STREAM_BYTES_MAX))


def _options(folder: str, seeds: Any, seed: int, bytes_max: int) -> list[str]:
    """Return libFuzzer's own. Its corpus lies in `folder`; a seed of 0 would let it choose one."""
    for place, data in enumerate(seeds):
        with open(os.path.join(folder, f"{place:04}"), "wb") as file:
            file.write(data)
    return ["fuzz", f"-seed={seed + 1}", f"-max_len={bytes_max}", "-rss_limit_mb=0", "-timeout=120", folder]


def _lead(
    atheris: Any, execute: Callable[[bytes], None], mutate: Callable[[bytes, int, int], bytes], options: list[str]
) -> None:
    atheris.Setup(options, execute, custom_mutator=mutate)
    atheris.Fuzz()


if __name__ == "__main__":
    run(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]))
