"""Bugs in the end of posts that expire."""

from __future__ import annotations

from tests.mutants.mutant import Mutant

EXPIRING = "chatd/server/expiring.py"
KILLERS = ("tests/server/test_expiring.py",)

MUTANTS = (
    Mutant(
        name="expired_a_moment_early",
        breaks=("A9",),
        why="What is read is deleted. Most of it is due, and the rest will be.",
        file=EXPIRING,
        old="due = [post for post in posts if post.expires <= self.now()]\n",
        new="due = [post for post in posts if post.expires <= self.now() + 10_000]\n",
        killers=KILLERS,
    ),
    Mutant(
        name="nothing_expires_after_a_restart",
        breaks=("A9",),
        why="What is posted is noted. Who posted before this daemon began is not remembered.",
        file=EXPIRING,
        old="    _next: float = 0\n",
        new="    _next: float = math.inf\n",
        killers=KILLERS,
    ),
    Mutant(
        name="the_rest_of_many_expires_never",
        breaks=("M5",),
        why="A turn takes some and is content. Where nothing new is noted, it was the last one.",
        file=EXPIRING,
        old="        return 0 if flights else self.now() + RETRY_MS\n",
        new="        return math.inf\n",
        killers=KILLERS,
    ),
    Mutant(
        name="the_longer_life_wins",
        breaks=("A9",),
        why="The author has said how long. The room has said so too.",
        file="chatd/rooms/commands/saying.py",
        old="ttl_ms=1000 * min(",
        new="ttl_ms=1000 * max(",
        killers=("tests/rooms/test_expiring.py",),
    ),
)
