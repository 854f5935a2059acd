"""Bugs in broadcast rooms: at the moment of coming, in what is counted, and in who is told of whom."""

from __future__ import annotations

from tests.mutants.mutant import Mutant

FOLLOWING = ("tests/rooms/commands/test_following.py", "tests/server/test_following.py")

MUTANTS = (
    Mutant(
        name="follower_begins_at_the_head",
        breaks=("O7", "A1"),
        why="The floor of a member is the last entry that is there: it is the one that let them in.",
        file="chatd/rooms/commands/draft.py",
        old="        floor, until = HeadPlus(1) if aside else SeqOf(0), None\n",
        new="        floor, until = HeadPlus(0) if aside else SeqOf(0), None\n",
        killers=FOLLOWING,
    ),
    Mutant(
        name="follower_begins_where_the_batch_began",
        breaks=("O7", "A1"),
        why="The heads are read once for a batch, before any of it is placed.",
        file="chatd/storage/draft.py",
        old="            record = evolve(record, floor=heads[record.room].seq + record.floor.more)\n",
        new="            record = evolve(record, floor=heads[record.room].seq)\n",
        killers=("tests/storage/test_draft.py", "tests/storage/test_contract_append.py"),
    ),
    Mutant(
        name="reactions_counted_as_committed",
        breaks=("D4",),
        why="What a post came to is a record that is read before the decision. Others may be in flight.",
        file="chatd/rooms/commands/talking.py",
        old="    limits, state = proposal.limits, room.judged_message(said)\n    if record.kind is RoomKind.LIVE:\n",
        new="    limits, state = proposal.limits, said.record\n    if record.kind is RoomKind.LIVE:\n",
        killers=("tests/rooms/commands/test_following_talk.py",),
    ),
    Mutant(
        name="reaction_left_pending_by_recovery",
        breaks=("D4",),
        why="Recovery starts the rooms again in which entries or memberships were lost.",
        file="chatd/server/recovery.py",
        old="for r in flight.item.records if isinstance(r, FACTS)))\n",
        new="for r in flight.item.records if isinstance(r, FACTS[1:2])))\n",
        killers=("tests/server/test_following.py",),
    ),
    Mutant(
        name="repeat_of_following_judged_anew",
        breaks=("E1", "E3"),
        why="A key is looked up in the room that the command names.",
        file="chatd/server/lookups.py",
        old="    if needs.own_key and aside:\n",
        new="    if needs.own_key and not aside:\n",
        killers=("tests/test_dialogues.py",),
    ),
    Mutant(
        name="followers_listed_to_followers",
        breaks=("A2",),
        why="Members may list the members.",
        file="chatd/rooms/permissions.py",
        old="    return record.kind not in APART or member.role is not Role.MEMBER\n",
        new="    return record.kind not in APART or member.state in PRESENT\n",
        killers=("tests/test_dialogues.py", "tests/server/test_matrix.py"),
    ),
    Mutant(
        name="summary_of_the_first_change",
        breaks=("L1",),
        why="What is noted already need not be noted again.",
        file="chatd/rooms/summaries.py",
        old="    changed.pop(seq, None)\n    changed[seq] = record\n",
        new="    changed.setdefault(seq, record)\n",
        killers=("tests/rooms/test_summaries.py",),
    ),
    Mutant(
        name="votes_of_a_stream_fill_its_room",
        breaks=("M2",),
        why="A live room has entries, as a group has: only followers of a broadcast room act aside.",
        file="chatd/rooms/commands/polling.py",
        old="    if record.kind in APART:\n",
        new="    if record.kind is APART[0]:\n",
        killers=("tests/rooms/commands/test_polling.py",),
    ),
    Mutant(
        name="vote_in_a_stream_sent_again_is_judged_anew",
        breaks=("E1", "E3"),
        why="Keys stand aside in broadcast rooms.",
        file="chatd/rooms/room.py",
        old="        return self.keeps_keys_aside or (record is not None and record.kind is _LIVE)\n",
        new="        return self.keeps_keys_aside\n",
        killers=("tests/rooms/commands/test_polling.py",),
    ),
    Mutant(
        name="polls_of_streams_are_told_by_pages_alone",
        breaks=("L1",),
        why="Nobody reacts to posts of a live room: there is nothing to sum up.",
        file="chatd/rooms/summaries.py",
        old="room.record.kind not in APART:\n",
        new="room.record.kind is not RoomKind.BROADCAST:\n",
        killers=("tests/rooms/test_summaries.py", "tests/test_dialogues.py"),
    ),
)
