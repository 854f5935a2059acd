"""Bugs in the posts that wait for review."""

from __future__ import annotations

from tests.mutants.mutant import Mutant

HOLDING = "chatd/rooms/commands/holding.py"
FATES = ("tests/rooms/commands/test_holding.py", "tests/rooms/commands/test_held_fates.py")

MUTANTS = (
    Mutant(
        name="held_key_forgotten",
        breaks=("E2",),
        why="The key of a held post is looked up where posts are held. Later, when they are not any more, it is not.",
        file="chatd/rooms/room.py",
        old="    return record.held_ever > 0 or (",
        new="    return (",
        killers=FATES,
    ),
    Mutant(
        name="review_in_flight_not_found_again",
        breaks=("E1", "E2"),
        why="What is in flight is found by the room that the command names. The key of a review stands elsewhere.",
        file="chatd/rooms/judge.py",
        old="        if room is None or not room.keeps_keys_aside or (",
        new="        if room is None or not room.is_broadcast or (",
        killers=FATES,
    ),
    Mutant(
        name="held_post_approved_for_the_silenced",
        breaks=("A3",),
        why="Whoever approves it may post. Its author might not any more.",
        file=HOLDING,
        old="        return _SILENCED\n",
        new="        return None\n",
        killers=FATES,
    ),
    Mutant(
        name="held_content_kept_after_review",
        breaks=("A9",),
        why="The room says that nobody waits any more. That the post is still there is seen by nobody.",
        file=HOLDING,
        old="        return Draft(entries=told, records=(after, gone))\n",
        new="        return Draft(entries=told, records=(after,))\n",
        killers=FATES,
    ),
    Mutant(
        name="held_posts_outlive_the_stream",
        breaks=("A9",),
        why="The number of those that wait is 0 from then on, and so nobody finds them.",
        file="chatd/rooms/commands/streaming.py",
        old="    if record.held:\n",
        new="    if record.held and record.expired:\n",
        killers=FATES,
    ),
    Mutant(
        name="approved_post_mentions_from_the_wrong_place",
        breaks=("A9",),
        why="A post is the first entry of its item. One that was approved is the last.",
        file=HOLDING,
        old="    records = beside(room, after, SeqOf(len(told)), proposal.checked, proposal.limits)\n",
        new="    records = beside(room, after, SeqOf(0), proposal.checked, proposal.limits)\n",
        killers=FATES,
    ),
)
