"""Bugs by which a search shows what it must not, or misses what it must find."""

from __future__ import annotations

from tests.mutants.mutant import Mutant

SEARCHING = "chatd/server/searching.py"
FEEDING = "chatd/server/feeding.py"
FINDING = "chatd/storage/finding.py"
INDEXING = "chatd/storage/indexing.py"
SEARCHES = ("tests/server/test_searching.py",)
FEEDERS = ("tests/server/test_feeding.py",)
INDEX = ("tests/storage/test_contract_index.py", "tests/storage/test_indexing.py")

MUTANTS = (
    Mutant(
        name="search_does_not_look_at_the_membership_again",
        breaks=("A1", "A2"),
        why="The index was asked for what the user may see. That was then.",
        file=SEARCHING,
        old="    return seen.first <= hit.seq and hit.version <= seen.last\n",
        new="    return True\n",
        killers=SEARCHES,
    ),
    Mutant(
        name="search_shows_what_was_erased_while_it_read",
        breaks=("A9",),
        why="What was read was there when it was read.",
        file=SEARCHING,
        old="        gone = erasures is None or is_taken(shown.hit.seq, erasures)\n",
        new="        gone = False\n",
        killers=SEARCHES,
    ),
    Mutant(
        name="next_of_a_search_is_believed",
        breaks=("A4",),
        why="It is opaque, so it is ours. A guess tells when somebody wrote in a room of others.",
        file=SEARCHING,
        old="    return scope.room == room and scope.first <= seq <= scope.last\n",
        new="    return scope.first <= seq\n",
        killers=SEARCHES,
    ),
    Mutant(
        name="search_shows_what_the_user_has_hidden",
        breaks=("A1",),
        why="Hiding is for the list of a room.",
        file=SEARCHING,
        old="    return Shown(hit, None if hidden or not there else entry, gone=not there)\n",
        new="    return Shown(hit, None if not there else entry, gone=not there)\n",
        killers=SEARCHES,
    ),
    Mutant(
        name="index_is_fed_with_what_is_not_applied",
        breaks=("A1",),
        why="It is on disk, so it may be found. Its author has not been told so yet.",
        file=FEEDING,
        old="        await self.applied.reached(answers.g)\n",
        new="",
        killers=FEEDERS,
    ),
    Mutant(
        name="index_of_another_store_is_kept",
        breaks=("D10",),
        why="The epoch is the same. A file copied back by hand keeps it.",
        file=FEEDING,
        old="        return part.place == progress.place and part.entries[-1].hash == progress.hash\n",
        new="        return part.place == progress.place\n",
        killers=FEEDERS,
    ),
    Mutant(
        name="a_search_is_current_before_the_index_is",
        breaks=("A1",),
        why="A slice was put, so the index has come as far as the store.",
        file=FEEDING,
        old="        if not part.more:\n",
        new="        if part.place:\n",
        killers=FEEDERS,
    ),
    Mutant(
        name="an_edit_brings_back_what_was_erased",
        breaks=("A9",),
        why="An edit is a text like any other.",
        file=INDEXING,
        old="        if not rows or rows[0][2] is None:\n",
        new="        if not rows:\n",
        killers=INDEX,
    ),
    Mutant(
        name="erased_words_stay_in_the_file",
        breaks=("A9",),
        why="Nothing finds them any more.",
        file=INDEXING,
        old="        if self._connection.total_changes - before > 1:\n",
        new="        if self._connection.total_changes - before > 1_000_000:\n",
        killers=INDEX,
    ),
    Mutant(
        name="an_edit_is_found_by_who_left_before_it",
        breaks=("A2",),
        why="The post is in the range. The edit is not.",
        file=FINDING,
        old="BETWEEN ? AND ? AND version <= ? ORDER BY",
        new="BETWEEN ? AND ? AND version <= ? + 1000 ORDER BY",
        killers=INDEX,
    ),
    Mutant(
        name="words_of_all_rooms_are_one",
        breaks=("A1", "A4"),
        why="The range of ids is that of the room. Between its posts stand those of others.",
        file=INDEXING,
        old='    return f"{number:x}{WORD_OF}{word}"\n',
        new='    return f"{0:x}{WORD_OF}{word}"\n',
        killers=INDEX,
    ),
)
