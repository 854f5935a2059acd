"""How a daemon lets Python look for garbage."""

from __future__ import annotations

import gc
import resource
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import structlog

from chatd.server import cli
from chatd.server.config import ExitCode


@pytest.fixture(autouse=True)
def _restored() -> Iterator[None]:
    interval, files = sys.getswitchinterval(), resource.getrlimit(resource.RLIMIT_NOFILE)
    threshold = gc.get_threshold()
    yield
    gc.set_threshold(*threshold)
    gc.unfreeze()
    sys.setswitchinterval(interval)
    resource.setrlimit(resource.RLIMIT_NOFILE, files)
    structlog.reset_defaults()


def test_a_daemon_collects_seldom_and_an_operators_command_as_python_does(tmp_path: Path) -> None:
    data = tmp_path / "no directory"
    data.write_text("")
    before = gc.get_threshold()
    cli.run(["token", "list", "--data", str(data)])
    assert gc.get_threshold() == before
    assert cli.run(["serve", "--listen", "tcp://127.0.0.1:0", "--data", str(data)]) == ExitCode.STORE_REFUSED
    assert gc.get_threshold() == (cli.COLLECT_AFTER_OBJECTS, cli.MIDDLE_AFTER, cli.OLD_AFTER)
    assert gc.get_freeze_count() > 0
