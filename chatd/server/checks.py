"""What every setting is checked with. A value that does not fit raises ConfigError as its group is built."""

from __future__ import annotations

from typing import Any

from attrs import Attribute, field

from chatd.server.errors import ConfigError


def within(default: int, low: int, high: int) -> int:
    """Return the field of a number from `low` to `high`, both allowed."""

    def check(instance: Any, attribute: Attribute[Any], value: object) -> None:
        if type(value) is not int or not low <= value <= high:
            raise ConfigError(f"{instance.group}{attribute.name}: {value!r} is not within {low}..{high}")

    return field(default=default, validator=check)


def require(fits: bool, text: str) -> None:
    """Raise ConfigError with `text` unless it `fits`."""
    if not fits:
        raise ConfigError(text)
