"""Where the reference backend keeps facts: each by what it is about, so that the newer of two with one name stands."""

from __future__ import annotations

import pytest

from chatd.model import Attributes, Conversation, HiddenRecord, Relation, RelationKind
from chatd.storage.places import Beside, place_of
from chatd.storage.tables import Tables

ROOM = b"a room of tests."


@pytest.mark.parametrize(
    ("record", "table", "name"),
    [
        (HiddenRecord(room=ROOM, user="ana", seq=2), "hidden", (ROOM, "ana", 2)),
        (Conversation(room=ROOM, user="ana"), "conversations", (ROOM, "ana")),
        (Attributes(user="ana", values=()), "people", ("ana",)),
        (
            Relation(user="ana", kind=RelationKind.BLOCK, other="bo", since=1),
            "people",
            ("ana", RelationKind.BLOCK, "bo"),
        ),
    ],
)
def test_a_fact_has_its_place(record: Beside, table: str, name: object) -> None:
    tables = Tables()
    where, found = place_of(tables, record)
    assert where is getattr(tables, table)
    assert found == name
