"""The commands on the app's endpoints: `chatd webhooks ...`. They work while the daemon runs, and while not."""

from __future__ import annotations

import sys
from typing import TypeVar

from attrs import evolve
from cyclopts import App

from chatd.messages import (
    Command,
    DropLetters,
    Letter,
    LettersPage,
    ListLetters,
    ListWebhooks,
    Redeliver,
    Unfit,
    Webhook,
    WebhooksPage,
)
from chatd.model import RoomId
from chatd.server.config import Config, ExitCode
from chatd.server.console import DEFAULTS, Settings, carry_out, day, fail, new_key
from chatd.server.errors import ConfigError
from chatd.server.operate import Operator, OperatorError

T = TypeVar("T")

app = App(name="webhooks", help="The app's endpoints: how far they were told, and what they would not take.")


@app.command(name="list")
def list_(*, config: Settings = DEFAULTS) -> int:
    """Print each endpoint: its name, whether it is told, entries it is behind, since when, letters, failed calls in a
    row, and what the last of them met. Takes the options of serve.
    """

    async def work(operator: Operator) -> tuple[Webhook, ...]:
        page = await operator.ask(ListWebhooks())
        return _expect(page, WebhooksPage).webhooks

    return carry_out(config, work, lambda rows: _print([_webhook(each) for each in rows]))


@app.command
def letters(endpoint: str, /, *, config: Settings = DEFAULTS) -> int:
    """Print the entries that ENDPOINT would not take: room:seq, when it was given up, attempts, and what the last met.
    Takes the options of serve.

    Parameters
    ----------
    endpoint
        Its name in the file of hooks.
    """

    try:
        first = ListLetters(endpoint=endpoint)
    except Unfit as error:
        return fail(str(error), ExitCode.BAD_CONFIGURATION)

    async def work(operator: Operator) -> list[Letter]:
        found: list[Letter] = []
        page = LettersPage(letters=(), more=True)
        while page.more:
            page = _expect(await operator.ask(evolve(first, next=page.next)), LettersPage)
            found.extend(page.letters)
        return found

    return carry_out(config, work, lambda rows: _print([_letter(each) for each in rows]))


@app.command
def redeliver(endpoint: str, place: str | None = None, /, *, config: Settings = DEFAULTS) -> int:
    """Tell ENDPOINT once more of a letter, or of all its letters. Takes the options of serve.

    Parameters
    ----------
    endpoint
        Its name in the file of hooks.
    place
        One letter: room:seq, as `chatd webhooks letters` prints it. All if not given.
    """
    return _change(Redeliver, endpoint, place, config)


@app.command
def drop(endpoint: str, place: str | None = None, /, *, config: Settings = DEFAULTS) -> int:
    """Forget a letter, or all letters of ENDPOINT. Takes the options of serve.

    Parameters
    ----------
    endpoint
        Its name in the file of hooks.
    place
        One letter: room:seq, as `chatd webhooks letters` prints it. All if not given.
    """
    return _change(DropLetters, endpoint, place, config)


def _change(kind: type[Redeliver | DropLetters], endpoint: str, place: str | None, config: Config) -> int:
    try:
        room, seq = (None, None) if place is None else _place(place)
        command: Command = kind(key=new_key(), endpoint=endpoint, room=room, seq=seq)
    except (Unfit, ConfigError) as error:
        return fail(str(error), ExitCode.BAD_CONFIGURATION)
    return carry_out(config, lambda operator: operator.ask(command), lambda _: None)


def _place(text: str) -> tuple[RoomId, int]:
    room, _, seq = text.partition(":")
    try:
        return bytes.fromhex(room), int(seq)
    except ValueError:
        raise ConfigError(f"{text!r} is no room:seq") from None


def _expect(page: object, kind: type[T]) -> T:
    if not isinstance(page, kind):
        raise OperatorError("the daemon's answer makes no sense")
    return page


def _print(rows: list[str]) -> None:
    sys.stdout.write("".join(f"{row}\n" for row in rows))
    sys.stdout.flush()


def _webhook(each: Webhook) -> str:
    state = "paused" if each.paused else "told" if each.configured else "not told"
    behind, failed = f"{each.lag} behind", f"{each.failures} failed"
    return "\t".join((each.endpoint, state, behind, _day(each.time), f"{each.letters} letters", failed, each.error))


def _letter(each: Letter) -> str:
    again = "again" if each.again else "-"
    return "\t".join((f"{each.room.hex()}:{each.seq}", _day(each.time), str(each.attempts), again, each.error))


def _day(time_ms: int) -> str:
    return day(time_ms) if time_ms else "-"
