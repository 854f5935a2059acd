"""The bytes of a log's text <-> the content of a post, without loss.

A text is UTF-8 by the protocol; a line of a log need not be. One that is not is posted as Latin-1, in which every
byte is a character, and its content says so under a key of its own, which the daemon keeps like any it does not know.
"""

from __future__ import annotations

from benchmarks.logfile import decode
from chatd.chain import pack
from chatd.wire import content as contents

ENCODING = "encoding"


def content_of(text: bytes) -> bytes:
    """Return the content that says `text`."""
    string, encoding = decode(text)
    if encoding == "utf-8":
        return contents.text(string)
    return pack({"type": contents.TEXT, "text": string, ENCODING: encoding})


def text_of(content: bytes) -> bytes:
    """Return the bytes that `content_of` was given. Raises Unfit, LookupError or UnicodeError for other contents."""
    parsed = contents.parse(content)
    return parsed.text.encode(str(parsed.extra.get(ENCODING, "utf-8")))
