from __future__ import annotations

import pytest

from chatd.model import Item, Profile, Relation, RelationKind, UserRecord
from chatd.rooms.looks import Looks

ANA = Profile(user="ana", handle="ana", skeleton="ana")


def test_a_look_is_overtaken_by_what_changes_about_its_user_alone() -> None:
    looks = Looks()
    with looks.at_user("ana") as ana, looks.at_user("bo") as bo:
        looks.apply(Relation(user="bo", kind=RelationKind.BLOCK, other="cy", since=1))
        looks.apply(Relation(user="cy", kind=RelationKind.BLOCK, other="dee", since=1))
    assert (ana.overtaken, bo.overtaken) == (False, True)


@pytest.mark.parametrize(
    "record",
    [
        Relation(user="ana", kind=RelationKind.BLOCK, other="bo", since=1),
        Relation(user="bo", kind=RelationKind.FOLLOW, other="ana", since=1),
    ],
)
def test_of_two_looks_at_one_user_both_are_overtaken_and_later_ones_are_not(record: Relation) -> None:
    looks = Looks()
    with looks.at_user("ana") as first:
        with looks.at_user("ana") as second:
            looks.apply(record)
        with looks.at_user("ana") as third:
            pass
    looks.apply(record)
    assert (first.overtaken, second.overtaken, third.overtaken) == (True, True, False)
    assert looks._looking == {}


def test_a_look_at_a_handle_is_overtaken_by_who_gets_it_and_by_no_user_of_that_name() -> None:
    looks = Looks()
    with looks.at_handle("ana") as handle, looks.at_user("ana") as user:
        looks.apply(Profile(user="bo", handle="bo", skeleton="bo"))
        assert not handle.overtaken
        looks.apply(ANA)
    assert (handle.overtaken, user.overtaken) == (True, False)


def test_a_handle_in_flight_is_somebodys_until_that_is_settled() -> None:
    looks, item = Looks(), Item(records=(ANA, UserRecord(user="ana", created=1)))
    looks.submit(Item(records=(Profile(user="bo", name="Bo"),)))
    looks.submit(item)
    assert (looks.holder("ana"), looks.holder("")) == ("ana", None)
    looks.settle(item)
    assert looks.holder("ana") is None
