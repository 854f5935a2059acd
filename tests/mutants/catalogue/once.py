"""Bugs that break the second promise: the same key has the same answer, for ever (invariants E1-E7)."""

from __future__ import annotations

from tests.mutants.mutant import Mutant

ROUTER = "chatd/rooms/router.py"
FANOUT = "chatd/server/fanout.py"
CONTRACT = ("tests/storage/test_contract_append.py", "tests/storage/test_contract_read.py")
RETRIES = ("tests/rooms/test_router.py", "tests/rooms/test_pending.py", "tests/test_dialogues.py")
MARKS = ("tests/rooms/test_marks.py", "tests/rooms/test_room.py")

MUTANTS = (
    Mutant(
        name="dedup_without_its_unique_index",
        breaks=("E1",),
        why="Every command is looked up before it is decided, so the index need not be unique. First sends are not.",
        file="chatd/storage/migrations/0001_initial.sql",
        old="CREATE UNIQUE INDEX entries_by_key",
        new="CREATE INDEX entries_by_key",
        killers=CONTRACT,
    ),
    Mutant(
        name="dedup_window_instead_of_index",
        breaks=("E1", "E2"),
        why="Who retries does so within minutes: a cache of keys is enough. Until a phone was off for a week.",
        file="chatd/storage/statements.py",
        old="    WHERE key = ? AND sender = ? AND room = ?\n",
        new="""\
    WHERE key = ? AND sender = ? AND room = ?
    AND number > (SELECT max(number) - 2 FROM entries)
""",
        killers=CONTRACT,
    ),
    Mutant(
        name="key_of_another_user_found",
        breaks=("E7", "A4"),
        why="Keys are random and never collide. Unless somebody sends yours to see what happens.",
        file="chatd/storage/statements.py",
        old="    WHERE key = ? AND sender = ? AND room = ?\n",
        new="    WHERE key = ? AND length(sender) + length(?) AND room = ?\n",
        killers=CONTRACT,
    ),
    Mutant(
        name="repeat_not_compared_in_the_store",
        breaks=("E3",),
        why="The key is known, so it is a repeat.",
        file="chatd/storage/draft.py",
        old="    return Duplicate(item.entries[0].room, used.seq, used.time) if same else Conflict()\n",
        new="    return Duplicate(item.entries[0].room, used.seq, used.time) if same or True else Conflict()\n",
        killers=CONTRACT,
    ),
    Mutant(
        name="retry_not_compared",
        breaks=("E3",),
        why="A client that says `retry` sends what it sent before.",
        file=ROUTER,
        old="        same = first.salt is None or command_hash(first.salt, digest) == first.command_hash\n",
        new="        same = True\n",
        killers=RETRIES,
    ),
    Mutant(
        name="erased_entry_compared",
        breaks=("E2",),
        why="A repeat of what was erased is another command: its hash says so. It was acknowledged all the same.",
        file="chatd/storage/draft.py",
        old="        used.salt is None or chain.command_hash(used.salt, item.digest) == used.command_hash\n",
        new='        chain.command_hash(used.salt or b"", item.digest) == used.command_hash\n',
        killers=CONTRACT,
    ),
    Mutant(
        name="retry_judged_again",
        breaks=("E2",),
        why="The index finds every repeat of a post, so a look-up is wasted. Unless its sender was removed meanwhile.",
        file="chatd/rooms/needs.py",
        old="        case Post(retry=False, origin=None) | MarkRead() | ",
        new="        case Post(origin=None) | MarkRead() | ",
        killers=("tests/rooms/test_needs.py", *RETRIES),
    ),
    Mutant(
        name="retry_answered_with_another_place",
        breaks=("E2",),
        why="The newest entry is the one that was just posted. Not when it was posted before.",
        file=ROUTER,
        old="        message = Committed(room=first.room, seq=first.seq, time=first.time, duplicate=True, held=held)\n",
        new="""\
        seq = max(first.seq, self.registry.rooms[first.room].head.seq)
        message = Committed(room=first.room, seq=seq, time=first.time, duplicate=True, held=held)
""",
        killers=RETRIES,
    ),
    Mutant(
        name="retry_answered_with_another_time",
        breaks=("E2",),
        why="A duplicate is answered where it is found, and there the clock is at hand.",
        file="chatd/storage/draft.py",
        old="    return Duplicate(item.entries[0].room, used.seq, used.time)",
        new="    return Duplicate(item.entries[0].room, used.seq, item.entries[0].time)",
        killers=(*CONTRACT, "tests/storage/test_backends_agree.py"),
    ),
    Mutant(
        name="repeat_in_flight_answered_before_it_is_stored",
        breaks=("D5", "E2"),
        why="The room is being created, so its first entry is known. If the commit fails there is none.",
        file=ROUTER,
        old="        if room is not None and room.creation is not None:\n",
        new="        if False and room is not None and room.creation is not None:\n",
        killers=RETRIES,
    ),
    Mutant(
        name="key_that_lands_while_looked_up_not_seen",
        breaks=("E1", "E2"),
        why="The store was asked and said no. A moment later it would have said yes.",
        file=FANOUT,
        old="keys.land(flight.key, First(first.room, first.seq, first.time, first.salt, hashed))",
        new="del hashed",
        killers=("tests/server/test_loader.py",),
    ),
    Mutant(
        name="acked_key_answered_conflict",
        breaks=("E2", "D3"),
        why="Two commands under one key, one is stored: the other is a conflict. Unless the key belongs to a third.",
        file=FANOUT,
        old="    if isinstance(outcome, Conflict) and rider.message == refused(CONFLICT):\n",
        new="    if False and isinstance(outcome, Conflict) and rider.message == refused(CONFLICT):\n",
        killers=("tests/server/test_fanout.py",),
    ),
    Mutant(
        name="read_mark_runs_back_in_memory",
        breaks=("E6",),
        why="The newest command counts. Not that of a phone which was behind.",
        file="chatd/rooms/slots.py",
        old="            self.read, self.told = max(self.read, fact.seq), max(self.told, fact.told)\n",
        new="            self.read, self.told = fact.seq, fact.told\n",
        killers=MARKS,
    ),
    Mutant(
        name="read_mark_runs_back_on_disk",
        breaks=("E6",),
        why="Memory merges the marks, so the store may put what it is given. After an eviction memory knows less.",
        file="chatd/storage/puts.py",
        old=(
            " SET seq = max(seq, excluded.seq), told = max(told, excluded.told)\n"
            "    WHERE excluded.seq > seq OR excluded.told > told\n"
        ),
        new=" SET seq = excluded.seq, told = excluded.told\n",
        killers=CONTRACT,
    ),
    Mutant(
        name="read_marks_of_a_failed_batch_lost",
        breaks=("E6",),
        why="Marks are no promise. But the client was told ok and does not say it again.",
        file="chatd/server/recovery.py",
        old="        core.registry.marks.give_back()\n",
        new="",
        killers=("tests/server/test_recovery.py",),
    ),
    Mutant(
        name="marks_given_back_over_newer_ones",
        breaks=("E6",),
        why="What failed waits again. What came meanwhile is greater.",
        file="chatd/rooms/marks.py",
        old="            waiting.update({room: merged(waiting.get(room), mark) for room, mark in rooms.items()})\n",
        new="            waiting.update(rooms)\n",
        killers=MARKS,
    ),
    Mutant(
        name="a_derived_key_in_flight_is_free",
        breaks=("D3", "E2"),
        why="The look-up of the keys that derive found nothing on disk. That one may be on its way is forgotten.",
        file="chatd/rooms/router.py",
        old="        for key in loaded.derived:\n",
        new="        for key in loaded.derived[:0]:\n",
        killers=("tests/server/test_derived_keys.py",),
    ),
    Mutant(
        name="only_commands_have_keys",
        breaks=("D3", "E2"),
        why="The keys of what follows from a command were looked up by the store alone, when it refused them.",
        file="chatd/server/lookups.py",
        old="    if not taken or loaded.first is not None:\n",
        new="    if True or not taken or loaded.first is not None:\n",
        killers=("tests/server/test_derived_keys.py",),
    ),
)
