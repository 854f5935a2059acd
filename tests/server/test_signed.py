"""Tokens that the app signs: what they must look like, and every way in which one is no good (protocol 3.14)."""

from __future__ import annotations

import hmac
import json
import re
from base64 import urlsafe_b64encode
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from hypothesis import example, given, strategies as st

from chatd.limits import CREDENTIAL_BYTES_MAX, SEQ_MAX
from chatd.server.claims import BadToken, Claims
from chatd.server.signed import Signed
from chatd.server.token_config import TokenConfig
from tests.signing import FOREIGN, PRIVATE, SECRET, forged, keys, part, public, sign

NOW_S = 1_800_000_000
HEADER = {"alg": "EdDSA", "kid": "pair"}
SAID = {"sub": "ana", "iat": NOW_S, "exp": NOW_S + 60}
STRICT = TokenConfig(leeway_s=0)


def read(token: str, *, at_s: int = NOW_S, config: TokenConfig = STRICT) -> Claims:
    return Signed(keys(), config).read(token, at_s * 1000)


def said(**claims: Any) -> str:
    return forged(HEADER, SAID | claims)


def header(**names: Any) -> str:
    """Return a token with another header; a name that is None is left out."""
    return forged({name: value for name, value in (HEADER | names).items() if value is not None}, SAID)


def shared(signed: str, secret: bytes) -> str:
    """Return `signed`, a header and a payload, with a MAC by `secret`."""
    mac = urlsafe_b64encode(hmac.digest(secret, signed.encode(), "sha256")).decode().rstrip("=")
    return f"{signed}.{mac}"


def test_a_token_says_who_since_when_and_until_when() -> None:
    assert read(said()) == Claims(user="ana", issued_ms=NOW_S * 1000, expires_ms=(NOW_S + 60) * 1000)


def test_what_a_usual_library_signs_is_read_for_either_kind_of_key() -> None:
    pair = jwt.encode(SAID, PRIVATE, "EdDSA", headers={"kid": "pair"})
    secret = jwt.encode(SAID, SECRET, "HS256", headers={"kid": "shared"})
    assert read(pair) == read(secret) == read(said())


def test_a_token_may_say_what_the_app_knows_of_its_user() -> None:
    claims = read(said(attributes={"age_band": "adult", "level": 3, "fan": True, "since": -SEQ_MAX}))
    assert claims.attributes == (("age_band", "adult"), ("level", 3), ("fan", True), ("since", -SEQ_MAX))
    assert read(said(attributes={})).attributes == read(said()).attributes == ()


def test_claims_that_nobody_here_knows_are_ignored() -> None:
    assert read(said(name="Ana", iss="app", jti="7", scope=["chat"])).user == "ana"


