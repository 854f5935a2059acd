"""The `chatd` command. Here alone the base install, which lacks the server's libraries, is told what to install."""

from __future__ import annotations

import sys

SERVER_LIBRARIES = ("aiosqlite", "cyclopts", "structlog", "trio")


def main() -> None:
    """Run the command line and exit with one of `chatd.server.config.ExitCode`."""
    try:
        from chatd.server import cli  # noqa: PLC0415  it needs the extra whose absence is answered here
    except ModuleNotFoundError as error:
        if error.name not in SERVER_LIBRARIES:
            raise
        sys.exit('chatd: the server is not installed: pip install "chatd[server]"')
    sys.exit(cli.run(sys.argv[1:]))


if __name__ == "__main__":
    main()
