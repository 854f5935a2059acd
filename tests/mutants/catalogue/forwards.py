"""Bugs in forwards: what is claimed and not compared, what is no longer there, and what is not theirs to hand on."""

from __future__ import annotations

from tests.mutants.mutant import Mutant

QUOTING = "chatd/server/posts.py"

MUTANTS = (
    Mutant(
        name="forward_of_anything_that_is_there",
        breaks=("A3",),
        why="There is such a post, and the user may see it. What the forward says of it, its client has copied.",
        file="chatd/rooms/commands/saying.py",
        old="    if claimed != proposal.loaded.quoted:\n",
        new="    if proposal.loaded.quoted is None:\n",
        killers=("tests/rooms/commands/test_forwarding.py",),
    ),
    Mutant(
        name="forwards_counted_from_the_last",
        breaks=("M1",),
        why="A forward of a forward is one forward.",
        file="chatd/wire/quoting.py",
        old="hops=quoted.hops + 1",
        new="hops=1",
        killers=("tests/wire/test_quoting.py",),
    ),
    Mutant(
        name="forward_of_what_was_edited_after_leaving",
        breaks=("A1",),
        why="Who has left sees the post, so they may hand on what it says.",
        file=QUOTING,
        old=" or (edit and until and edit.seq > until)",
        new="",
        killers=("tests/server/test_forwarding.py",),
    ),
    Mutant(
        name="forward_read_before_an_edit",
        breaks=("O4",),
        why="The post is read where nobody can delete it unnoticed. What it says meanwhile is not looked at.",
        file=QUOTING,
        old="            if messages.met(place) is not before:\n",
        new="            if messages.met(place) is place:\n",
        killers=("tests/server/test_forwarding.py",),
    ),
)
