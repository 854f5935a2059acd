"""The converter between bodies and messages. It never coerces: a field takes its own type, or TypeError is raised."""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum
from typing import Any, get_args, get_origin

from cattrs import Converter

from chatd.model import (
    Answer,
    Attribute,
    ContactList,
    FilterAction,
    Links,
    MemberState,
    RelationKind,
    Role,
    RoomKind,
    Seen,
    Shown,
)
from chatd.rights import Archive, Feature, JoinBy, Past, Permission

Hook = Callable[[Any, Any], Any]

_CURSOR_PART = bytes | int
"""What stands in the flat list of a subscribe; the field's validator knows which belongs where."""


_WORDS = {list: "array", dict: "map", type(None): "nil"}
"""What the protocol calls a type, where Python calls it something else."""


def _word(of: type) -> str:
    return _WORDS.get(of, of.__name__)


def mismatch(expected: str, given: object) -> TypeError:
    """Return the error of a value of another type than the one expected, in the words of the protocol."""
    return TypeError(f"{expected} expected, {_word(type(given))} given")


def _exactly(expected: type) -> Hook:
    def check(value: Any, _: Any) -> Any:
        if type(value) is not expected:
            raise mismatch(_word(expected), value)
        return value

    return check


def _by_value(enum: type[StrEnum]) -> Hook:
    members = {member.value: member for member in enum}

    def check(value: Any, _: Any) -> Any:
        if type(value) is not str:
            raise mismatch("str", value)
        if value not in members:
            raise TypeError(f"one of {', '.join(members)} expected")
        return members[value]

    return check


def _attribute(value: Any, _: Any) -> Any:
    if type(value) not in (str, int, bool):
        raise mismatch("str, int or bool", value)
    return value


def _items_of(array: Any) -> Hook:
    is_list = _exactly(list)
    item = get_args(array)[0]
    read = converter.get_structure_hook(item)

    def check(value: Any, _: Any) -> Any:
        return tuple([read(each, item) for each in is_list(value, list)])

    return check


def _values_of(mapping: Any) -> Hook:
    is_dict = _exactly(dict)
    value_type = get_args(mapping)[1]
    read = converter.get_structure_hook(value_type)

    def check(value: Any, _: Any) -> Any:
        return {key: read(each, value_type) for key, each in is_dict(value, dict).items()}

    return check


def _unchanged(value: Any, _: Any = None) -> Any:
    return value


def _is_tuple(of: Any) -> bool:
    origin: Any = get_origin(of)
    return origin is tuple


def _is_dict(of: Any) -> bool:
    origin: Any = get_origin(of)
    return origin is dict


def _is_cursor_part(of: Any) -> bool:
    return bool(of == _CURSOR_PART)


def _is_attribute(of: Any) -> bool:
    return bool(of == Attribute)


def _is_cursor_list(of: Any) -> bool:
    return bool(of == tuple[_CURSOR_PART, ...])


converter = Converter(detailed_validation=False, omit_if_default=True)
for _scalar in (int, str, bytes, bool):
    converter.register_structure_hook(_scalar, _exactly(_scalar))
_ENUMS = (
    *(Answer, Archive, ContactList, Feature, FilterAction, JoinBy, Links, MemberState, Past),
    *(Permission, RelationKind, Role, RoomKind, Seen, Shown),
)
for _enum in _ENUMS:
    # Each by name: cattrs asks for the hook of a class before any predicate, and these are strings too.
    converter.register_structure_hook(_enum, _by_value(_enum))
converter.register_structure_hook_factory(_is_tuple, _items_of)
converter.register_structure_hook_factory(_is_dict, _values_of)
converter.register_structure_hook_func(_is_attribute, _attribute)
converter.register_unstructure_hook_func(_is_attribute, _unchanged)
converter.register_structure_hook_func(_is_cursor_part, _unchanged)
converter.register_unstructure_hook_func(_is_cursor_list, _unchanged)
