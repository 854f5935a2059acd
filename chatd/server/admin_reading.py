"""What `chatd admin` prints of users and rooms, and of what was committed. What others wrote stands there in JSON."""

from __future__ import annotations

import json
import sys
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, TypeVar, cast

from chatd.chain import ROOM_BYTES, self_id
from chatd.limits import CONTAINERS_MAX
from chatd.messages import (
    Command,
    Committed,
    Entered,
    Follow,
    Followed,
    History,
    HistoryPage,
    KeyedCommand,
    ListUsers,
    Members,
    MembersPage,
    StreamEvent,
    Unfit,
    User,
    UsersPage,
)
from chatd.messages.administering import POSITION_BYTES
from chatd.model import RoomId
from chatd.names import SYSTEM
from chatd.server.config import ExitCode
from chatd.server.console import DEFAULTS, Settings, carry_out, day, fail, say
from chatd.server.operate import Operator, OperatorError
from chatd.wire.strict import unpack

ANOTHER_STORE = "the position is of another store: begin anew"
PAGE = 100

T = TypeVar("T")


class BadArgument(ValueError):
    """Something on the command line is not what it should be. `str()` says what, for people."""


def room_of(name: str) -> RoomId:
    """Return the id of a room from its hex digits. Raises BadArgument."""
    return bytes_of(name, ROOM_BYTES, "ROOM")


def bytes_of(text: str, size: int, what: str) -> bytes:
    """Return the bytes that so many hex digits say. Raises BadArgument."""
    try:
        found = bytes.fromhex(text)
    except ValueError:
        found = b""
    if len(found) != size:
        raise BadArgument(f"{what}: {2 * size} hex digits expected")
    return found


async def answered(operator: Operator, command: Command, expected: type[T]) -> T:
    """Return the reply to a command. Raises OperatorError."""
    answer = await operator.ask(command)
    if not isinstance(answer, expected):
        raise OperatorError("the daemon's answer makes no sense")
    return answer


def print_lines(
    config: Settings, make: Callable[[], T], lines_of: Callable[[Operator, T], Awaitable[list[str]]]
) -> int:
    """Print the lines that come of a command. What it cannot hold is said like a wrong command line."""
    try:
        command = make()
    except (Unfit, BadArgument) as error:
        return fail(str(error), ExitCode.BAD_CONFIGURATION)

    def tell(lines: list[str]) -> None:
        say(sys.stdout, "".join(f"{line}\n" for line in lines))

    return carry_out(config, lambda operator: lines_of(operator, command), tell)


def commit(config: Settings, make: Callable[[], KeyedCommand]) -> int:
    """Carry out a command; print the id of the room and the seq where it stands, and what was done for each user."""
    return committed(config, make, lambda operator, command: answered(operator, command, Committed))


def committed(config: Settings, make: Callable[[], T], work: Callable[[Operator, T], Awaitable[Committed]]) -> int:
    """Do `work` with what `make` returns, and print what it commits as `commit` does."""
    try:
        made = make()
    except (Unfit, BadArgument) as error:
        return fail(str(error), ExitCode.BAD_CONFIGURATION)

    def tell(done: Committed) -> None:
        answers = "".join(f"{name}\t{answer.value}\n" for name, answer in (done.answers or {}).items())
        say(sys.stdout, f"{done.room.hex()}\t{done.seq}\n{answers}")

    return carry_out(config, lambda operator: work(operator, made), tell)


def users(*, config: Settings = DEFAULTS) -> int:
    """Print all users: name, since when, and since when closed. Takes the options of serve."""
    return print_lines(config, lambda: ListUsers(limit=PAGE), _users)


async def _users(operator: Operator, command: ListUsers) -> list[str]:
    lines: list[str] = []
    more = True
    while more:
        page = await answered(operator, command, UsersPage)
        lines += map(_user_row, page.users)
        more = page.more and bool(page.users)
        if more:
            command = ListUsers(after=page.users[-1].user, limit=PAGE)
    return lines


def _user_row(each: User) -> str:
    return "\t".join((each.user, day(each.created), "-" if each.closed is None else day(each.closed)))


def members(room: str, /, *, config: Settings = DEFAULTS) -> int:
    """Print who is in ROOM: name, state, role. Takes the options of serve."""
    return print_lines(config, lambda: Members(room=room_of(room), limit=PAGE), _members)


async def _members(operator: Operator, command: Members) -> list[str]:
    lines: list[str] = []
    more = True
    while more:
        page = await answered(operator, command, MembersPage)
        lines += ["\t".join((each.user, each.state.value, each.role.value)) for each in page.members]
        more = page.more and bool(page.members)
        if more:
            command = Members(room=command.room, after=page.members[-1].user, limit=PAGE)
    return lines


def history(room: str, /, *, before: int | None = None, config: Settings = DEFAULTS) -> int:
    """Print the newest entries of ROOM, one JSON object a line. The daemon's log tells it. Takes the options of serve.

    Parameters
    ----------
    before
        Entries below this seq.
    """
    return print_lines(config, lambda: History(room=room_of(room), before=before, limit=PAGE), _history)


def audit(*, before: int | None = None, config: Settings = DEFAULTS) -> int:
    """Print what operators did last, one JSON object a line: which command, when, and by which credential.

    Parameters
    ----------
    before
        Entries of the audit below this seq.
    """
    return print_lines(config, lambda: History(room=self_id(SYSTEM), before=before, limit=PAGE), _history)


async def _history(operator: Operator, command: History) -> list[str]:
    page = await answered(operator, command, HistoryPage)
    return [json.dumps(told(each)) for each in page.entries]


def stream(*, after: str | None = None, most: int = 1000, config: Settings = DEFAULTS) -> int:
    """Print what was committed in all rooms, in order, one JSON object a line. Takes the options of serve.

    Parameters
    ----------
    after
        The position of the last line that was dealt with; from the beginning if not given.
    most
        Stop after so many lines, or somewhat more.
    """

    def make() -> Follow:
        return Follow(after=None if after is None else bytes_of(after, POSITION_BYTES, "after"), limit=PAGE)

    async def lines_of(operator: Operator, command: Follow) -> list[str]:
        lines: list[str] = []
        more = True
        while more and len(lines) < most:
            page = await answered(operator, command, Followed)
            if page.status != "ok":
                raise OperatorError(ANOTHER_STORE)
            lines += map(event_line, page.events)
            command, more = Follow(after=page.position, limit=PAGE), page.more
        return lines

    return print_lines(config, make, lines_of)


def event_line(event: StreamEvent) -> str:
    """Return what is printed of an event of the stream."""
    return json.dumps({"position": event.position.hex(), "room_kind": event.room_kind.value, **told(event.entry)})


def told(entry: Entered) -> dict[str, Any]:
    """Return what is printed of an entry: bytes in hex, and no character that a terminal acts upon."""
    body = None if entry.body is None else plain(unpack(entry.body, CONTAINERS_MAX))
    where = {"room": entry.room.hex(), "seq": entry.seq, "time": entry.time, "kind": entry.kind}
    return {**where, "sender": entry.sender, "target": entry.target, "body": body}


def plain(value: Any) -> Any:
    """Return what a content or a body says as JSON can: bytes in hex."""
    if isinstance(value, bytes):
        return value.hex()
    if isinstance(value, dict):
        return {name: plain(each) for name, each in cast("dict[str, Any]", value).items()}
    if isinstance(value, list):
        return [plain(each) for each in cast("Sequence[Any]", value)]
    return value
