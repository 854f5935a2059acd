"""What `check` finds where a conversation is not what its user's entries say."""

from __future__ import annotations

from pathlib import Path

import pytest

from chatd.chain import self_id
from chatd.model import Conversation, EntryKind, HiddenRecord
from chatd.storage.check import Report, check
from chatd.storage.sqlite import SqliteStore
from tests.storage.scenes import EPOCH, ROOM, entry, item, member, record, records
from tests.storage.test_check import plant, the_fault

WHERE = f"room {ROOM.hex()} as 'bo' keeps it: "


@pytest.fixture
async def closed(tmp_path: Path) -> Path:
    """The directory of a store with one conversation, closed."""
    kept = Conversation(room=ROOM, user="bo", draft=1, hidden=1)
    store = await SqliteStore.open(tmp_path, EPOCH)
    await store.append(records(record(), member("bo"), HiddenRecord(room=ROOM, user="bo", seq=1)))
    await store.append([item(entry(1, self_id("bo"), kind=EntryKind.DRAFT, counts=False), records=[kept])])
    await store.aclose()
    return tmp_path


async def test_a_sound_conversation_is_no_fault(closed: Path) -> None:
    assert check(closed) == Report(1, 1, ())


async def test_a_wrong_count_of_hidden_entries_is_found(closed: Path) -> None:
    plant(closed, "DELETE FROM hidden_entries")
    assert the_fault(closed) == WHERE + "1 hidden entries of which 0 are known"


async def test_a_draft_that_is_not_there_is_found(closed: Path) -> None:
    plant(closed, "UPDATE conversations SET draft = 7")
    assert the_fault(closed) == WHERE + "its draft is not at seq 7 of the self room"
