"""Bugs that only a cancellation or a limit brings to light: each is found by the operation that is named."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import trio
from attrs import frozen

from chatd.rooms.registry import Registry
from chatd.server.holds import Holds
from chatd.server.journal import Journal
from chatd.server.outbox import Outbox
from chatd.server.session import Session
from chatd.storage.sqlite import SqliteStore
from chatd_client import Chat
from chatd_client.ledger import Ledger
from tests.nth.operations import OPERATIONS
from tests.nth.stopper import Violation

Method = Callable[..., Any]


@frozen
class Planted:
    """A method, what it becomes, and the operation that must not stand for it."""

    owner: type[Any]
    method: str
    broken: Callable[[Method], Method]
    operation: str


def never(_: Method) -> Method:
    return lambda *_arguments: None


def never_async(_: Method) -> Method:
    async def nothing(*_arguments: Any) -> None:
        pass

    return nothing


def told_late(whole: Method) -> Method:
    """It is done, and a cancellation can come before that is told."""

    async def broken(*arguments: Any) -> Any:
        outcome = await whole(*arguments)
        await trio.lowlevel.checkpoint()
        return outcome

    return broken


def taken_early(credit: Method) -> Method:
    """Credit is taken first, and whether it was due is looked at then."""

    async def broken(journal: Journal, limit: Any, session: int) -> bool:
        taken = journal.credit_nowait(limit, session)
        await trio.lowlevel.checkpoint()
        return taken or bool(await credit(journal, limit, session))

    return broken


def in_any_order(put_back: Method) -> Method:
    return lambda ledger, sendings: ledger._unsent.extend(sendings)


PLANTED = {
    "an append tells late": Planted(SqliteStore, "append", told_late, "store.append"),
    "credit is taken early": Planted(Journal, "credit", taken_early, "gate.take"),
    "a look-up holds on to its rooms": Planted(Registry, "end_load", never, "loader.load"),
    "a session stays when its task is gone": Planted(Session, "leave", never, "daemon.accept"),
    "an operator's hold stays": Planted(Holds, "leave", never, "daemon.accept, an operator"),
    "a torn outbox goes on": Planted(Outbox, "_fail", never, "outbox, its writer"),
    "a call that is given up is waited for": Planted(Ledger, "abandon", never, "chat.post, never sent"),
    "a chat that leaves does not save": Planted(Chat, "_save_at_exit", never_async, "chat.leave by itself"),
    "what must come again comes in any order": Planted(
        Ledger, "_put_back", in_any_order, "limit: no credit for a while"
    ),
}


@pytest.mark.slow
@pytest.mark.parametrize("name", PLANTED)
def test_a_planted_bug_is_found(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    planted = PLANTED[name]
    monkeypatch.setattr(planted.owner, planted.method, planted.broken(getattr(planted.owner, planted.method)))
    with pytest.raises((Violation, ExceptionGroup)):
        OPERATIONS[planted.operation](1)
