from __future__ import annotations

import pytest

from benchmarks.judge import Found, Line, Verdict, judge, total

LINES = [Line("ana", b"one", 2), Line("bo", b"two", 3), Line("ana", b"one", 5)]
POSTS = {2: Found("ana", b"one"), 3: Found("bo", b"two"), 5: Found("ana", b"one")}


def _faults(lines: list[Line], posts: dict[int, Found], *, per_sender: bool = False) -> tuple[int, int, int]:
    verdict = judge(lines, posts, per_sender=per_sender)
    return verdict.lost, verdict.duplicated, verdict.out_of_order


def test_a_room_that_holds_the_log_is_clean() -> None:
    verdict = judge(LINES, POSTS, per_sender=False)
    assert verdict == Verdict(lines=3, stored=3, lost=0, duplicated=0, out_of_order=0)
    assert verdict.clean


def test_a_line_without_an_ack_is_lost() -> None:
    assert _faults([*LINES, Line("bo", b"three", None)], POSTS) == (1, 0, 0)


def test_an_acknowledged_line_that_is_not_there_is_lost() -> None:
    assert _faults(LINES, {seq: found for seq, found in POSTS.items() if seq != 3}) == (1, 0, 0)


@pytest.mark.parametrize("found", [Found("bo", b"two "), Found("bo", b"Two"), Found("cy", b"two")])
def test_a_line_of_other_bytes_or_of_another_sender_is_lost(found: Found) -> None:
    assert _faults(LINES, POSTS | {3: found}) == (1, 0, 0)


def test_a_post_that_no_ack_named_is_a_duplicate_though_its_text_is_in_the_log() -> None:
    assert _faults(LINES, POSTS | {6: Found("ana", b"one")}) == (0, 1, 0)


def test_two_lines_with_one_place_are_one_line_lost() -> None:
    assert _faults([LINES[0], Line("ana", b"one", 2)], {2: Found("ana", b"one")}) == (1, 0, 1)


def test_a_line_that_stands_before_the_one_it_follows_is_out_of_order() -> None:
    swapped = [LINES[0], Line("bo", b"two", 5), Line("ana", b"one", 3)]
    assert _faults(swapped, {2: POSTS[2], 5: POSTS[3], 3: POSTS[5]}) == (0, 0, 1)


def test_the_order_among_senders_does_not_count_when_each_is_judged_alone() -> None:
    swapped = [LINES[0], Line("bo", b"two", 5), Line("ana", b"one", 3)]
    assert _faults(swapped, {2: POSTS[2], 5: POSTS[3], 3: POSTS[5]}, per_sender=True) == (0, 0, 0)


def test_the_order_of_one_sender_counts_when_each_is_judged_alone() -> None:
    swapped = [Line("ana", b"one", 5), LINES[1], Line("ana", b"one", 2)]
    assert _faults(swapped, POSTS, per_sender=True) == (0, 0, 1)


@pytest.mark.parametrize("name", ["lost", "duplicated", "out_of_order"])
def test_any_fault_makes_a_verdict_unclean(name: str) -> None:
    figures = {"lines": 1, "stored": 1, "lost": 0, "duplicated": 0, "out_of_order": 0}
    assert not Verdict(**(figures | {name: 1})).clean


def test_a_count_that_differs_makes_a_verdict_unclean() -> None:
    assert not Verdict(lines=2, stored=1, lost=0, duplicated=0, out_of_order=0).clean


def test_the_verdicts_of_several_rooms_add_up() -> None:
    one = Verdict(lines=5, stored=4, lost=3, duplicated=2, out_of_order=1)
    assert total([one, one]) == Verdict(lines=10, stored=8, lost=6, duplicated=4, out_of_order=2)
