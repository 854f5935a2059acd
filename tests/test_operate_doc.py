"""The operate part of README.md and the code say the same: commands, log lines, counters and exit codes."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest
from attrs import fields

from chatd.server.config import Config, ExitCode
from chatd.server.metrics import Metrics

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text("utf-8")
LEVELS = {"debug", "info", "warning", "error", "exception"}
COMMANDS = (
    "serve",
    "token issue",
    "token list",
    "token revoke",
    "token revoke-all",
    "admin user",
    "admin room",
    "admin audit",
    "admin stream",
    "admin follow",
    "admin credential",
    "backup",
    "restore",
    "check",
    "webhooks list",
    "webhooks letters",
    "webhooks redeliver",
    "webhooks drop",
)


def part() -> str:
    found = re.search(r"^## Operate it$(.*?)^## ", README, re.MULTILINE | re.DOTALL)
    assert found
    return found[1]


def logged() -> list[str]:
    """Return what every log line of the server begins with."""
    events: dict[str, None] = {}
    for path in sorted((ROOT / "chatd").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in LEVELS:
                first = node.args[0] if node.args else None
                if isinstance(first, ast.Constant) and ast.unparse(node.func.value).endswith("log"):
                    events[str(first.value).partition(":")[0]] = None
    return list(events)


def test_the_log_lines_are_found() -> None:
    assert {"disk full", "stopped", "store held"} <= {*logged()}


@pytest.mark.parametrize("event", logged())
def test_every_log_line_is_explained(event: str) -> None:
    assert f"`{event}`" in part()


@pytest.mark.parametrize("name", [each.name for each in fields(Metrics)])
def test_every_counter_is_explained(name: str) -> None:
    assert f"`{name}`" in part()


@pytest.mark.parametrize("code", ExitCode)
def test_every_exit_code_is_explained(code: ExitCode) -> None:
    assert re.search(rf"^\| {code.value} \| .+ \|$", part(), re.MULTILINE)


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_is_shown(command: str) -> None:
    assert re.search(rf"^    chatd {command}\b", part(), re.MULTILINE)


def test_every_option_that_is_named_exists() -> None:
    named = re.findall(r"`((?:backup|disk|drain)_\w+)`", part())
    assert named
    assert [each for each in named if each not in [field.name for field in fields(Config)]] == []
