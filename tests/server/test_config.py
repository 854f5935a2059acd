"""The configuration: defaults that go together, values and relations that are refused."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from attrs import evolve

from chatd.limits import DEFAULTS, Limits
from chatd.server.config import (
    ITEM_BYTES_MAX,
    VARIABLES,
    Address,
    Config,
    JournalConfig,
    LimitOptions,
    MemoryConfig,
    OutboxConfig,
    RateConfig,
    SessionConfig,
    check_environment,
    parse_url,
)
from chatd.server.errors import ConfigError


def test_the_defaults_go_together() -> None:
    config = Config()
    assert config.listen == ("tcp://127.0.0.1:7700",)
    assert config.limits == DEFAULTS
    assert config.journal.batch_bytes_max >= ITEM_BYTES_MAX


def test_a_config_is_made_in_code_with_plain_values(tmp_path: Path) -> None:
    config = Config(data=str(tmp_path), dev=True, listen=(), limits=evolve(DEFAULTS, hello_s_max=1))
    assert config.data == tmp_path
    assert config.limits.hello_s_max == 1


def test_one_limit_is_set_alone_and_the_others_keep_their_defaults() -> None:
    config = Config(limits=LimitOptions(hello_s_max=3))
    assert type(config.limits) is Limits
    assert config.limits == evolve(DEFAULTS, hello_s_max=3)


def test_a_limit_out_of_its_range_is_refused_by_name() -> None:
    with pytest.raises(ConfigError, match="limits: 'hello_s_max'"):
        Config(limits=LimitOptions(hello_s_max=61))


@pytest.mark.parametrize(
    ("make", "name"),
    [
        (lambda: MemoryConfig(rooms_max=0), "memory.rooms_max"),
        (lambda: JournalConfig(entries_max=2**20 + 1), "journal.entries_max"),
        (lambda: OutboxConfig(stall_s_max=True), "outbox.stall_s_max"),
        (lambda: SessionConfig(connections_max=0), "sessions.connections_max"),
        (lambda: RateConfig(burst_commands=0), "rates.burst_commands"),
        (lambda: Config(drain_seconds_max=-1), "drain_seconds_max"),
    ],
)
def test_a_number_out_of_its_range_is_refused_by_its_name(make: Callable[[], object], name: str) -> None:
    with pytest.raises(ConfigError, match=f"^{name}: .* is not within"):
        make()


@pytest.mark.parametrize(
    ("make", "names"),
    [
        (lambda: OutboxConfig(bytes_max=131_072, low_water_bytes=131_072), "outbox.low_water_bytes.*outbox.bytes_max"),
        (lambda: JournalConfig(entries_max=256), "journal.batch_entries_max.*journal.entries_max"),
        (lambda: JournalConfig(bytes_max=2**20, batch_bytes_max=2**20 + 1), "batch_bytes_max.*journal.bytes_max"),
        (lambda: SessionConfig(connections_max=10), "sessions.unauthenticated_max.*sessions.connections_max"),
        (lambda: Config(cert=Path("cert.pem")), "cert, key"),
    ],
)
def test_values_that_do_not_go_together_are_refused_by_both_names(make: Callable[[], object], names: str) -> None:
    with pytest.raises(ConfigError, match=names):
        make()


def test_a_burst_smaller_than_a_batch_is_fine() -> None:
    assert RateConfig(commands_per_s=100, burst_commands=10).burst_commands == 10


# Addresses


@pytest.mark.parametrize(
    ("url", "address"),
    [
        ("tcp://127.0.0.1:7700", Address("tcp", "127.0.0.1", 7700)),
        ("tcp://localhost:0", Address("tcp", "localhost", 0)),
        ("tls://[::1]:7700/", Address("tls", "::1", 7700)),
        ("unix:///run/chatd.sock", Address("unix", path="/run/chatd.sock")),
    ],
)
def test_a_url_names_an_address(url: str, address: Address) -> None:
    assert parse_url(url) == address
    assert str(address) == url.rstrip("/")


@pytest.mark.parametrize(
    "url",
    [
        "",
        "127.0.0.1:7700",
        "http://127.0.0.1:7700",
        "tcp://127.0.0.1",
        "tcp://:7700",
        "tcp://127.0.0.1:70000",
        "tcp://127.0.0.1:port",
        "tcp://[::1:7700",
        "tcp://127.0.0.1:7700/path",
        "tcp://127.0.0.1:7700?query",
        "tcp://user@127.0.0.1:7700",
        "tcp://127.0.0.1:7700#part",
        "unix://relative.sock",
        "unix:relative.sock",
        "unix://",
    ],
)
def test_a_url_that_names_no_address_is_refused_with_it(url: str) -> None:
    with pytest.raises(ConfigError, match=r"^listen: "):
        Config(listen=(url,))


@pytest.mark.parametrize(
    ("url", "loopback"),
    [
        ("tcp://127.0.0.1:1", True),
        ("tcp://127.9.9.9:1", True),
        ("tcp://[::1]:1", True),
        ("tcp://localhost:1", True),
        ("unix:///s", True),
        ("tcp://0.0.0.0:1", False),
        ("tcp://[::]:1", False),
        ("tcp://192.0.2.1:1", False),
        ("tcp://localhost.example:1", False),
    ],
)
def test_loopback_is_told_from_the_rest(url: str, loopback: bool) -> None:
    assert parse_url(url).is_loopback is loopback


def test_plaintext_off_loopback_must_be_asked_for() -> None:
    with pytest.raises(ConfigError, match=r"'tcp://0\.0\.0\.0:1'.*allow_plaintext"):
        Config(listen=("tcp://127.0.0.1:1", "tcp://0.0.0.0:1"))
    assert Config(listen=("tcp://0.0.0.0:1",), allow_plaintext=True).allow_plaintext


def test_tls_off_loopback_needs_a_certificate_and_nothing_else() -> None:
    with pytest.raises(ConfigError, match="cert and key"):
        Config(listen=("tls://0.0.0.0:1",))
    assert Config(listen=("tls://0.0.0.0:1",), cert=Path("c"), key=Path("k")).cert == Path("c")


@pytest.mark.parametrize("url", ["tcp://0.0.0.0:1", "tls://0.0.0.0:1"])
def test_dev_stays_on_loopback_whatever_is_allowed(url: str) -> None:
    with pytest.raises(ConfigError, match="dev believes any name"):
        Config(listen=(url,), dev=True, allow_plaintext=True, cert=Path("c"), key=Path("k"))


# The environment


def test_every_setting_has_a_variable() -> None:
    for name in ("CHATD_CONFIG", "CHATD_LISTEN", "CHATD_LIMITS_HELLO_S_MAX", "CHATD_JOURNAL_BYTES_MAX"):
        assert name in VARIABLES


def test_known_variables_and_those_of_others_pass() -> None:
    check_environment({"CHATD_DEV": "1", "PATH": "/bin", "CHAT": "x"})


def test_an_unknown_variable_is_refused_with_the_nearest_name() -> None:
    with pytest.raises(ConfigError, match=r"CHATD_LISTN: no such setting\. Did you mean CHATD_LISTEN\?"):
        check_environment({"CHATD_LISTN": "x"})


def test_an_unknown_variable_like_no_other_is_refused_without_a_hint() -> None:
    with pytest.raises(ConfigError, match=r"^CHATD_ZZZZZZZZZZZZ: no such setting\.$"):
        check_environment({"CHATD_ZZZZZZZZZZZZ": "x"})
