"""What the app tells of its users, through operators, and reads again: attributes, who follows whom, blocks."""

from __future__ import annotations

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


def some_attributes(_: Any, attribute: Field[Any], value: dict[str, Attribute]) -> None:
    """Require at most `ATTRIBUTES_MAX`, each a word of up to 32 bytes with a small value."""
    if len(value) > ATTRIBUTES_MAX:
        raise Unfit(RefusalCode.TOO_LARGE, f"{attribute.name}: at most {ATTRIBUTES_MAX}")
    for name, each in value.items():
        if not WORD.fullmatch(name):
            raise Unfit(RefusalCode.BAD_REQUEST, f"{attribute.name}: a name is no word")
        if isinstance(each, str):
            if len(each.encode("utf-8", "surrogatepass")) > ATTRIBUTE_BYTES_MAX:
                raise Unfit(RefusalCode.TOO_LARGE, f"{attribute.name}: {name} is over {ATTRIBUTE_BYTES_MAX} bytes")
        elif not -SEQ_MAX <= each <= SEQ_MAX:
            raise Unfit(RefusalCode.BAD_REQUEST, f"{attribute.name}: {name} is out of range")


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
