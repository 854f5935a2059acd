"""What an operator can count. Plain integers, raised where it happens, read as one snapshot."""

from __future__ import annotations

from attrs import asdict, define


@define(eq=False, kw_only=True)
class Metrics:
    """The counters of one daemon. All of them only grow.

    The names are fixed: raising any other raises AttributeError.
    """

    connections: int = 0
    connections_refused: int = 0
    """Turned away because there were too many."""
    hellos_refused: int = 0
    sessions: int = 0
    session_errors: int = 0
    """Sessions that ended by a bug of the daemon."""
    sessions_paused: int = 0
    commands: int = 0
    commits: int = 0
    """Transactions, and so fsyncs."""
    commits_failed: int = 0
    items: int = 0
    entries: int = 0
    searches: int = 0
    entries_indexed: int = 0
    """Those that searches look through from then on."""
    webhook_calls: int = 0
    webhook_failures: int = 0
    """Calls that were not answered with success, and so are made again."""
    hook_asks: int = 0
    hook_failures: int = 0
    """Asks of the app's rules that brought no answer."""
    hook_full: int = 0
    """Posts and edits for which there was no place to be asked about."""
    deliveries: int = 0
    """Joined blobs given to an outbox."""

    def snapshot(self) -> dict[str, int]:
        """Return every counter by its name."""
        return asdict(self)
