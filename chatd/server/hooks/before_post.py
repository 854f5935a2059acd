"""What an app's rules are asked before a post or an edit is decided, and what they may answer.

A rule that runs in the daemon's process is any callable of that shape, named `module:function` in the configuration:

    def no_shouting(asked: Asked) -> Verdict:
        return Refuse("shouting", "please do not shout") if asked.text.isupper() else Allow()
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any, Protocol

from attrs import Attribute, field
from attrs.validators import instance_of

from chatd.frozen import frozen

REASON_CHARS_MAX = 64
TEXT_CHARS_MAX = 512


def _short(chars_max: int) -> Callable[[Any, Attribute[Any], object], None]:
    def check(_: Any, attribute: Attribute[Any], value: object) -> None:
        if type(value) is not str or len(value) > chars_max:
            raise ValueError(f"{attribute.name}: a string of at most {chars_max} characters expected")
        value.encode()

    return check


@frozen(kw_only=True)
class Asked:
    """A post or an edit that would be taken as far as the daemon's own rules go."""

    command: str
    """`post` | `edit`."""
    room: bytes
    room_kind: str
    title: str
    sender: str
    key: bytes
    """The client's name for the command: the same when it sends it again."""
    content: bytes = field(repr=False)
    """The exact bytes, one msgpack map (protocol 9.4), which was checked."""
    type: str
    text: str = field(repr=False)
    """What people read of it."""
    seq: int | None = None
    """Of an edit: the post. Of a post: what it answers, if it answers something."""


@frozen
class Allow:
    """Let it through as it is."""


@frozen
class Refuse:
    """Do not let it through."""

    reason: str = field(default="", validator=_short(REASON_CHARS_MAX))
    """For programs: the app's own word for why, at most 64 characters."""
    text: str = field(default="", validator=_short(TEXT_CHARS_MAX))
    """For people, at most 512 characters."""


@frozen
class Hold:
    """Do not let it through before a person has looked at it."""

    text: str = field(default="", validator=_short(TEXT_CHARS_MAX))


@frozen
class Replace:
    """Let it through with this content in its place, which is checked like any other."""

    content: bytes = field(repr=False, validator=instance_of(bytes))


Verdict = Allow | Refuse | Hold | Replace


class Rule(Protocol):
    """Answers at once, or returns what is awaited on trio, within the budget.

    What it raises, and anything else it returns, counts as no answer. A rule that is not async must not block: the
    whole daemon waits for it. One that is async is cancelled when its budget is over.
    """

    def __call__(self, asked: Asked, /) -> Verdict | Awaitable[Verdict]: ...
