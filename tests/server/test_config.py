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
    AdminConfig,
    Config,
    JournalConfig,
    LimitOptions,
    MemoryConfig,
    OutboxConfig,
    RateConfig,
    SessionConfig,
    check_environment,
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


# Operators

CREDENTIAL = "shop:" + "00" * 32


def test_operators_listen_nowhere_else_unless_asked_for() -> None:
    assert (Config().admin.listen, Config().admin.names()) == ((), {})


def test_a_credential_is_known_by_its_hash_and_two_may_have_one_name() -> None:
    known = AdminConfig(credentials=(CREDENTIAL, "shop:" + "11" * 32)).names()
    assert known == {bytes(32): "shop", b"\x11" * 32: "shop"}


@pytest.mark.parametrize(
    ("credentials", "said"),
    [
        (("shop",), "NAME:HASH"),
        (("shop:00",), "NAME:HASH"),
        (("shop:" + "zz" * 32,), "NAME:HASH"),
        ((":" + "00" * 32,), "NAME:HASH"),
        (("the shop:" + "00" * 32,), "NAME:HASH"),
        (("control:" + "00" * 32,), "somebody else"),
        ((CREDENTIAL, "desk:" + "00" * 32), "the same hash"),
    ],
)
def test_a_credential_that_is_none_is_refused(credentials: tuple[str, ...], said: str) -> None:
    with pytest.raises(ConfigError, match=said):
        AdminConfig(credentials=credentials)


def test_where_operators_come_from_elsewhere_a_credential_is_needed() -> None:
    with pytest.raises(ConfigError, match="nobody may come there"):
        AdminConfig(listen=("unix:///s",))


@pytest.mark.parametrize("url", ["tcp://0.0.0.0:1", "tls://0.0.0.0:1", "http://127.0.0.1:1"])
def test_credentials_never_go_in_the_clear_whatever_is_allowed(url: str) -> None:
    admin = AdminConfig(listen=(url,), credentials=(CREDENTIAL,))
    with pytest.raises(ConfigError):
        Config(admin=admin, allow_plaintext=True)
    if url.startswith("tls"):
        assert Config(admin=admin, cert=Path("c"), key=Path("k")).admin is admin


@pytest.mark.parametrize("url", ["unix:///s", "tcp://127.0.0.1:1"])
def test_on_this_machine_operators_need_no_tls(url: str) -> None:
    assert Config(admin=AdminConfig(listen=(url,), credentials=(CREDENTIAL,))).admin.listen == (url,)
