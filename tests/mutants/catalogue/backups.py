"""Bugs of backups and of the way back from them (invariants D9 and D11)."""

from __future__ import annotations

from tests.mutants.mutant import Mutant

BACKUP = "chatd/storage/backup.py"
HOLDS = "chatd/server/holds.py"
COPIES = ("tests/storage/test_backup.py",)
HELD = ("tests/storage/test_hold.py", "tests/server/test_holds.py")

MUTANTS = (
    Mutant(
        name="restored_in_the_epoch_of_before",
        breaks=("D9", "O2"),
        why="It is the same store. But who has seen more of the first one takes its next entries for what they have.",
        file=BACKUP,
        old="            partial.begin_epoch(new_epoch)\n",
        new="",
        killers=COPIES,
    ),
    Mutant(
        name="damaged_backup_restored",
        breaks=("D9", "D10"),
        why="The faults are reported. The store is made all the same.",
        file=BACKUP,
        old="            if not report.faults:\n                partial.publish()\n",
        new="            partial.publish()\n",
        killers=COPIES,
    ),
    Mutant(
        name="damaged_backup_published",
        breaks=("D9", "D10"),
        why="A backup with faults is better than none. It took the place of a good one.",
        file="chatd/server/backup.py",
        old="        if not report.faults:\n            partial.publish()\n",
        new="        partial.publish()\n",
        killers=("tests/server/test_backup.py",),
    ),
    Mutant(
        name="backup_without_what_a_crash_left_in_the_log",
        breaks=("D9",),
        why="The database is the file. What was acknowledged last stands in the other one.",
        file=BACKUP,
        old="        _empty_log(home.database)\n",
        new="",
        killers=COPIES,
    ),
    Mutant(
        name="backup_written_over_another",
        breaks=("D9",),
        why="The newest is the best.",
        file=BACKUP,
        old="    if os.path.lexists(file):\n",
        new="    if False and os.path.lexists(file):\n",
        killers=COPIES,
    ),
    Mutant(
        name="name_of_a_backup_not_synced",
        breaks=("D9", "D11"),
        why="The file is on disk. Its name is not, until the directory is.",
        file=BACKUP,
        old="            sync_directory(self.file.parent)\n",
        new="",
        killers=("tests/powercut/test_powercut.py",),
    ),
    Mutant(
        name="held_file_written_to",
        breaks=("D9",),
        why="Commits go into the log, so a copy may go on. But a checkpoint writes into what is being copied.",
        file="chatd/storage/writing.py",
        old="            self.held_bytes_max = log_bytes_max\n",
        new="            del log_bytes_max\n",
        killers=HELD,
    ),
    Mutant(
        name="lost_hold_not_told",
        breaks=("D9",),
        why="The copy is done, so nothing more is to be said. That the file was not held until then made it a mixture.",
        file=HOLDS,
        old="        return Done() if lasted else refused(_NOT_HELD)\n",
        new="        return Done()\n",
        killers=HELD,
    ),
    Mutant(
        name="hold_outlives_its_session",
        breaks=("M6",),
        why="Who held the file lets go of it. Unless they were killed.",
        file=HOLDS,
        old="        self.release(session)\n",
        new="        del session\n",
        killers=HELD,
    ),
    Mutant(
        name="hold_without_end",
        breaks=("M6",),
        why="A copy takes its time, and the log waits. It waits on the same disk.",
        file="chatd/storage/writing.py",
        old="(WAL_BYTES_MAX if self.held_bytes_max is None else self.held_bytes_max)",
        new="(WAL_BYTES_MAX if self.held_bytes_max is None else 1 << 60)",
        killers=HELD,
    ),
)
