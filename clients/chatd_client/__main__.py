"""The `chat` command: `chat --as ana tcp://127.0.0.1:7700`. Exit codes: 0 done, 1 the chat ended, or the server
did not answer, 2 misused."""

from __future__ import annotations

import argparse
import os
import sys
import threading
from collections.abc import AsyncGenerator, Sequence
from functools import partial
from pathlib import Path
from typing import TextIO

import anyio
from anyio.from_thread import BlockingPortal
from anyio.streams.memory import MemoryObjectSendStream

from chatd_client.chat import Chat, connect
from chatd_client.errors import ChatError
from chatd_client.store import FileStore
from chatd_client.terminal import Terminal
from chatd_client.usage import HELP

ADDRESS = "tcp://127.0.0.1:7700"
LINES_WAITING = 64


def parser() -> argparse.ArgumentParser:
    """Return what understands the command line."""
    parser = argparse.ArgumentParser(
        allow_abbrev=False,
        prog="chat",
        description="Chat in a terminal, line by line.",
        epilog=HELP,
        formatter_class=argparse.RawTextHelpFormatter,
    )
    parser.add_argument("address", nargs="?", default=ADDRESS, help=f"tcp://, tls:// or unix:/// (default {ADDRESS})")
    parser.add_argument("--as", dest="user", metavar="USER", help="who you are, on a development server")
    parser.add_argument("--token-file", type=Path, help="a file that holds your token (or set CHATD_TOKEN)")
    parser.add_argument(
        "--signed-file", type=Path, help="a file that holds a token signed by the app, read anew each time"
    )
    parser.add_argument("--device", default="terminal", help="the name of this device (default: terminal)")
    parser.add_argument("--store", type=Path, help="a file that keeps unsent lines and what was shown over a restart")
    parser.add_argument("--history", type=int, default=0, metavar="N", help="first show at most N entries of each room")
    parser.add_argument("--plaintext", action="store_true", help="allow a token over tcp:// beyond this machine")
    return parser


def chat_of(options: argparse.Namespace) -> Chat:
    """Return the chat that the command line asks for. Raises ValueError, or OSError for an unreadable token file."""
    token, signed = None, None
    if options.user is None and options.signed_file:
        signed = partial(_text, options.signed_file)
        signed()
    elif options.user is None:
        token = _text(options.token_file) if options.token_file else os.environ.get("CHATD_TOKEN")
    if options.user is None and token is None and signed is None:
        raise ValueError("say who you are: --as USER, --token-file FILE, --signed-file FILE or CHATD_TOKEN")
    return connect(
        options.address,
        token=token,
        signed=signed,
        user=options.user,
        device=options.device,
        store=FileStore(options.store) if options.store else None,
        latest=options.history,
        plaintext=options.plaintext,
        agent="chat",
    )


def _text(file: Path) -> str:
    return file.read_text().strip()


def _read(source: TextIO, portal: BlockingPortal, send: MemoryObjectSendStream[str]) -> None:
    """Hand over lines until the input or the program ends. The thread is a daemon: a read cannot be cancelled."""
    try:
        for each in source:
            portal.call(send.send, each)
        portal.call(send.aclose)
    except (RuntimeError, anyio.BrokenResourceError, anyio.ClosedResourceError):
        return


async def lines(source: TextIO, portal: BlockingPortal) -> AsyncGenerator[str, None]:
    """Yield the lines of `source` as they come."""
    send, receive = anyio.create_memory_object_stream[str](LINES_WAITING)
    threading.Thread(target=_read, args=(source, portal, send), daemon=True).start()
    async with send, receive:
        async for each in receive:
            yield each


def _show(text: str) -> None:
    """A terminal that cannot show a character gets an escape for it, not an exception.

    When nobody reads what is printed any more, it goes nowhere from there on, and the input is obeyed to its end.
    """
    encoding = sys.stdout.encoding or "utf-8"
    try:
        print(text.encode(encoding, "backslashreplace").decode(encoding), flush=True)
    except BrokenPipeError:
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, sys.stdout.fileno())
        os.close(nowhere)


async def run(chat: Chat, source: TextIO) -> ChatError | None:
    """Chat until `source` ends, and return None; or why the chat ended first."""
    ended: ChatError | None = None
    async with chat, BlockingPortal() as portal:
        ended = await Terminal(chat, _show).run(lines(source, portal))
        await portal.stop(cancel_remaining=True)
    return ended


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the `chat` command and return its exit code."""
    options = parser().parse_args(arguments)
    try:
        ended = anyio.run(run, chat_of(options), sys.stdin)
    except (ValueError, OSError) as error:
        return _failed(error, 2)
    except ChatError as error:
        return _failed(error, 1)
    except KeyboardInterrupt:
        return 130
    return 0 if ended is None else _failed(ended, 1)


def _failed(error: Exception, code: int) -> int:
    print(f"chat: {error}", file=sys.stderr)
    return code


if __name__ == "__main__":
    sys.exit(main())
