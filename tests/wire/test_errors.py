from __future__ import annotations

import pytest

from chatd.codes import CloseCode
from chatd.wire.errors import LocalProtocolError, ProtocolError, RemoteProtocolError


def test_the_common_base_cannot_be_raised_itself() -> None:
    with pytest.raises(TypeError):
        raise ProtocolError("whose fault?")


def test_an_error_of_the_peer_carries_the_code_of_the_close() -> None:
    error = RemoteProtocolError(CloseCode.FRAME_SIZE, "too long")
    assert error.close_code is CloseCode.FRAME_SIZE
    assert str(error) == "too long"


@pytest.mark.parametrize("error", [LocalProtocolError("x"), RemoteProtocolError(CloseCode.IDLE, "x")])
def test_both_kinds_are_caught_as_one(error: ProtocolError) -> None:
    assert isinstance(error, ProtocolError)
