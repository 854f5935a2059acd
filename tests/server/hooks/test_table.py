"""A table is read key by key; what is wrong with it is said with the name of its key."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from chatd.server.errors import ConfigError
from chatd.server.hooks.table import Table


def table(**values: Any) -> Table:
    return Table("hooks.toml", values)


def test_a_key_that_is_not_there_has_its_usual_value() -> None:
    empty = table()
    assert (empty.text("a"), empty.one_of("a", ("x", "y")), empty.texts("a", 1)) == (None, "x", ())
    assert (empty.number("a", 5, 1, 9), empty.flag("a"), empty.table("a")) == (5, False, None)
    empty.end()


def test_what_stands_there_is_taken_once() -> None:
    full = table(a="text", b="y", c=["one"], d=9, e=True, f={"g": "in it"})
    assert (full.text("a"), full.one_of("b", ("x", "y")), full.texts("c", 1)) == ("text", "y", ("one",))
    assert (full.number("d", 5, 1, 9), full.flag("e")) == (9, True)
    inner = full.table("f")
    assert inner is not None
    assert inner.text("g") == "in it"
    full.end()
    inner.end()


@pytest.mark.parametrize(
    ("value", "read"),
    [
        (1, lambda t: t.text("key")),
        ("", lambda t: t.text("key")),
        ("z", lambda t: t.one_of("key", ("x", "y"))),
        (["x"], lambda t: t.one_of("key", ("x", "y"))),
        ("one", lambda t: t.texts("key", 1)),
        ([1], lambda t: t.texts("key", 1)),
        (["one", "two"], lambda t: t.texts("key", 1)),
        (0, lambda t: t.number("key", 5, 1, 9)),
        (10, lambda t: t.number("key", 5, 1, 9)),
        (True, lambda t: t.number("key", 5, 1, 9)),
        (1, lambda t: t.flag("key")),
        ("no table", lambda t: t.table("key")),
        ("left over", lambda t: t.end()),
    ],
)
def test_what_does_not_fit_is_named(value: Any, read: Callable[[Table], object]) -> None:
    with pytest.raises(ConfigError, match=r"^hooks.toml: key: "):
        read(table(key=value))


def test_a_table_within_a_table_is_named_with_it() -> None:
    inner = table(outer={"key": 1}).table("outer")
    assert inner is not None
    with pytest.raises(ConfigError, match=r"^hooks.toml: outer: key: no such setting$"):
        inner.end()


@pytest.mark.parametrize("content", [None, b"no toml", b"\xff"])
def test_a_file_that_cannot_be_read_is_named(tmp_path: Path, content: bytes | None) -> None:
    file = tmp_path / "hooks.toml"
    if content is not None:
        file.write_bytes(content)
    with pytest.raises(ConfigError, match=r"hooks\.toml: "):
        Table.read(file)
