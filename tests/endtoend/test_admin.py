"""The admin side of a real daemon: a credential, the stream over a kill, and commands beside it."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from signal import SIGINT, SIGKILL

import pytest

from chatd.server.auth import token_hash
from chatd.server.operate import new_secret
from chatd_client import Closed, Refused, blocking
from tests.client.stage import no_thread_left
from tests.daemons import ROOT, START_S_MAX, Process, chatd

pytestmark = pytest.mark.slow

CALL_S_MAX = 30.0


def admin_of(url: str, credential: str = "") -> blocking.Admin:
    admin = blocking.administer(url, credential=credential)
    admin.call_s_max = CALL_S_MAX
    return admin


def test_an_app_administers_its_server_and_follows_it_over_a_kill(tmp_path: Path) -> None:
    control = f"unix://{tmp_path / 'data' / 'control.sock'}"
    with no_thread_left(), Process(tmp_path / "data") as daemon:
        with admin_of(control) as admin:
            admin.create_user("ana")
            room = admin.create_group("ana", "tea").room
            seen = list(admin.stream(timeout_s=0))
            daemon.end(SIGKILL)
            daemon.start()
            admin.post(room, "back again")
            told = list(admin.stream(seen[-1].position, timeout_s=0))
            assert (told[0].entry.room, told[0].entry.seq) == (room, 2)
            assert [each.entry.seq for each in seen if each.entry.room == room] == [1]
            admin.freeze(room)
            with blocking.connect(daemon.url, user="ana") as ana, pytest.raises(Refused, match="frozen"):
                ana.post(room, "hello")
            token = admin.issue_token("ana")
            with blocking.connect(daemon.url, token=token) as ana:
                assert ana.connected().user == "ana"
                admin.close_user("ana")
                with pytest.raises(Closed, match="the user was closed"):
                    list(ana.events())
            with blocking.connect(daemon.url, token=token) as ana, pytest.raises(Closed, match="not accepted"):
                ana.connected()
        listed = chatd("admin", "user", "list", "--data", str(tmp_path / "data"))
        assert listed.stdout.split("\t")[0] == "ana"


def test_an_operator_from_elsewhere_needs_the_credential(tmp_path: Path) -> None:
    secret = new_secret()
    options = ("--dev", "--admin.listen", f"unix://{tmp_path}/admin.sock")
    known = ("--admin.credentials", f"shop:{token_hash(secret).hex()}")
    with no_thread_left(), Process(tmp_path / "data", options=(*options, *known)):
        with admin_of(f"unix://{tmp_path}/admin.sock", secret) as admin:
            admin.create_user("ana")
            assert [entry.facts["by"] for entry in admin.audit().entries] == ["shop"]
        with admin_of(f"unix://{tmp_path}/admin.sock", "guess") as admin, pytest.raises(Closed, match="not accepted"):
            admin.create_user("bo")


def test_what_comes_from_now_on_is_printed_as_it_comes_until_interrupted(tmp_path: Path) -> None:
    data = tmp_path / "data"
    command = [sys.executable, "-m", "chatd", "admin", "follow", "--from-now", "--data", str(data)]
    with no_thread_left(), Process(data), admin_of(f"unix://{data / 'control.sock'}") as admin:
        admin.create_user("ana")
        room = admin.create_group("ana", "tea").room
        piped = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        with piped as follower:
            assert follower.stderr
            assert follower.stdout
            assert "following from" in follower.stderr.readline()
            for text in ("one", "two"):
                seq = admin.post(room, text).seq
                told = json.loads(follower.stdout.readline())
                while told["room"] != room.hex():  # the audit tells of each post, too
                    told = json.loads(follower.stdout.readline())
                assert (told["seq"], told["body"]["fallback"]) == (seq, text)
            follower.send_signal(SIGINT)
            assert follower.wait(START_S_MAX) == 0
