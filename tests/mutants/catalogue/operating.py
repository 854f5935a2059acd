"""Bugs in what operators do: users closed, rooms frozen, the audit, and the stream of all that is committed."""

from __future__ import annotations

from tests.mutants.mutant import Mutant

OPERATORS = "chatd/rooms/operators.py"
STREAMING = "chatd/server/streaming.py"
STREAMED = ("tests/server/test_streaming_pages.py",)

MUTANTS = (
    Mutant(
        name="frozen_room_is_closed_to_posts_alone",
        breaks=("A3",),
        why="Nobody writes to it any more, and that is what it was frozen for. But whoever has a link still comes in.",
        file=OPERATORS,
        old="not isinstance(command, Leave)",
        new="isinstance(command, Post)",
        killers=("tests/rooms/test_matrix.py",),
    ),
    Mutant(
        name="audit_knows_no_posts",
        breaks=("D7",),
        why="The room itself shows who posted. It shows that an operator did, and not which one.",
        file=OPERATORS,
        old="    if first.kind is EntryKind.AUDIT:\n        return draft\n",
        new="    if first.kind is EntryKind.AUDIT or isinstance(command, Post):\n        return draft\n",
        killers=("tests/rooms/test_operators.py",),
    ),
    Mutant(
        name="operator_leaves_a_group_without_an_owner",
        breaks=("A5",),
        why="Rank says who may be removed, and nobody is above an operator. The last owner was never asked after.",
        file="chatd/rooms/commands/membership.py",
        old="    if refusal := outranked(own, there) or abandoned(record, there):\n",
        new="    if refusal := outranked(own, there):\n",
        killers=("tests/rooms/test_operators.py", "tests/rooms/test_matrix.py"),
    ),
    Mutant(
        name="token_of_a_closed_user_is_good",
        breaks=("A6",),
        why="The token was not revoked, and has not expired.",
        file="chatd/server/auth.py",
        old=" or watch.revoked or found.user.closed is not None:",
        new=" or watch.revoked:",
        killers=("tests/server/test_auth.py",),
    ),
    Mutant(
        name="closed_user_comes_back_with_a_new_token",
        breaks=("A6",),
        why="A record is put whole. One that was decided before the user was closed knows nothing of that.",
        file="chatd/storage/puts.py",
        old="    closed = coalesce(closed, excluded.closed),\n",
        new="    closed = excluded.closed,\n",
        killers=("tests/storage/test_contract_accounts.py",),
    ),
    Mutant(
        name="closing_overlooks_who_is_on_the_way_in",
        breaks=("A2", "A6"),
        why="All rooms of the user are in the store. What others have decided is not there yet.",
        file="chatd/server/closing.py",
        old="        await self._pass(Item())  # what was decided before the user was closed may still be on its way\n",
        new="",
        killers=("tests/server/test_closing.py",),
    ),
    Mutant(
        name="stream_goes_on_behind_what_did_not_fit",
        breaks=("O7",),
        why="The position is that of the last entry looked at. Which was too large for the page.",
        file=STREAMING,
        old="                    return events, at, False\n",
        new="                    return events, reached, False\n",
        killers=STREAMED,
    ),
    Mutant(
        name="stream_of_another_epoch_goes_on",
        breaks=("D9",),
        why="A place is a place. After a restore another entry stands there.",
        file=STREAMING,
        old="epoch == self.store.epoch and place < 1 << 63",
        new="place < 1 << 63",
        killers=STREAMED,
    ),
    Mutant(
        name="operator_forwards_by_a_membership",
        breaks=("A1",),
        why="Who hands a post on must have a part in its room. An operator has none, and stands above all who do.",
        file=OPERATORS,
        old="    return seat(room) if actor.operator else room.member(actor.user)\n",
        new="    return room.member(actor.user)\n",
        killers=("tests/rooms/commands/test_forwarding.py", "tests/rooms/test_matrix.py"),
    ),
    Mutant(
        name="operator_sits_in_self_rooms_too",
        breaks=("A1",),
        why="An operator may do everything everywhere, so no room is left out.",
        file=OPERATORS,
        old="    if room.record is not None and room.record.kind is RoomKind.SELF:\n        return None\n",
        new="",
        killers=("tests/rooms/test_operators.py",),
    ),
    Mutant(
        name="command_line_forwards_what_was_said_first",
        breaks=("A9",),
        why="The post is in the page. Its newest edit stands beside it, where nobody looked.",
        file="chatd/server/admin_rooms.py",
        old="    said = await _newest(operator, page, seq) or (post.body if post else None)\n",
        new="    said = post.body if post else None\n",
        killers=("tests/server/test_admin_rooms.py",),
    ),
    Mutant(
        name="now_is_before_the_last_entry",
        breaks=("O7",),
        why="A reader goes on behind a position, so it was taken for that of the entry which is to come first.",
        file=STREAMING,
        old="        place = expect(end, int)\n",
        new="        place = max(expect(end, int) - 1, 0)\n",
        killers=("tests/server/test_streaming_now.py",),
    ),
    Mutant(
        name="following_begins_now_with_each_page",
        breaks=("O7",),
        why="Who asked for what comes from now on asks for it with every page. What came between two is lost.",
        file="chatd/server/admin_follow.py",
        old="        command = Follow(after=page.position)\n",
        new="        command = Follow(after=await _newest(operator))\n",
        killers=("tests/server/test_admin_follow.py",),
    ),
)
