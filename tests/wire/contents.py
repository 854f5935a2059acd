"""Contents of every type as the maps that they are made of: those that may be posted, and those that may not."""

from __future__ import annotations

from typing import Any

from chatd.chain import pack

PICTURE = {"url": "https://files.example/a.jpg", "mime": "image/jpeg", "size": 120_000, "width": 640, "height": 480}
CLIP = {"ref": "clips/7", "mime": "video/mp4", "hash": bytes(32), "duration_ms": 9_500, "caption": "the sea"}
SOUND = {"ref": "voice/1", "mime": "audio/ogg"}

GOOD: dict[str, dict[str, Any]] = {
    "text with mentions": {"type": "text", "text": "@bo @cy", "mentions": ["bo", "cy"]},
    "text for everybody": {"type": "text", "text": "@all", "mention_all": True},
    "media of one": {"type": "media", "fallback": "a picture", "items": [PICTURE]},
    "media of two": {"type": "media", "fallback": "two files", "text": "look", "items": [PICTURE, CLIP], "x.a": 1},
    "voice": {"type": "voice", "fallback": "a voice message", "file": SOUND, "duration_ms": 61_000},
    "voice with a waveform": {
        "type": "voice", "fallback": "a voice message", "file": SOUND, "duration_ms": 1, "waveform": bytes(range(8)),
    },
    "video_share": {"type": "video_share", "fallback": "a video", "id": "v1", "author": "creator:9"},
    "video_share with everything": {
        "type": "video_share", "fallback": "a video", "id": "v1", "author": "creator:9", "cover": PICTURE,
        "caption": "waves", "duration_ms": 15_000, "mentions": ["bo"],
    },
    "product_card": {
        "type": "product_card", "fallback": "a mug", "id": "p1", "merchant": "shop:3", "title": "Mug", "price": 1250,
        "currency": "EUR",
    },
    "product_card for nothing": {
        "type": "product_card", "fallback": "a sample", "id": "p2", "merchant": "shop:3", "title": "Sample",
        "price": 0, "currency": "JPY", "image": PICTURE,
    },
    "order_update": {
        "type": "order_update", "fallback": "your order", "id": "o1", "merchant": "shop:3", "status": "shipped",
        "title": "Mug",
    },
    "order_update with a price": {
        "type": "order_update", "fallback": "your order", "id": "o1", "merchant": "shop:3", "status": "ready_at_shop",
        "title": "Mug", "price": 9_007_199_254_740_991, "currency": "KWD",
    },
    "sticker": {"type": "sticker", "fallback": "a cat", "pack": "cats", "id": "7"},
    "sticker with an image": {"type": "sticker", "fallback": "a cat", "pack": "cats", "id": "7", "image": PICTURE},
    "poll": {"type": "poll", "fallback": "Lunch?", "question": "Lunch?", "options": ["pizza", "sushi"]},
    "poll of several answers": {
        "type": "poll", "fallback": "When?", "question": "When?", "options": ["mo", "tu", "we"], "multiple": True,
        "closes": 1_800_000_000_000, "anonymous": False,
    },
    "forward": {
        "type": "forward", "fallback": "hello", "author": "bo", "time": 1_700_000_000_000, "hops": 1,
        "content": pack({"type": "text", "text": "hello"}),
    },
    "forward with a text": {
        "type": "forward", "fallback": "Lunch", "author": "bo", "time": 0, "hops": 255, "text": "look",
        "mentions": ["cy"],
        "content": pack({"type": "poll", "fallback": "Lunch?", "question": "Lunch?", "options": ["pizza", "sushi"]}),
    },
    "a type that an app defines": {"type": "shop.coupon", "fallback": "a coupon", "code": b"\x01", "price": -1},
}  # fmt: skip
"""By name, the maps of contents that a user may post."""

SYSTEM = {"type": "system", "fallback": "bo was warned", "event": "warned"}

CARD, ORDER, POLL = GOOD["product_card"], GOOD["order_update"], GOOD["poll"]
FORWARD, VOICE, MEDIA, TEXT = GOOD["forward"], GOOD["voice"], GOOD["media of one"], GOOD["text with mentions"]


def _with_file(**changes: Any) -> dict[str, Any]:
    return MEDIA | {"items": [PICTURE | changes]}


def _without(facts: dict[str, Any], name: str) -> dict[str, Any]:
    return {key: value for key, value in facts.items() if key != name}


