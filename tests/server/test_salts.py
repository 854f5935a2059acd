"""Random bytes, many drawn at once."""

from __future__ import annotations

from chatd.server.salts import SALTS_A_DRAW, Salts


def test_a_salt_has_sixteen_bytes_and_is_given_once() -> None:
    salts = Salts()
    given = [salts() for _ in range(3 * SALTS_A_DRAW)]
    assert {len(salt) for salt in given} == {16}
    assert len(set(given)) == len(given)


def test_two_daemons_draw_apart() -> None:
    one, other = Salts(), Salts()
    assert not {one() for _ in range(SALTS_A_DRAW)} & {other() for _ in range(SALTS_A_DRAW)}
