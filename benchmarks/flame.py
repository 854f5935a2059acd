"""`python -m benchmarks.flame --out FILE.svg [--gil] [--native] --rooms ...`: where a loaded daemon spends its time.

The load is that of `benchmarks.load`, with its options; py-spy looks at the daemon while the clock runs.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from attrs import define, evolve, field

from benchmarks import load
from benchmarks.daemon import DaemonFailed, own_daemon
from benchmarks.peers.catalogue import find
from benchmarks.plan import Plan
from benchmarks.processes import LoadFailed, tell
from benchmarks.session import SetupFailed
from benchmarks.summary import Figures, is_clean, warnings
from chatd.wire.errors import ProtocolError

PROGRAM = "py-spy"
BRINGS = "pip install py-spy"
SAMPLES_PER_S = 200
DURATION_S_MIN = 2.0
"""py-spy counts whole seconds, and one is left to it for its start."""
DRAW_S_MAX = 120
"""How long py-spy may take to draw: with --native it looks up every symbol."""
_LOG_BYTES_SHOWN = 2000


class FlameFailed(RuntimeError):
    """py-spy recorded nothing. `str()` ends with what it said."""


def parser() -> argparse.ArgumentParser:
    """Return the command line: that of the load, and what is to be recorded."""
    options = load.parser()
    options.prog, options.description = "python -m benchmarks.flame", __doc__
    options.add_argument("--out", type=Path, required=True, metavar="FILE.svg", help="where the flame graph goes")
    options.add_argument("--gil", action="store_true", help="count only what holds the interpreter's lock")
    options.add_argument("--native", action="store_true", help="show the functions in C, too")
    return options


def complaint(options: argparse.Namespace) -> str | None:
    """Return what is wrong with the options, if anything."""
    if options.connect:
        return "--connect: only a daemon of its own is recorded"
    if options.duration < DURATION_S_MIN:
        return f"--duration must be at least {DURATION_S_MIN:.0f}"
    return load.complaint(options)


def recording(program: str, pid: int, options: argparse.Namespace) -> list[str]:
    """Return the command that records the process while the clock runs."""
    command = [program, "record", "--format", "flamegraph", "--pid", str(pid), "--output", str(options.out)]
    command += ["--rate", str(SAMPLES_PER_S), "--duration", str(int(options.duration) - 1)]
    switches = {"--gil": options.gil, "--native": options.native}
    return command + [switch for switch, is_on in switches.items() if is_on]


@define(eq=False)
class Recorder:
    """py-spy beside the load: a process, started and ended here."""

    _command: list[str]
    _log: Path
    _process: subprocess.Popen[bytes] | None = field(default=None, init=False)

    def start(self) -> None:
        """Let it record. Raises OSError if it cannot be started."""
        with self._log.open("wb") as log:
            self._process = subprocess.Popen(self._command, stdin=subprocess.DEVNULL, stdout=log, stderr=log)

    def finish(self) -> None:
        """Return when the graph is drawn. Raises FlameFailed if it is not, within `DRAW_S_MAX`."""
        if self._process is None:
            raise FlameFailed("nothing was recorded")
        try:
            code = self._process.wait(DRAW_S_MAX)
        except subprocess.TimeoutExpired:
            raise FlameFailed(f"{PROGRAM} drew nothing within {DRAW_S_MAX} s") from None
        if code:
            said = self._log.read_bytes()[-_LOG_BYTES_SHOWN:].decode(errors="replace")
            raise FlameFailed(f"{PROGRAM} ended with exit code {code}\n{said}")

    def kill(self) -> None:
        """End it if it still runs."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()


def record(program: str, plan: Plan, options: argparse.Namespace) -> Figures:
    """Load a daemon of its own and record it. Returns the figures of the load, which the recording slows down.

    Raises FlameFailed, and what `load.run` raises.
    """
    with own_daemon(load.daemon_flags(plan), tls=options.tls) as daemon:
        recorder = Recorder(recording(program, daemon.pid, options), daemon.directory / "recorder.log")
        try:
            found, results = load.run(evolve(plan, url=daemon.url, authority=daemon.authority), daemon, recorder.start)
            recorder.finish()
        finally:
            recorder.kill()
    for warning in warnings(results, found):
        tell(f"flame: {warning}")
    return found


def main(arguments: Sequence[str] | None = None, recorder: str = PROGRAM) -> int:
    """Run the command line. Returns 0 if the graph is drawn and the load was clean, else 1; 2 is for usage."""
    command_line = parser()
    options = command_line.parse_args(arguments)
    if wrong := complaint(options):
        command_line.error(wrong)
    program = find(recorder)
    if program is None:
        tell(f"{recorder} is not installed; this brings it: {BRINGS}")
        return 1
    try:
        found = record(program, load.plan_of(options), options)
    except (FlameFailed, LoadFailed, DaemonFailed, SetupFailed, ProtocolError, OSError) as error:
        tell(f"flame: {error}")
        return 1
    load.show(found, as_json=options.json)
    tell(f"{options.out} is drawn; the figures are those of a daemon under a profiler")
    return 0 if is_clean(found) else 1


if __name__ == "__main__":
    sys.exit(main())
