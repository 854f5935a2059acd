"""The msgpack corpus: what a strict decoder must take, must refuse, and may decide. `README.md` says how to use it.

`python -m tests.vectors.msgpack.corpus` writes the files anew.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

DIRECTORY = Path(__file__).parent
SUFFIX = ".msgpack"

NIL, TRUE, EMPTY_MAP, EMPTY_ARRAY = b"\xc0", b"\xc3", b"\x80", b"\x90"
WHOLE = bytes.fromhex(
    "86 a169 cd0100 a166 cb3ff8000000000000 a173 a568656c6c6f a162 c403010203 a161 92c2c3 a16d 81a16bc0"
)
"""A map of an integer, a float, a string, bytes, an array and a map: cut anywhere it is no value."""


def text(size: int) -> bytes:
    """A string of `size` bytes in the shortest form."""
    body = b"a" * size
    if size < 32:
        return bytes([0xA0 | size]) + body
    return b"\xd9" + bytes([size]) + body if size < 256 else b"\xda" + size.to_bytes(2, "big") + body


def array(count: int, item: bytes = NIL) -> bytes:
    return b"\xdc" + count.to_bytes(2, "big") + item * count


def table(count: int) -> bytes:
    """A map of `count` keys that differ, each of four digits."""
    return b"\xde" + count.to_bytes(2, "big") + b"".join(b"\xa4%04d" % place + NIL for place in range(count))


def deep(levels: int, *, of_maps: bool) -> bytes:
    return (b"\x81\xa1a" if of_maps else b"\x91") * levels + NIL


def wide(containers: int) -> bytes:
    """An array of empty maps: `containers` in all, the array itself among them."""
    return array(containers - 1, EMPTY_MAP)


def many(values: int) -> bytes:
    """An array of two arrays and a map: `values` in all, each container among them, and each key."""
    return b"\x93" + array(1500) + array(values - 2704) + table(600)


def in_map(value: bytes) -> bytes:
    return b"\x81\xa1a" + value


VALID: dict[str, bytes | str] = {
    "nil": "c0", "false": "c2", "true": "c3", "empty_map": "80", "empty_array": "90", "empty_string": "a0",
    "empty_bytes": "c400", "whole": WHOLE, "int_0": "00", "int_127": "7f", "int_128": "cc80", "int_255": "ccff",
    "int_256": "cd0100", "int_65535": "cdffff", "int_65536": "ce00010000", "int_2_32_minus_1": "ceffffffff",
    "int_2_32": "cf0000000100000000", "int_2_53_minus_1": "cf001fffffffffffff",
    "int_2_63_minus_1": "cf7fffffffffffffff", "int_2_64_minus_1": "cfffffffffffffffff", "int_minus_1": "ff",
    "int_minus_32": "e0", "int_minus_33": "d0df", "int_minus_128": "d080", "int_minus_129": "d1ff7f",
    "int_minus_32768": "d18000", "int_minus_2_31": "d280000000", "int_minus_2_63": "d38000000000000000",
    "int_overlong_0_in_8_bits": "cc00", "int_overlong_0_in_16_bits": "cd0000",
    "int_overlong_0_in_32_bits": "ce00000000", "int_overlong_0_in_64_bits": "cf0000000000000000",
    "int_overlong_0_signed_8": "d000", "int_overlong_0_signed_64": "d30000000000000000",
    "int_overlong_127_signed_16": "d1007f", "int_overlong_minus_1_in_8_bits": "d0ff",
    "int_overlong_minus_1_in_64_bits": "d3ffffffffffffffff", "int_overlong_in_map": in_map(b"\xce\0\0\0\x01"),
    "float_1_5": "cb3ff8000000000000", "float_single_1_5": "ca3fc00000", "float_largest": "cb7fefffffffffffff",
    "float_whole_number": "cb3ff0000000000000", "string_1": "a161", "string_31": text(31), "string_32": text(32),
    "string_255": text(255), "string_256": text(256), "string_two_byte_character": "a2c3a9",
    "string_four_byte_character": "a4f09f9880", "string_last_character": "a4f48fbfbf",
    "string_control_character": "a11b", "string_zero": "a100", "string_combining": "a365cc81",
    "string_right_to_left_mark": "a3e2808f", "bytes_1": "c40100", "bytes_no_utf_8": "c402ff80",
    "bytes_255": b"\xc4\xff" + bytes(255), "bytes_256": b"\xc5\x01\x00" + bytes(256), "array_15": b"\x9f" + NIL * 15,
    "array_16": array(16), "array_of_all": bytes.fromhex("97c0c301cb3ff8000000000000a161c4010080"),
    "array_1536": array(1536), "map_15": b"\x8f" + b"".join(b"\xa1%c" % (97 + n) + NIL for n in range(15)),
    "map_16": table(16), "map_1024": table(1024), "map_key_empty": "81a0c0",
    "map_key_long": b"\x81" + text(300) + NIL, "map_keys_differ_in_case": "82a161c0a141c0",
    "map_keys_differ_in_normal_form": "82a2c3a9c0a365cc81c0", "map_key_order_kept": "82a16201a16102",
    "map_key_twice_in_two_maps": "9281a161c081a161c0", "depth_8_arrays": deep(8, of_maps=False),
    "depth_8_maps": deep(8, of_maps=True), "containers_256": wide(256),
    "values_4096": many(4096),
}  # fmt: skip
"""What clause 2.3 allows: every decoder of the protocol must take it."""

INVALID: dict[str, bytes | str] = {
    "nothing": b"", "two_values": "c0c0", "trailing_byte": "9000", "trailing_never_used": "80c1", "never_used": "c1",
    "never_used_in_array": "91c1", "never_used_in_map": in_map(b"\xc1"), "map_key_twice": "82a16101a16102",
    "map_key_twice_equal_values": "82a161c0a161c0", "map_key_twice_overlong": "82a161c0d90161c0",
    "map_key_twice_deep": "9181a16182a162c0a162c0", "map_key_integer": "810102", "map_key_bytes": "81c4016101",
    "map_key_nil": "81c001", "map_key_true": "81c301", "map_key_float": "81cb3ff800000000000001",
    "map_key_array": "819001", "map_key_map": "818001", "map_key_ext": "81d4010001",
    "map_key_timestamp": "81d6ff0000000001", "map_key_bad_utf_8": "81a1ff01", "float_nan": "cb7ff8000000000000",
    "float_nan_signalling": "cb7ff0000000000001", "float_infinity": "cb7ff0000000000000",
    "float_minus_infinity": "cbfff0000000000000", "float_single_nan": "ca7fc00000",
    "float_single_infinity": "ca7f800000", "float_nan_in_array": "91cb7ff8000000000000",
    "float_nan_in_map": in_map(b"\xca\x7f\xc0\0\0"), "ext_fix_1": "d40500", "ext_fix_2": "d5050000",
    "ext_fix_4": "d605" + "00" * 4, "ext_fix_8": "d705" + "00" * 8, "ext_fix_16": "d805" + "00" * 16,
    "ext_8": "c7010500", "ext_16": "c800010500", "ext_32": "c9000000010500", "ext_empty": "c70005",
    "ext_negative_type": "d48000", "ext_in_array": "91d40500", "ext_in_map": in_map(b"\xd4\x05\0"),
    "timestamp_32": "d6ff00000000", "timestamp_64": "d7ff" + "00" * 8, "timestamp_96": "c70cff" + "00" * 12,
    "timestamp_in_map": in_map(b"\xd6\xff\0\0\0\0"), "string_bad_byte": "a1ff", "string_lone_continuation": "a180",
    "string_cut_character": "a2e282", "string_overlong_slash": "a2c0af", "string_overlong_zero": "a2c080",
    "string_overlong_three_bytes": "a3e080af", "string_lone_high_surrogate": "a3eda080",
    "string_lone_low_surrogate": "a3edb080", "string_surrogate_pair": "a6eda0bdedb880",
    "string_beyond_unicode": "a4f4908080", "string_five_byte_form": "a5f888808080", "string_latin_1": "a1e9",
    "string_utf_16": "a4fffe6100", "depth_9_arrays": deep(9, of_maps=False), "depth_9_maps": deep(9, of_maps=True),
    "depth_100": deep(100, of_maps=False), "depth_2000": deep(2000, of_maps=False),
    "depth_2000_maps": deep(2000, of_maps=True), "depth_endless": b"\x91" * 2000, "containers_257": wide(257),
    "containers_1536": array(1536, EMPTY_ARRAY), "array_1537": array(1537), "map_1025": table(1025),
    "values_4097": many(4097), "array_in_array_unfinished": b"\xdc\x06\0" * 1000,
    "map_in_map_unfinished": b"\xde\x04\0\xa1a" * 1000, "small_array_in_array_unfinished": b"\x9f" * 4000,
    "lies_array_one_more": "9201", "lies_array_one_less": "910102", "lies_map_one_more": "82a161c0",
    "lies_map_one_less": "80a161c0", "lies_map_key_without_value": "81a161", "lies_string_one_more": "a26f",
    "lies_string_one_less": "a16f6b", "lies_array_2_32_minus_1": "ddffffffff", "lies_map_2_32_minus_1": "dfffffffff",
    "lies_string_2_32_minus_1": "dbffffffff", "lies_bytes_2_32_minus_1": "c6ffffffff",
    "lies_ext_2_32_minus_1": "c9ffffffff05", "lies_array_2_31": "dd80000000c0", "lies_array_65535": "dcffffc0",
    "lies_map_65535": "deffffa161c0", "lies_string_65535": "daffff61", "lies_bytes_255": "c4ff00",
    "lies_nested_array": "9191dd7fffffff", "text_json": b'{"a": 1}', "text_http": b"GET / HTTP/1.1\r\n\r\n",
}  # fmt: skip
"""What clause 2.3 does not allow: every decoder of the protocol must refuse it."""

FREE: dict[str, bytes | str] = {
    "string_overlong_8": "d90161", "string_overlong_16": "da000161", "string_overlong_32": "db0000000161",
    "string_overlong_as_key": "81d90161c0", "bytes_overlong_16": "c5000100", "bytes_overlong_32": "c60000000100",
    "array_overlong_16": "dc0001c0", "array_overlong_32": "dd00000001c0", "map_overlong_16": "de0001a161c0",
    "map_overlong_32": "df00000001a161c0", "float_minus_zero": "cb8000000000000000",
    "float_denormal": "cb0000000000000001", "float_single_denormal": "ca00000001",
    "string_byte_order_mark": "a3efbbbf", "string_non_character": "a3efbfbf", "string_unassigned": "a4f3a08081",
    "string_of_32768": text(32_768),
}  # fmt: skip
"""What the protocol does not speak of: a decoder may take it or refuse it, but neither crash nor change it."""


def _bytes(value: bytes | str) -> bytes:
    return bytes.fromhex(value) if isinstance(value, str) else value


def _cut() -> Iterator[tuple[str, bytes]]:
    """`WHOLE` without its last bytes, at every byte."""
    for size in range(1, len(WHOLE)):
        yield f"cut_after_{size:02}", WHOLE[:size]


def files() -> dict[str, bytes]:
    """Return the name and the bytes of every file."""
    named = {f"y_{name}": value for name, value in VALID.items()}
    named |= {f"n_{name}": value for name, value in (*INVALID.items(), *_cut())}
    named |= {f"i_{name}": value for name, value in FREE.items()}
    return {name + SUFFIX: _bytes(value) for name, value in sorted(named.items())}


def main() -> None:
    for path in DIRECTORY.glob(f"*{SUFFIX}"):
        path.unlink()
    for name, data in files().items():
        (DIRECTORY / name).write_bytes(data)


if __name__ == "__main__":
    main()
