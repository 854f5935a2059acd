"""A daemon killed while posts are held and reviewed: none is lost, doubled, or let through (5.104, D1, D3, E1, E2)."""

from __future__ import annotations

from pathlib import Path
from random import Random

import pytest
from attrs import evolve

from chatd.messages import Post
from chatd.wire import content
from tests.crash.held import Found, Known, judge, live

ROOM = b"r" * 16
KILLS = 4


def post(text: str) -> Post:
    return Post(room=ROOM, key=text.ljust(16).encode(), content=content.text(text))


PLAIN, WAITS, LET, TURNED, NOT = (post(text) for text in ("plain", "waits", "let", "turned", "not"))
KNOWN = Known(
    plain=[("bo", PLAIN)],
    held=[("bo", WAITS), ("bo", LET), ("cy", TURNED)],
    refused=[NOT],
    approved=[LET.content],
    rejected=[TURNED.content],
)
RIGHT = Found(queue=[("bo", WAITS.content)], room=[("bo", PLAIN.key, PLAIN.content), ("bo", LET.key, LET.content)])


def test_what_is_as_it_was_told_breaks_no_promise() -> None:
    assert judge(KNOWN, RIGHT) == []


@pytest.mark.parametrize(
    ("found", "invariant"),
    [
        (evolve(RIGHT, queue=[]), "D1"),
        (evolve(RIGHT, queue=[*RIGHT.queue, *RIGHT.queue]), "D1, E1"),
        (evolve(RIGHT, queue=[*RIGHT.queue, ("cy", TURNED.content)]), "D1"),
        (evolve(RIGHT, queue=[*RIGHT.queue, ("bo", LET.content)]), "D1"),
        (evolve(RIGHT, room=RIGHT.room[:1]), "D1"),
        (evolve(RIGHT, room=[*RIGHT.room, RIGHT.room[1]]), "D1, E1"),
        (evolve(RIGHT, room=[*RIGHT.room, ("cy", TURNED.key, TURNED.content)]), "D1"),
        (evolve(RIGHT, room=[*RIGHT.room, ("bo", NOT.key, NOT.content)]), "D3"),
    ],
    ids=["lost", "twice", "waits on", "let and waits", "not let", "let twice", "turned down and there", "refused"],
)
def test_what_is_otherwise_is_found(found: Found, invariant: str) -> None:
    [fault] = judge(KNOWN, found)
    assert fault.startswith(invariant)


@pytest.mark.slow
async def test_killed_again_and_again_it_keeps_what_waits_and_what_became_of_it(tmp_path: Path) -> None:
    account = await live(tmp_path, KILLS, Random(5))
    assert account.violations == []
    assert account.kills == KILLS
    counts = (account.held, account.plain, account.approved, account.rejected, account.refused, account.again)
    assert min(counts) > 0, counts


@pytest.mark.slow
async def test_a_queue_that_is_not_written_is_found_as_loss(tmp_path: Path) -> None:
    account = await live(tmp_path, 1, Random(5), "held_in_memory")
    assert any(violation.startswith("D1") for violation in account.violations)
