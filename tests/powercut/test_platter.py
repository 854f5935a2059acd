"""What a power cut leaves of a disk."""

from __future__ import annotations

from random import Random

import pytest

from tests.powercut.platter import (
    Create,
    Delete,
    Forget,
    Op,
    Platter,
    Rename,
    Survivors,
    Sync,
    SyncNames,
    Truncate,
    Write,
)


def after(*ops: Op) -> Platter:
    """Return the disk of one file `f`, number 0, of four sectors of `-`, after `ops`."""
    platter = Platter.of({"f": b"-" * 2048})
    for op in ops:
        platter.apply(op)
    return platter


def images(platter: Platter, survivors: Survivors) -> set[bytes | None]:
    """Return what may become of `f`."""
    return {platter.survivors(survivors, Random(seed)).get("f") for seed in range(200)}


A, B = Write(0, 0, b"a" * 512), Write(0, 1024, b"b" * 512)
BEFORE, WITH_A, WITH_B = b"-" * 2048, b"a" * 512 + b"-" * 1536, b"-" * 1024 + b"b" * 512 + b"-" * 512
BOTH = b"a" * 512 + b"-" * 512 + b"b" * 512 + b"-" * 512


def test_what_was_synced_survives_every_cut() -> None:
    for survivors in Survivors:
        assert images(after(A, Sync(0)), survivors) == {WITH_A}


@pytest.mark.parametrize(
    ("survivors", "left"),
    [
        (Survivors.NONE, {BEFORE}),
        (Survivors.ALL, {BOTH}),
        (Survivors.EARLY, {BEFORE, WITH_A, BOTH}),
        (Survivors.LATE, {WITH_B, BOTH}),
        (Survivors.SOME, {BEFORE, WITH_A, WITH_B, BOTH}),
        (Survivors.TORN, {BEFORE, WITH_A, WITH_B, BOTH}),
    ],
)
def test_of_two_unsynced_writes_each_choice_leaves_its_own(survivors: Survivors, left: set[bytes]) -> None:
    assert images(after(A, B), survivors) == left


def test_a_torn_write_is_torn_where_sectors_meet() -> None:
    torn = images(after(Write(0, 500, b"x" * 600)), Survivors.TORN)
    pieces = {image[499:1101] for image in torn if image}
    assert len(pieces) == 8
    assert b"-" + b"x" * 12 + b"-" * 512 + b"x" * 76 + b"-" in pieces


def test_an_early_cut_may_leave_the_first_sectors_of_a_write() -> None:
    assert b"x" * 512 + b"-" * 1536 in images(after(Write(0, 0, b"x" * 1024)), Survivors.EARLY)


def test_garbage_stays_within_what_was_written() -> None:
    left = images(after(Write(0, 512, b"x" * 512)), Survivors.GARBAGE)
    assert len(left) > 3
    assert all(image and image[:512] + image[1024:] == b"-" * 1536 for image in left)


def test_a_file_may_have_grown_without_what_it_grew_for() -> None:
    assert BEFORE + bytes(512) in images(after(Write(0, 2048, b"x" * 512)), Survivors.TORN)


def test_a_file_is_cut_or_made_longer() -> None:
    assert images(after(Truncate(0, 3)), Survivors.ALL) == {b"---"}
    assert images(after(Truncate(0, 3)), Survivors.NONE) == {BEFORE}
    assert images(after(Truncate(0, 2050)), Survivors.ALL) == {BEFORE + bytes(2)}


def test_a_new_name_is_there_for_certain_once_its_directory_is_synced() -> None:
    made = (Create("g", 1), Write(1, 0, b"x"), Sync(1))
    assert after(*made).survivors(Survivors.NONE, Random(0)) == {"f": BEFORE}
    assert after(*made, SyncNames()).survivors(Survivors.NONE, Random(0)) == {"f": BEFORE, "g": b"x"}
    assert after(*made).running() == {"f": BEFORE, "g": b"x"}


def test_a_deleted_file_may_come_back_with_what_was_synced() -> None:
    gone = after(A, Sync(0), B, Delete("f"))
    assert images(gone, Survivors.NONE) == {WITH_A}
    assert images(gone, Survivors.ALL) == {None}
    assert images(gone, Survivors.SOME) == {None, WITH_A, BOTH}


def test_a_renamed_file_has_one_of_its_names() -> None:
    platter = Platter.of({"f": b"old", "g": b"new"})
    platter.apply(Rename("g", "f"))
    assert images(platter, Survivors.SOME) == {b"old", b"new"}
    assert platter.running() == {"f": b"new"}


def test_what_a_failed_sync_forgot_is_brought_to_the_disk_by_no_later_one() -> None:
    assert images(after(A, Forget(0), B, Sync(0)), Survivors.ALL) == {WITH_B}


def test_a_copy_goes_its_own_way() -> None:
    first = after(A)
    second = first.copy()
    second.apply(Sync(0))
    assert images(first, Survivors.NONE) == {BEFORE}
    assert images(second, Survivors.NONE) == {WITH_A}
