"""Forwards (protocol 9.4.11): what a true one says of a post, made by clients and by the server that compares."""

from __future__ import annotations

from chatd.checked import Quote
from chatd.limits import CONTENT_BYTES_MAX
from chatd.model import UserId
from chatd.wire import content
from chatd.wire.bodies import Forward

AROUND_BYTES = 512
"""More than a forward takes beside the content it quotes, its fallback and its text."""
FALLBACK_CHARS = 256
"""What a fallback keeps of a long text: at most 1 KiB."""


def quote_of(said: bytes, author: UserId, time: int) -> Quote:
    """Return what a true forward says of the content `said`, which `author` posted at `time`.

    Of a forward it says what that one says, handed on once more: what is quoted is never quoted again around it.
    """
    quoted = content.typed(content.parse(said))
    if isinstance(quoted, Forward):
        return Quote(author=quoted.author, time=quoted.time, hops=quoted.hops + 1, content=quoted.content)
    return Quote(author=author, time=time, hops=1, content=said)


def forward(quote: Quote, text: str = "") -> bytes:
    """Return the content of a forward; `text` is what its sender adds. Raises Unfit where it would be too large."""
    shown = content.shown(content.parse(quote.content))
    room = CONTENT_BYTES_MAX - AROUND_BYTES - len(quote.content) - len(text.encode())
    fallback = shown if len(shown.encode()) <= room else shown[:FALLBACK_CHARS]
    body = Forward(
        author=quote.author,
        time=quote.time,
        hops=quote.hops,
        content=quote.content,
        fallback=fallback,
        text=text,
    )
    return content.of(body)
