"""The log of a channel -> what happened in it, line by line. Pure.

A file is bytes and is split at line feeds alone. Four kinds of line mean something:

    [HH:MM] <nick> text                         a message
    [HH:MM]  * nick text                        an action: two spaces, then the star
    === nick [host] has joined|left|quit ...    membership; the host is optional
    === nick is now known as other              a leave and a join

Of a message and of an action the text is every byte after the nick and the one character that ends it (`> ` or a
space): never trimmed, control characters and carriage returns kept. A line that says nothing (an empty text) is no
message, because an empty post does not exist. Every other line is ignored and counted.
"""

from __future__ import annotations

import re
from hashlib import blake2b

from attrs import frozen

from chatd.model import UserId
from chatd.names import is_name

# Nicks of IRC hold no white space, but loggers put one after a closing bracket: `[zero] `, `[BTF] LittleLamb`.
_NICK = rb"\S+(?:(?<=\]) +\S+)*?"
_MESSAGE = re.compile(rb"\[[0-9]{2}:[0-9]{2}\] <([^>]*)> (.+)", re.DOTALL)
_ACTION = re.compile(rb"\[[0-9]{2}:[0-9]{2}\]  \* (\S+) (.+)", re.DOTALL)
_MEMBERSHIP = re.compile(rb"=== (%b) +(?:\[[^\]]*\] +)?has (joined|left|quit)(?:\s.*)?" % _NICK, re.DOTALL)
_RENAME = re.compile(rb"=== (%b) +is now known as (%b)\s*" % (_NICK, _NICK))


class NoMessage(ValueError):
    """A log in which nobody says anything: most likely not a channel log at all."""


@frozen
class Said:
    """A message or an action."""

    user: UserId
    text: bytes


@frozen
class Joined:
    user: UserId


@frozen
class Left:
    user: UserId


Step = Said | Joined | Left


@frozen
class Log:
    steps: tuple[Step, ...]
    """In the order of the file."""
    lines: int
    """Messages and actions."""
    ignored: int
    """Lines that mean nothing here."""


def user_of(nick: bytes) -> UserId | None:
    """Return the name of the user who stands for `nick`, or None if it holds nothing but white space.

    White space is taken out. What is no name even then becomes `nick-` and 16 hex digits of its hash, so that two
    nicks never become one user.
    """
    bare = b"".join(nick.split())
    if not bare:
        return None
    name = decode(bare)[0]
    return name if is_name(name) else f"nick-{blake2b(bare, digest_size=8).hexdigest()}"


def decode(text: bytes) -> tuple[str, str]:
    """Return `text` as a string, and the encoding that turns it back into these bytes: UTF-8, else Latin-1."""
    try:
        return text.decode(), "utf-8"
    except UnicodeDecodeError:
        return text.decode("latin-1"), "latin-1"


def _membership(line: bytes) -> list[Step]:
    if match := _MEMBERSHIP.fullmatch(line):
        user = user_of(match[1])
        step = Joined if match[2] == b"joined" else Left
        return [step(user)] if user else []
    if match := _RENAME.fullmatch(line):
        old, new = user_of(match[1]), user_of(match[2])
        return [Left(old), Joined(new)] if old and new else []
    return []


def parse_line(line: bytes) -> list[Step]:
    """Return what one line, without its line feed, means: nothing, one step, or the two of a rename."""
    if line.startswith(b"=== "):
        return _membership(line)
    match = _MESSAGE.fullmatch(line) or _ACTION.fullmatch(line)
    user = user_of(match[1]) if match else None
    return [Said(user, match[2])] if match and user else []


def parse(data: bytes) -> Log:
    """Return the log in `data`. A line feed at the very end ends the last line and begins no other.

    Raises NoMessage if nobody says anything.
    """
    lines = data.removesuffix(b"\n").split(b"\n") if data else []
    steps = [parse_line(line) for line in lines]
    flat = [step for of_line in steps for step in of_line]
    said = sum(isinstance(step, Said) for step in flat)
    if not said:
        raise NoMessage("no message in this file")
    return Log(tuple(flat), said, sum(not of_line for of_line in steps))
