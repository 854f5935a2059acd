"""Refusals as clients read them."""

from __future__ import annotations

import pytest

from chatd.codes import VERDICTS, RefusalCode
from chatd.messages import Refused
from chatd.rooms.effects import Refusal, refused


@pytest.mark.parametrize("code", RefusalCode)
def test_a_refusal_carries_the_verdict_of_its_code(code: RefusalCode) -> None:
    assert refused(Refusal(code, "why")) == Refused(code=code.value, verdict=VERDICTS[code].value, text="why")


def test_a_refusal_says_when_to_come_again() -> None:
    assert refused(Refusal(RefusalCode.BUSY, "", 250)).after_ms == 250
