from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks.daemon import Daemon, DaemonFailed, own_daemon, port_of
from benchmarks.session import Session

pytestmark = pytest.mark.slow


def test_a_daemon_listens_once_it_has_started(daemon: Daemon) -> None:
    session = Session.begin(daemon.url, "ana")
    session.sock.close()
    assert session.greeting.versions == (1,)


def test_a_daemon_is_seen_to_use_processor_and_memory(daemon: Daemon) -> None:
    assert daemon.cpu_s() > 0
    assert daemon.rss_kb() > 1024


def test_a_killed_daemon_comes_back_at_the_same_place_with_what_it_held() -> None:
    with own_daemon() as running:
        url, before = running.url, _epoch(running.url)
        running.restart()
        assert (running.url, _epoch(url), running.starts) == (url, before, 2)


def _epoch(url: str) -> bytes:
    session = Session.begin(url, "ana")
    session.sock.close()
    return session.greeting.epoch


def test_nothing_is_left_of_an_own_daemon() -> None:
    with own_daemon() as running:
        directory = running.directory
        assert directory.exists()
    assert not directory.exists()
    with pytest.raises(DaemonFailed, match="no daemon runs"):
        running.rss_kb()


def test_a_daemon_that_cannot_start_says_why(tmp_path: Path) -> None:
    daemon = Daemon(tmp_path, ("--no-such-flag",))
    with pytest.raises(DaemonFailed, match="no-such-flag"):
        daemon.start()


def test_a_daemon_that_died_by_itself_is_no_clean_end() -> None:
    with own_daemon() as running:
        running.kill()
        with pytest.raises(DaemonFailed, match="no daemon runs"):
            running.stop()
        running.start()


def test_killing_what_does_not_run_does_nothing(tmp_path: Path) -> None:
    daemon = Daemon(tmp_path)
    daemon.kill()
    assert daemon.starts == 0


def test_the_port_of_a_url_is_found() -> None:
    assert port_of("tcp://127.0.0.1:7700") == 7700


def test_a_url_without_a_port_is_refused() -> None:
    with pytest.raises(ValueError, match="names no port"):
        port_of("unix:///somewhere")
