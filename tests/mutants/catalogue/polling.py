"""Bugs in polls: votes that count twice, too late, or for ever."""

from __future__ import annotations

from tests.mutants.mutant import Mutant

COUNTING = "chatd/rooms/polls.py"

MUTANTS = (
    Mutant(
        name="vote_beside_the_one_before",
        breaks=("E1",),
        why="A vote adds one. Who changes their mind has two.",
        file=COUNTING,
        old="(place in options) - (place in before)",
        new="(place in options)",
        killers=("tests/rooms/test_polls.py",),
    ),
    Mutant(
        name="vote_in_the_last_millisecond",
        breaks=("A3",),
        why="A poll that closes at noon is open at noon, is it not?",
        file=COUNTING,
        old="now >= poll.closes",
        new="now > poll.closes",
        killers=("tests/rooms/test_polls.py",),
    ),
    Mutant(
        name="vote_judged_by_what_is_committed",
        breaks=("E1",),
        why="What a user chose stands in memory. What they have just chosen is still on its way to the disk.",
        file="chatd/rooms/room.py",
        old='        pending = self._pending.get(("vote", said.record.seq, user))\n',
        new="        pending = None\n",
        killers=("tests/rooms/commands/test_polling.py",),
    ),
    Mutant(
        name="votes_outlive_their_poll",
        breaks=("A9",),
        why="The post is erased. What people chose in it is only a number.",
        file="chatd/storage/puts.py",
        old=", FORGET_POLL, FORGET_VOTES)",
        new=")",
        killers=("tests/storage/test_contract_polls.py",),
    ),
)
