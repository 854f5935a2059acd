"""`chatd backup`: copies a store, which a daemon has open or nobody has, and verifies what it wrote.

The daemon only holds its file still. Copying and verifying is the work of this process, with the rights, the disk
and the processor of who asked for it: commits wait for none of it. Nothing else runs here, so what blocks may block.
"""

from __future__ import annotations

from contextlib import closing
from functools import partial as bind
from pathlib import Path

from chatd.messages import HoldStore, Ping, ReleaseStore
from chatd.server.config import Config
from chatd.server.operate import Operator, ask_running
from chatd.storage.backup import BackupError, Partial, copy_at_rest
from chatd.storage.check import Report
from chatd.storage.files import database_in


async def backup(config: Config, file: Path) -> Report:
    """Write the store of `config.data` to `file`, as of one commit, and report what it holds. Blocks.

    Whatever was acknowledged before the call is in it (invariant D9). With faults in the report, and when this raises
    or is cancelled, there is no `file`. Raises BackupError, StoreRefused, and OperatorError when the daemon refuses,
    ends, or could not hold the store until all was copied.
    """
    with closing(Partial.begin(file, config.disk_free_bytes_min)) as partial:
        if await ask_running(config, bind(_copy_held, database_in(config.data), partial)) is None:
            copy_at_rest(config.data, partial)
        report = partial.verify()
        if not report.faults:
            partial.publish()
        return report


async def _copy_held(database: Path, partial: Partial, operator: Operator) -> bool:
    """Copy while the daemon holds its file.

    What is asked between two slices keeps the session from being taken for idle, and ends this when the daemon ends.
    """
    await operator.ask(HoldStore())
    try:
        source = database.open("rb", buffering=0)
    except OSError as error:
        raise BackupError(f"{database}: {error.strerror}") from error
    with source:
        while partial.take(source.fileno()):
            await operator.ask(Ping())
    await operator.ask(ReleaseStore())
    return True
