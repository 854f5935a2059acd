"""How the terminal client tells of a content that is more than a text: in one line, however much it holds.

Nothing here is escaped: who prints a line makes it safe as a whole (threat T22).
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import assert_never

from chatd.wire.bodies import (
    File,
    Forward,
    Media,
    OrderUpdate,
    Other,
    Poll,
    ProductCard,
    Sticker,
    System,
    Text,
    Typed,
    VideoShare,
    Voice,
)


def one_line(body: Typed) -> str:
    """Return what `body` says. Line ends in it are still to be escaped."""
    return " ".join(each for each in (_told(body), body.text) if each)


def _told(body: Typed) -> str:
    match body:
        case Text():
            return ""
        case Media():
            return f"[media] {'; '.join(map(_file, body.items))}"
        case Voice():
            return f"[voice] {_clock(body.duration_ms)}"
        case VideoShare():
            return f"[video] {body.caption or body.id} by {body.author}"
        case ProductCard():
            return f"[product] {body.title}, {_price(body.price, body.currency)}, sold by {body.merchant}"
        case OrderUpdate():
            return f"[order {body.id}] {body.status}: {_ordered(body)}"
        case Forward():
            return f"[forwarded from {body.author}] {body.fallback}"
        case Sticker() | System() | Other():
            return f"[{body.type}] {body.fallback}"
        case Poll():
            return f"[poll] {_poll(body)}"
        case _:
            assert_never(body)


def _file(file: File) -> str:
    size = "" if file.size is None else f"{file.size} bytes"
    pixels = "" if file.width is None else f"{file.width}x{file.height}"
    length = "" if file.duration_ms is None else _clock(file.duration_ms)
    return " ".join(each for each in (file.mime, pixels, length, size, file.caption) if each)


def _clock(duration_ms: int) -> str:
    minutes, seconds = divmod(duration_ms // 1000, 60)
    return f"{minutes}:{seconds:02}"


def _price(price: int, currency: str) -> str:
    """How many decimals a currency has is the app's knowledge: 1250 are 12.50 EUR, 1250 JPY and 1.250 KWD."""
    return f"{price} {currency} in smallest units"


def _ordered(order: OrderUpdate) -> str:
    if order.price is None or order.currency is None:
        return order.title
    return f"{order.title}, {_price(order.price, order.currency)}"


def _poll(poll: Poll) -> str:
    options = " ".join(f"({number}) {option}" for number, option in enumerate(poll.options, 1))
    answers = "several answers" if poll.multiple else "one answer"
    if poll.closes is None:
        return f"{poll.question} {options} ({answers})"
    closes = datetime.fromtimestamp(poll.closes // 1000, UTC)
    return f"{poll.question} {options} ({answers}, until {closes:%Y-%m-%d %H:%M} UTC)"
