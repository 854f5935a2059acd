"""The files are what `corpus` says, and the decoder does with each what its first letter says."""

from __future__ import annotations

from pathlib import Path

import msgpack
import pytest

from chatd.limits import CONTAINERS_MAX
from chatd.wire.strict import unpack
from tests.fuzz import reference
from tests.fuzz.target import weigh
from tests.vectors.msgpack import corpus

FILES = sorted(corpus.DIRECTORY.glob(f"*{corpus.SUFFIX}"))


def of(letter: str) -> pytest.MarkDecorator:
    return pytest.mark.parametrize(
        "path", [path for path in FILES if path.name.startswith(letter)], ids=lambda p: p.stem
    )


def test_the_files_are_what_the_module_says() -> None:
    assert {path.name: path.read_bytes() for path in FILES} == corpus.files()


@of("y_")
def test_what_must_be_taken_is_taken(path: Path) -> None:
    assert msgpack.packb(unpack(path.read_bytes(), CONTAINERS_MAX))


@of("n_")
def test_what_must_be_refused_is_refused(path: Path) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - every way to be wrong has a text of its own
        unpack(path.read_bytes(), CONTAINERS_MAX)


@of("i_")
def test_what_is_free_is_taken_unchanged(path: Path) -> None:
    data = path.read_bytes()
    assert reference.same(unpack(data, CONTAINERS_MAX), msgpack.unpackb(data))


@of("")
def test_both_decoders_agree(path: Path) -> None:
    data = path.read_bytes()
    try:
        wanted = reference.decode(data, CONTAINERS_MAX)
    except reference.NotAllowedError:
        with pytest.raises(ValueError):  # noqa: PT011 - as above
            unpack(data, CONTAINERS_MAX)
    else:
        assert reference.same(unpack(data, CONTAINERS_MAX), wanted)


@of("n_")
def test_a_length_that_lies_costs_no_memory(path: Path) -> None:
    data = path.read_bytes()

    def decode() -> None:
        with pytest.raises(ValueError):  # noqa: PT011 - as above
            unpack(data, CONTAINERS_MAX)

    weigh(len(data), CONTAINERS_MAX, decode)
