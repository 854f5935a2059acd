from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from benchmarks.peers import server
from benchmarks.peers.server import CONF, Launch, Place, Server, ServerFailed, free_port, own_server

LISTENS = """
import http.server, pathlib, sys
pathlib.Path("starts").open("a").write("x")
http.server.ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), http.server.BaseHTTPRequestHandler).serve_forever()
"""


def listens(place: Place) -> Launch:
    return Launch((sys.executable, "-c", LISTENS, str(place.port)))


@pytest.mark.parametrize("name", sorted(path.name for path in CONF.iterdir()))
def test_every_configuration_can_be_filled_in(name: str, tmp_path: Path) -> None:
    text = Place(tmp_path, 4321).configuration(name).read_text("utf-8")
    assert "4321" in text
    assert "$" not in text


@pytest.mark.slow
def test_a_server_is_up_inside_and_gone_afterwards() -> None:
    with own_server(listens) as running:
        directory = running.place.directory
        assert running.rss_kb() > 1000
        assert running.cpu_s() > 0
        pids = running._pids()
    assert not directory.exists()
    with pytest.raises(ProcessLookupError):
        os.kill(pids[0], 0)


@pytest.mark.slow
def test_a_killed_server_is_started_on_what_it_left() -> None:
    with own_server(listens) as running:
        [before] = running._pids()
        running.kill()
        running.start()
        assert running._pids() != [before]
        assert (running.place.directory / "starts").read_text() == "xx"


@pytest.mark.slow
def test_a_server_that_ends_at_once_is_told_of_with_its_last_words() -> None:
    dies = Launch((sys.executable, "-c", "import sys; sys.exit('no such option')"))
    with pytest.raises(ServerFailed, match="does not listen\nno such option"), own_server(lambda _: dies):
        pass


@pytest.mark.slow
def test_a_server_that_never_listens_is_ended(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(server, "READY_S_MAX", 0.2)
    never = Server(Place(tmp_path, free_port()), Launch(("sleep", "60")))
    with pytest.raises(ServerFailed):
        never.start()
    with pytest.raises(ServerFailed, match="does not run"):
        never.rss_kb()


@pytest.mark.slow
def test_what_a_server_starts_is_counted_to_it() -> None:
    def launch(place: Place) -> Launch:
        child = f"import subprocess, sys; subprocess.Popen(['sleep', '60'], stdin=subprocess.DEVNULL)\n{LISTENS}"
        return Launch((sys.executable, "-c", child, str(place.port)))

    with own_server(launch) as running:
        pids = running._pids()
        assert len(pids) == 2
        os.kill(pids[1], 9)


def test_the_environment_is_added_to_ours(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OURS", "1")
    says = Launch((sys.executable, "-c", "import os; print(os.environ['OURS'], os.environ['ITS'])"), {"ITS": "2"})
    with pytest.raises(ServerFailed, match="1 2"):
        Server(Place(tmp_path, free_port()), says).start()
