"""How many files, which includes connections, a process may hold at once."""

from __future__ import annotations

import resource


def raise_descriptors() -> int:
    """Let this process, and what it starts, hold as many files as the system allows; return how many that is."""
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    return hard
