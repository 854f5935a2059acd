"""What may be a display name or a handle, and which handles look alike."""

# ruff: noqa: RUF001 - what looks alike is what this is about

from __future__ import annotations

import pytest

from chatd.rooms.handles import display_name, handle, skeleton


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("Ana", "Ana"),
        ("  Ana   Li ", "Ana Li"),
        ("Ａｎａ", "Ana"),
        ("O\u0308zge", "\u00d6zge"),
        ("猫", "猫"),
        ("Ana 🚀", "Ana 🚀"),
        ("a" * 128, "a" * 128),
    ],
)
def test_a_display_name_is_tidied_and_keeps_its_letters(text: str, name: str) -> None:
    assert display_name(text) == name


@pytest.mark.parametrize("text", ["", "   ", "\u202eana", "a\u200db", "a\x00", "a\nb", "é" * 65, "\ud800"])
def test_what_is_no_display_name_is_none(text: str) -> None:
    assert display_name(text) is None


@pytest.mark.parametrize(
    ("text", "found"),
    [("Ana", "ana"), ("ＡＮＡ", "ana"), ("ana_li.7", "ana_li.7"), ("МОСКВА", "москва"), ("猫猫猫", "猫猫猫")],
)
def test_a_handle_is_in_lower_case(text: str, found: str) -> None:
    assert handle(text) == found


@pytest.mark.parametrize("text", ["", "an", "a b c", "\u202eana", "ana\u200d", "ⅣⅣⅣ", "a" * 65, "אבגabc", "a\ud800b"])
def test_what_is_no_handle_is_none(text: str) -> None:
    assert handle(text) is None


def test_both_stay_as_they_are_once_they_are_enforced() -> None:
    for text in ("Ana Li", "ÖZGE", "猫猫猫"):
        name = display_name(text)
        assert name is not None
        assert display_name(name) == name
    for text in ("Ana_Li", "ÖZGE", "猫猫猫"):
        found = handle(text)
        assert found is not None
        assert handle(found) == found


ALIKE = [
    ("ana", "аnа"),
    ("modern", "modem"),
    ("paypal", "paypa1"),
    ("scope", "ѕсоре"),
    ("boo", "bo0"),
    ("user_l", "user_1"),
    ("straße", "straβe"),
    ("alef1", "alef\u0627"),
]


@pytest.mark.parametrize(("one", "other"), ALIKE)
def test_handles_that_look_alike_have_one_skeleton(one: str, other: str) -> None:
    assert skeleton(one) == skeleton(other)


@pytest.mark.parametrize(("one", "other"), [("ana", "anb"), ("cafe", "café"), ("clown", "down"), ("猫猫猫", "犬犬犬")])
def test_handles_that_differ_have_two(one: str, other: str) -> None:
    assert skeleton(one) != skeleton(other)
