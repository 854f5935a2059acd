"""An app that signs its users' tokens, from the key's file to the end of a session (protocol 3.14, 13.18)."""

from __future__ import annotations

import time
from pathlib import Path
from signal import SIGHUP

import pytest
import trio
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from chatd.codes import CloseCode
from chatd.server.config import ExitCode
from chatd_client import Closed, Connected, Disconnected, Ended, Event, connect
from tests.daemons import Process, chatd
from tests.signing import public, sign

pytestmark = pytest.mark.slow


def key_file(folder: Path) -> Path:
    file = folder / "app.pem"
    file.write_bytes(public().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo))
    file.chmod(0o644)
    return file


def options(folder: Path, *more: str) -> tuple[str, ...]:
    return ("--tokens.keys", f"pair:EdDSA:{key_file(folder)}", *more)


async def test_who_the_app_signs_for_talks_until_all_their_tokens_are_revoked(tmp_path: Path) -> None:
    data = tmp_path / "data"
    token = sign("ana", int(time.time()), 3600)
    with Process(data, options=options(tmp_path)) as daemon, trio.fail_after(40):
        async with connect(daemon.url, signed=token) as ana, connect(daemon.url, signed=sign("bo", 1)) as stranger:
            assert (await ana.connected()).user == "ana"
            with pytest.raises(Closed) as refused:
                await stranger.connected()
            assert refused.value.code == CloseCode.UNAUTHENTICATED
            await ana.post((await ana.create_group("all")).room, "hello")
            revoked = await trio.to_thread.run_sync(chatd, "token", "revoke-all", "ana", "--data", str(data))
            assert revoked.returncode == ExitCode.OK, revoked.stderr
            with trio.fail_after(1), pytest.raises(Ended) as ended:
                async for _ in ana.events():
                    pass
            assert isinstance(ended.value, Closed)
            assert ended.value.code == CloseCode.REVOKED


async def test_a_session_goes_on_with_a_fresh_token_after_the_first_has_ended(tmp_path: Path) -> None:
    lives = iter([2, 3600])

    def fresh() -> str:
        return sign("ana", int(time.time()), next(lives))

    with Process(tmp_path / "data", options=options(tmp_path, "--tokens.leeway-s", "0")) as daemon, trio.fail_after(40):
        async with connect(daemon.url, signed=fresh) as ana:
            told: list[type[Event]] = []
            while told.count(Connected) < 2:
                event = await ana.next_event()
                if isinstance(event, Connected | Disconnected):
                    told.append(type(event))
            assert told == [Connected, Disconnected, Connected]
            await ana.rooms()


def test_a_key_that_others_may_write_to_keeps_the_daemon_from_starting(tmp_path: Path) -> None:
    key_file(tmp_path).chmod(0o666)
    refused = chatd("serve", "--tokens.keys", f"pair:EdDSA:{tmp_path / 'app.pem'}", "--data", str(tmp_path / "data"))
    assert refused.returncode == ExitCode.BAD_CONFIGURATION
    assert "others may get at it" in refused.stderr


async def is_let_in(url: str, token: str) -> bool:
    async with connect(url, signed=token) as ana:
        try:
            await ana.connected()
        except Closed:
            return False
        return True


async def test_a_key_is_added_while_the_daemon_runs(tmp_path: Path) -> None:
    key_file(tmp_path)
    keys, fresh = tmp_path / "keys", tmp_path / "keys.new"
    keys.write_text("# none yet\n")
    fresh.write_text("pair:EdDSA:app.pem\n")
    token = sign("ana", int(time.time()), 3600)
    with Process(tmp_path / "data", options=("--tokens.keys-file", str(keys))) as daemon, trio.fail_after(40):
        assert not await is_let_in(daemon.url, token)
        fresh.rename(keys)
        daemon.signal(SIGHUP)
        while not await is_let_in(daemon.url, token):
            pass
