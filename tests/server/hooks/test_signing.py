"""A receiver knows by the signature that a call is ours, by its id whether it came before."""

from __future__ import annotations

import re
import time
from base64 import b64encode
from hashlib import sha256
from hmac import HMAC
from pathlib import Path
from typing import Any

import pytest

from chatd.server.hooks.signing import call_id, headers, secret_of

SECRET = bytes(range(32))
OTHER = bytes(range(1, 33))


def test_a_call_is_signed_by_every_secret_over_id_timestamp_and_body() -> None:
    sent = dict(headers((SECRET, OTHER), "msg_1", 3, 1_800_000_000_999, b'{"a": 1}'))
    signed = b'msg_1.1800000000.{"a": 1}'
    expected = [b64encode(HMAC(secret, signed, sha256).digest()).decode() for secret in (SECRET, OTHER)]
    assert sent == {
        "webhook-id": "msg_1",
        "webhook-timestamp": "1800000000",
        "webhook-signature": f"v1,{expected[0]} v1,{expected[1]}",
        "webhook-attempt": "3",
    }


def test_the_signature_is_that_of_the_specification_s_example() -> None:
    """The example that Standard Webhooks publishes for its libraries."""
    secret = secret_of("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
    body = b'{"test": 2432232314}'
    sent = dict(headers((secret,), "msg_p5jXN8AQM9LWM0D4loKWxJek", 1, 1_614_265_330_000, body))
    assert sent["webhook-signature"] == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


@pytest.mark.parametrize("text", [b64encode(SECRET).decode(), f"whsec_{b64encode(SECRET).decode()}\n"])
def test_a_secret_is_written_in_base64(text: str) -> None:
    assert secret_of(text) == SECRET


@pytest.mark.parametrize("text", ["", "whsec_", "not base64!", b64encode(SECRET[:23]).decode(), "é", "A" * 200])
def test_a_bad_secret_is_refused_without_being_told(text: str) -> None:
    with pytest.raises(ValueError, match=r"no base64|24 to 64 bytes") as raised:
        secret_of(text)
    assert raised.value.__cause__ is None
    assert not text or text not in str(raised.value)


def test_equal_parts_have_one_id_and_parts_do_not_run_into_each_other() -> None:
    assert call_id(b"ab", b"c") == call_id(b"ab", b"c")
    assert len({call_id(b"ab", b"c"), call_id(b"a", b"bc"), call_id(b"abc"), call_id(b"ab", b"c", b"")}) == 4


def test_the_check_that_the_readme_gives_to_receivers_takes_a_call_and_no_forgery() -> None:
    text = (Path(__file__).parents[3] / "README.md").read_text("utf-8")
    found = re.search(r"```python\n(import base64.*?def is_ours.*?)```", text, re.DOTALL)
    assert found
    names: dict[str, Any] = {}
    exec(found[1], names)
    is_ours, now_ms, written = names["is_ours"], time.time_ns() // 1_000_000, b64encode(OTHER).decode()
    sent = dict(headers((SECRET, OTHER), "msg_1", 1, now_ms, b"{}"))
    assert is_ours(f"whsec_{written}", sent, b"{}")
    assert not is_ours(written, sent, b"{ }")
    assert not is_ours(written, sent | {"webhook-id": "msg_2"}, b"{}")
    assert not is_ours(b64encode(bytes(32)).decode(), sent, b"{}")
    assert not is_ours(written, dict(headers((OTHER,), "msg_1", 1, now_ms - 600_000, b"{}")), b"{}")
