"""`python -m benchmarks.replay`: channel logs through a daemon that is killed meanwhile, and what is left of them."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import cast

import anyio
import anyio.to_thread
from attrs import asdict, frozen

from benchmarks.cast import Cast, Misplaced
from benchmarks.channel import Channel, read_back
from benchmarks.daemon import Daemon, DaemonFailed, own_daemon
from benchmarks.descriptors import raise_descriptors
from benchmarks.judge import Verdict, judge, total
from benchmarks.logfile import Log, NoMessage, parse
from benchmarks.script import Progress, Script
from chatd_client import Chat, ChatError, connect

PROGRESS_S = 1
CONNECT_S_MAX = 15
BACKEND = "trio"
LISTENERS = 16
"""All listening, the client library of this one process would take ten times as long as the daemon it tests."""
_FAILURES = (ChatError, DaemonFailed, Misplaced, OSError)


@frozen
class Outcome:
    verdict: Verdict
    seconds: float
    """From the first line to the last ack."""
    refusals: tuple[str, ...]
    """What the daemon said to the lines it refused."""


def tell(text: str) -> None:
    """Say something to the person who watches."""
    print(text, file=sys.stderr, flush=True)


async def _show(progress: Progress) -> None:
    while True:
        await anyio.sleep(PROGRESS_S)
        tell(f"{progress.done:,} of {progress.total:,} lines posted, {progress.told:,} posts heard")


async def _kill(daemon: Daemon, points: Sequence[int], progress: Progress) -> None:
    for point in points:
        await progress.reach(point)
        await anyio.to_thread.run_sync(daemon.restart)
        tell(f"killed and restarted after {point:,} lines")


async def _keeper(script: Script, cast: Cast) -> Chat:
    """Return the keeper's chat, connected: what comes later may be killed, but not what never was there."""
    keeper = await cast.chat_of(script.keeper, may_listen=False)
    with anyio.move_on_after(CONNECT_S_MAX):
        await keeper.connected()
        return keeper
    raise ConnectionError(f"no daemon answers at {cast.url}")


async def _channels(script: Script, cast: Cast, progress: Progress) -> list[Channel]:
    keeper = await _keeper(script, cast)
    rooms = [(await keeper.create_group(f"log {number}")).room for number in range(1, len(script.logs) + 1)]
    return [Channel(log, room, keeper, cast, progress.tell_line) for log, room in zip(script.logs, rooms, strict=True)]


async def _play(script: Script, channels: Sequence[Channel], progress: Progress, daemon: Daemon | None) -> None:
    async with anyio.create_task_group() as tasks:
        if daemon is not None:
            tasks.start_soon(_kill, daemon, script.kill_points(), progress)
        for channel in channels:
            if script.pipeline is None:
                tasks.start_soon(channel.play_in_order)
            else:
                tasks.start_soon(channel.play_by_sender, script.pipeline)


async def _judge(script: Script, reader: Chat, channels: Sequence[Channel]) -> Verdict:
    verdicts: list[Verdict] = []
    for channel in channels:
        posts = await read_back(reader, channel.room)
        verdicts.append(judge(channel.lines(), posts, per_sender=script.pipeline is not None))
    return total(verdicts)


