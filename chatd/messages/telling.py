"""What the app tells of its users, through operators, and reads again: attributes, who follows whom, blocks."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from attrs import Attribute as Field, field

from chatd.codes import RefusalCode
from chatd.frozen import frozen
from chatd.limits import SEQ_MAX
from chatd.messages.fields import WORD, Unfit, a_name, command_key, within
from chatd.model import Attribute, Key, RelationKind, UserId

ATTRIBUTES_MAX = 32
"""Of one user."""
ATTRIBUTE_BYTES_MAX = 128
"""Of a text."""
REQUIRED_MAX = 4
"""Attributes that a gate asks for."""
REQUIRED_VALUES_MAX = 8
"""Of each, those that will do."""


def require_attributes(field: str, value: Mapping[str, Attribute]) -> None:
    """Raise Unfit but for at most `ATTRIBUTES_MAX`, each a word of up to 32 bytes with a small value."""
    if len(value) > ATTRIBUTES_MAX:
        raise Unfit(RefusalCode.TOO_LARGE, f"{field}: at most {ATTRIBUTES_MAX}")
    for name, each in value.items():
        require_attribute(field, name, each)


def require_attribute(field: str, name: str, value: Attribute) -> None:
    """Raise Unfit where that is no name, or no value, of an attribute."""
    if not WORD.fullmatch(name):
        raise Unfit(RefusalCode.BAD_REQUEST, f"{field}: a name is no word")
    if isinstance(value, str):
        if len(value.encode("utf-8", "surrogatepass")) > ATTRIBUTE_BYTES_MAX:
            raise Unfit(RefusalCode.TOO_LARGE, f"{field}: {name} is over {ATTRIBUTE_BYTES_MAX} bytes")
    elif not -SEQ_MAX <= value <= SEQ_MAX:
        raise Unfit(RefusalCode.BAD_REQUEST, f"{field}: {name} is out of range")


def some_attributes(_: Any, attribute: Field[Any], value: dict[str, Attribute]) -> None:
    require_attributes(attribute.name, value)


def some_required(_: Any, attribute: Field[Any], value: dict[str, tuple[Attribute, ...]] | None) -> None:
    """Require at most `REQUIRED_MAX` attributes, each with 1 to `REQUIRED_VALUES_MAX` values."""
    for name, values in (value or {}).items():
        if not values:
            raise Unfit(RefusalCode.BAD_REQUEST, f"{attribute.name}: no value will do")
        if len(value or {}) > REQUIRED_MAX or len(values) > REQUIRED_VALUES_MAX:
            raise Unfit(
                RefusalCode.TOO_LARGE, f"{attribute.name}: at most {REQUIRED_MAX}, {REQUIRED_VALUES_MAX} values each"
            )
        for each in values:
            require_attribute(attribute.name, name, each)


@frozen(kw_only=True)
class SetRelation:
    """For operators. What the app knows of two users: one follows the other, or has blocked them."""

    tag: ClassVar[int] = 185
    key: Key = field(validator=command_key)
    user: UserId = field(validator=a_name)
    other: UserId = field(validator=a_name)
    relation: RelationKind
    on: bool = True
    since: int | None = field(default=None, validator=within(1, SEQ_MAX))
    """Milliseconds since 1970; None: from now on."""
    retry: bool = False

    def __attrs_post_init__(self) -> None:
        if self.user == self.other:
            raise Unfit(RefusalCode.BAD_REQUEST, "set_relation: two users are needed")


@frozen(kw_only=True)
class SetAttributes:
    """For operators. What the app says of a user from now on, all of it; the user exists from then on."""

    tag: ClassVar[int] = 186
    key: Key = field(validator=command_key)
    user: UserId = field(validator=a_name)
    attributes: dict[str, Attribute] = field(validator=some_attributes)
    retry: bool = False


Tell = SetRelation | SetAttributes
"""What the app knows of its users, and the server does not."""


@frozen(kw_only=True)
class AskAttributes:
    """For operators. What the app has said of a user."""

    tag: ClassVar[int] = 187
    user: UserId = field(validator=a_name)


@frozen(kw_only=True)
class AttributesOf:
    """The reply to `AskAttributes`."""

    tag: ClassVar[int] = 215
    user: UserId
    attributes: dict[str, Attribute] = field(validator=some_attributes)
