"""`python -m tests.crash --cycles N [--seed S] [--json]`: daemons killed while many clients post, and what stayed.

A real process, a real file, real sockets. A daemon is killed at a random moment or at a named failpoint, another is
started on the same file, and so on; every store lives through some such cycles, and is then read whole and judged.
"""

from __future__ import annotations

import argparse
import json
import secrets
import shutil
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory

import trio

from tests.crash.account import Account
from tests.crash.deck import lives
from tests.crash.life import live
from tests.crash.plants import PLANTS

VIOLATIONS_SHOWN = 20


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.crash", description=__doc__)
    parser.add_argument("--cycles", type=int, default=30, help="kills in all (default 30)")
    parser.add_argument("--seed", type=int, help="of the places, the moments and what is sent (default: by chance)")
    parser.add_argument("--plant", choices=sorted(PLANTS), default="", help="a planted bug, which must be found")
    parser.add_argument("--keep", type=Path, metavar="DIR", help="keep the store of a life with violations in DIR")
    parser.add_argument("--json", action="store_true", help="print one line of JSON")
    return parser


def tell(text: str) -> None:
    sys.stderr.write(f"{text}\n")


def run(cycles: int, seed: int, plant: str = "", keep: Path | None = None) -> Account:
    """Carry out a run. The seed chooses what is done and where it is cut; when threads run it does not choose."""
    chance = Random(seed)
    account = Account()
    for number, endings in enumerate(lives(cycles, chance, plant)):
        with TemporaryDirectory(prefix="chatd-crash-") as directory:
            life = trio.run(live, Path(directory), endings, chance, plant)
            if life.violations and keep is not None:
                shutil.copytree(directory, keep / f"seed-{seed}-life-{number}")
        account += life
        tell(f"{account.cycles} of {cycles} cycles, {account.acked:,} acked, {len(account.violations)} violations")
    return account


def show(account: Account, seed: int, seconds: float, *, as_json: bool) -> None:
    """Print the counts on stdout, and the first violations on stderr."""
    for violation in account.violations[:VIOLATIONS_SHOWN]:
        tell(violation)
    found = account.to_dict() | {"seed": seed, "seconds": round(seconds, 1)}
    if as_json:
        sys.stdout.write(f"{json.dumps(found)}\n")
    else:
        sys.stdout.write("".join(f"{name:12} {value}\n" for name, value in found.items()))


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line. Returns 0 where nothing was violated, and 1 otherwise."""
    parser = _parser()
    options = parser.parse_args(arguments)
    if options.cycles < 1:
        parser.error("--cycles must be at least 1")
    seed = secrets.randbelow(2**32) if options.seed is None else options.seed
    began = time.monotonic()
    account = run(options.cycles, seed, options.plant, options.keep)
    show(account, seed, time.monotonic() - began, as_json=options.json)
    return 1 if account.violations else 0


if __name__ == "__main__":
    sys.exit(main())
