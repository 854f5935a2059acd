"""The keys by which the app signs are read again while the daemon runs, and never but whole (protocol 3.14)."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import pytest
import trio
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from structlog.testing import capture_logs
from trio.testing import MockClock, wait_all_tasks_blocked

from chatd.messages import Hello
from chatd.server import keyring as keyrings
from chatd.server.auth import Denied, Granted, authenticate
from chatd.server.claims import BadToken, Claims, UnknownKey, Verify
from chatd.server.errors import ConfigError
from chatd.server.keyring import Keyring, keyring_of
from chatd.server.token_config import TokenConfig
from tests.house import START_MS, open_house
from tests.signing import public, sign

NOW_S = START_MS // 1000
PEM = public().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)


class Shelf:
    """Keys that a test changes, and how often they were read."""

    def __init__(self) -> None:
        self.knows = False
        self.broken = False
        self.reads = 0

    def read(self) -> Verify:
        self.reads += 1
        if self.broken:
            raise ConfigError("tokens.keys_file: no such file")
        return verifier(knows=self.knows)


def verifier(*, knows: bool) -> Verify:
    def verify(token: str, now_ms: int) -> Claims:
        if not knows:
            raise UnknownKey("no key of this kid")
        return Claims(user=token, issued_ms=now_ms, expires_ms=now_ms + 60_000)

    return verify


def a_keyring() -> tuple[Shelf, Keyring]:
    shelf = Shelf()
    return shelf, Keyring(shelf.read, verifier(knows=False))


# -- a key that is new -------------------------------------------------------------------------------------------------


async def test_the_keys_are_looked_at_again_and_what_is_new_is_good(mock_clock: MockClock) -> None:
    shelf, keyring = a_keyring()
    with pytest.raises(UnknownKey):
        keyring.verify("ana", 0)
    shelf.knows = True
    assert await keyring.look_again()
    assert keyring.verify("ana", 0).user == "ana"


async def test_whoever_asks_again_and_again_makes_nothing_be_read_for_a_while(mock_clock: MockClock) -> None:
    shelf, keyring = a_keyring()
    assert await keyring.look_again()
    mock_clock.jump(keyrings.AGAIN_S - 1)
    assert not await keyring.look_again()
    assert shelf.reads == 1
    mock_clock.jump(1)
    assert await keyring.look_again()
    assert shelf.reads == 2


async def test_many_who_ask_at_once_are_answered_by_one_look(mock_clock: MockClock) -> None:
    shelf, keyring = a_keyring()
    told: list[bool] = []

    async def ask() -> None:
        told.append(await keyring.look_again())

    async with trio.open_nursery() as nursery:
        for _ in range(5):
            nursery.start_soon(ask)
    assert (told, shelf.reads) == ([True] * 5, 1)


async def test_what_cannot_be_read_leaves_the_keys_as_they_are_and_is_told(mock_clock: MockClock) -> None:
    shelf, keyring = a_keyring()
    shelf.knows = True
    await keyring.look_again()
    shelf.broken = True
    mock_clock.jump(keyrings.AGAIN_S)
    with capture_logs() as logs:
        assert not await keyring.look_again()
        assert not await keyring.look_again()
    assert [(each["event"], each["error"]) for each in logs] == [("keys kept", "tokens.keys_file: no such file")]
    assert keyring.verify("ana", 0).user == "ana"


async def test_a_hello_by_a_key_that_is_new_is_let_in(mock_clock: MockClock) -> None:
    shelf, keyring = a_keyring()
    hello = Hello(version=1, scheme="signed", credential="ana", device="phone")
    async with open_house(verify=keyring.verify) as house:
        house.daemon.core.keyring = keyring
        assert isinstance(await authenticate(hello, house.daemon.core, operators=False), Denied)
        shelf.knows = True
        assert isinstance(await authenticate(hello, house.daemon.core, operators=False), Denied)
        mock_clock.jump(keyrings.AGAIN_S)
        assert isinstance(await authenticate(hello, house.daemon.core, operators=False), Granted)
        assert shelf.reads == 2


async def test_a_bad_token_by_a_known_key_makes_nothing_be_read(mock_clock: MockClock) -> None:
    shelf, _ = a_keyring()

    def verify(token: str, now_ms: int) -> Claims:
        raise BadToken("the signature does not hold")

    keyring = Keyring(shelf.read, verify)
    hello = Hello(version=1, scheme="signed", credential="ana", device="phone")
    async with open_house(verify=keyring.verify) as house:
        house.daemon.core.keyring = keyring
        assert isinstance(await authenticate(hello, house.daemon.core, operators=False), Denied)
        assert shelf.reads == 0


# -- SIGHUP ------------------------------------------------------------------------------------------------------------


async def test_at_a_hangup_the_keys_are_read_whatever_was_read_just_before() -> None:
    shelf, _ = a_keyring()
    send, receive = trio.open_memory_channel[int](0)

    def read() -> Verify:
        trio.from_thread.run(send.send, shelf.reads + 1)
        return shelf.read()

    keyring = Keyring(read, verifier(knows=False))
    async with trio.open_nursery() as nursery:
        nursery.start_soon(keyring.heed_hangups)
        await wait_all_tasks_blocked()
        with trio.fail_after(20):
            for count in (1, 2, 3):
                shelf.broken = count == 2
                os.kill(os.getpid(), signal.SIGHUP)
                assert await receive.receive() == count
        nursery.cancel_scope.cancel()


# -- files -------------------------------------------------------------------------------------------------------------


def listed(folder: Path, *lines: str) -> TokenConfig:
    (folder / "app.pem").write_bytes(PEM)
    replace(folder, *lines)
    return TokenConfig(keys_file=folder / "keys")


def replace(folder: Path, *lines: str) -> None:
    """Put a list in the place of the one before, as an operator does."""
    (folder / "keys.new").write_text("".join(f"{line}\n" for line in lines))
    (folder / "keys.new").chmod(0o644)
    (folder / "keys.new").rename(folder / "keys")


def test_an_app_that_signs_nothing_has_no_keyring() -> None:
    assert keyring_of(TokenConfig()) is None


async def test_keys_that_a_file_names_come_and_go_while_the_daemon_runs(mock_clock: MockClock, tmp_path: Path) -> None:
    keyring = keyring_of(listed(tmp_path, "# none yet"))
    assert keyring is not None
    token = sign("ana", NOW_S)
    with pytest.raises(UnknownKey):
        keyring.verify(token, START_MS)
    replace(tmp_path, "# the first", "", "pair:EdDSA:app.pem")
    assert await keyring.look_again()
    assert keyring.verify(token, START_MS).user == "ana"
    mock_clock.jump(keyrings.AGAIN_S)
    replace(tmp_path, "pair:EdDSA:app.pem", "other:EdDSA:never.pem")
    assert not await keyring.look_again()
    assert keyring.verify(token, START_MS).user == "ana"
    mock_clock.jump(keyrings.AGAIN_S)
    replace(tmp_path)
    assert await keyring.look_again()
    with pytest.raises(UnknownKey):
        keyring.verify(token, START_MS)


@pytest.mark.parametrize(
    ("lines", "why"),
    [
        (("pair",), "no KID:ALGORITHM:FILE"),
        (("pair:RS256:app.pem",), "none of HS256, EdDSA"),
        (("pair:EdDSA:never.pem",), "FileNotFoundError"),
        (("pair:EdDSA:app.pem", "pair:EdDSA:app.pem"), "the same KID"),
        (tuple(f"k{number}:EdDSA:app.pem" for number in range(17)), "at most 16"),
        (("# " + "x" * 65_536,), "at most 65536 bytes"),
        (("\udc80",), "utf-8"),
    ],
)
def test_a_list_that_does_not_fit_is_refused(tmp_path: Path, lines: tuple[str, ...], why: str) -> None:
    config = listed(tmp_path)
    (tmp_path / "keys").write_bytes("".join(f"{line}\n" for line in lines).encode("utf-8", "surrogateescape"))
    with pytest.raises(ConfigError, match=why):
        keyring_of(config)


def test_a_list_that_others_may_write_to_is_refused(tmp_path: Path) -> None:
    config = listed(tmp_path, "pair:EdDSA:app.pem")
    (tmp_path / "keys").chmod(0o666)
    with pytest.raises(ConfigError, match="others may get at it"):
        keyring_of(config)


def test_a_key_of_the_command_line_and_one_of_the_file_have_two_names(tmp_path: Path) -> None:
    config = listed(tmp_path, "pair:EdDSA:app.pem")
    with pytest.raises(ConfigError, match="the same KID"):
        keyring_of(TokenConfig(keys=(f"pair:EdDSA:{tmp_path / 'app.pem'}",), keys_file=config.keys_file))
