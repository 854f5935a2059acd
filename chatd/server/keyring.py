"""The keys by which the app signs, read again while the daemon runs: at SIGHUP, and when a key is named that is new."""

from __future__ import annotations

import signal
from collections.abc import Callable
from functools import partial

import structlog
import trio
from attrs import Factory, define

from chatd.server.claims import Claims, Verify, read_verifier, verifier_of
from chatd.server.errors import ConfigError
from chatd.server.token_config import TokenConfig

AGAIN_S = 10.0
"""Tokens that name no key of the app's make the files be looked at at most this often: anybody may send them."""

log = structlog.get_logger()


@define(eq=False)
class Keyring:
    """Invariant: it always holds one whole set of keys, the newest that could be read."""

    _read: Callable[[], Verify]
    """Reads all files and returns what checks tokens by them. Raises ConfigError, which tells no secret. It blocks."""
    _verify: Verify
    _looked_s: float = float("-inf")
    _reads: int = 0
    """How often the keys were read whole."""
    _lock: trio.Lock = Factory(trio.Lock)

    def verify(self, token: str, now_ms: int) -> Claims:
        """Return what a token says that is good at `now_ms`. Raises BadToken and nothing else. Never blocks."""
        return self._verify(token, now_ms)

    async def look_again(self) -> bool:
        """Read the keys anew, because a token names none of them; return whether that was done since this was asked.

        Not where it was done less than `AGAIN_S` ago. Keys that cannot be read leave those that are known.
        """
        before = self._reads
        async with self._lock:
            if self._reads != before:
                return True
            if trio.current_time() - self._looked_s < AGAIN_S:
                return False
            return await self._read_anew()

    async def heed_hangups(self) -> None:
        """Read the keys anew at each SIGHUP, until cancelled. Several that come at once are one."""
        with trio.open_signal_receiver(signal.SIGHUP) as hangups:
            async for _ in hangups:
                async with self._lock:
                    await self._read_anew()

    async def _read_anew(self) -> bool:
        try:
            self._verify = await trio.to_thread.run_sync(self._read)
        except ConfigError as error:
            log.error("keys kept", error=str(error))
            return False
        else:
            log.info("keys read")
            self._reads += 1
            return True
        finally:
            self._looked_s = trio.current_time()


def keyring_of(config: TokenConfig) -> Keyring | None:
    """Return the keys of the app, which it reads; None where the app signs no tokens. Raises ConfigError."""
    verify = verifier_of(config)
    return None if verify is None else Keyring(partial(read_verifier, config), verify)
