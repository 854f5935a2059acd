"""Bugs that break the first promise: an ack means on disk (invariants D1-D11)."""

from __future__ import annotations

from tests.mutants.mutant import Mutant

WRITING = "chatd/storage/writing.py"
FILES = "chatd/storage/files.py"
JOURNAL = "chatd/server/journal.py"
RECOVERY = "chatd/server/recovery.py"

MUTANTS = (
    Mutant(
        name="pages_in_var_tmp",
        breaks=("A9",),
        why="What a statement changes is kept aside by SQLite until it is done, and who would look into /var/tmp?",
        file="chatd/storage/sqlite.py",
        old="            connection.execute(_NOTHING_ELSEWHERE)\n",
        new="",
        killers=("tests/storage/test_sqlite.py",),
    ),
    Mutant(
        name="what_a_migration_kept_aside_stays",
        breaks=("A9",),
        why="The schema is up to date, so the store is ready, and SQLite has an old page of it open in /var/tmp.",
        file="chatd/storage/sqlite.py",
        old="        if self._opened.upgraded:\n",
        new="        if self._opened is None:\n",
        killers=("tests/storage/test_files.py",),
    ),
    Mutant(
        name="ack_before_commit",
        breaks=("D1", "D5"),
        why="One fsync a second is enough for everybody: the batch is left open and committed with the next one.",
        file=WRITING,
        old="""\
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield
        connection.execute("COMMIT")
""",
        new="""\
    if connection.in_transaction:
        connection.execute("COMMIT")
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield
""",
        killers=("tests/storage/test_writing.py", "tests/storage/test_crash.py"),
    ),
    Mutant(
        name="synchronous_normal",
        breaks=("D1", "D6"),
        why="Guides to a fast SQLite say that NORMAL is safe with a write-ahead log. It is not, when power fails.",
        file=FILES,
        old='"PRAGMA synchronous = FULL"',
        new='"PRAGMA synchronous = NORMAL"',
        killers=("tests/storage/test_files.py",),
    ),
    Mutant(
        name="automatic_checkpoints",
        breaks=("D3", "D8"),
        why="The default is there for a reason. But one that fails makes a commit that is on disk look failed.",
        file=FILES,
        old='"PRAGMA wal_autocheckpoint = 0"',
        new='"PRAGMA wal_autocheckpoint = 1000"',
        killers=("tests/storage/test_files.py",),
    ),
    Mutant(
        name="second_process_let_in",
        breaks=("O1", "D7"),
        why="A shared lock looks like a lock.",
        file=FILES,
        old="fcntl.LOCK_EX | fcntl.LOCK_NB",
        new="fcntl.LOCK_SH | fcntl.LOCK_NB",
        killers=("tests/storage/test_files.py",),
    ),
    Mutant(
        name="records_in_a_transaction_of_their_own",
        breaks=("D7",),
        why="The entries are what was promised; the rest may follow.",
        file=WRITING,
        old="            for statement, rows in puts(draft.records).items():\n",
        new="""\
            cursor.execute("COMMIT")
            cursor.execute("BEGIN IMMEDIATE")
            for statement, rows in puts(draft.records).items():
""",
        killers=("tests/storage/test_writing.py", "tests/storage/test_contract_append.py"),
    ),
    Mutant(
        name="failed_transaction_committed",
        breaks=("D7",),
        why="A transaction must be ended, whatever happened in it.",
        file=WRITING,
        old='            connection.execute("ROLLBACK")\n',
        new='            connection.execute("COMMIT")\n',
        killers=("tests/storage/test_contract_append.py", "tests/storage/test_writing.py"),
    ),
    Mutant(
        name="head_not_rolled_back",
        breaks=("O1", "D6"),
        why="The heads are at hand before the rows are inserted; nobody thought of the insert that fails.",
        file=WRITING,
        old="            self._insert(draft)\n        self.g = draft.g\n",
        new="            self._keep(draft.heads)\n            self._insert(draft)\n        self.g = draft.g\n",
        killers=("tests/storage/test_contract_append.py",),
    ),
    Mutant(
        name="store_goes_on_after_a_failed_commit",
        breaks=("D8",),
        why="The next batch may well succeed: an error is no reason to stop.",
        file=WRITING,
        old="        self.require_usable()\n        self.usable = False\n",
        new="        self.require_usable()\n",
        killers=("tests/storage/test_contract_append.py",),
    ),
    Mutant(
        name="fsync_error_survived",
        breaks=("D8",),
        why="What recovers from a full disk recovers from all. But an fsync that failed once lies the next time.",
        file=RECOVERY,
        old="        if not isinstance(error, StoreFull):\n            raise error\n",
        new="",
        killers=("tests/server/test_recovery.py",),
    ),
    Mutant(
        name="checkpoint_failure_swallowed",
        breaks=("D8",),
        why="Housekeeping is never needed for a promise, so its failure is no news. The store refuses all after it.",
        file=JOURNAL,
        old="        except StoreError as error:\n            await self._fail(error, [])\n",
        new="        except StoreError:\n            return\n",
        killers=("tests/server/test_recovery_disk.py",),
    ),
    Mutant(
        name="commit_error_answered_as_refusal",
        breaks=("D3",),
        why="The disk is full, so the answer is no. But a failed COMMIT can be on disk.",
        file=RECOVERY,
        old="""\
        for session in waiting:
            self.core.sessions.close(session, CloseCode.RECOVERING, "the outcome is unknown: send again")
""",
        new="""\
        from chatd.messages import Refused

        for flight in lost:
            refusal = Refused(code="storage_full", verdict="never")
            self.core.sessions.reply(flight.session, [(flight.request, refusal)])
""",
        killers=("tests/server/test_recovery.py", "tests/model"),
    ),
    Mutant(
        name="room_not_reset_after_recovery",
        breaks=("O1", "A3"),
        why="The room was right before the commit failed. But what it decided since rests on what may not be stored.",
        file=RECOVERY,
        old="        for room in rooms:\n            self._reset(room, found)\n",
        new="",
        killers=("tests/server/test_recovery.py", "tests/model"),
    ),
    Mutant(
        name="reopened_with_a_stale_head",
        breaks=("O1", "O7"),
        why="Memory knows the head; why ask the store? Because the failed batch may be on disk.",
        file=RECOVERY,
        old="        head = state.head if isinstance(state, ask.RoomState) else empty_head(room.id)\n",
        new="        head = room.head if isinstance(state, ask.RoomState) else empty_head(room.id)\n",
        killers=("tests/server/test_recovery.py", "tests/model"),
    ),
    Mutant(
        name="what_waits_behind_a_failed_batch_commits",
        breaks=("D4", "A3"),
        why="Only the batch that failed is in doubt. But what waits was judged as if that one were stored.",
        file=RECOVERY,
        old="            self.core.journal.give_up(lost)\n",
        new="",
        killers=("tests/server/test_recovery.py", "tests/model"),
    ),
    Mutant(
        name="in_flight_forever_after_recovery",
        breaks=("L1", "E2"),
        why="The registry forgets what is in flight when it settles. What failed never settles.",
        file=RECOVERY,
        old="                core.registry.in_flight.drop(flight, flight.key)\n",
        new="                continue\n",
        killers=("tests/server/test_recovery.py", "tests/model"),
    ),
    Mutant(
        name="commit_torn_from_its_outcome",
        breaks=("L7", "D4"),
        why="A shield against cancellation looks like something to be tidied away.",
        file="chatd/storage/bridge.py",
        old="    with trio.CancelScope(shield=True):\n        await settled.wait()\n",
        new="    await settled.wait()\n",
        killers=("tests/storage/test_bridge.py", "tests/storage/test_sqlite.py"),
    ),
    Mutant(
        name="outcomes_of_a_batch_in_another_order",
        breaks=("D4", "E2"),
        why="Walking the batch from its end saved a copy once.",
        file=WRITING,
        old="        return Appended(draft.g, outcomes)\n",
        new="        return Appended(draft.g, outcomes[::-1])\n",
        killers=("tests/storage/test_contract_append.py",),
    ),
    Mutant(
        name="chain_not_checked",
        breaks=("D10",),
        why="The bodies are compared with their hashes, so everything is covered. All but header and order.",
        file="chatd/storage/check.py",
        old='            self.findings.add(f"{where}: the chain is broken")\n',
        new="            pass\n",
        killers=("tests/storage/test_check.py",),
    ),
)