BAD: dict[str, tuple[dict[str, Any], str]] = {
    "a mention that is no name": (TEXT | {"mentions": ["b o"]}, "mentions: "),
    "a mention of nobody": (TEXT | {"mentions": [None]}, "mentions: "),
    "a mention twice": (TEXT | {"mentions": ["bo", "bo"]}, "mentions: "),
    "51 mentions": (TEXT | {"mentions": [f"u{n}" for n in range(51)]}, "mentions: "),
    "a mention of all by 1": (TEXT | {"mention_all": 1}, "mention_all: "),
    "mentions of a type that an app defines": ({"type": "x.y", "fallback": "x", "mentions": "bo"}, "mentions: "),
    "media without items": (_without(MEDIA, "items"), "items: missing"),
    "media of none": (MEDIA | {"items": []}, "items: "),
    "media of 11": (MEDIA | {"items": [PICTURE] * 11}, "items: "),
    "media of a string": (MEDIA | {"items": ["a.jpg"]}, "items: "),
    "a file without a place": (MEDIA | {"items": [_without(PICTURE, "url")]}, "items.url, ref: "),
    "a file at two places": (_with_file(ref="r"), "items.url, ref: "),
    "a file without a media type": (MEDIA | {"items": [_without(PICTURE, "mime")]}, "items.mime: missing"),
    "a media type with a parameter": (_with_file(mime="text/plain; charset=utf-8"), "items.mime: "),
    "a file of -1 bytes": (_with_file(size=-1), "items.size: "),
    "a file of true bytes": (_with_file(size=True), "items.size: "),
    "a file of 1.5 bytes": (_with_file(size=1.5), "items.size: "),
    "a hash of 20 bytes": (_with_file(hash=bytes(20)), "items.hash: "),
    "a width without a height": (MEDIA | {"items": [_without(PICTURE, "height")]}, "items.width, height: "),
    "http": (_with_file(url="http://files.example/a"), "items.url: "),
    "javascript": (_with_file(url="javascript:alert(1)"), "items.url: "),
    "a URL with a line end": (_with_file(url="https://files.example/a\n"), "items.url: "),
    "a URL with an escape": (_with_file(url="https://files.example/\x1b[2J"), "items.url: "),
    "a URL with a user": (_with_file(url="https://shop.example@other.example/"), "items.url: "),
    "a URL without a host": (_with_file(url="https:///a"), "items.url: "),
    "a voice of an hour and more": (VOICE | {"duration_ms": 3_600_001}, "duration_ms: "),
    "a voice of no time": (VOICE | {"duration_ms": 0}, "duration_ms: "),
    "a voice without a file": (_without(VOICE, "file"), "file: missing"),
    "a waveform of 257": (VOICE | {"waveform": bytes(257)}, "waveform: "),
    "a video with a blank in its id": (GOOD["video_share"] | {"id": "v 1"}, "id: "),
    "a cover that is no map": (GOOD["video_share"] | {"cover": "a.jpg"}, "cover: "),
    "a negative price": (CARD | {"price": -1}, "price: "),
    "a price of true": (CARD | {"price": True}, "price: "),
    "a price of 12.5": (CARD | {"price": 12.5}, "price: "),
    "a price of NaN": (CARD | {"price": float("nan")}, "price: "),
    "a price of a string": (CARD | {"price": "1250"}, "price: "),
    "no price": (_without(CARD, "price"), "price: missing"),
    "a currency of two letters": (CARD | {"currency": "EU"}, "currency: "),
    "a currency in lower case": (CARD | {"currency": "eur"}, "currency: "),
    "a blank title": (CARD | {"title": " "}, "title: "),
    "an order with a price without currency": (ORDER | {"price": 1}, "price, currency: "),
    "a status of two words": (ORDER | {"status": "on its way"}, "status: "),
    "a sticker without a pack": (_without(GOOD["sticker"], "pack"), "pack: missing"),
    "a poll with one option": (POLL | {"options": ["pizza"]}, "options: "),
    "a poll with 13 options": (POLL | {"options": [f"o{n}" for n in range(13)]}, "options: "),
    "a poll with an empty option": (POLL | {"options": ["pizza", ""]}, "options: "),
    "a poll with an option twice": (POLL | {"options": ["pizza", "pizza"]}, "options: "),
    "a poll with a number": (POLL | {"options": ["pizza", 2]}, "options: "),
    "a poll without a question": (_without(POLL, "question"), "question: missing"),
    "a poll that closes before 1970": (POLL | {"closes": -1}, "closes: "),
    "a poll that closes never": (POLL | {"closes": 253_402_300_800_000}, "closes: "),
    "an anonymous poll": (POLL | {"anonymous": True}, "anonymous: "),
    "several answers of nil": (POLL | {"multiple": None}, "multiple: "),
    "a forward by nobody": (_without(FORWARD, "author"), "author: missing"),
    "a forward by somebody with a blank": (FORWARD | {"author": "b o"}, "author: "),
    "a forward of nothing": (FORWARD | {"content": b""}, "content: "),
    "a forward of no content": (FORWARD | {"content": b"\xc0"}, "content: no content"),
    "a forward of a forward": (FORWARD | {"content": pack(FORWARD)}, "content: a forward quotes no forward"),
    "a forward that says another thing": (FORWARD | {"fallback": "hello!"}, "fallback: not the beginning"),
    "a forward for the first time by nobody": (FORWARD | {"hops": 0}, "hops: "),
    "a forward for the 256th time": (FORWARD | {"hops": 256}, "hops: "),
    "a forward of before 1970": (FORWARD | {"time": -1}, "time: "),
    "system, said by a user": (SYSTEM, "type: "),
}
"""By name, maps of contents that nobody may post, and how the refusal's text goes on after `content: `."""

BY_NAME = {**GOOD, "system": SYSTEM, **{name: facts for name, (facts, _) in BAD.items()}}
