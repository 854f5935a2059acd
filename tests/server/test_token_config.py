"""What an operator may say of signed tokens."""

from __future__ import annotations

from pathlib import Path
from typing import Any, cast

import pytest

from chatd.server.errors import ConfigError
from chatd.server.token_config import KEYS_MAX, NamedKey, TokenConfig


def test_a_key_is_named_with_its_one_algorithm_and_its_file() -> None:
    config = TokenConfig(keys=("2026-11:EdDSA:/etc/chatd/a:b.pem", "old:HS256:secret"))
    assert config.named() == (
        NamedKey("2026-11", "EdDSA", Path("/etc/chatd/a:b.pem")),
        NamedKey("old", "HS256", Path("secret")),
    )


@pytest.mark.parametrize(
    ("keys", "why"),
    [
        (("k1",), "no KID:ALGORITHM:FILE"),
        (("k1:EdDSA:",), "no KID:ALGORITHM:FILE"),
        ((":EdDSA:file",), "no KID:ALGORITHM:FILE"),
        (("k 1:EdDSA:file",), "no KID:ALGORITHM:FILE"),
        (("x" * 65 + ":EdDSA:file",), "no KID:ALGORITHM:FILE"),
        (("k1:none:file",), "none of HS256, EdDSA"),
        (("k1:RS256:file",), "none of HS256, EdDSA"),
        (("k1:EdDSA:a", "k1:HS256:b"), "the same KID"),
        (tuple(f"k{number}:EdDSA:a" for number in range(KEYS_MAX + 1)), "at most 16"),
    ],
)
def test_keys_that_do_not_fit_are_refused(keys: tuple[str, ...], why: str) -> None:
    with pytest.raises(ConfigError, match=why):
        TokenConfig(keys=keys)


@pytest.mark.parametrize(("name", "wrong"), [("leeway_s", (-1, 301)), ("life_s_max", (59, 31_622_401))])
def test_numbers_beyond_their_range_are_refused(name: str, wrong: tuple[int, int]) -> None:
    for value in wrong:
        with pytest.raises(ConfigError, match=rf"tokens\.{name}"):
            TokenConfig(**cast("Any", {name: value}))
