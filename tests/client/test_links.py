from __future__ import annotations

import pytest

from chatd.chain import invite_hash
from chatd_client import InviteLink

LINK = InviteLink(bytes(range(16)), bytes(range(16, 32)))
TEXT = "chatd:join/000102030405060708090a0b0c0d0e0f/101112131415161718191a1b1c1d1e1f"


def test_a_link_is_a_text_and_comes_back_from_it() -> None:
    assert str(LINK) == TEXT
    assert InviteLink.parse(f" {TEXT}\n") == LINK


@pytest.mark.parametrize("text", ["", "chatd:join/00/00", TEXT + "0", TEXT.upper(), TEXT.replace("/", "")])
def test_what_is_no_link_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="no link"):
        InviteLink.parse(text)


def test_a_server_knows_a_link_by_a_hash_and_logs_do_not_know_the_code() -> None:
    assert LINK.hash == invite_hash(LINK.room, LINK.code)
    assert LINK.code.hex() not in repr(LINK)
    assert repr(LINK.code) not in repr(LINK)
