"""Checks tokens that the app has signed: JSON web tokens in the narrow form of protocol 3.14.

The signature is PyJWT's work (RFC 7515, 7518, 8037). What a token may look like, and what it must say, is decided here:
a token's header never chooses the algorithm, names no key but by its id, and brings none.
"""

from __future__ import annotations

import json
import re
from base64 import urlsafe_b64decode
from collections.abc import Mapping
from typing import Any, NoReturn, cast

from attrs import define
from jwt.api_jws import PyJWS
from jwt.exceptions import PyJWTError

from chatd.limits import CREDENTIAL_BYTES_MAX, SEQ_MAX
from chatd.messages.telling import require_attributes
from chatd.model import Attribute
from chatd.names import is_name
from chatd.server.claims import BadToken, Claims, UnknownKey
from chatd.server.key_files import Key, read_key, read_list
from chatd.server.token_config import ALGORITHMS, TokenConfig

HEADER_CHARS_MAX = 256
"""Looked at before the signature is: an algorithm, a key's id of 64 characters, and room to spare."""
HEADER_NAMES = ("alg", "kid", "typ")
"""Whatever else a header says would change how it is to be checked, or bring a key along."""
TIME_S_MAX = SEQ_MAX // 1000

_PART = "([A-Za-z0-9_-]+)"
_COMPACT = re.compile(rf"{_PART}\.{_PART}\.{_PART}")
_JWS = {algorithm: PyJWS(algorithms=[algorithm]) for algorithm in ALGORITHMS}


@define(eq=False)
class Signed:
    """The keys of one app by their ids, and what their tokens must say."""

    _keys: Mapping[str, Key]
    _config: TokenConfig

    def read(self, token: str, now_ms: int) -> Claims:
        """Return what a token says that is good at `now_ms`. Raises BadToken and nothing else, whatever the text is.

        What costs least is looked at first: a key of the app must be named before a signature is computed.
        """
        parts = _COMPACT.fullmatch(token) if len(token) <= CREDENTIAL_BYTES_MAX else None
        if parts is None:
            raise BadToken("no compact JWT, or too large")
        key = self._key(parts[1])
        try:
            payload = _JWS[key.algorithm].decode(token, key.value, algorithms=[key.algorithm])
        except PyJWTError:
            raise BadToken("the signature does not hold") from None
        return self._claims(_object(payload), now_ms)

    def _key(self, part: str) -> Key:
        if len(part) > HEADER_CHARS_MAX:
            raise BadToken("the header is too long")
        header = _object(_decoded(part))
        if any(name not in HEADER_NAMES for name in header) or header.get("typ", "JWT") != "JWT":
            raise BadToken(f"the header says more than {', '.join(HEADER_NAMES)}, or another typ than JWT")
        kid = header.get("kid")
        key = self._keys.get(kid) if isinstance(kid, str) else None
        if key is None:
            raise UnknownKey("no key of this kid")
        if header.get("alg") != key.algorithm:
            raise BadToken(f"the key is good for {key.algorithm} alone")
        return key

    def _claims(self, said: Mapping[str, Any], now_ms: int) -> Claims:
        user, leeway_ms = said.get("sub"), self._config.leeway_s * 1000
        if not isinstance(user, str) or not is_name(user):
            raise BadToken("sub: a name expected")
        issued_ms, ends_ms = _time_ms(said, "iat"), _time_ms(said, "exp")
        begins_ms = _time_ms(said, "nbf") if "nbf" in said else issued_ms
        if now_ms >= ends_ms + leeway_ms:
            raise BadToken("exp: it has expired")
        if max(issued_ms, begins_ms) > now_ms + leeway_ms:
            raise BadToken("iat, nbf: it is not good yet")
        if not 0 < ends_ms - issued_ms <= self._config.life_s_max * 1000:
            raise BadToken(f"exp: 1 to {self._config.life_s_max} s after iat expected")
        self._require_audience(said)
        attributes = _attributes(said.get("attributes", {}))
        return Claims(user=user, issued_ms=issued_ms, expires_ms=ends_ms + leeway_ms, attributes=attributes)

    def _require_audience(self, said: Mapping[str, Any]) -> None:
        if not self._config.audience and "aud" not in said:
            return
        given = said.get("aud")
        named = cast("list[object]", given) if isinstance(given, list) else [given]
        if not self._config.audience or self._config.audience not in named:
            raise BadToken("aud: it is meant for somebody else")


def read_signed(config: TokenConfig) -> Signed:
    """Return what checks tokens by the keys of `config`, which it reads. Raises ConfigError, which tells no secret."""
    listed = () if config.keys_file is None else read_list(config.keys_file)
    return Signed({named.kid: read_key(named) for named in config.named(listed)}, config)


def _decoded(part: str) -> bytes:
    try:
        return urlsafe_b64decode(part + "=" * (-len(part) % 4))
    except ValueError:
        raise BadToken("no base64url") from None


def _object(text: bytes) -> dict[str, Any]:
    """Return the object that `text` is in JSON. One that names anything twice is none: readers would differ on it."""
    try:
        value = json.loads(text.decode(), object_pairs_hook=_once, parse_constant=_refuse)
    except (ValueError, RecursionError):
        raise BadToken("no JSON that everybody reads alike") from None
    if not isinstance(value, dict):
        raise BadToken("a JSON object expected")
    return cast("dict[str, Any]", value)


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a name twice")
    return found


def _refuse(word: str) -> NoReturn:
    raise ValueError(f"{word} is no JSON")


def _attributes(given: object) -> tuple[tuple[str, Attribute], ...]:
    values: dict[str, Any] = cast("dict[str, Any]", given) if isinstance(given, dict) else {"": None}
    try:
        for each in values.values():
            _require_small(each)
        require_attributes("attributes", values)
    except ValueError:
        raise BadToken("attributes: words with small values expected") from None
    return tuple(values.items())


def _require_small(value: object) -> None:
    """Raise ValueError where no attribute has this value: another type, or a text that is none in UTF-8."""
    if type(value) not in (str, int, bool):
        raise ValueError("no str, int or bool")
    str(value).encode()


def _time_ms(said: Mapping[str, Any], name: str) -> int:
    value = said.get(name)
    if type(value) is not int or not 0 <= value <= TIME_S_MAX:
        raise BadToken(f"{name}: whole seconds since 1970 expected")
    return value * 1000
