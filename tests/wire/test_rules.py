from __future__ import annotations

from typing import Any

import pytest
from attrs import define, field

from chatd.codes import RefusalCode
from chatd.messages import Unfit
from chatd.wire import bodies, rules
from chatd.wire.rules import Rule
from tests.wire.allowed import INSIDE, OUTSIDE
from tests.wire.contents import PICTURE

RULES: tuple[Rule, ...] = (
    rules.ANY_TEXT,
    rules.SOME_TEXT,
    rules.YES_OR_NO,
    rules.NO,
    rules.A_NAME,
    rules.NAMES,
    rules.URL,
    rules.MEDIA_TYPE,
    rules.WORD,
    rules.CURRENCY,
    rules.an_id(128),
    rules.an_id(512),
    rules.text(1, 32),
    rules.text(0, 2048),
    rules.spoken(512),
    rules.spoken(1024),
    rules.choices(2, 12, 256),
    rules.whole(0, 9_007_199_254_740_991),
    rules.whole(0, 253_402_300_799_999),
    rules.whole(1, 65_535),
    rules.whole(1, 255),
    rules.whole(0, 86_400_000),
    rules.whole(1, 3_600_000),
    rules.data(32, 32),
    rules.data(1, 256),
    rules.data(1, 32_768),
    bodies.FILE,
    bodies.FILES,
)
BY_WORDS = {rule.says: rule for rule in RULES}


def is_taken(rule: Rule, value: Any) -> bool:
    try:
        return rule.fits(rule.read(value))
    except Unfit:
        return False


def test_what_is_tried_here_is_every_rule() -> None:
    assert sorted(BY_WORDS) == sorted(INSIDE) == sorted(OUTSIDE)


@pytest.mark.parametrize("words", OUTSIDE)
def test_what_lies_outside_a_rule_does_not_fit(words: str) -> None:
    assert [value for value in OUTSIDE[words] if is_taken(BY_WORDS[words], value)] == []


EDGES: tuple[tuple[Rule, Any], ...] = (
    (rules.URL, "https://a"),
    (rules.URL, "https://a:0"),
    (rules.URL, "https://[2001:db8::1]:65535/a?b=c#d"),
    (rules.URL, "https://xn--bcher-kva.example/~a/%20;b=[1]"),
    (rules.URL, "https://a?b"),
    (rules.URL, "https://a#b"),
    (rules.URL, "https://a/" + "x" * 2038),
    (rules.MEDIA_TYPE, "a/b"),
    (rules.MEDIA_TYPE, f"a/{'x' * 126}"),
    (rules.WORD, "a"),
    (rules.WORD, "a" + "0" * 31),
    (rules.an_id(128), "a"),
    (rules.an_id(128), "!" * 128),
    (rules.an_id(512), "~" * 512),
    (rules.text(1, 32), "é" * 16),
    (rules.text(0, 2048), ""),
    (rules.text(0, 2048), "x" * 2048),
    (rules.text(0, 2048), "\x00 \x1b"),
    (rules.spoken(512), "x" * 512),
    (rules.spoken(1024), " é" + " " * 1021),
    (rules.choices(2, 12, 256), ["a", "A"]),
    (rules.choices(2, 12, 256), ["x" * 256, *"abcdefghijk"]),
    (rules.NAMES, []),
    (rules.NAMES, [f"u{n}" for n in range(50)]),
    (rules.whole(1, 65_535), 1),
    (rules.whole(1, 65_535), 65_535),
    (rules.whole(0, 9_007_199_254_740_991), 0),
    (rules.whole(0, 9_007_199_254_740_991), 2**53 - 1),
    (rules.whole(0, 253_402_300_799_999), 253_402_300_799_999),
    (rules.whole(0, 86_400_000), 86_400_000),
    (rules.whole(1, 3_600_000), 3_600_000),
    (rules.data(1, 256), b"1"),
    (rules.data(1, 256), bytes(256)),
    (bodies.FILES, [PICTURE] * 10),
)


@pytest.mark.parametrize(("rule", "value"), EDGES, ids=[f"{rule.says}: {value!r:.20}" for rule, value in EDGES])
def test_a_limit_itself_is_allowed(rule: Rule, value: Any) -> None:
    assert is_taken(rule, value)


def test_what_cannot_be_encoded_does_not_fit() -> None:
    assert not rules.text(1, 32).fits("\ud800")
    assert not rules.spoken(512).fits("\ud800")
    assert not rules.an_id(128).fits("\ud800")


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.says)
def test_nil_fits_where_a_key_may_be_absent_and_nothing_else_is_changed_by_that(rule: Rule) -> None:
    assert is_taken(rule.or_none(), None)
    assert rule.or_none().says == rule.says
    assert [value for value in OUTSIDE[rule.says] if value is not None and is_taken(rule.or_none(), value)] == []


@define
class Holder:
    price: int = field(validator=rules.whole(0, 9))


def test_a_field_that_does_not_fit_is_named_with_what_would() -> None:
    assert Holder(9).price == 9
    with pytest.raises(Unfit, match=r"^price: int, 0\.\.9 expected$") as caught:
        Holder(10)
    assert caught.value.code is RefusalCode.BAD_CONTENT
