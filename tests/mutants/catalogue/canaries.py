"""Bugs that tell somebody what is not for them: the search of all bytes for planted texts must see each."""

from __future__ import annotations

from tests.mutants.mutant import Mutant

CANARIES = ("tests/server/test_canaries.py",)

MUTANTS = (
    Mutant(
        name="draft_told_to_its_room",
        breaks=("A7",),
        why="A draft is of a room, so its entry stands there. That everybody in it is sent its entries is forgotten.",
        file="chatd/rooms/commands/personal.py",
        old="    return _kept(EntryKind.DRAFT, facts.draft(kept.room, command.content), proposal, after, *older)\n",
        new="    told = entry(proposal, kept.room, EntryKind.DRAFT, facts.draft(kept.room, command.content))\n"
        "    return Draft(entries=(told,), records=(after, *older))\n",
        killers=CANARIES,
    ),
    Mutant(
        name="held_post_told_to_its_room",
        breaks=("A7",),
        why="Those who review are in the room, so an entry of it tells them. So are all the others.",
        file="chatd/rooms/commands/holding.py",
        old="    told = aside(proposal, record.room, EntryKind.HELD, facts.held(record.room, number))\n",
        new="    told = aside(proposal, record.room, EntryKind.HELD, facts.held(record.room, number))\n"
        "    told = (*told, evolve(told[0], room=record.room, body=command.content))\n",
        killers=CANARIES,
    ),
    Mutant(
        name="commands_are_logged",
        breaks=("A7",),
        why="Messages print no contents. They do print titles and reasons.",
        file="chatd/server/session.py",
        old="        core.metrics.commands += 1\n",
        new="        core.metrics.commands += 1\n"
        '        core.log.debug("command", session=self.id, command=repr(command))\n',
        killers=CANARIES,
    ),
)
