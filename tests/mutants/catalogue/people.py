"""Bugs in what users have to do with each other."""

from __future__ import annotations

from tests.mutants.mutant import Mutant

DIALOGUES = ("tests/test_dialogues.py",)
REPORTING = ("tests/rooms/commands/test_reporting.py",)
BLOCKING = ("tests/rooms/commands/test_blocking.py",)

MUTANTS = (
    Mutant(
        name="who_is_blocked_still_adds",
        breaks=("A8",),
        why="A block is the clients' affair. That somebody is taken into a group against their will comes up later.",
        file="chatd/rooms/commands/creating.py",
        old="or (ties.blocked and not asked)",
        new="or (ties.blocks and not asked)",
        killers=BLOCKING,
    ),
    Mutant(
        name="who_blocks_is_seen_reading",
        breaks=("A8",),
        why="Read marks are for everybody in the room. That one of the two does not want to be read stands elsewhere.",
        file="chatd/rooms/commands/signalling.py",
        old="command.private or room.slots[actor.user].blocks",
        new="command.private",
        killers=(*BLOCKING, *DIALOGUES),
    ),
    Mutant(
        name="block_of_before_the_room",
        breaks=("A8",),
        why="Who joins a room is put into memory as they are applied. The block lies in the store, from long before.",
        file="chatd/rooms/registry.py",
        old="record.user in room.slots or not _is_direct(room):",
        new="True:",
        killers=BLOCKING,
    ),
    Mutant(
        name="block_overtaken_while_it_is_looked_up",
        breaks=("A8", "A3"),
        why="What the store says is so. A block that was acknowledged since is not in its answer.",
        file="chatd/server/loader.py",
        old="if needs.ties and look.overtaken:",
        new="if needs.ties and False and look.overtaken:",
        killers=("tests/server/test_people.py",),
    ),
    Mutant(
        name="attributes_make_the_user_anew",
        breaks=("D7",),
        why="A user exists from the first thing said of them on. That they existed before is not looked at.",
        file="chatd/rooms/commands/telling.py",
        old="new = () if there is not None else (UserRecord(user=command.user, created=proposal.now),)",
        new="new = (UserRecord(user=command.user, created=proposal.now),)",
        killers=("tests/rooms/commands/test_telling.py",),
    ),
    Mutant(
        name="settled_by_nobody",
        breaks=("A5",),
        why="What has a key is noted in the audit. To settle a report has none, and an operator leaves no trace.",
        file="chatd/rooms/commands/reporting.py",
        old="if actor.operator else item",
        new="if False else item",
        killers=("tests/rooms/test_operators.py",),
    ),
    Mutant(
        name="reports_for_the_reported",
        breaks=("A7",),
        why="Staff see the reports of their room. That one of them is about themselves is not looked at.",
        file="chatd/rooms/commands/reporting.py",
        old="record.room == room and record.user != actor.user",
        new="record.room == room",
        killers=REPORTING,
    ),
    Mutant(
        name="staff_learn_who_reported",
        breaks=("A7",),
        why="A summary says what the record says.",
        file="chatd/server/reports.py",
        old="reporter=row.reporter if actor.operator else None",
        new="reporter=row.reporter",
        killers=("tests/server/test_reports.py", *DIALOGUES),
    ),
    Mutant(
        name="evidence_from_before_the_reporter_came",
        breaks=("A1",),
        why="Three entries go with a post. That its reporter may not see them all does not matter to the store.",
        file="chatd/rooms/commands/reporting.py",
        old="for proof in loaded.evidence if seen.first <= proof.entry.seq <= seen.last",
        new="for proof in loaded.evidence",
        killers=REPORTING,
    ),
    Mutant(
        name="settled_evidence_stays",
        breaks=("A9",),
        why="The report is closed, and nobody is shown its evidence any more. It lies there for ever.",
        file="chatd/storage/report_rows.py",
        old=", (_FORGET, (record.report,))]",
        new="]",
        killers=("tests/storage/test_contract_reports.py",),
    ),
    Mutant(
        name="deleted_post_as_evidence",
        breaks=("A9",),
        why="What the store was asked it has said. A deletion that was applied since is not in its answer.",
        file="chatd/server/loader.py",
        old="return None if self.registry.erased.since(room, g) else proofs_of",
        new="return proofs_of",
        killers=("tests/server/test_reports.py",),
    ),
)
