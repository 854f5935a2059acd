"""Where calls go is checked when the daemon starts, and no secret is told by what is wrong with it."""

from __future__ import annotations

import ipaddress
from base64 import b64encode
from pathlib import Path
from typing import Any

import pytest
import trustme

from chatd.server.errors import ConfigError
from chatd.server.hooks.calls import Target
from chatd.server.hooks.table import Table
from chatd.server.hooks.targets import read_target, require_client

SECRET = bytes(range(32))
TEXT = b64encode(SECRET).decode()
ENVIRONMENT = {"HOOK_SECRET": f"whsec_{TEXT}", "SHORT": "c2hvcnQ="}


def read(**values: Any) -> Target:
    usual: dict[str, Any] = {"url": "https://app.example/hook", "secret_variables": ["HOOK_SECRET"]}
    table = Table("hooks.toml", usual | values)
    target = read_target(table, ENVIRONMENT, 2_000)
    table.end()
    return target


def test_a_plain_endpoint() -> None:
    assert read() == Target(
        host="app.example",
        port=443,
        path="/hook",
        secure=True,
        secrets=(SECRET,),
        connect_s_max=2.0,
        read_s_max=2.0,
        total_s_max=2.0,
    )


def test_an_endpoint_with_everything(tmp_path: Path) -> None:
    authority, key = tmp_path / "ca.pem", tmp_path / "key"
    trustme.CA().cert_pem.write_to_path(str(authority))
    key.write_text(f"{b64encode(SECRET[::-1]).decode()}\n")
    target = read(
        url="https://[fd00::1]:8443?a=1",
        secret_files=[str(key)],
        allow=["fd00::/8", "10.0.0.1"],
        ca_file=str(authority),
        connect_ms_max=500,
    )
    assert (target.host, target.port, target.path) == ("fd00::1", 8443, "/?a=1")
    assert target.secrets == (SECRET[::-1], SECRET)
    assert target.allowed == (ipaddress.ip_network("fd00::/8"), ipaddress.ip_network("10.0.0.1/32"))
    assert (target.ca_file, target.connect_s_max) == (str(authority), 0.5)


@pytest.mark.parametrize("url", ["http://localhost:8080/", "http://127.0.0.1/", "http://[::1]/"])
def test_this_machine_may_be_called_in_the_clear(url: str) -> None:
    target = read(url=url, allow=["127.0.0.0/8", "::1"])
    assert not target.secure
    assert target.port in (80, 8080)


@pytest.mark.parametrize(
    "url",
    [
        "app.example/hook",
        "ftp://app.example/",
        "https://",
        "https://app.example:0/",
        "https://app.example:99999/",
        "https://ana:secret@app.example/",
        "https://@app.example/",
        "https://app.example/#here",
        "https://app.example/a b",
        "https://äpp.example/",
        "https://app.example/\x00",
        "https://[fd00::1/",
        "http://app.example/",
        "http://10.0.0.1/",
    ],
)
def test_what_is_no_address_of_an_endpoint_is_refused(url: str) -> None:
    with pytest.raises(ConfigError, match=r"^hooks.toml: url: "):
        read(url=url)


@pytest.mark.parametrize(
    ("url", "allow"),
    [
        ("http://localhost:8080/", ["10.0.0.0/8"]),
        ("http://127.0.0.1/", []),
        ("http://[::1]/", ["127.0.0.0/8"]),
        ("https://localhost/", []),
        ("https://10.0.0.1/", []),
        ("https://169.254.169.254/", ["10.0.0.0/8"]),
        ("https://[::ffff:10.0.0.1]/", []),
    ],
)
def test_an_address_that_no_call_could_go_to_refuses_the_start(url: str, allow: list[str]) -> None:
    with pytest.raises(ConfigError, match=r"^hooks.toml: allow: \S+ is not public: its network must be named here"):
        read(url=url, allow=allow)


@pytest.mark.parametrize("allow", [["127.0.0.1"], ["::1"]])
def test_localhost_is_one_of_two_addresses(allow: list[str]) -> None:
    assert read(url="http://localhost/", allow=allow).host == "localhost"


@pytest.mark.parametrize(
    ("values", "key"),
    [
        ({"secret_variables": []}, "secret_files, secret_variables"),
        ({"secret_variables": ["UNSET"]}, "secret_variables"),
        ({"secret_variables": ["SHORT"]}, "secret_files, secret_variables"),
        ({"secret_files": ["/nonexistent/key"]}, "secret_files"),
        ({"allow": ["10.0.0.1/8"]}, "allow"),
        ({"allow": ["app.example"]}, "allow"),
        ({"ca_file": "/nonexistent/ca.pem"}, "ca_file"),
        ({"connect_ms_max": 0}, "connect_ms_max"),
        ({"other": 1}, "other"),
    ],
)
def test_what_does_not_fit_is_named(values: dict[str, Any], key: str) -> None:
    with pytest.raises(ConfigError, match=f"^hooks.toml: {key}: "):
        read(**values)


def test_no_secret_is_told(tmp_path: Path) -> None:
    """Invariant A7."""
    assert TEXT not in repr(read())
    assert repr(SECRET) not in repr(read())
    key = tmp_path / "key"
    key.write_text("a secret with a typing mistake")
    with pytest.raises(ConfigError) as raised:
        read(secret_files=[str(key)])
    assert "mistake" not in str(raised.value)


def test_more_secrets_than_a_rotation_needs_are_refused(tmp_path: Path) -> None:
    keys = [tmp_path / str(number) for number in range(4)]
    for key in keys:
        key.write_text(TEXT)
    with pytest.raises(ConfigError, match="1 to 4 secrets expected"):
        read(secret_files=[str(key) for key in keys])


def test_where_the_client_is_not_installed_the_error_says_how_to_install_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("chatd.server.hooks.calls.CLIENT", "no_such_module")
    with pytest.raises(ConfigError, match=r"pip install 'chatd\[webhooks\]'"):
        require_client()
