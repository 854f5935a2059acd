"""Bugs in whom posts mention, and in what those who hid a post are shown of it."""

from __future__ import annotations

from tests.mutants.mutant import Mutant

MENTIONS = ("tests/storage/test_mentions.py",)

MUTANTS = (
    Mutant(
        name="who_is_not_there_is_mentioned",
        breaks=("A2",),
        why="Whoever is named exists, and will see it when they come. They are asked for by name, and must not be.",
        file="chatd/rooms/commands/saying.py",
        old="    if there is None or not is_present(there):\n",
        new="    if there is None:\n",
        killers=("tests/rooms/test_matrix.py",),
    ),
    Mutant(
        name="fans_found_by_mentioning_them",
        breaks=("A2",),
        why="Who is in may be mentioned. Who may know that they are in is another question.",
        file="chatd/rooms/commands/saying.py",
        old="    return knows_members(record, own) or there.role is not Role.MEMBER\n",
        new="    return True\n",
        killers=("tests/rooms/commands/test_saying.py",),
    ),
    Mutant(
        name="edited_away_and_still_called",
        breaks=("E6",),
        why="An edit puts its own mentions. That there were others before is forgotten.",
        file="chatd/rooms/commands/talking.py",
        old="proposal, command.seq, changed, mentions)\n",
        new="proposal, command.seq, changed)\n",
        killers=("tests/server/test_unread.py",),
    ),
    Mutant(
        name="deleted_and_still_called",
        breaks=("A9",),
        why="The body is gone. Whom it named stands elsewhere.",
        file="chatd/storage/puts.py",
        old=", FORGET_MENTIONS, FORGET_POLL",
        new=", FORGET_POLL",
        killers=MENTIONS,
    ),
    Mutant(
        name="mentions_of_the_edit_before_stay",
        breaks=("E6",),
        why="The first edit takes back what the post said. Those after it take back that, and not each other.",
        file="chatd/storage/mentions.py",
        old="AND seq = ? AND edit < ?",
        new="AND seq = ? AND edit < ? - 1",
        killers=MENTIONS,
    ),
    Mutant(
        name="hidden_post_shown_by_its_edit",
        breaks=("A2",),
        why="The last entry is not the one that was hidden. It says what that one says now.",
        file="chatd/storage/personal.py",
        old="    return (entry.seq, entry.target) if is_act and entry.target is not None else (entry.seq,)\n",
        new="    return (entry.seq,) if is_act and entry.target is not None else (entry.seq,)\n",
        killers=("tests/storage/test_contract_personal.py",),
    ),
)
