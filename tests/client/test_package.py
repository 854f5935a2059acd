from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import anyio
import pytest

import chatd_client
from chatd.messages import CreateGroup, Post
from tests.client.fakes import Network, on_both
from tests.client.scrolls import Scroll

README = Path(__file__).parents[2] / "clients" / "README.md"


def test_importing_the_library_loads_neither_trio_nor_the_server() -> None:
    code = "import chatd_client, sys; print(*sorted(sys.modules))"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    assert "chatd.wire.codec" in loaded
    banned = ("trio", "aiosqlite", "structlog", "chatd.server", "chatd.rooms", "chatd.storage")
    assert [name for name in loaded if name.startswith(banned)] == []


def test_all_public_names_exist_once() -> None:
    assert len(dict.fromkeys(chatd_client.__all__)) == len(chatd_client.__all__)
    assert [name for name in chatd_client.__all__ if not hasattr(chatd_client, name)] == []


def test_every_exception_says_what_it_means() -> None:
    public = [getattr(chatd_client, name) for name in chatd_client.__all__]
    errors = [each for each in public if isinstance(each, type) and issubclass(each, Exception)]
    assert len(errors) == 11
    assert [each for each in errors if not each.__doc__] == []


@on_both
async def test_the_example_of_the_readme_runs(capsys: pytest.CaptureFixture[str]) -> None:
    found = re.search(r"```python\n(.*?)```", README.read_text(), re.DOTALL)
    assert found is not None
    scroll = Scroll()
    async with Network() as network, anyio.create_task_group() as tasks:
        names: dict[str, object] = {}
        example = found[1].replace("from chatd_client import Entry, connect", "from chatd_client import Entry")
        names["connect"] = lambda _, user: network.connect(user=user)
        exec(compile(example, "README.md", "exec"), names)
        tasks.start_soon(names["main"])  # type: ignore[arg-type]
        peer = await network.welcome()
        await peer.ack(await peer.until(CreateGroup))
        await peer.ack(await peer.until(Post))
        await peer.send(scroll.say("hello yourself"))
        while "bo hello yourself" not in capsys.readouterr().out:
            await anyio.lowlevel.checkpoint()
        tasks.cancel_scope.cancel()
