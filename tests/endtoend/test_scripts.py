"""Scripts without async against a daemon of their own: real sockets, threads and signals."""

from __future__ import annotations

import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from chatd.server.config import ExitCode
from chatd_client import Disconnected, Entry, Refused, blocking
from tests.client.stage import no_thread_left
from tests.daemons import ROOT, Process

pytestmark = pytest.mark.slow

CALL_S_MAX = 30.0


@pytest.fixture
def daemon(tmp_path: Path) -> Iterator[Process]:
    with no_thread_left(), Process(tmp_path / "data") as daemon:
        yield daemon


def chat_of(user: str, daemon: Process) -> blocking.Chat:
    chat = blocking.connect(daemon.url, user=user)
    chat.call_s_max = CALL_S_MAX
    return chat


def next_text(chat: blocking.Chat) -> str:
    """Return the text of the next post of another."""
    for event in chat.events(timeout_s=CALL_S_MAX):
        if isinstance(event, Entry) and event.text and not event.mine:
            return event.text
    raise AssertionError("nothing came")


def test_two_scripts_talk(daemon: Process) -> None:
    with chat_of("ana", daemon) as ana, chat_of("bo", daemon) as bo:
        room = ana.open_direct("bo").room
        ana.post(room, "are you there?")
        assert next_text(bo) == "are you there?"
        bo.post(room, "yes")
        assert next_text(ana) == "yes"
        assert [entry.text for entry in ana.history(room, after=1).entries] == ["are you there?", "yes"]
        assert [member.user for member in bo.members(room).members] == ["ana", "bo"]
        with pytest.raises(Refused, match="wrong_kind"):
            bo.leave(room)


def test_the_posts_of_many_threads_are_each_acked_at_a_place_of_their_own(daemon: Process) -> None:
    with chat_of("ana", daemon) as ana, ThreadPoolExecutor(4) as threads:
        room = ana.create_group("all").room
        acks = list(threads.map(lambda number: ana.post(room, f"line {number}"), range(100)))
        assert sorted(ack.seq for ack in acks) == list(range(2, 102))


def test_a_script_sees_no_error_when_the_daemon_is_started_again(daemon: Process) -> None:
    with chat_of("ana", daemon) as ana:
        room = ana.create_group("all").room
        sendings = [ana.post_nowait(room, f"line {number}") for number in range(50)]
        daemon.signal(signal.SIGTERM)
        assert daemon.wait() == ExitCode.OK
        daemon.start()
        assert [sending.acked().seq for sending in sendings] == list(range(2, 52))
        assert ana.post(room, "and after it").seq == 52
        assert Disconnected in [type(event) for event in ana.events(timeout_s=0)]


def test_the_script_of_the_readme_prints_what_is_said_and_ends_with_ctrl_c(daemon: Process) -> None:
    examples = re.findall(r"```python\n(.*?)```", (ROOT / "clients" / "README.md").read_text(), re.DOTALL)
    [script] = [each for each in examples if "blocking.connect" in each]
    code = script.replace("tcp://127.0.0.1:7700", daemon.url)
    assert code != script
    command = [sys.executable, "-c", code]
    with (
        chat_of("bo", daemon) as bo,
        subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process,
    ):
        assert process.stdout is not None
        assert process.stdout.readline() == "ana hello\n"
        assert next_text(bo) == "hello"
        bo.post(bo.rooms().rooms[0].room, "hello yourself")
        assert process.stdout.readline() == "bo hello yourself\n"
        process.send_signal(signal.SIGINT)
        _, errors = process.communicate(timeout=CALL_S_MAX)
    assert process.returncode == -signal.SIGINT
    assert errors.rstrip().endswith("KeyboardInterrupt")
    assert "ExceptionGroup" not in errors
