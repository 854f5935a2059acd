"""The file of hooks is read and checked whole when the daemon starts."""

from __future__ import annotations

from base64 import b64encode
from pathlib import Path

import pytest

from chatd.server import cli
from chatd.server.config import ExitCode
from chatd.server.errors import ConfigError
from chatd.server.hooks.asking import Budget
from chatd.server.hooks.calls import Target
from chatd.server.hooks.plan import NO_PLAN, Plan, read_plan
from tests.server.hooks.rules import by_word

ENVIRONMENT = {"SECRET": b64encode(bytes(32)).decode()}


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "hooks.toml"


def read(file: Path, text: str) -> Plan:
    file.write_text(text)
    return read_plan(file, ENVIRONMENT)


def test_without_a_file_and_with_an_empty_one_nobody_is_asked(file: Path) -> None:
    assert read_plan(None, {}) == read(file, "") == NO_PLAN


def test_a_rule_of_this_process_is_named_by_module_and_function(file: Path) -> None:
    plan = read(file, '[before_post]\ncall = "tests.server.hooks.rules:by_word"\n')
    assert plan.before_post is not None
    assert plan.before_post.rule is by_word
    assert plan.before_post.asked(lambda: 0) is by_word
    assert plan.before_post.budget == Budget(ms=500, asks_max=64, waiting_max=1024, fails_open=False)


def test_an_endpoint_answers_within_the_budget(file: Path) -> None:
    plan = read(
        file,
        '[before_post]\nurl = "https://app.example/"\nsecret_variables = ["SECRET"]\n'
        'budget_ms = 200\nasks_max = 1\nwaiting_max = 0\nno_answer = "allow"\n',
    )
    assert plan.before_post is not None
    assert isinstance(plan.before_post.rule, Target)
    assert plan.before_post.rule.total_s_max == 0.2
    assert plan.before_post.budget == Budget(ms=200, asks_max=1, waiting_max=0, fails_open=True)


@pytest.mark.parametrize(
    ("text", "wrong"),
    [
        ("[other]\n", "other: no such setting"),
        ("before_post = 1\n", "before_post: a table expected"),
        ("[before_post]\n", "url: "),
        ('[before_post]\ncall = "no_such_module:rule"\n', "call: no_such_module:rule: ModuleNotFoundError"),
        ('[before_post]\ncall = "tests.server.hooks.rules:no_such_rule"\n', "call: .*AttributeError"),
        ('[before_post]\ncall = "tests.server.hooks.rules"\n', "call: .*AttributeError"),
        ('[before_post]\ncall = ":"\n', "call: .*ValueError"),
        ('[before_post]\ncall = "tests.server.hooks.rules:BUDGET"\n', "call: .* cannot be called"),
        ('[before_post]\ncall = "tests.server.hooks.rules:by_word"\nurl = "https://a/"\n', "url: no such setting"),
        ('[before_post]\ncall = "tests.server.hooks.rules:by_word"\nbudget_ms = 5\n', "budget_ms: 5 is not within"),
        ('[before_post]\ncall = "tests.server.hooks.rules:by_word"\nno_answer = "shrug"\n', "no_answer: one of"),
    ],
)
def test_what_does_not_fit_is_named(file: Path, text: str, wrong: str) -> None:
    with pytest.raises(ConfigError, match=wrong):
        read(file, text)


def test_a_daemon_whose_file_does_not_fit_does_not_start(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file.write_text("[other]\n")
    assert cli.run(["serve", "--hooks", str(file)]) == ExitCode.BAD_CONFIGURATION
    assert capsys.readouterr().err == f"chatd: {file}: other: no such setting\n"
