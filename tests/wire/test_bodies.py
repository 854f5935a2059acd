from __future__ import annotations

from typing import Any

import msgpack
import pytest
from attrs import NOTHING, fields
from hypothesis import given, strategies as st

from chatd.chain import pack
from chatd.checked import Ballot, Checked, Quote
from chatd.codes import RefusalCode
from chatd.limits import CONTENT_BYTES_MAX
from chatd.messages import Unfit
from chatd.wire import bodies, content
from chatd.wire.bodies import TYPES, File, Forward, Media, Other, Poll, Text, Typed
from tests.wire.allowed import ANY, OUTSIDE, says_of
from tests.wire.contents import GOOD, PICTURE, SYSTEM
from tests.wire.strategies import steady

SAMPLES: dict[str, dict[str, Any]] = {facts["type"]: facts for facts in (*GOOD.values(), SYSTEM)}
"""The last sample of each type, which is the fullest."""
KEYS = [(kind, each.name) for kind, facts in SAMPLES.items() for each in fields(TYPES.get(kind, Other))]


def test_every_type_has_a_sample() -> None:
    assert [kind for kind in TYPES if kind not in SAMPLES] == []


# -- what is built -----------------------------------------------------------------------------------------------------


@given(body=ANY)
@steady
def test_what_is_built_may_be_posted_and_comes_back_equal(body: Typed) -> None:
    data = content.of(body, allow_system=True)
    parsed = content.parse(data)
    assert content.typed(parsed) == body
    assert (parsed.type, content.shown(parsed)) == (body.type, body.text if body.type == "text" else body.fallback)


@given(body=ANY)
@steady
def test_a_check_tells_what_a_decision_needs(body: Typed) -> None:
    ballot = None
    if isinstance(body, Poll):
        ballot = Ballot(options=len(body.options), multiple=body.multiple, closes=body.closes)
    quote = None
    if isinstance(body, Forward):
        quote = Quote(author=body.author, time=body.time, hops=body.hops, content=body.content)
    told = Checked(type=body.type, mentions=body.mentions, mention_all=body.mention_all, ballot=ballot, quote=quote)
    checked = content.check(content.of(body, allow_system=True), CONTENT_BYTES_MAX, allow_system=True)
    plain = isinstance(body, Text) and not body.mentions and not body.mention_all
    assert checked == (None if plain else told)


def test_what_holds_what_absent_means_is_left_out() -> None:
    picture = File(ref="a", mime="image/png", size=None, caption="")
    media = Media(items=(picture,), fallback="a picture", text="", mentions=(), mention_all=False)
    picture_alone = {"type": "media", "fallback": "a picture", "items": [{"ref": "a", "mime": "image/png"}]}
    assert content.of(media) == pack(picture_alone)


def test_a_text_is_built_as_the_text_that_it_is() -> None:
    assert content.of(Text(text="hi")) == content.text("hi")


def test_a_body_of_surrogates_is_not_built() -> None:
    with pytest.raises(Unfit, match="UTF-8"):
        content.of(Text(text="\ud800"))


def test_a_body_beyond_the_size_of_a_content_is_not_built() -> None:
    with pytest.raises(Unfit) as caught:
        content.of(Text(text="x" * CONTENT_BYTES_MAX))
    assert caught.value.code is RefusalCode.TOO_LARGE


def test_a_body_that_calls_itself_another_type_is_not_built() -> None:
    with pytest.raises(Unfit, match="question: missing"):
        content.of(Other(type="poll", fallback="a poll"))


def test_a_system_body_is_built_for_those_alone_who_may_say_it() -> None:
    body = bodies.read(SYSTEM)
    assert content.typed(content.parse(content.of(body, allow_system=True))) == body
    with pytest.raises(Unfit, match="only the server and operators"):
        content.of(body)


# -- what is read ------------------------------------------------------------------------------------------------------


def refusal(facts: dict[str, Any]) -> str:
    with pytest.raises(Unfit, match=r"^content: ") as caught:
        content.check(msgpack.packb(facts), CONTENT_BYTES_MAX, allow_system=True)
    assert caught.value.code is RefusalCode.BAD_CONTENT
    return str(caught.value).removeprefix("content: ")


def outside(cls: type[Any], name: str) -> list[Any]:
    """Return values that may not stand under a key: nil among them, but where it means absent."""
    attribute = getattr(fields(cls), name)
    return [value for value in OUTSIDE[says_of(attribute)] if not (value is None and attribute.default is None)]


@pytest.mark.parametrize(("kind", "name"), KEYS)
def test_a_key_that_does_not_fit_its_table_is_refused_and_named(kind: str, name: str) -> None:
    for value in outside(TYPES.get(kind, Other), name):
        assert refusal(SAMPLES[kind] | {name: value}).startswith((f"{name}: ", f"{name}.")), value


@pytest.mark.parametrize("name", [each.name for each in fields(File)])
def test_a_key_of_a_file_that_does_not_fit_is_refused_and_named_with_what_holds_the_file(name: str) -> None:
    for value in outside(File, name):
        facts = SAMPLES["media"] | {"items": [PICTURE, PICTURE | {name: value}]}
        assert refusal(facts).startswith(f"items.{name}: "), value


@given(body=ANY, data=st.data())
@steady
def test_one_key_out_of_its_limits_is_enough_to_be_refused(body: Typed, data: st.DataObject) -> None:
    name = data.draw(st.sampled_from([each.name for each in fields(type(body))]))
    value = data.draw(st.sampled_from(outside(type(body), name)))
    assert refusal(bodies.as_map(body) | {name: value})
    with pytest.raises(Unfit):
        type(body)(**{each.name: getattr(body, each.name) for each in fields(type(body))} | {name: value})


REQUIRED = [(kind, name) for kind, name in KEYS if getattr(fields(TYPES.get(kind, Other)), name).default is NOTHING]


@pytest.mark.parametrize(("kind", "name"), REQUIRED)
def test_a_key_that_must_be_there_is_missed_by_its_name(kind: str, name: str) -> None:
    facts = {key: value for key, value in SAMPLES[kind].items() if key != name}
    assert refusal(facts).startswith(f"{name}: ")


def test_nil_stands_for_a_key_that_is_absent_where_absent_means_none() -> None:
    facts = SAMPLES["voice"] | {"waveform": None, "file": {"ref": "a", "mime": "audio/ogg", "url": None}}
    assert bodies.read(facts) == bodies.read(
        {key: value for key, value in facts.items() if key != "waveform"} | {"file": {"ref": "a", "mime": "audio/ogg"}}
    )


def test_keys_that_a_type_does_not_know_are_left_out() -> None:
    assert bodies.read(GOOD["poll"] | {"quorum": 3}) == bodies.read(GOOD["poll"])


def test_a_type_that_is_unknown_is_read_as_another() -> None:
    assert bodies.read(GOOD["a type that an app defines"]) == Other(type="shop.coupon", fallback="a coupon")
