"""What the admin side does with the app's endpoints: each method sends its command."""

from __future__ import annotations

import pytest

from chatd import messages as m
from chatd.messages import Command
from tests.client.fakes import on_both
from tests.client.scrolls import ROOM
from tests.client.test_administering import ACK, KEY, Call, asked

COMMITS: list[tuple[Call, Command]] = [
    (lambda a: a.redeliver("push"), m.Redeliver(key=KEY, endpoint="push")),
    (lambda a: a.redeliver("push", (ROOM, 3)), m.Redeliver(key=KEY, endpoint="push", room=ROOM, seq=3)),
    (lambda a: a.drop_letters("push"), m.DropLetters(key=KEY, endpoint="push")),
    (lambda a: a.drop_letters("push", (ROOM, 3)), m.DropLetters(key=KEY, endpoint="push", room=ROOM, seq=3)),
]


@on_both
@pytest.mark.parametrize(("call", "command"), COMMITS, ids=("tell all", "tell one", "drop all", "drop one"))
async def test_letters_are_settled_under_a_key(call: Call, command: Command) -> None:
    assert await asked(call, ACK) == (command, ACK)


@on_both
async def test_endpoints_and_their_letters_are_listed() -> None:
    page, letters = m.WebhooksPage(webhooks=()), m.LettersPage(letters=(), more=False)
    assert await asked(lambda admin: admin.webhooks(), page) == (m.ListWebhooks(), page)
    listed = await asked(lambda admin: admin.letters("push", following=bytes(24), limit=7), letters)
    assert listed == (m.ListLetters(endpoint="push", next=bytes(24), limit=7), letters)
