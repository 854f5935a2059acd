"""The command line: layers command line > environment > TOML file onto a `Config`, and runs a command with it."""

from __future__ import annotations

import os
import sys
import tomllib
from collections.abc import Callable, Sequence
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Annotated, Any

import trio
from cyclopts import App, CycloptsError, Parameter
from cyclopts.config import Dict, Env

from chatd import __version__
from chatd.messages import RevokeToken, RevokeTokens, SetLevel, Token, Unfit
from chatd.server import backup as backups, collector, daemon, operate, webhooks_cli
from chatd.server.admin_cli import admin
from chatd.server.config import CONFIG_VARIABLE, ENV_PREFIX, Config, ExitCode, check_environment
from chatd.server.console import DEFAULTS, Settings, carry_out, day, fail, new_key, prepare, say
from chatd.server.errors import ConfigError
from chatd.server.hooks.plan import read_plan
from chatd.server.keyring import keyring_of
from chatd.storage.backup import BackupError, restore as restore_store
from chatd.storage.base import StoreRefused
from chatd.storage.check import Report, check as check_store, check_file

app = App(
    name="chatd",
    version=f"chatd {__version__}",
    help="A chat daemon. Every option may also stand in the environment (CHATD_*) or in a TOML file (--config).",
)
token = App(name="token", help="Bearer tokens: who may connect as whom. Works while the daemon runs, and while not.")
app.command(token)
app.command(admin)
app.command(webhooks_cli.app)


def run(argv: Sequence[str]) -> int:
    """Carry out one command line and return its exit code. What cannot be parsed is said in one line on stderr."""
    try:
        return app.meta(argv, exit_on_error=False, print_error=False, result_action="return_value") or ExitCode.OK
    except CycloptsError as error:
        return fail(str(error), ExitCode.BAD_CONFIGURATION)


@app.meta.default
def launch(
    *tokens: Annotated[str, Parameter(show=False, allow_leading_hyphen=True)],
    config: Annotated[Path | None, Parameter(env_var=CONFIG_VARIABLE)] = None,
) -> int:
    """Run a command.

    Parameters
    ----------
    config
        A TOML file of options. The environment wins over it, the command line over both.
    """
    try:
        command, bound = _parse(tokens, config)
    except (CycloptsError, ConfigError) as error:
        return fail(str(error), ExitCode.BAD_CONFIGURATION)
    return command(*bound.args, **bound.kwargs) or ExitCode.OK


def _parse(tokens: Sequence[str], config: Path | None) -> tuple[Callable[..., Any], Any]:
    check_environment(os.environ)
    file = [] if config is None else [Dict(_read(config), source=str(config), use_commands_as_keys=False)]
    app.config = (Env(ENV_PREFIX, command=False), *file)
    command, bound, _ = app.parse_args(tokens, exit_on_error=False, print_error=False)
    return command, bound


