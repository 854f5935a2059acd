"""Bugs in who may do what, who is kept out, and how others come in (invariants A3-A5)."""

from __future__ import annotations

from tests.mutants.mutant import Mutant

PERMISSIONS = "chatd/rooms/permissions.py"
INVITING = "chatd/rooms/commands/inviting.py"
ROOM = "chatd/rooms/room.py"
COMMANDS = ("tests/rooms/commands",)

MUTANTS = (
    Mutant(
        name="denial_without_end",
        breaks=("A3",),
        why="What was taken stays taken until somebody gives it back: nobody would look at the clock.",
        file=PERMISSIONS,
        old="    return denial.until is None or now < denial.until\n",
        new="    return True\n",
        killers=("tests/rooms/test_permissions.py",),
    ),
    Mutant(
        name="denial_left_behind_by_leaving",
        breaks=("A3",),
        why="A new membership begins afresh: floor, state and role do.",
        file="chatd/rooms/commands/draft.py",
        old="        denied=before.denied if before and change.role is not Role.OWNER else (),\n",
        new="        denied=(),\n",
        killers=COMMANDS,
    ),
    Mutant(
        name="banned_added_by_members",
        breaks=("A3",),
        why="Who may invite may invite anybody.",
        file="chatd/rooms/commands/membership.py",
        old="    if is_banned(there, proposal.now) and not may_unban:\n",
        new="    if is_banned(there, proposal.now) and may_unban is None:\n",
        killers=COMMANDS,
    ),
    Mutant(
        name="ban_lifted_by_removing",
        breaks=("A3",),
        why="Whoever is not in it can be removed without harm.",
        file="chatd/rooms/commands/membership.py",
        old="    if there is None or there.state in GONE:\n        return UNCHANGED\n    if refusal",
        new="    if there is None or there.state is MemberState.LEFT:\n        return UNCHANGED\n    if refusal",
        killers=COMMANDS,
    ),
    Mutant(
        name="link_used_without_end",
        breaks=("A3",),
        why="A link is looked up and lets in. That it lets in so many stands in another line.",
        file=INVITING,
        old="    after = evolve(invite, uses=invite.uses - 1)\n",
        new="    after = evolve(invite, uses=invite.uses)\n",
        killers=COMMANDS,
    ),
    Mutant(
        name="link_that_expired_lets_in",
        breaks=("A3",),
        why="What was revoked is gone. What has expired is still there.",
        file=INVITING,
        old="    return tuple([each for each in record.invites if each.expires is None or now < each.expires])\n",
        new="    return record.invites\n",
        killers=COMMANDS,
    ),
    Mutant(
        name="wrong_code_waits_for_others",
        breaks=("A4",),
        why="Refusals that may rest on what is in flight wait for it. A stranger's waits only where there is a room.",
        file="chatd/rooms/router.py",
        old="        at_once = refusal is UNKNOWN_ROOM or refusal is BAD_INVITE\n",
        new="        at_once = refusal is UNKNOWN_ROOM\n",
        killers=COMMANDS,
    ),
    Mutant(
        name="closed_room_answers_requests",
        breaks=("A4",),
        why="Who may not ask is told so, and by that, that there is a room.",
        file=INVITING,
        old="    if own is None and not asks:\n        return UNKNOWN_ROOM\n",
        new="",
        killers=COMMANDS,
    ),
    Mutant(
        name="slow_mode_by_committed_posts",
        breaks=("A3",),
        why="The last post is the one on disk. Ten that are sent at once are all judged before the first is.",
        file=ROOM,
        old="        return max(committed, flight.item.entries[0].time, self.head.time) if flight else committed\n",
        new="        return committed\n",
        killers=COMMANDS,
    ),
    Mutant(
        name="slow_mode_forgotten_with_the_room",
        breaks=("A3",),
        why="Memory knows the last post of everybody who posted since the room came to it.",
        file="chatd/rooms/registry.py",
        old="posted=posted",
        new="posted=0",
        killers=COMMANDS,
    ),
    Mutant(
        name="leave_judged_before_its_join_is_there",
        breaks=("A1",),
        why="A stranger waits for nobody's change. But by a link they are none any more.",
        file="chatd/server/loader.py",
        old="for pair in needs.settled if self._knows(pair[0], actor.user)]",
        new="for pair in needs.settled if self._has(pair[0], actor.user)]",
        killers=("tests/server/test_coming_in.py",),
    ),
)
