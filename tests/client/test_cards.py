from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given

from chatd.wire import bodies, content
from chatd.wire.bodies import Typed
from chatd_client import events
from chatd_client.cards import one_line
from chatd_client.render import line, safe
from tests.client.scrolls import Scroll
from tests.wire.allowed import ANY
from tests.wire.contents import GOOD, SYSTEM
from tests.wire.strategies import steady

LINES = {
    "text with mentions": "@bo @cy",
    "media of one": "[media] image/jpeg 640x480 120000 bytes",
    "media of two": "[media] image/jpeg 640x480 120000 bytes; video/mp4 0:09 the sea look",
    "voice": "[voice] 1:01",
    "video_share": "[video] v1 by creator:9",
    "video_share with everything": "[video] waves by creator:9",
    "product_card": "[product] Mug, 1250 EUR in smallest units, sold by shop:3",
    "order_update": "[order o1] shipped: Mug",
    "order_update with a price": "[order o1] ready_at_shop: Mug, 9007199254740991 KWD in smallest units",
    "sticker": "[sticker] a cat",
    "poll": "[poll] Lunch? (1) pizza (2) sushi (one answer)",
    "poll of several answers": "[poll] When? (1) mo (2) tu (3) we (several answers, until 2027-01-15 08:00 UTC)",
    "forward": "[forwarded from bo] hello",
    "forward with a text": "[forwarded from bo] Lunch look",
    "a type that an app defines": "[shop.coupon] a coupon",
    "system": "[system] bo was warned",
}
SAMPLES: dict[str, dict[str, Any]] = GOOD | {"system": SYSTEM}


def test_every_type_is_tried_here() -> None:
    tried = dict.fromkeys(SAMPLES[name]["type"] for name in LINES)
    assert [kind for kind in bodies.TYPES if kind not in tried] == []


@pytest.mark.parametrize(("name", "told"), LINES.items())
def test_a_body_is_told_in_one_line(name: str, told: str) -> None:
    assert one_line(bodies.read(SAMPLES[name])) == told


def test_the_last_time_at_which_a_poll_may_close_can_be_told() -> None:
    poll = bodies.read(GOOD["poll"] | {"closes": 253_402_300_799_999})
    assert one_line(poll).endswith("(one answer, until 9999-12-31 23:59 UTC)")


@given(body=ANY)
@steady
def test_whatever_a_body_holds_nothing_of_it_looks_like_another_entry(body: Typed) -> None:
    """Threat T22: one line, or lines that are indented; and nothing that moves the cursor."""
    entry = events.entry(Scroll().add(content.of(body, allow_system=True)), "ana")
    first, *others = line(entry, "room").split("\n")
    assert first.startswith("[room 1] bo @you: " if entry.mentioned else "[room 1] bo: ")
    assert [each for each in others if not each.startswith("    | ")] == []
    assert [each for each in (first, *others) if safe(each) != each] == []
