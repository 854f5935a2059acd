"""Reads a table of a TOML file key by key; what is left over, or of the wrong type, is an error that names its key."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, cast

from attrs import define, field

from chatd.server.errors import ConfigError


@define(eq=False)
class Table:
    """The keys of a table that were not read yet. Each method takes one; all raise ConfigError."""

    name: str
    """How the table is called where something in it is wrong."""
    left: dict[str, Any] = field(repr=False)

    @classmethod
    def read(cls, file: Path) -> Table:
        """Return all of a file."""
        try:
            return cls(str(file), tomllib.loads(file.read_text("utf-8")))
        except (OSError, ValueError) as error:
            raise ConfigError(f"{file}: {error}") from error

    def wrong(self, key: str, text: str) -> ConfigError:
        return ConfigError(f"{self.name}: {key}: {text}")

    def text(self, key: str) -> str | None:
        """Return a string, None where the key is not there."""
        value: object = self.left.pop(key, None)
        if value is None or (isinstance(value, str) and value):
            return value
        raise self.wrong(key, "a string expected")

    def one_of(self, key: str, words: tuple[str, ...]) -> str:
        """Return one of `words`, the first where the key is not there."""
        value = self.left.pop(key, words[0])
        if value not in words:
            raise self.wrong(key, f"one of {', '.join(words)} expected")
        return str(value)

    def texts(self, key: str, most: int) -> tuple[str, ...]:
        """Return a list of strings, the empty one where the key is not there."""
        value: object = self.left.pop(key, [])
        given = cast("list[object]", value) if isinstance(value, list) else [None]
        texts = [each for each in given if isinstance(each, str) and each]
        if len(texts) != len(given):
            raise self.wrong(key, "a list of strings expected")
        if len(texts) > most:
            raise self.wrong(key, f"at most {most} expected")
        return tuple(texts)

    def number(self, key: str, usual: int, low: int, high: int) -> int:
        """Return an integer of low..high, `usual` where the key is not there."""
        value = self.left.pop(key, usual)
        if type(value) is not int or not low <= value <= high:
            raise self.wrong(key, f"{value!r} is not within {low}..{high}")
        return value

    def flag(self, key: str) -> bool:
        """Return true or false, false where the key is not there."""
        value = self.left.pop(key, False)
        if type(value) is not bool:
            raise self.wrong(key, "true or false expected")
        return value

    def table(self, key: str) -> Table | None:
        """Return a table within this one, None where the key is not there."""
        value = self.left.pop(key, None)
        if value is None:
            return None
        if type(value) is not dict:
            raise self.wrong(key, "a table expected")
        return Table(f"{self.name}: {key}", cast("dict[str, Any]", value))

    def end(self) -> None:
        """Say that all keys were read."""
        for key in self.left:
            raise self.wrong(key, "no such setting")


Environment = Mapping[str, str]
