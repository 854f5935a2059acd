"""Bugs in what users do for themselves alone, and in what they let others know of their reading."""

from __future__ import annotations

from tests.mutants.mutant import Mutant

DIALOGUES = ("tests/test_dialogues.py",)
DECIDED = ("tests/rooms/commands/test_personal.py",)
OWN = ("tests/server/test_own_facts.py", *DIALOGUES)
CLIENT = ("tests/client/test_personal.py", "tests/client/test_keeping.py")

MUTANTS = (
    Mutant(
        name="private_mark_is_told",
        breaks=("A7",),
        why="A mark is a mark: whoever is in the room hears of it.",
        file="chatd/rooms/marks.py",
        old="        if private:\n            news.own",
        new="        if False and private:\n            news.own",
        killers=OWN,
    ),
    Mutant(
        name="private_mark_counts_for_who_has_read",
        breaks=("A7",),
        why="The receipts are right. The list of readers goes by the mark itself.",
        file="chatd/server/readers.py",
        old="newer.told if newer else 0",
        new="newer.seq if newer else 0",
        killers=("tests/server/test_readers.py",),
    ),
    Mutant(
        name="who_came_later_has_read_it",
        breaks=("A1",),
        why="Their mark lies beyond the entry. That they could never see it does not come to mind.",
        file="chatd/server/readers.py",
        old="return row.floor <= seq <= told and",
        new="return seq <= told and",
        killers=DIALOGUES,
    ),
    Mutant(
        name="what_cannot_be_seen_can_be_hidden",
        breaks=("A1",),
        why="Hiding shows nothing. But the answer tells whether the entry is there.",
        file="chatd/rooms/commands/personal.py",
        old="    if not seen.first <= command.seq <= seen.last:\n",
        new="    if not command.seq <= room.head.seq:\n",
        killers=DECIDED,
    ),
    Mutant(
        name="older_drafts_stay",
        breaks=("A7",),
        why="The newest draft is what counts. What somebody thought better of stays on disk for ever.",
        file="chatd/rooms/commands/personal.py",
        old="    if isinstance(kept.draft, int) and kept.draft:\n",
        new="    if isinstance(kept.draft, int) and kept.draft < 0:\n",
        killers=DECIDED,
    ),
    Mutant(
        name="two_devices_pin_one_too_many",
        breaks=("A3",),
        why="The store has been asked how many are pinned. What is in flight it does not know.",
        file="chatd/rooms/room.py",
        old="        return not self.in_flight if is_own else",
        new="        return True if is_own else",
        killers=DECIDED,
    ),
    Mutant(
        name="own_facts_are_old_by_the_time_they_are_read",
        breaks=("A3",),
        why="Nothing was in flight when the store was asked.",
        file="chatd/server/loader.py",
        old="        if rests_on_own(needs) and self._own_seq(actor) != before:\n",
        new="        if rests_on_own(needs) and self._own_seq(actor) < before:\n",
        killers=OWN,
    ),
    Mutant(
        name="marked_unread_for_ever",
        breaks=("E6",),
        why="Who marked it as unread has to unmark it.",
        file="chatd/rooms/commands/personal.py",
        old="kept.unread is not None and read <= kept.unread\n",
        new="kept.unread is not None\n",
        killers=DECIDED,
    ),
    Mutant(
        name="hidden_entry_is_shown",
        breaks=("A7",),
        why="The entry comes from the room, which knows nothing of it.",
        file="clients/chatd_client/desk.py",
        old="(self.hidden.hides(entry) or self.blocks.hides(entry))",
        new="self.blocks.hides(entry)",
        killers=CLIENT,
    ),
    Mutant(
        name="lost_private_mark_is_told_to_all",
        breaks=("A7",),
        why="What the server lost is said again, as every mark is.",
        file="clients/chatd_client/errands.py",
        old="MarkRead(room=room, seq=seq, private=True)",
        new="MarkRead(room=room, seq=seq)",
        killers=CLIENT,
    ),
)
