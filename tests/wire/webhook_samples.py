"""Samples of what is asked about the app's endpoints: see `tests.wire.samples`."""

from __future__ import annotations

from chatd.messages import (
    DropLetters,
    Letter,
    LettersPage,
    ListLetters,
    ListWebhooks,
    Message,
    Redeliver,
    Webhook,
    WebhooksPage,
)
from tests.wire.ends import KEY, ROOM

TIME = 1_700_000_000_000
NEXT = ROOM + (3).to_bytes(8, "big")

WEBHOOKS: list[tuple[str, Message, int]] = [
    ("ListWebhooks", ListWebhooks(), 80),
    (
        "WebhooksPage",
        WebhooksPage(
            webhooks=(
                Webhook(endpoint="gone", configured=False, lag=2, time=TIME, letters=0),
                Webhook(
                    endpoint="push", configured=True, lag=0, time=TIME, letters=1, failures=3, error="status 500",
                    paused=True,
                ),
            )
        ),
        80,
    ),
    ("ListLetters", ListLetters(endpoint="push"), 81),
    ("ListLetters, the next page", ListLetters(endpoint="push", next=NEXT, limit=1), 81),
    (
        "LettersPage",
        LettersPage(
            letters=(Letter(room=ROOM, seq=3, time=TIME, attempts=9, error="status 500", again=True),),
            more=True,
            next=NEXT,
        ),
        81,
    ),
    ("Redeliver", Redeliver(key=KEY, endpoint="push", room=ROOM, seq=3), 82),
    ("Redeliver all", Redeliver(key=KEY, endpoint="push", retry=True), 82),
    ("DropLetters", DropLetters(key=KEY, endpoint="push", room=ROOM, seq=3), 83),
]  # fmt: skip
