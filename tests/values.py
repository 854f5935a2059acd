"""Values in the lines of dialogues."""

from __future__ import annotations

from chatd.rights import Permission


def permissions(value: str) -> tuple[Permission, ...]:
    return tuple(Permission(word) for word in split(value))


def attributes(value: str) -> dict[str, object]:
    pairs = [each.partition(":") for each in split(value)]
    return {name: int(word) if word.isdigit() else word for name, _, word in pairs}


def requires(value: str) -> dict[str, tuple[object, ...]]:
    pairs = [each.partition(":") for each in split(value)]
    return {name: tuple(int(each) if each.isdigit() else each for each in words.split("|")) for name, _, words in pairs}


def split(value: str) -> tuple[str, ...]:
    return tuple(value.split(",")) if value else ()
