"""Bugs in live rooms: who watches, what they keep, how they end."""

from __future__ import annotations

from tests.mutants.mutant import Mutant

WATCHING = "chatd/rooms/watching.py"
ROOMS = ("tests/rooms/test_watching.py", "tests/rooms/commands/test_streaming.py")
SERVER = ("tests/server/test_streaming.py",)

MUTANTS = (
    Mutant(
        name="banned_goes_on_watching",
        breaks=("A3",),
        why="A ban takes a membership away. Who watches has none.",
        file="chatd/server/fanout.py",
        old="            elif isinstance(record, Membership) and record.state is MemberState.BANNED:\n",
        new="            elif isinstance(record, Membership) and record.state is MemberState.RESTRICTED:\n",
        killers=SERVER,
    ),
    Mutant(
        name="ban_in_flight_forgotten_by_who_watches",
        breaks=("A3",),
        why="They watch, so they may speak: the ban will end that when it is on disk.",
        file="chatd/rooms/judge.py",
        old="not is_present(own) and not (own and is_banned(own, proposal.now)):\n",
        new="not is_present(own):\n",
        killers=ROOMS,
    ),
    Mutant(
        name="silenced_speaks_by_watching",
        breaks=("A3",),
        why="A watcher is nobody in particular: nothing was taken from them.",
        file=WATCHING,
        old="        denied=member.denied if member else (),\n",
        new="        denied=(),\n",
        killers=ROOMS,
    ),
    Mutant(
        name="watching_outlives_its_session",
        breaks=("M2",),
        why="A session that is closed hears nothing any more.",
        file="chatd/rooms/audience.py",
        old="        for room in [*subscriber.watching.values()]:\n            self.unwatch(subscriber, room)\n",
        new="        for room in [*subscriber.watching.values()]:\n            self.detach(subscriber, room)\n",
        killers=ROOMS,
    ),
    Mutant(
        name="joining_tears_the_stream_of_who_watches",
        breaks=("O7",),
        why="Who becomes a member is attached, as everybody is.",
        file="chatd/server/fanout.py",
        old="                if room.id in subscriber.watching:\n",
        new="                if room.id in subscriber.watching and not subscriber.attachments:\n",
        killers=SERVER,
    ),
    Mutant(
        name="expired_is_given_from_the_store",
        breaks=("A9",),
        why="The bodies are erased: what is left can be shown.",
        file="chatd/rooms/reading.py",
        old="    return _granted(room, member).clip(Range(_expired(room) + 1, room.head.seq))\n",
        new="    return _granted(room, member)\n",
        killers=ROOMS,
    ),
    Mutant(
        name="expired_without_a_name",
        breaks=("O7",),
        why="What is not there any more need not be told of.",
        file="chatd/rooms/reading.py",
        old="        gaps.append((gone, GapReason.EXPIRED))\n",
        new="",
        killers=ROOMS,
    ),
    Mutant(
        name="pinned_product_expires",
        breaks=("D4",),
        why="It is as old as the posts around it.",
        file="chatd/storage/puts.py",
        old="    AND seq NOT IN (SELECT value FROM json_each(?))\n",
        new="    AND seq <> json_array_length(?)\n",
        killers=("tests/storage/test_contract_live.py",),
    ),
    Mutant(
        name="expired_goes_on_mentioning",
        breaks=("A9",),
        why="The body is gone, and with it all that could be shown of the post.",
        file="chatd/storage/puts.py",
        old="(_EXPIRE, _REACTIONS_EXPIRE, MENTIONS_EXPIRE, POLLS_EXPIRE, VOTES_EXPIRE)\n",
        new="(_EXPIRE, _REACTIONS_EXPIRE, POLLS_EXPIRE, VOTES_EXPIRE)\n",
        killers=("tests/storage/test_contract_live.py",),
    ),
    Mutant(
        name="cheers_without_a_bound",
        breaks=("M2",),
        why="The flood guard is there already.",
        file="chatd/rooms/audience.py",
        old="        more = min(count, most - counted)\n",
        new="        more = count\n",
        killers=ROOMS,
    ),
    Mutant(
        name="pins_outlive_what_is_kept_for_nobody",
        breaks=("A9",),
        why="What has expired is erased already. What was spared then has its place in another list.",
        file="chatd/rooms/commands/streaming.py",
        old="            after += [Expiry(room=room.id, first=seq, last=seq) for seq in spared]\n",
        new="            pass\n",
        killers=("tests/rooms/commands/test_streaming_end.py",),
    ),
    Mutant(
        name="one_entry_less_is_kept",
        breaks=("O7",),
        why="The post that lets others expire is one more.",
        file="chatd/rooms/commands/streaming.py",
        old="    last = min(room.head.seq - keep, record.expired + EXPIRED_AT_MOST)\n",
        new="    last = min(room.head.seq + 1 - keep, record.expired + EXPIRED_AT_MOST)\n",
        killers=("tests/rooms/commands/test_streaming.py", "tests/model/test_model.py"),
    ),
    Mutant(
        name="edit_outlives_the_pin",
        breaks=("A9",),
        why="The post goes when it is taken off. That it said something else last is not thought of.",
        file="chatd/rooms/commands/talking.py",
        old="seq=command.seq, edited=state.edits > 0))\n",
        new="seq=command.seq, edited=False))\n",
        killers=("tests/rooms/commands/test_streaming.py",),
    ),
)
