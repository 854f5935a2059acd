"""A `chatd` command that is killed on its way: `killed_command.py NTH COMMAND...`, the steps as in `killed_backup`."""

from __future__ import annotations

import sys

from chatd.server import cli
from tests.storage.killed_backup import kill_at

if __name__ == "__main__":
    kill_at(int(sys.argv[1]))
    sys.exit(cli.run(sys.argv[2:]))
