"""Where the reference backend keeps the facts that stand beside the rooms."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, assert_never

from chatd.model import (
    Attributes,
    Conversation,
    HeldRecord,
    HiddenRecord,
    LetterRecord,
    Profile,
    Relation,
    RelayRecord,
)
from chatd.storage.people_tables import subject

if TYPE_CHECKING:
    from chatd.storage.tables import Tables

Beside = Conversation | HiddenRecord | RelayRecord | LetterRecord | HeldRecord | Attributes | Profile | Relation


def place_of(tables: Tables, record: Beside) -> tuple[dict[Any, Any], Any]:
    """Return the table of a fact, and its name there."""
    match record:
        case Conversation():
            return tables.conversations, (record.room, record.user)
        case HiddenRecord():
            return tables.hidden, (record.room, record.user, record.seq)
        case RelayRecord():
            return tables.relays, record.endpoint
        case LetterRecord():
            return tables.letters, (record.endpoint, record.room, record.seq)
        case Profile():
            return tables.profiles, record.user
        case HeldRecord():
            return tables.held, (record.room, record.number)
        case Attributes() | Relation():
            return tables.people, subject(record)
    assert_never(record)
