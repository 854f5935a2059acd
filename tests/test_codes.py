from __future__ import annotations

from chatd.codes import RECONNECT_BELOW, VERDICTS, CloseCode, RefusalCode, Verdict


def test_every_refusal_has_one_verdict() -> None:
    assert list(VERDICTS) == list(RefusalCode)


def test_what_passes_by_itself_may_be_sent_again() -> None:
    again = [code for code, verdict in VERDICTS.items() if verdict is Verdict.AFTER_MS]
    assert again == [
        RefusalCode.BUSY,
        RefusalCode.RATE_LIMITED,
        RefusalCode.STORAGE_FULL,
        RefusalCode.INTERNAL,
    ]


def test_a_client_comes_back_after_what_is_no_fault_of_its_own() -> None:
    reconnect = [code for code in CloseCode if code < RECONNECT_BELOW]
    assert reconnect == [
        CloseCode.GOING_AWAY,
        CloseCode.IDLE,
        CloseCode.STALLED,
        CloseCode.RECOVERING,
        CloseCode.INTERNAL,
        CloseCode.TOO_MANY_CONNECTIONS,
        CloseCode.HELLO_TIMEOUT,
        CloseCode.TOKEN_EXPIRED,
    ]


def test_every_close_code_lies_in_one_of_the_two_ranges() -> None:
    assert [code for code in CloseCode if not 1000 <= code < 2000] == []
