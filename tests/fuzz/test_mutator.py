"""Structure is seen where there is some, and nothing is lost where there is none."""

from __future__ import annotations

import random

import pytest
from hypothesis import given, strategies as st

from chatd.chain import pack
from tests.fuzz import reference, seeds
from tests.fuzz.frames import joined, split
from tests.fuzz.mutator import STREAM_BYTES_MAX, Mutator
from tests.fuzz.tree import body_of, parse
from tests.wire.strategies import steady
from tests.wire.test_strict import plain


@given(data=st.binary(max_size=200))
@steady
def test_any_bytes_are_values_that_have_these_bytes(data: bytes) -> None:
    assert b"".join(node.raw for node in parse(data)) == data


@given(data=st.binary(max_size=200))
@steady
def test_any_bytes_are_frames_that_have_these_bytes(data: bytes) -> None:
    assert joined(split(data)) == data


@given(value=plain)
@steady
def test_a_value_is_one_node_whatever_it_holds(value: object) -> None:
    [node] = parse(pack(value))
    assert node.raw == pack(value)
    assert (node.items is not None) is isinstance(value, dict | list)


@given(value=st.text(max_size=300) | st.binary(max_size=300))
@steady
def test_the_body_of_a_string_is_its_bytes(value: str | bytes) -> None:
    [node] = parse(pack(value))
    assert body_of(node) == (value.encode() if isinstance(value, str) else value)


def test_a_header_that_lies_takes_what_is_there() -> None:
    [node] = parse(b"\x93\x01\x02")
    assert [item.raw for item in node.items or ()] == [b"\x01", b"\x02"]


def test_deep_nesting_does_not_recurse_without_end() -> None:
    assert b"".join(node.raw for node in parse(b"\x91" * 100_000)) == b"\x91" * 100_000


def mutants(count: int, seed: int = 1) -> list[bytes]:
    corpus = seeds.of_frames()
    mutator = Mutator(corpus, random.Random(seed))
    return [mutator.mutate(corpus[place % len(corpus)]) for place in range(count)]


def test_the_same_seed_gives_the_same_inputs() -> None:
    assert mutants(200) == mutants(200)
    assert mutants(200) != mutants(200, seed=2)


def test_many_mutants_are_still_frames_with_one_value() -> None:
    """Else nothing behind the framing would ever be reached. One mutant may fall into hundreds of frames."""
    whole = [mutant for mutant in mutants(300) if all(len(parse(frame.payload)) == 1 for frame in split(mutant))]
    assert len(whole) > 150


def test_no_mutant_is_longer_than_the_bound() -> None:
    assert max(map(len, mutants(300))) <= STREAM_BYTES_MAX


@given(value=plain)
@steady
def test_the_second_decoder_takes_what_is_allowed_as_it_is(value: object) -> None:
    assert reference.same(reference.decode(pack(value), 64), value)


@pytest.mark.parametrize(("one", "other"), [(1, True), (1, 1.0), ("a", b"a"), ([1], [True]), ({"a": 0}, {"a": 0.0})])
def test_values_of_different_types_are_not_the_same(one: object, other: object) -> None:
    assert not reference.same(one, other)
