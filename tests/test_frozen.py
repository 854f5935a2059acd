"""What is frozen while tests run, and what it costs nothing to say while users run."""

from __future__ import annotations

import subprocess
import sys

import pytest
from attrs.exceptions import FrozenInstanceError

from chatd.frozen import WATCHED
from chatd.model import Head

PROGRAM = """
from chatd.model import Head
one, same, other = Head(1, 2, 3, b"h"), Head(1, 2, 3, b"h"), Head(2, 2, 3, b"h")
assert one == same and hash(one) == hash(same) and one != other
one.seq = 5
print(one.seq)
"""


def test_an_assignment_fails_in_the_tests() -> None:
    with pytest.raises(FrozenInstanceError):
        Head(1, 2, 3, b"h").seq = 5  # type: ignore[misc]


@pytest.mark.slow
@pytest.mark.parametrize(("environment", "code"), [({}, 0), ({WATCHED: "1"}, 1)], ids=["not watched", "watched"])
def test_a_program_watches_if_it_is_asked_to_and_compares_by_value_either_way(
    environment: dict[str, str], code: int
) -> None:
    ended = subprocess.run(
        [sys.executable, "-c", PROGRAM], env=environment, capture_output=True, text=True, timeout=30, check=False
    )
    assert ended.returncode == code
    assert ("FrozenInstanceError" in ended.stderr) is bool(code)
