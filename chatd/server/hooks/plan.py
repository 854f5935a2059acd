"""What an operator says of webhooks and of the hook before posts: one TOML file, read and checked at the start."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from pathlib import Path
from typing import cast

from chatd.frozen import frozen
from chatd.server.core import Core
from chatd.server.hooks.asking import Asking, Budget
from chatd.server.hooks.asking_calls import CalledRule
from chatd.server.hooks.before_post import Rule
from chatd.server.hooks.calls import Target, caller_of
from chatd.server.hooks.endpoints import Endpoint, read_endpoints
from chatd.server.hooks.table import Environment, Table
from chatd.server.hooks.targets import read_target, require_client


@frozen(kw_only=True)
class BeforePost:
    """Who is asked before a post: a rule in this process, or an endpoint."""

    rule: Rule | Target
    budget: Budget

    def asked(self, now: Callable[[], int]) -> Rule:
        """Return the rule that answers."""
        return CalledRule(caller=caller_of(self.rule), now=now) if isinstance(self.rule, Target) else self.rule


@frozen(kw_only=True)
class Plan:
    before_post: BeforePost | None = None
    webhooks: tuple[Endpoint, ...] = ()


NO_PLAN = Plan()


def read_plan(file: Path | None, environment: Environment) -> Plan:
    """Return what the TOML `file` says, or that there is nothing where there is no file. Raises ConfigError.

    What is raised tells no secret. A rule is imported here: what its module does when it is imported happens now.
    """
    if file is None:
        return NO_PLAN
    table = Table.read(file)
    before_post, webhooks = table.table("before_post"), table.table("webhooks")
    table.end()
    return Plan(
        before_post=_before_post(before_post, environment) if before_post else None,
        webhooks=read_endpoints(webhooks, environment) if webhooks else (),
    )


def asking_of(plan: Plan, core: Core) -> Asking | None:
    """Return what asks before a post in a daemon; None where nobody is asked."""
    if plan.before_post is None:
        return None
    return Asking(
        rule=plan.before_post.asked(core.now),
        budget=plan.before_post.budget,
        loader=core.loader,
        judge=core.router.judge,
        metrics=core.metrics,
        now=core.now,
    )


def _before_post(table: Table, environment: Environment) -> BeforePost:
    call = table.text("call")
    budget = Budget(
        ms=table.number("budget_ms", 500, 10, 10_000),
        asks_max=table.number("asks_max", 64, 1, 10_000),
        waiting_max=table.number("waiting_max", 1_024, 0, 1_000_000),
        fails_open=table.one_of("no_answer", ("refuse", "allow")) == "allow",
    )
    rule: Rule | Target = _imported(table, call) if call else _target(table, environment, budget.ms)
    table.end()
    return BeforePost(rule=rule, budget=budget)


def _target(table: Table, environment: Environment, total_ms: int) -> Target:
    require_client()
    return read_target(table, environment, total_ms)


def _imported(table: Table, call: str) -> Rule:
    module, _, name = call.partition(":")
    try:
        found = getattr(importlib.import_module(module), name)
    except Exception as error:
        raise table.wrong("call", f"{call}: {type(error).__name__}: {error}") from error
    if not callable(found):
        raise table.wrong("call", f"{call} cannot be called")
    return cast("Rule", found)
