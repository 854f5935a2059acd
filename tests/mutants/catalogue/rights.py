"""Bugs that show or allow what is not theirs to see or do (invariants A1-A10)."""

from __future__ import annotations

from tests.mutants.mutant import Mutant

MEMBERSHIP = "chatd/rooms/commands/membership.py"
ROUTER = "chatd/rooms/router.py"
READING = "chatd/rooms/reading.py"
FANOUT = "chatd/server/fanout.py"
SESSION = "chatd/server/session.py"
SIGNALS = "chatd/server/signals.py"
COMMANDS = ("tests/rooms/commands",)

MUTANTS = (
    Mutant(
        name="rank_not_compared_in_removal",
        breaks=("A5",),
        why="Admins manage; that they manage each other is seen too late.",
        file=MEMBERSHIP,
        old='    if rank(own) <= RANK[there.role]:\n        return Refusal(RefusalCode.FORBIDDEN, "their rank',
        new='    if rank(own) < RANK[there.role]:\n        return Refusal(RefusalCode.FORBIDDEN, "their rank',
        killers=COMMANDS,
    ),
    Mutant(
        name="rank_given_above_ones_own",
        breaks=("A5",),
        why="The rank of the target is compared. The rank that is given is not.",
        file=MEMBERSHIP,
        old="    if rank(own) < RANK[command.role]:\n",
        new="    if rank(own) is None:\n",
        killers=COMMANDS,
    ),
    Mutant(
        name="last_owner_may_leave",
        breaks=("A5",),
        why="Whoever wants to go may go.",
        file=MEMBERSHIP,
        old="    if refusal := abandoned(record, own):\n",
        new="    if refusal := abandoned(record, own) if record.owners == 0 else None:\n",
        killers=COMMANDS,
    ),
    Mutant(
        name="last_owner_lowers_themself",
        breaks=("A5",),
        why="Lowering oneself harms nobody. But a group without an owner is nobody's.",
        file=MEMBERSHIP,
        old="    if is_last_owner(record, there):\n",
        new="    if is_last_owner(record, there) and not lowers_self:\n",
        killers=COMMANDS,
    ),
    Mutant(
        name="judged_without_what_is_in_flight",
        breaks=("A3", "A5"),
        why="What is committed is what counts. Two owners who leave within one batch are both told yes.",
        file="chatd/rooms/room.py",
        old="        pending = self._pending.get((user,)) if self._pending else None\n",
        new="        pending = None\n",
        killers=("tests/rooms",),
    ),
    Mutant(
        name="invited_user_may_read",
        breaks=("A1",),
        why="An invitation without an end has no end, None. That is the mark of who is present.",
        file="chatd/rooms/commands/draft.py",
        old="    until: int | SeqOf | HeadPlus | None = before.until if before else 0\n",
        new="    until: int | SeqOf | HeadPlus | None = before.until if before else None\n",
        killers=COMMANDS,
    ),
    Mutant(
        name="invited_user_sees_the_last_entry",
        breaks=("A1",),
        why="A list of rooms shows the newest line of each. To who is only invited, too.",
        file="chatd/storage/rows.py",
        old="        last=last if present and reached else None,\n",
        new="        last=last if reached else None,\n",
        killers=("tests/storage/test_contract_rooms.py",),
    ),
    Mutant(
        name="floor_ignored",
        breaks=("A1",),
        why="A room has one history. What was said before one came is not for all eyes.",
        file=READING,
        old="    return Range(_settled(member.floor), until)\n",
        new="    return Range(1, until)\n",
        killers=("tests/rooms/test_reading.py",),
    ),
    Mutant(
        name="history_goes_on_after_leaving",
        breaks=("A2",),
        why="Who was a member reads as a member did; that it ends is one comparison more.",
        file=READING,
        old="    until = room.head.seq if member.until is None else min(_settled(member.until), room.head.seq)\n",
        new="    until = room.head.seq\n",
        killers=("tests/rooms/test_reading.py",),
    ),
    Mutant(
        name="title_told_to_who_is_gone",
        breaks=("A2",),
        why="The room's title is no message.",
        file=READING,
        old='        title="" if outside else record.title,\n',
        new="        title=record.title,\n",
        killers=("tests/rooms/test_reading.py",),
    ),
    Mutant(
        name="removed_user_still_hears",
        breaks=("A2",),
        why="The membership says that they are out. But deliveries go by who is attached.",
        file="chatd/rooms/audience.py",
        old="        subscriber.typed_ms.pop(room.id, None)\n        room.attachments.pop(subscriber.session, None)\n",
        new="        subscriber.typed_ms.pop(room.id, None)\n",
        killers=("tests/test_dialogues.py", "tests/rooms/test_audience.py"),
    ),
    Mutant(
        name="removed_user_hears_the_rest_of_the_batch",
        breaks=("A2",),
        why="Joining all frames of a batch is fastest. The cut at a removal costs a blob.",
        file=FANOUT,
        old="            if room and leaving and entry is first:\n                blobs.cut(room)\n",
        new="            if room and leaving and entry is first:\n",
        killers=("tests/server/test_fanout.py",),
    ),
    Mutant(
        name="newcomer_hears_what_was_said_before",
        breaks=("A1",),
        why="The same blob goes to everybody, those who join within it as well.",
        file=FANOUT,
        old="        if room and arriving:\n            blobs.cut(room)\n",
        new="        if room and arriving:\n",
        killers=("tests/server/test_fanout.py",),
    ),
    Mutant(
        name="membership_that_changed_while_reading_ignored",
        breaks=("A2",),
        why="It was judged before the read. A removal that commits meanwhile comes too late for it.",
        file="chatd/server/history.py",
        old="        if place_of(self.registry, actor, command.room) != place or ",
        new="        if ",
        killers=("tests/server/test_pages.py",),
    ),
    Mutant(
        name="stranger_learns_that_a_room_exists",
        breaks=("A4",),
        why="`not_member` is the better text, for those who are told it.",
        file="chatd/rooms/judge.py",
        old="""\
        if room is None or record is None or own is None:
            return UNKNOWN_ROOM
        if isinstance(command, Leave):
""",
        new="""\
        if room is None or record is None:
            return UNKNOWN_ROOM
        if own is None:
            return NOT_MEMBER
        if isinstance(command, Leave):
""",
        killers=("tests/rooms/test_router.py",),
    ),
    Mutant(
        name="stranger_waits_for_a_room_that_is_busy",
        breaks=("A4",),
        why="Every refusal waits for what it may rest on. How long it took tells a stranger that the room is there.",
        file=ROUTER,
        old="        at_once = refusal is UNKNOWN_ROOM or refusal is BAD_INVITE\n",
        new="        at_once = refusal is BAD_INVITE\n",
        killers=("tests/rooms/test_pending.py",),
    ),
    Mutant(
        name="refused_before_what_it_rests_on_is_stored",
        breaks=("D5", "A3"),
        why="A refusal commits nothing, so it need not wait. But it tells of a removal that may never be on disk.",
        file=ROUTER,
        old="        if room is not None and room.last_change is not None and not at_once:\n",
        new="        if room is None and not at_once:\n",
        killers=("tests/rooms/test_pending.py",),
    ),
    Mutant(
        name="revoked_token_keeps_its_sessions",
        breaks=("A6",),
        why="The token lets nobody in any more. Who is in stays in.",
        file=SIGNALS,
        old='                there.close(CloseCode.REVOKED, "the token was revoked")\n',
        new="                continue\n",
        killers=("tests/server/test_signals.py", "tests/test_dialogues.py"),
    ),
    Mutant(
        name="token_revoked_during_its_hello_lets_in",
        breaks=("A6",),
        why="The store said that the token is good. While it said so, it was revoked.",
        file=SIGNALS,
        old="            watch.revoked = True\n",
        new="            continue\n",
        killers=("tests/server/test_signals.py",),
    ),
    Mutant(
        name="token_without_an_end",
        breaks=("A6",),
        why="Sessions are ended by the sweep when their token expires. The hello that comes later is let in.",
        file="chatd/server/auth.py",
        old="(token.expires is not None and token.expires <= core.now())",
        new="(token.expires is not None and token.expires < 0)",
        killers=("tests/server/test_auth.py",),
    ),
    Mutant(
        name="names_believed_in_production",
        breaks=("A10",),
        why="The scheme is called `dev`; nobody would use it elsewhere.",
        file="chatd/server/auth.py",
        old='hello.scheme == "dev" and core.config.dev and is_name',
        new='hello.scheme == "dev" and is_name',
        killers=("tests/server/test_auth.py",),
    ),
    Mutant(
        name="users_say_system",
        breaks=("A10",),
        why="A system content is a type like any other. Whom it speaks for is not in its table.",
        file="chatd/wire/content.py",
        old="    if isinstance(body, System) and not allow_system:\n",
        new="    if isinstance(body, System) and allow_system is None:\n",
        killers=("tests/wire/test_content.py",),
    ),
)
