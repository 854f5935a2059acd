"""What every setting is checked with."""

from __future__ import annotations

from typing import ClassVar

import pytest
from attrs import frozen

from chatd.server.checks import require, within
from chatd.server.errors import ConfigError


@frozen(kw_only=True)
class Group:
    group: ClassVar[str] = "group."
    count: int = within(3, 1, 5)


def test_a_number_within_its_range_is_kept() -> None:
    assert (Group().count, Group(count=1).count, Group(count=5).count) == (3, 1, 5)


@pytest.mark.parametrize("count", [0, 6, True, "3", None])
def test_what_is_no_such_number_is_refused_by_name(count: object) -> None:
    with pytest.raises(ConfigError, match=r"group\.count: .* is not within 1\.\.5"):
        Group(count=count)  # type: ignore[arg-type]


def test_what_must_be_and_is_not_is_said() -> None:
    require(True, "never said")
    with pytest.raises(ConfigError, match="listen: must be"):
        require(False, "listen: must be")
