"""Bugs in presence: what is told to who may not know, and what is told too often."""

from __future__ import annotations

from tests.mutants.mutant import Mutant

PURE = "chatd/rooms/presence.py"
SERVED = "chatd/server/presence.py"
WATCHED = ("tests/server/test_presence.py",)

MUTANTS = (
    Mutant(
        name="contacts_are_all_in_the_room",
        breaks=("A2",),
        why="Who shares a room is a contact of a kind.",
        file=PURE,
        old="            return is_contact\n",
        new="            return is_contact or is_together\n",
        killers=("tests/rooms/test_presence.py",),
    ),
    Mutant(
        name="followers_are_together",
        breaks=("A2",),
        why="Both are in the room, and the one who lets everybody know has said so.",
        file=SERVED,
        old="[IsKnown(room, viewer), IsKnown(room, user)]",
        new="[IsPresent(room, viewer), IsPresent(room, user)]",
        killers=("tests/server/test_presence_apart.py",),
    ),
    Mutant(
        name="who_hides_is_told_as_long_ago_each_time",
        breaks=("A4",),
        why="Long ago says nothing. That it is said at the moment when they come says all.",
        file=SERVED,
        old=" and watch.told[user] is not step:",
        new=":",
        killers=WATCHED,
    ),
    Mutant(
        name="online_ends_with_the_session",
        breaks=("M5",),
        why="Whose connection is lost is gone. A phone in a lift goes and comes ten times.",
        file=SERVED,
        old="        over_s = trio.current_time() - GRACE_S\n",
        new="        over_s = trio.current_time()\n",
        killers=WATCHED,
    ),
    Mutant(
        name="watch_outlives_its_session",
        breaks=("M4",),
        why="The session is gone, and what it asked for hurts nobody.",
        file=SERVED,
        old="        self._forget(session)\n        self._begun_ms.pop",
        new="        self._begun_ms.pop",
        killers=WATCHED,
    ),
    Mutant(
        name="who_is_blocked_sees_who_is_there",
        breaks=("A8",),
        why="A block is about what somebody says. That somebody is there they say to all their contacts.",
        file="chatd/rooms/presence.py",
        old="    if is_blocked:\n",
        new="    if False and is_blocked:\n",
        killers=("tests/server/test_presence_apart.py",),
    ),
)
