"""Bugs in the posts that wait for review."""

from __future__ import annotations

from tests.mutants.mutant import Mutant

HOLDING = "chatd/rooms/commands/holding.py"
FATES = ("tests/rooms/commands/test_holding.py", "tests/rooms/commands/test_held_fates.py")
AUTHORS = ("tests/rooms/commands/test_held_authors.py", *FATES)

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
        old="    records = beside(room, after, SeqOf(len(told)), proposal.loaded.checked, proposal.limits)\n",
        new="    records = beside(room, after, SeqOf(0), proposal.loaded.checked, proposal.limits)\n",
        killers=FATES,
    ),
    Mutant(
        name="held_number_given_twice",
        breaks=("E1", "D4"),
        why="As many wait as there are numbers: until one is reviewed.",
        file=HOLDING,
        old="    number = record.held_ever + 1\n",
        new="    number = record.held + 1\n",
        killers=FATES,
    ),
    Mutant(
        name="approved_for_who_was_taken_out",
        breaks=("A3",),
        why="Who has a membership is known here. That it is over is not looked at.",
        file=HOLDING,
        old="    if author is None or not is_present(author):\n",
        new="    if author is None:\n",
        killers=AUTHORS,
    ),
    Mutant(
        name="approved_for_who_is_banned_from_a_stream",
        breaks=("A3",),
        why="Most of an audience is gone by then, so everybody counts as one who watches.",
        file=HOLDING,
        old=" and not is_present(author) and not (author and is_banned(author, now)):\n",
        new=" and not is_present(author):\n",
        killers=AUTHORS,
    ),
    Mutant(
        name="reviewed_by_an_equal",
        breaks=("A5",),
        why="Who may delete what others wrote may review it. Those of their own rank are not others in that sense.",
        file=HOLDING,
        old="    if author is not None and (refusal := outranked(own, author)):\n        return refusal\n",
        new="",
        killers=FATES,
    ),
    Mutant(
        name="queue_shown_to_everybody",
        breaks=("A1",),
        why="Whoever is in the room may ask what waits there.",
        file="chatd/server/reviewing.py",
        old="        return None if may_review else actor.user\n",
        new="        return None if may_review or own.user else actor.user\n",
        killers=("tests/server/test_reviewing.py",),
    ),
)