@pytest.mark.parametrize(
    ("token", "why"),
    [
        pytest.param("", "no compact JWT", id="nothing"),
        pytest.param("ana", "no compact JWT", id="a name"),
        pytest.param(f"{part(HEADER)}.{part(SAID)}", "no compact JWT", id="no signature at all"),
        pytest.param(f"{part({'alg': 'none'})}.{part(SAID)}.", "no compact JWT", id="an empty signature"),
        pytest.param(said() + ".x", "no compact JWT", id="four parts"),
        pytest.param(said() + "\n", "no compact JWT", id="a line end behind it"),
        pytest.param(" " + said(), "no compact JWT", id="white space before it"),
        pytest.param(said() + "==", "no compact JWT", id="padding"),
        pytest.param(said().replace(".", "\uff0e"), "no compact JWT", id="dots that are none"),
        pytest.param(said()[:-1] + "é", "no compact JWT", id="beyond ASCII"),
        pytest.param(header(alg="none"), "good for EdDSA alone", id="alg none"),
        pytest.param(header(alg="None"), "good for EdDSA alone", id="alg None"),
        pytest.param(header(alg="HS256"), "good for EdDSA alone", id="alg of another key"),
        pytest.param(header(alg="eddsa"), "good for EdDSA alone", id="alg in lower case"),
        pytest.param(header(alg=["EdDSA"]), "good for EdDSA alone", id="alg a list"),
        pytest.param(header(alg=None), "good for EdDSA alone", id="no alg"),
        pytest.param(header(kid=None), "no key", id="no kid"),
        pytest.param(header(kid="other"), "no key", id="unknown kid"),
        pytest.param(header(kid=["pair"]), "no key", id="kid a list"),
        pytest.param(header(kid="x" * 300), "too long", id="a long header"),
        pytest.param(header(typ="at+jwt"), "another typ", id="another typ"),
        pytest.param(header(jku="https://evil.example"), "says more", id="jku"),
        pytest.param(header(x5u="https://evil.example"), "says more", id="x5u"),
        pytest.param(header(jwk={"kty": "OKP"}), "says more", id="jwk"),
        pytest.param(header(crit=["exp"]), "says more", id="crit"),
        pytest.param(header(b64=False), "says more", id="b64"),
        pytest.param(header(zip="DEF"), "says more", id="zip"),
        pytest.param(forged(HEADER, SAID, FOREIGN), "signature", id="the wrong key"),
        pytest.param(forged('{"alg":"EdDSA","alg":"EdDSA","kid":"pair"}', SAID), "reads alike", id="alg twice"),
        pytest.param(forged("[]", SAID), "object", id="a header that is a list"),
        pytest.param(forged("{", SAID), "reads alike", id="a header that is no JSON"),
        pytest.param("x." + said().partition(".")[2], "base64url", id="a header that is no base64"),
        pytest.param(forged(HEADER, "[]"), "object", id="claims that are a list"),
        pytest.param(forged(HEADER, "null"), "object", id="claims that are null"),
        pytest.param(forged(HEADER, "[" * 1100), "reads alike", id="claims that are deep"),
        pytest.param(forged(HEADER, json.dumps(SAID)[:-1] + ', "sub": "bo"}'), "reads alike", id="sub twice"),
        pytest.param(forged(HEADER, json.dumps(SAID)[:-1] + ', "x": NaN}'), "reads alike", id="no number"),
        pytest.param(forged(HEADER, json.dumps(SAID | {"sub": "\ud800"})), "sub", id="half a character"),
        pytest.param(said(sub=None), "sub", id="sub null"),
        pytest.param(said(sub=7), "sub", id="sub a number"),
        pytest.param(said(sub=""), "sub", id="sub empty"),
        pytest.param(said(sub="a b"), "sub", id="sub with a space"),
        pytest.param(said(sub="a\u202eb"), "sub", id="sub that turns round"),
        pytest.param(said(sub="x" * 65), "sub", id="sub too long"),
        pytest.param(said(iat=None), "iat", id="no iat"),
        pytest.param(said(iat=True), "iat", id="iat true"),
        pytest.param(said(iat=NOW_S + 0.5), "iat", id="iat with a fraction"),
        pytest.param(said(iat=str(NOW_S)), "iat", id="iat a text"),
        pytest.param(said(iat=-1), "iat", id="iat before 1970"),
        pytest.param(said(iat=NOW_S + 1), "not good yet", id="issued in the future"),
        pytest.param(said(nbf=NOW_S + 1), "not good yet", id="good in the future"),
        pytest.param(said(nbf="soon"), "nbf", id="nbf a text"),
        pytest.param(said(exp=None), "exp", id="no exp"),
        pytest.param(said(exp=1e12), "exp", id="exp a float"),
        pytest.param(said(exp=10**400), "exp", id="exp beyond measure"),
        pytest.param(said(exp=SEQ_MAX), "exp", id="exp in milliseconds of another age"),
        pytest.param(said(exp=NOW_S), "expired", id="expired"),
        pytest.param(said(exp=NOW_S + 86_401), "86400 s after iat", id="good for too long"),
        pytest.param(said(iat=NOW_S - 86_400), "86400 s after iat", id="issued long ago"),
        pytest.param(said(attributes=["eu"]), "attributes", id="attributes in a list"),
        pytest.param(said(attributes={"region": None}), "attributes", id="an attribute without a value"),
        pytest.param(said(attributes={"region": "x" * 129}), "attributes", id="an attribute too long"),
        pytest.param(said(attributes={"a region": "eu"}), "attributes", id="an attribute that is no word"),
        pytest.param(said(aud="chat"), "somebody else", id="an audience that is not asked for"),
    ],
)
def test_a_token_that_is_no_good_lets_nobody_in(token: str, why: str) -> None:
    with pytest.raises(BadToken, match=re.escape(why)):
        read(token)


def test_a_token_that_ends_before_it_was_issued_lets_nobody_in() -> None:
    with pytest.raises(BadToken, match="after iat"):
        read(said(iat=NOW_S + 20, exp=NOW_S + 10), config=TokenConfig(leeway_s=30))


