"""The judge judged: it finds nothing in clean histories, and every kind of bug that is planted in one."""

from __future__ import annotations

from random import Random

import pytest
from hypothesis import given, settings, strategies as st

from tests.history.checkers import CHECKERS, judge
from tests.history.events import Ack, Event, History, Invoke, Nack, Postponed, Stored, Unknown
from tests.history.plants import PLANTS
from tests.history.sketch import ROOM, sketch

SEEDS = st.integers(0, 2**32 - 1)
CLEAN = settings(max_examples=20, deadline=None, derandomize=True, database=None)
PLANTED = settings(CLEAN, max_examples=12)

A, B, C = b"a" * 16, b"b" * 16, b"c" * 16


def sent(key: bytes, body: bytes = b"text", *, client: str = "ana", session: int = 0) -> Invoke:
    return Invoke(0.0, client, "ana", "phone", key, ROOM, body, session)


def acked(key: bytes, seq: int, *, client: str = "ana") -> Ack:
    return Ack(0.0, client, "ana", key, ROOM, seq, 7)


def nacked(key: bytes, code: str = "forbidden", *, client: str = "ana") -> Nack:
    return Nack(0.0, client, "ana", key, ROOM, code)


def postponed(key: bytes) -> Postponed:
    return Postponed(0.0, "ana", "ana", key, ROOM, "busy")


def unanswered(key: bytes) -> Unknown:
    return Unknown(0.0, "ana", "ana", key, ROOM)


def kept(*keys: bytes, body: bytes = b"text") -> list[Stored]:
    return [Stored(ROOM, seq, key, "ana", 7, body) for seq, key in enumerate(keys, 1)]


def told(*events: Event) -> History:
    return History(list(events))


def found(stored: list[Stored], *events: Event) -> list[str]:
    """The invariants that these events and what is stored violate."""
    return list(judge(told(*events), stored).by_invariant())


@CLEAN
@given(SEEDS)
def test_a_clean_history_has_no_violation(seed: int) -> None:
    assert sketch(Random(seed)).verdict().violations == []


@pytest.mark.parametrize("sentence", PLANTS)
def test_a_planted_bug_is_found(sentence: str) -> None:
    invariant, plant = PLANTS[sentence]

    @PLANTED
    @given(SEEDS)
    def finds(seed: int) -> None:
        chance = Random(seed)
        run = sketch(chance)
        plant(run, chance)
        assert invariant in run.verdict().by_invariant()

    finds()


def test_every_checker_has_a_planted_bug_to_find() -> None:
    assert {invariant for invariant, _ in PLANTS.values()} == {*CHECKERS}


def test_what_is_acknowledged_and_what_is_recovered_is_counted() -> None:
    history = told(sent(A), sent(B), sent(C), acked(A, 1), unanswered(B))
    verdict = judge(history, kept(A, B))
    assert (verdict.acked, verdict.recovered, verdict.lost, verdict.clean) == (1, 1, 0, True)


@pytest.mark.parametrize(
    ("left", "part"),
    [(kept(C, B), "prefix"), (kept(A, B), "suffix"), ([kept(A)[0], kept(A, A, C)[2]], "middle"), ([], "all")],
)
def test_it_says_which_part_of_a_sender_s_posts_is_lost(left: list[Stored], part: str) -> None:
    history = told(sent(A), sent(B), sent(C), acked(A, 1), acked(B, 2), acked(C, 3))
    texts = [each.text for each in judge(history, left).violations if each.invariant == "D1"]
    assert texts
    assert all(f"{part} of what ana sent" in text for text in texts)


def test_what_is_refused_and_sent_again_may_be_stored() -> None:
    assert found(kept(A), sent(A), nacked(A), sent(A), unanswered(A)) == []


def test_what_is_refused_to_one_client_and_still_under_way_for_another_may_be_stored() -> None:
    assert found(kept(A), sent(A), sent(A, client="her tablet"), nacked(A)) == []


def test_a_conflict_does_not_refuse_what_is_stored_under_its_key() -> None:
    assert found(kept(A), sent(A), acked(A, 1), sent(A, b"other"), nacked(A, "conflict")) == []


def test_a_command_that_was_not_postponed_is_not_overtaken() -> None:
    assert found(kept(B, A), sent(A), sent(B), sent(A), acked(B, 1), acked(A, 2)) == ["O3"]


def test_a_postponed_command_may_be_overtaken() -> None:
    assert found(kept(B, A), sent(A), sent(B), postponed(A), sent(A), acked(B, 1), acked(A, 2)) == []


def test_commands_sent_again_in_order_keep_their_order() -> None:
    again = [sent(key, session=session) for session in (1, 2) for key in (A, B)]
    assert found(kept(B, A), *again, acked(B, 1), acked(A, 2)) == ["O3"]


def test_commands_sent_again_may_have_been_postponed_unheard() -> None:
    again = [sent(key, session=session) for session in (1, 2) for key in (A, B)]
    assert found(kept(B, A), *again, acked(B, 1), acked(A, 2), sent(C, session=2), postponed(C)) == []


def test_a_command_sent_again_alone_may_be_overtaken_by_what_a_new_connection_sent() -> None:
    sendings = sent(A, session=1), sent(B, session=2), sent(A, session=2)
    assert found(kept(B, A), *sendings, acked(B, 1), acked(A, 2)) == []


def test_a_refusal_that_was_under_way_before_the_ack_breaks_nothing() -> None:
    assert found(kept(A), sent(A), sent(A, client="her tablet"), acked(A, 1, client="her tablet"), nacked(A)) == []


def test_the_counts_of_duplicates_and_strangers_are_of_entries() -> None:
    verdict = judge(told(sent(A), acked(A, 1)), [*kept(A, A, A), Stored(ROOM, 4, B, "bo", 7, b"hm")])
    assert (verdict.duplicated, verdict.unexpected) == (2, 1)
