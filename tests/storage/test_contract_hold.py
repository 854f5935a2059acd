"""Clause 8 of the contract: from `hold` to `release` the file stays as it is, and commits go on. Over every backend."""

from __future__ import annotations

import pytest

from chatd.storage.base import Store, StoreError
from chatd.storage.queries import GetHead
from tests.storage.scenes import ROOM, ask, post, posts

LOG_BYTES_MAX = 64 * 1024 * 1024


async def test_a_hold_lasts_until_it_is_given_back(store: Store) -> None:
    await store.hold(LOG_BYTES_MAX)
    await store.append(posts(3))
    await store.checkpoint()
    assert store.release()


async def test_what_is_not_held_cannot_be_given_back(store: Store) -> None:
    assert not store.release()
    await store.hold(LOG_BYTES_MAX)
    store.release()
    assert not store.release()


async def test_commits_and_reads_go_on_while_it_is_held(store: Store) -> None:
    await store.append(posts(1))
    await store.hold(LOG_BYTES_MAX)
    assert (await store.append([post(2)])).g == 2
    assert (await ask(store, GetHead(ROOM))).seq == 2
    store.release()
    assert (await store.append([post(3)])).g == 3
    assert (await ask(store, GetHead(ROOM))).seq == 3


async def test_to_open_it_again_ends_a_hold(store: Store) -> None:
    await store.hold(LOG_BYTES_MAX)
    await store.reopen()
    assert not store.release()


async def test_a_closed_store_is_not_held(store: Store) -> None:
    await store.hold(LOG_BYTES_MAX)
    await store.aclose()
    assert not store.release()
    with pytest.raises(StoreError):
        await store.hold(LOG_BYTES_MAX)
