"""What operators say to the whole server, and what the app says of its users (protocol 5.78, 14.7): as the model knows
it. Level 1 of the server is left out: it goes by the age of accounts, of which this model knows nothing.
"""

from __future__ import annotations

from typing import Any

from chatd.messages import SetAttributes, SetLevel
from tests.model.nouns import Server

FROZEN = 4
LEVELS = (0, 2, 3, FROZEN)
SAID: tuple[dict[str, Any], ...] = (
    {"region": "eu"},
    {},
    {"region": "eu", "adult": True},
    {"region": "us", "adult": 1},
    {"region": "us"},
    {"adult": False, "region": "eu"},
)
Order = SetLevel | SetAttributes


def said(key: bytes, user: str, number: int) -> SetAttributes:
    return SetAttributes(key=key, user=user, attributes=SAID[number % len(SAID)])


def level(number: int) -> SetLevel:
    return SetLevel(level=LEVELS[number % len(LEVELS)])


def apply(server: Server, order: Order) -> None:
    """Do what an operator said, once it is on disk."""
    if isinstance(order, SetLevel):
        server.level = order.level
    else:
        server.said[order.user] = dict(order.attributes)