def test_a_token_as_large_as_a_credential_is_read_and_no_larger_one() -> None:
    free = CREDENTIAL_BYTES_MAX - len(said(x=""))
    fits = next(each for size in range(free, 0, -1) if len(each := said(x="y" * size)) <= CREDENTIAL_BYTES_MAX)
    assert len(fits) > CREDENTIAL_BYTES_MAX - 3
    assert read(fits).user == "ana"
    with pytest.raises(BadToken, match="too large"):
        read(said(x="y" * free))


def test_a_public_key_is_no_shared_secret() -> None:
    """The oldest trick: what everybody may know, used as the key of a MAC."""
    known = (
        public().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo),
        public().public_bytes(Encoding.Raw, PublicFormat.Raw),
    )
    for secret in known:
        for kid in ("pair", "shared"):
            with pytest.raises(BadToken):
                read(shared(f"{part({'alg': 'HS256', 'kid': kid})}.{part(SAID)}", secret))


def test_a_secret_signs_for_its_own_kid_alone() -> None:
    signed = f"{part({'alg': 'HS256', 'kid': 'shared'})}.{part(SAID)}"
    assert read(shared(signed, SECRET)).user == "ana"
    with pytest.raises(BadToken):
        read(shared(f"{part({'alg': 'HS256', 'kid': 'pair'})}.{part(SAID)}", SECRET))


def test_a_token_for_one_is_none_for_another() -> None:
    head, _, tail = said().split(".")
    with pytest.raises(BadToken, match="signature"):
        read(f"{head}.{part(SAID | {'sub': 'bo'})}.{tail}")


def test_clocks_may_differ_by_the_leeway_both_ways() -> None:
    lenient = TokenConfig(leeway_s=30)
    assert read(said(), at_s=NOW_S - 30, config=lenient).expires_ms == (NOW_S + 90) * 1000
    assert read(said(nbf=NOW_S + 30), config=lenient).user == "ana"
    assert read(said(), at_s=NOW_S + 89, config=lenient).user == "ana"
    for late in (NOW_S - 31, NOW_S + 90):
        with pytest.raises(BadToken):
            read(said(), at_s=late, config=lenient)


@pytest.mark.parametrize("aud", ["chat", ["web", "chat"]])
def test_an_audience_that_is_asked_for_must_be_named(aud: object) -> None:
    asking = TokenConfig(leeway_s=0, audience="chat")
    assert read(said(aud=aud), config=asking).user == "ana"
    for other in ("web", ["web"], [["chat"]], [], None, {"chat": 1}, "chatter"):
        with pytest.raises(BadToken, match="aud"):
            read(said(aud=other), config=asking)
    with pytest.raises(BadToken, match="aud"):
        read(said(), config=asking)


def test_what_is_wrong_is_told_without_a_word_of_the_token() -> None:
    for token in (header(kid="canary"), header(canary=1), said(sub="canary \n"), said(iat="canary")):
        with pytest.raises(BadToken) as caught:
            read(token)
        assert "canary" not in str(caught.value)


TEXTS = st.text(max_size=80) | st.text("AZaz09-_=.", max_size=200)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=10),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)
NAMES = st.sampled_from(["alg", "kid", "typ", "sub", "iat", "exp", "nbf", "aud", "attributes", "x"])
VALUES = JSON | st.sampled_from(["EdDSA", "HS256", "none", "pair", "shared", "JWT", "ana", NOW_S, NOW_S + 60])
OBJECTS = st.dictionaries(NAMES, VALUES, max_size=6)


@given(TEXTS)
@example("..")
@example("e30.e30.e30")
def test_no_text_at_all_does_anything_but_be_refused(text: str) -> None:
    with pytest.raises(BadToken):
        read(text)


@given(OBJECTS, OBJECTS)
def test_whatever_is_signed_is_read_or_refused(first: dict[str, Any], second: dict[str, Any]) -> None:
    """With a true signature, and half of what is needed in place, nothing but BadToken comes out."""
    for token in (forged(HEADER, SAID | second), forged(HEADER | first, SAID), forged(first, second)):
        try:
            claims = read(token)
        except BadToken:
            continue
        assert claims.issued_ms <= NOW_S * 1000 < claims.expires_ms


@given(st.integers(0, 400), st.characters(codec="ascii"))
def test_a_token_with_one_character_changed_is_refused_or_says_the_same(at: int, char: str) -> None:
    """The last character of a signature may carry bits that count for nothing."""
    token = sign("ana", NOW_S)
    at %= len(token)
    changed = token[:at] + char + token[at + 1 :]
    try:
        claims = read(changed)
    except BadToken:
        return
    assert claims == read(token)
    assert changed == token or at == len(token) - 1
