"""Bugs in what is on in a room of which size, and in who is told so where."""

from __future__ import annotations

from tests.mutants.mutant import Mutant

FEATURES = "chatd/features.py"
PURE = ("tests/test_features.py",)
DIALOGUES = ("tests/test_dialogues.py",)

MUTANTS = (
    Mutant(
        name="feature_off_and_on_with_every_visitor",
        breaks=("M2",),
        why="What is too large at one more is not at one less.",
        file=FEATURES,
        old="    return most - (most + 9) // 10\n",
        new="    return most\n",
        killers=PURE,
    ),
    Mutant(
        name="settings_forgotten_in_a_small_room",
        breaks=("A3",),
        why="The size allows it, and the size is what the function is about.",
        file=FEATURES,
        old=" if each in record.settings.off or each in size])\n",
        new=" if each in size])\n",
        killers=PURE,
    ),
    Mutant(
        name="removed_hears_what_came_behind",
        breaks=("A1",),
        why="It is the same item: who hears the first entry hears the second.",
        file="chatd/server/fanout.py",
        old="            if room and leaving and entry is first:\n",
        new="            if room and leaving and entry is stored.entries[-1]:\n",
        killers=DIALOGUES,
    ),
    Mutant(
        name="size_forgotten_by_the_record",
        breaks=("O1",),
        why="The entry tells it. That the room must remember it, too, shows only at the next member.",
        file="chatd/rooms/commands/membership.py",
        old="        records=(\n            record_after,\n",
        new="        records=(\n            resized,\n",
        killers=("tests/rooms/commands/test_switching.py",),
    ),
)
