"""Where calls go, as an operator's table says it: the address, its secrets, and how long a call may take."""

from __future__ import annotations

import ipaddress
import ssl
from pathlib import Path
from urllib.parse import SplitResult, urlsplit

from chatd.server.errors import ConfigError
from chatd.server.hooks.addresses import Network, may_reach
from chatd.server.hooks.calls import Target, has_client
from chatd.server.hooks.signing import secret_of
from chatd.server.hooks.table import Environment, Table

SECRETS_MAX = 4
NETWORKS_MAX = 64
SECRET_FILE_BYTES_MAX = 4096
_LOCALHOST = ("127.0.0.1", "::1")


def require_client() -> None:
    """Raise ConfigError where what makes HTTP calls is not installed."""
    if not has_client():
        raise ConfigError("webhooks: they need more than is installed: pip install 'chatd[webhooks]'")


def read_target(table: Table, environment: Environment, total_ms: int) -> Target:
    """Return where calls go by `table`, for `total_ms` at most. Raises ConfigError, which tells no secret."""
    parts = _url(table)
    secure, host, allowed = parts.scheme == "https", parts.hostname or "", _networks(table)
    known = _addresses(host)
    if known and not any(may_reach(each, allowed, loopback_only=not secure) for each in known):
        raise table.wrong("allow", f"{host} is not public: its network must be named here, such as 127.0.0.0/8")
    return Target(
        host=host,
        port=parts.port or (443 if secure else 80),
        path=(parts.path or "/") + (f"?{parts.query}" if parts.query else ""),
        secure=secure,
        secrets=_secrets(table, environment),
        allowed=allowed,
        ca_file=_ca_file(table),
        connect_s_max=min(table.number("connect_ms_max", 5_000, 10, 60_000), total_ms) / 1000,
        read_s_max=total_ms / 1000,
        total_s_max=total_ms / 1000,
    )


def _url(table: Table) -> SplitResult:
    url = table.text("url") or ""
    try:
        parts = urlsplit(url)
        fits = parts.port != 0
    except ValueError:
        raise table.wrong("url", "no address of the web") from None
    fits = fits and url.isascii() and url.isprintable() and " " not in url
    if not fits or parts.scheme not in {"https", "http"} or not parts.hostname or parts.fragment:
        raise table.wrong("url", "https://HOST/PATH expected")
    if "@" in parts.netloc:
        raise table.wrong("url", "names and passwords do not belong there: calls are signed")
    if parts.scheme == "http" and not _is_here(parts.hostname):
        raise table.wrong("url", "http:// may go to this machine alone, by its name localhost or its address")
    return parts


def _is_here(host: str) -> bool:
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _addresses(host: str) -> tuple[str, ...]:
    """Return where `host` is, as far as that is known before a name is looked up."""
    if host == "localhost":
        return _LOCALHOST
    try:
        return (str(ipaddress.ip_address(host)),)
    except ValueError:
        return ()


def _networks(table: Table) -> tuple[Network, ...]:
    try:
        return tuple([ipaddress.ip_network(each) for each in table.texts("allow", NETWORKS_MAX)])
    except ValueError as error:
        raise table.wrong("allow", str(error)) from None


def _ca_file(table: Table) -> str | None:
    file = table.text("ca_file")
    if file is not None:
        try:
            ssl.create_default_context(cafile=file)
        except (OSError, ssl.SSLError) as error:
            raise table.wrong("ca_file", f"{file}: {error}") from error
    return file


def _secrets(table: Table, environment: Environment) -> tuple[bytes, ...]:
    """Return the secrets of files and variables, in that order: while one is changed for another there are two."""
    files, variables = table.texts("secret_files", SECRETS_MAX), table.texts("secret_variables", SECRETS_MAX)
    texts = {file: _of_file(table, Path(file)) for file in files}
    for variable in variables:
        if variable not in environment:
            raise table.wrong("secret_variables", f"{variable} is not set")
        texts[variable] = environment[variable]
    if not 0 < len(texts) <= SECRETS_MAX:
        raise table.wrong("secret_files, secret_variables", f"1 to {SECRETS_MAX} secrets expected")
    return tuple([_secret(table, place, text) for place, text in texts.items()])


def _of_file(table: Table, file: Path) -> str:
    try:
        with file.open("rb") as opened:
            return opened.read(SECRET_FILE_BYTES_MAX).decode()
    except (OSError, ValueError) as error:
        raise table.wrong("secret_files", f"{file}: {type(error).__name__}") from None


def _secret(table: Table, place: str, text: str) -> bytes:
    try:
        return secret_of(text)
    except ValueError as error:
        raise table.wrong("secret_files, secret_variables", f"{place}: {error}") from None
