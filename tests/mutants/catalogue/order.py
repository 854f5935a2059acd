"""Bugs that break the third promise: one dense order in each room, and no silent hole (invariants O1-O9)."""

from __future__ import annotations

from tests.mutants.mutant import Mutant

DRAFT = "chatd/storage/draft.py"
CATCHUP = "chatd/server/catchup.py"
FANOUT = "chatd/server/fanout.py"
READING = "chatd/rooms/reading.py"
AUDIENCE = "chatd/rooms/audience.py"
REGISTRY = "chatd/rooms/registry.py"
SUBSCRIBES = ("tests/server/test_catchup.py", "tests/test_dialogues.py", "tests/rooms/test_reading.py")

MUTANTS = (
    Mutant(
        name="seq_from_the_clock",
        breaks=("O1", "O8"),
        why="A time is unique enough and sorts by itself.",
        file=DRAFT,
        old="        seq = head.seq + 1\n",
        new="        seq = max(head.seq + 1, new.time)\n",
        killers=("tests/storage/test_contract_append.py",),
    ),
    Mutant(
        name="time_runs_back",
        breaks=("O8",),
        why="The proposal carries its time; the store copies it.",
        file=DRAFT,
        old="        time = max(new.time, head.time)\n",
        new="        time = new.time\n",
        killers=("tests/storage/test_contract_append.py",),
    ),
    Mutant(
        name="journal_last_in_first_out",
        breaks=("O3", "O4"),
        why="A list is as good as a queue, and `pop` takes from its end.",
        file="chatd/server/journal.py",
        old="            flight = self._waiting.popleft()\n",
        new="            flight = self._waiting.pop()\n",
        killers=("tests/server/test_journal.py",),
    ),
    Mutant(
        name="refusal_for_now_not_held",
        breaks=("O3",),
        why="Every command is judged on its own. So one that is let in passes the refused one before it.",
        file="chatd/server/gate.py",
        old="        if keyed and (refusal := self._hold_off()):\n            return refusal\n",
        new="",
        killers=("tests/server/test_gate.py", "tests/server/test_journal.py", "tests/server/test_fairness.py"),
    ),
    Mutant(
        name="answered_before_applied",
        breaks=("O5", "A2"),
        why="The commit is on disk, so the ack need not wait. But who acts on it next meets a memory without it.",
        file=FANOUT,
        old="""\
                deliveries = self.apply(batch)
                self._count(batch)
                corked = self.answer(batch, soon(deliveries))
""",
        new="""\
                corked = self.answer(batch)
                await trio.lowlevel.checkpoint()
                deliveries = self.apply(batch)
                self._count(batch)
""",
        killers=("tests/server/test_fanout_corked.py", "tests/server/test_fanout.py", "tests/model"),
    ),
    Mutant(
        name="echo_before_ack",
        breaks=("O9",),
        why="Both leave in one write, so their order looks like a matter of taste.",
        file="chatd/server/session.py",
        old='b"".join((*replies, frames))',
        new='b"".join((frames, *replies))',
        killers=("tests/server/test_session.py", "tests/server/test_fanout_corked.py"),
    ),
    Mutant(
        name="window_between_catch_up_and_live",
        breaks=("O7",),
        why="What did not fit will come with the next page; listening may begin at once.",
        file=CATCHUP,
        old="        attached = is_present(slot.membership) and last >= seen.last\n",
        new="        attached = is_present(slot.membership)\n",
        killers=SUBSCRIBES,
    ),
    Mutant(
        name="older_attachment_goes_on",
        breaks=("O6",),
        why="A session that subscribes again hears the room already: the new attachment replaces the old one anyway.",
        file=CATCHUP,
        old="                self.registry.audience.silence(subscriber, room)\n",
        new="                continue\n",
        killers=(*SUBSCRIBES, "tests/server/test_fanout.py"),
    ),
    Mutant(
        name="resume_not_compared",
        breaks=("O2", "D9"),
        why="A seq names an entry. Not over a restore from a backup, where another entry has it.",
        file=CATCHUP,
        old="brought.cursor_hash is None or short(brought.cursor_hash) != cursor.h8",
        new="brought.cursor_hash is None",
        killers=SUBSCRIBES,
    ),
    Mutant(
        name="cursor_beyond_the_head_believed",
        breaks=("O7",),
        why="Nothing follows a cursor that is ahead, so nothing is sent, and the client waits for entries it skips.",
        file=READING,
        old="        return Plan(cursor=cursor, known=True, reset=True)\n    seen",
        new="        return Plan(cursor=cursor, known=True)\n    seen",
        killers=SUBSCRIBES,
    ),
    Mutant(
        name="other_epoch_believed",
        breaks=("O2", "D9"),
        why="The hash of the cursor is compared, so the epoch says nothing more. It says that acks may be lost.",
        file=CATCHUP,
        old="        if planned.known and cursor.seq and not same_epoch:\n",
        new="        if False and not same_epoch:\n",
        killers=SUBSCRIBES,
    ),
    Mutant(
        name="gap_not_named",
        breaks=("O7",),
        why="The client may not see those entries, so it need not hear of them.",
        file=READING,
        old="        gaps.append((Range(start, seen.first - 1), GapReason.NOT_VISIBLE))\n",
        new="",
        killers=SUBSCRIBES,
    ),
    Mutant(
        name="gap_of_who_returns_not_named",
        breaks=("O7",),
        why="Who joins starts with the entry that says so. Who comes back misses what lies between.",
        file=FANOUT,
        old="            if attached and hidden:\n",
        new="            if attached and hidden and before is None:\n",
        killers=("tests/test_dialogues.py", "tests/server/test_fanout.py"),
    ),
    Mutant(
        name="tail_off_by_one",
        breaks=("O7",),
        why="Seqs begin at 1 and lists at 0.",
        file=READING,
        old="    skip = first - (room.head.seq - len(room.tail)) - 1\n",
        new="    skip = first - (room.head.seq - len(room.tail))\n",
        killers=SUBSCRIBES,
    ),
    Mutant(
        name="page_off_by_one",
        breaks=("O7", "A1"),
        why="`before` is the last seq of the page, is it not? It is the first one that the client has.",
        file=READING,
        old="min(command.before - 1, seen.last)",
        new="min(command.before, seen.last)",
        killers=SUBSCRIBES,
    ),
    Mutant(
        name="missed_while_loading",
        breaks=("O1", "O7"),
        why="A room that is not in memory has nothing to apply an entry to. But it was read a moment ago.",
        file="chatd/rooms/loading.py",
        old="            loading.missed.append(fact)\n",
        new="            return\n",
        killers=("tests/rooms/test_registry.py", "tests/server/test_loader.py"),
    ),
    Mutant(
        name="busy_room_evicted",
        breaks=("O1", "O7"),
        why="Nobody listens, so nothing is lost. But an entry in flight finds no room to move the head of.",
        file="chatd/rooms/room.py",
        old="        return not (self.attachments or self.in_flight or (self.live and self.live.sessions))\n",
        new="        return not (self.attachments or (self.live and self.live.sessions))\n",
        killers=("tests/rooms/test_room.py", "tests/rooms/test_registry_memory.py"),
    ),
    Mutant(
        name="read_ahead_of_what_is_applied",
        breaks=("O6", "D5"),
        why="The store has answered: why wait? Because the live stream has not come so far yet.",
        file="chatd/server/loader.py",
        old="        await self.applied.reached(answers.g)\n",
        new="",
        killers=("tests/server/test_loader.py", "tests/server/test_catchup.py", "tests/server/test_pages.py"),
    ),
    Mutant(
        name="slow_reader_not_told",
        breaks=("O7", "M2"),
        why="Who does not keep up gets no more. That they must be told is easily forgotten.",
        file=FANOUT,
        old="            self.sessions.push_reserved(session, Paused(reason=reason))\n",
        new="",
        killers=("tests/test_dialogues.py", "tests/server/test_recovery.py"),
    ),
    Mutant(
        name="paused_session_still_hears",
        breaks=("O6", "O7"),
        why="The attachments are gone, so nothing comes. But of this batch a part was noted already.",
        file=AUDIENCE,
        old="        subscriber.generation += 1\n",
        new="",
        killers=("tests/rooms/test_audience.py", "tests/test_dialogues.py", "tests/server/test_fanout.py"),
    ),
    Mutant(
        name="half_a_frame_sent_again",
        breaks=("O2",),
        why="A send took what it took. That it may stop inside a frame shows under load alone.",
        file="chatd/server/outbox.py",
        old="            queue[0] = memoryview(queue[0])[sent:]\n",
        new="            queue[0] = memoryview(queue[0])\n",
        killers=("tests/server/test_outbox.py",),
    ),
)
