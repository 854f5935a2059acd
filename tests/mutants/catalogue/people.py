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
        old="record.user in room.slots or not (room.record and room.record.kind is RoomKind.DIRECT):",
        new="True:",
        killers=BLOCKING,
    ),
    Mutant(
        name="block_overtaken_while_it_is_looked_up",
        breaks=("A8", "A3"),
        why="What the store says is so. A block that was acknowledged since is not in its answer.",
        file="chatd/server/loader.py",
        old="if (needs.ties and look.overtaken) or",
        new="if (needs.ties and False and look.overtaken) or",
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
        old="if erasures is None or any(takes(each, entry) for each in erasures for entry in page.entries):\n",
        new="if erasures is None:\n",
        killers=("tests/server/test_reports.py",),
    ),
    Mutant(
        name="handles_told_apart_by_their_letters",
        breaks=("A10",),
        why="Nobody has this handle, letter by letter. That somebody has one that looks the same is nobody's business.",
        file="chatd/rooms/commands/profiles.py",
        old="skeleton=handles.skeleton(handle))",
        new="skeleton=handle)",
        killers=("tests/rooms/commands/test_profiles.py",),
    ),
    Mutant(
        name="handle_in_flight_is_free",
        breaks=("A3",),
        why="The store knows of no such handle. One is on its way there.",
        file="chatd/rooms/commands/profiles.py",
        old="return _CLAIMED if looks.holder(profile.skeleton) not in (None, profile.user) else None",
        new="return None",
        killers=("tests/rooms/commands/test_profiles.py", "tests/server/test_people.py"),
    ),
    Mutant(
        name="handle_overtaken_while_it_is_looked_up",
        breaks=("A3",),
        why="What the store says is so. Somebody else got the handle since.",
        file="chatd/server/loader.py",
        old="or (needs.skeleton and taking.overtaken):",
        new="or (needs.skeleton and False and taking.overtaken):",
        killers=("tests/server/test_people.py",),
    ),
    Mutant(
        name="evidence_is_read_for_strangers",
        breaks=("A4",),
        why="The report is refused all the same. It takes longer where there is something to read.",
        file="chatd/server/loader.py",
        old="        if needs.evidence and self._sees(actor, needs.evidence[0]):\n",
        new="        if needs.evidence:\n",
        killers=("tests/server/test_reports.py",),
    ),
    Mutant(
        name="whoever_follows_somebody_writes_to_them",
        breaks=("A3",),
        why="Ties are those of one of the two, and follow one way. Which way is easily mistaken.",
        file="chatd/rooms/policy.py",
        old="            case Circle.FOLLOWED:\n                return ties.followed > 0\n",
        new="            case Circle.FOLLOWED:\n                return ties.follows > 0\n",
        killers=("tests/rooms/test_policy.py", "tests/rooms/commands/test_creating.py"),
    ),
    Mutant(
        name="who_is_not_followed_any_more_loses_the_direct_room",
        breaks=("E2",),
        why="May they open it? That was asked first, also where it was open already.",
        file="chatd/rooms/commands/creating.py",
        old="    if room is not None and room.judged_record() is not None:\n        return Unchanged(room.id, 1)\n"
        "    if refusal := proposal.policy.may_open(actor, command.user, proposal.ties_with(command.user)):\n"
        "        return refusal\n",
        new="    if refusal := proposal.policy.may_open(actor, command.user, proposal.ties_with(command.user)):\n"
        "        return refusal\n"
        "    if room is not None and room.judged_record() is not None:\n        return Unchanged(room.id, 1)\n",
        killers=("tests/rooms/commands/test_creating.py",),
    ),
)