async def replay(script: Script, url: str, daemon: Daemon | None) -> Outcome:
    """Carry out `script` against the daemon at `url`, which is `daemon` if it is ours to kill.

    Raises ChatError, DaemonFailed, Misplaced or OSError, maybe in a group, if it could not be carried out.
    """
    channels: list[Channel] = []
    progress = Progress(script.lines)
    async with anyio.create_task_group() as connections:
        connections.start_soon(_show, progress)
        cast = Cast(url, connections, script.listeners * len(script.logs), progress.tell_entry)
        channels += await _channels(script, cast, progress)
        await _play(script, channels, progress, daemon)
        connections.cancel_scope.cancel()
    async with connect(url, user=script.keeper, device="reader", follow=False) as reader:
        verdict = await _judge(script, reader, channels)
    return Outcome(verdict, progress.seconds, tuple(each for channel in channels for each in channel.refusals))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.replay", description=__doc__)
    parser.add_argument("files", nargs="+", type=Path, metavar="FILE", help="a channel log; each becomes a room")
    parser.add_argument(
        "--pipeline", type=int, metavar="N", help="N posts in flight of each sender (default: 1 a room)"
    )
    parser.add_argument("--kill", type=int, default=0, metavar="N", help="kill and restart the daemon N times")
    parser.add_argument(
        "--listeners",
        type=int,
        default=LISTENERS,
        metavar="N",
        help=f"users of each room that also listen, the first to appear (default {LISTENERS})",
    )
    parser.add_argument("--connect", metavar="URL", help="a running daemon that believes any name (chatd serve --dev)")
    parser.add_argument("--json", action="store_true", help="print the result on one line")
    return parser


def _complaint(options: argparse.Namespace) -> str | None:
    """Return what is wrong with the options, if anything."""
    if options.connect and options.kill:
        return "--kill ends a daemon of its own, and none that others use: not with --connect"
    if min(options.kill, options.listeners) < 0 or (options.pipeline is not None and options.pipeline < 1):
        return "--kill and --listeners must not be under 0, --pipeline at least 1"
    return None


def read_log(path: Path) -> Log:
    """Return the log in a file. Raises NoMessage, which names the file, or OSError."""
    try:
        return parse(path.read_bytes())
    except NoMessage as error:
        raise NoMessage(f"{path}: {error}") from None


def _run(script: Script, url: str | None) -> tuple[Outcome, int]:
    """Return the outcome, and how often the daemon was started again."""
    raise_descriptors()
    own: AbstractContextManager[Daemon | None] = nullcontext() if url else own_daemon(script.daemon_flags())
    with own as daemon:
        address = url or (daemon.url if daemon else "")
        outcome = anyio.run(replay, script, address, daemon, backend=BACKEND)
        return outcome, daemon.starts - 1 if daemon else 0


def _print(script: Script, outcome: Outcome, restarts: int, *, one_line: bool) -> None:
    found = {
        **asdict(outcome.verdict),
        "ignored": sum(log.ignored for log in script.logs),
        "seconds": round(outcome.seconds, 3),
        "restarts": restarts,
    }
    print(json.dumps(found, indent=None if one_line else 2))


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line.

    Returns 0 if every line is stored once, in order, byte for byte; 1 if not, or if the replay could not be carried
    out. Exits with 2 for bad usage, and for a file without a message.
    """
    parser = _parser()
    options = parser.parse_args(arguments)
    if complaint := _complaint(options):
        parser.error(complaint)
    try:
        logs = tuple(read_log(path) for path in options.files)
    except (NoMessage, OSError) as error:
        parser.error(str(error))
    script = Script(logs=logs, pipeline=options.pipeline, kills=options.kill, listeners=options.listeners)
    try:
        outcome, restarts = _run(script, options.connect)
    except (*_FAILURES, ExceptionGroup) as error:
        return _failed(error)
    for refusal in outcome.refusals:
        tell(f"replay: a line was refused: {refusal}")
    _print(script, outcome, restarts, one_line=options.json)
    return 0 if outcome.verdict.clean else 1


def _failed(error: Exception) -> int:
    """Say why the replay could not be carried out. Raises `error` again if that is a bug of ours."""
    leaves = _leaves(error)
    if not all(isinstance(leaf, _FAILURES) for leaf in leaves):
        raise error
    for leaf in leaves:
        tell(f"replay: {type(leaf).__name__}: {leaf}")
    return 1


def _leaves(error: Exception) -> list[Exception]:
    if not isinstance(error, ExceptionGroup):
        return [error]
    group = cast("ExceptionGroup[Exception]", error)
    return [leaf for each in group.exceptions for leaf in _leaves(each)]


if __name__ == "__main__":
    sys.exit(main())