def _read(config: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(config.read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise ConfigError(f"{config}: {error}") from error


@app.command
def serve(*, config: Config = DEFAULTS) -> int:
    """Run the daemon until SIGTERM or SIGINT. Prints `listening on URL` for each address when it is ready."""
    try:
        plan, keyring = read_plan(config.hooks, os.environ), keyring_of(config.tokens)
    except ConfigError as error:
        return fail(str(error), ExitCode.BAD_CONFIGURATION)
    prepare(config)
    collector.calm()
    return trio.run(partial(daemon.serve, config, ready=_announce, plan=plan, keyring=keyring))


def _announce(urls: Sequence[str]) -> None:
    """Say where the daemon listens."""
    say(sys.stdout, "".join(f"listening on {url}\n" for url in urls))


@app.command
def check(file: Path | None = None, /, *, config: Settings = DEFAULTS) -> int:
    """Verify the whole store, entry by entry. The daemon must be stopped. Takes the options of serve.

    Prints one line of counts, then a line for each fault.

    Parameters
    ----------
    file
        A backup, to be verified instead of the store.
    """
    return _tell(lambda: check_store(config.data) if file is None else check_file(file))


@app.command
def backup(file: Path, /, *, config: Settings = DEFAULTS) -> int:
    """Copy the whole store to FILE while the daemon runs, or while it does not, and verify the copy.

    FILE must not exist; it does once everything is in it and verified. Takes the options of serve.

    Parameters
    ----------
    file
        Where to: one file, which `chatd restore` takes.
    """
    prepare(config)
    return _tell(lambda: trio.run(backups.backup, config, file))


@app.command
def restore(file: Path, /, *, config: Settings = DEFAULTS) -> int:
    """Make a store of a backup, as another epoch: clients forget what they have seen. Takes the options of serve.

    Parameters
    ----------
    file
        The backup. No store may be in the data directory yet.
    """
    prepare(config)
    return _tell(lambda: restore_store(file, config.data, os.urandom(16), config.disk_free_bytes_min))


def _tell(work: Callable[[], Report]) -> int:
    """Carry out what ends with a report, print that, and return the exit code."""
    try:
        report = work()
    except StoreRefused as error:
        return fail(str(error), ExitCode.STORE_REFUSED)
    except BackupError as error:
        return fail(str(error), ExitCode.FAILED)
    except operate.OperatorError as error:
        return fail(str(error), error.code)
    counts = f"{report.rooms} rooms, {report.entries} entries, {len(report.faults)} faults"
    say(sys.stdout, "".join(f"{line}\n" for line in (counts, *report.faults)))
    return ExitCode.FAILED if report.faults else ExitCode.OK


@app.command
def emergency(level: int, /, *, config: Settings = DEFAULTS) -> int:
    """Say who may still write on the whole server, until it is said anew. Takes the options of serve.

    Parameters
    ----------
    level
        0: all, as usual; 1: no new accounts; 2: moderators of groups; 3: admins of groups; 4: nobody.
    """
    try:
        command = SetLevel(level=level)
    except Unfit as error:
        return fail(str(error), ExitCode.BAD_CONFIGURATION)
    return carry_out(config, lambda operator: operator.ask(command), lambda _: None)


@token.command
def issue(user: str, /, *, ttl: timedelta | None = None, config: Settings = DEFAULTS) -> int:
    """Make a token for USER and print its secret, once: it is stored nowhere. Takes the options of serve.

    Parameters
    ----------
    user
        Whom the token lets in.
    ttl
        How long it is good for, such as 30d or 12h; for ever if not given.
    """
    secret = operate.new_secret()
    try:
        command = operate.issue_command(secret, user, ttl)
    except Unfit as error:
        return fail(str(error), ExitCode.BAD_CONFIGURATION)

    def tell(_: object) -> None:
        say(sys.stderr, f"token {operate.public_id(secret)} for {user}\n")
        say(sys.stdout, f"{secret}\n")

    return carry_out(config, lambda operator: operator.ask(command), tell)


@token.command
def revoke(token: str, /, *, config: Settings = DEFAULTS) -> int:
    """Revoke a token and close its sessions. Takes the options of serve.

    Parameters
    ----------
    token
        The id of the token, from `chatd token list`.
    """
    try:
        command = RevokeToken(token=token)
    except Unfit as error:
        return fail(str(error), ExitCode.BAD_CONFIGURATION)
    return carry_out(config, lambda operator: operator.ask(command), lambda _: None)


@token.command
def revoke_all(user: str, /, *, reason: str = "", config: Settings = DEFAULTS) -> int:
    """Revoke all tokens of USER, also those that the app has signed so far, and close the sessions which they let in.

    Takes the options of serve.

    Parameters
    ----------
    user
        Who can come in again by a token that is made from the next second on.
    reason
        For the audit.
    """
    try:
        command = RevokeTokens(key=new_key(), user=user, reason=reason)
    except Unfit as error:
        return fail(str(error), ExitCode.BAD_CONFIGURATION)
    return carry_out(config, lambda operator: operator.ask(command), lambda _: None)


@token.command(name="list")
def list_(*, config: Settings = DEFAULTS) -> int:
    """Print all tokens: id, user, when made, until when good, and whether revoked. Takes the options of serve."""

    def tell(tokens: list[Token]) -> None:
        say(sys.stdout, "".join(f"{_row(each)}\n" for each in tokens))

    return carry_out(config, operate.list_tokens, tell)


def _row(each: Token) -> str:
    expires = "-" if each.expires is None else day(each.expires)
    return "\t".join((each.token, each.user, day(each.created), expires, "revoked" if each.revoked else "good"))
