from __future__ import annotations

from chatd.rooms.looks import Looks


def test_a_look_is_overtaken_by_what_changes_about_its_user_alone() -> None:
    looks = Looks()
    with looks.looking("ana") as ana, looks.looking("bo") as bo:
        looks.changed("bo", "cy")
    assert (ana.overtaken, bo.overtaken) == (False, True)


def test_of_two_looks_at_one_user_both_are_overtaken_and_later_ones_are_not() -> None:
    looks = Looks()
    with looks.looking("ana") as first:
        with looks.looking("ana") as second:
            looks.changed("ana")
        with looks.looking("ana") as third:
            pass
    looks.changed("ana")
    assert (first.overtaken, second.overtaken, third.overtaken) == (True, True, False)
    assert looks._looking == {}
