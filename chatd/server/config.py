"""What an operator may set: one frozen tree, each number with its unit last in its name.

The command line wins over the environment, the environment over the TOML file (`chatd.server.__main__` layers
them). Every value and every relation between values is checked as the tree is built, so a `Config` that exists is
one a daemon can start with.
"""

from __future__ import annotations

from collections.abc import Mapping
from difflib import get_close_matches
from enum import IntEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Literal, cast

from attrs import asdict, field, fields, make_class
from cyclopts import Parameter

from chatd.chain import HASH_BYTES
from chatd.frozen import frozen
from chatd.limits import DEFAULTS, FRAME_BYTES_MAX, Limits
from chatd.names import is_name
from chatd.rooms.said import MESSAGES_MAX
from chatd.server.addresses import Address, parse_url
from chatd.server.checks import require, within
from chatd.server.errors import ConfigError
from chatd.server.filtering import FilterConfig
from chatd.server.token_config import TokenConfig

KIB = 1024
MIB = 1024 * KIB
ITEM_BYTES_MAX = 256 * KIB
"""One item must fit a batch, and a batch the journal."""
OWN_NAMES = ("control", "chatd")
"""What the audit calls who comes by control.sock, and the daemon itself."""
ENV_PREFIX = "CHATD_"
CONFIG_VARIABLE = ENV_PREFIX + "CONFIG"


class ExitCode(IntEnum):
    """What the `chatd` command tells whoever started it."""

    OK = 0
    """Done; of a daemon: it was stopped, and drained."""
    FAILED = 1
    """An operator's command was refused or not answered, or a check found faults."""
    BAD_CONFIGURATION = 2
    STORE_REFUSED = 3
    """The data is locked by another daemon, newer than this version, or no chatd store."""
    STORE_FAILED = 4
    """The store failed while the daemon ran."""
    CANNOT_LISTEN = 5


@frozen(kw_only=True)
class MemoryConfig:
    group: ClassVar[str] = "memory."
    rooms_max: int = within(20_000, 16, 10_000_000)
    """Active rooms kept in memory."""
    memberships_max: int = within(200_000, 16, 100_000_000)
    """Memberships kept in memory."""
    messages_max: int = within(MESSAGES_MAX, 16, 10_000_000)
    """Posts kept in memory that somebody edits, deletes, pins or reacts to."""
    tail_bytes_max: int = within(64 * MIB, 0, 2**40)
    """Newest frames of all rooms together, kept encoded."""


@frozen(kw_only=True)
class JournalConfig:
    group: ClassVar[str] = "journal."
    entries_max: int = within(8_192, 256, 2**20)
    """Credit: entries that may wait for the disk."""
    bytes_max: int = within(16 * MIB, MIB, 2**34)
    """Credit: bytes that may wait for the disk."""
    share_entries: int = within(8, 1, 2**20)
    """Credit of one session: so many of its entries wait for the disk, or a third of the last batch, and the rest
    waits in its socket; fewer where very many sessions have so much waiting that it would be more than two batches.
    What one command commits is never torn: a larger one waits until it is alone."""
    share_bytes: int = within(128 * KIB, 1, 2**34)
    """Credit of one session in bytes."""
    batch_entries_max: int = within(1_024, 256, 2**16)
    """Entries in one transaction."""
    batch_bytes_max: int = within(768 * KIB, ITEM_BYTES_MAX, 2**30)
    """Bytes in one transaction."""
    busy_wait_ms_max: int = within(250, 0, 60_000)
    """How long a command waits for credit before it is answered `busy`."""
    busy_after_ms: int = within(500, 1, 60_000)
    """When a client that was answered `busy` may come again."""

    def __attrs_post_init__(self) -> None:
        require(
            self.batch_entries_max <= self.entries_max,
            "journal.batch_entries_max: must not be over journal.entries_max",
        )
        require(
            self.batch_bytes_max <= self.bytes_max,
            "journal.batch_bytes_max: must not be over journal.bytes_max",
        )


@frozen(kw_only=True)
class OutboxConfig:
    group: ClassVar[str] = "outbox."
    bytes_max: int = within(MIB, 2 * FRAME_BYTES_MAX, 2**30)
    """Bytes that may wait for one session before it is paused."""
    low_water_bytes: int = within(64 * KIB, 0, 2**30)
    """A session with more than this waiting is not read from."""
    stall_s_max: int = within(30, 1, 3_600)
    """How long a peer may take nothing before it is cut."""

    def __attrs_post_init__(self) -> None:
        require(self.low_water_bytes < self.bytes_max, "outbox.low_water_bytes: must be under outbox.bytes_max")


@frozen(kw_only=True)
class SessionConfig:
    group: ClassVar[str] = "sessions."
    connections_max: int = within(20_000, 1, 10_000_000)
    """Connections at a time."""
    unauthenticated_max: int = within(1_024, 1, 1_000_000)
    """Of these, connections whose hello is not decided."""
    unauthenticated_per_address_max: int = within(256, 1, 1_000_000)
    """And of those, how many one address may have, so that it cannot take every place. This machine is excepted."""

    def __attrs_post_init__(self) -> None:
        require(
            self.unauthenticated_max <= self.connections_max,
            "sessions.unauthenticated_max: must not be over sessions.connections_max",
        )


@frozen(kw_only=True)
class RateConfig:
    group: ClassVar[str] = "rates."
    commands_per_s: int = within(5_000, 1, 1_000_000)
    """Commands of one session."""
    burst_commands: int = within(10_000, 1, 10_000_000)
    """Commands which a session that was quiet may send at once."""


@frozen(kw_only=True)
class AdminConfig:
    group: ClassVar[str] = "admin."
    listen: Annotated[tuple[str, ...], Parameter(negative=())] = ()
    """As listen, for operators with a credential. tcp:// on this machine alone."""
    credentials: Annotated[tuple[str, ...], Parameter(negative=())] = ()
    """NAME:HASH of each, from `chatd admin credential NAME`."""
    connections_max: int = within(64, 1, 10_000)
    """Operators at a time, those of control.sock apart."""

    def __attrs_post_init__(self) -> None:
        known = self.names()
        require(len(known) == len(self.credentials), "admin.credentials: two have the same hash")
        require(bool(known) or not self.listen, "admin.listen: nobody may come there without admin.credentials")

    def names(self) -> dict[bytes, str]:
        """Return the names of the credentials, by the hashes of their secrets. Raises ConfigError."""
        return dict(map(_credential, self.credentials))


def _credential(text: str) -> tuple[bytes, str]:
    name, _, digits = text.rpartition(":")
    try:
        hashed = bytes.fromhex(digits)
    except ValueError:
        hashed = b""
    require(is_name(name) and len(hashed) == HASH_BYTES, f"admin.credentials: {name!r} is no NAME:HASH")
    require(name not in OWN_NAMES, f"admin.credentials: {name} is what the audit calls somebody else")
    return hashed, name


if TYPE_CHECKING:
    LimitOptions = Limits
else:
    # Limits has no defaults of its own, because a greeting must carry every one. Here each has that of DEFAULTS,
    # so that an operator may set any one alone.
    LimitOptions = make_class(
        "LimitOptions",
        {each.name: field(type=int, default=getattr(DEFAULTS, each.name)) for each in fields(Limits)},
        frozen=True,
        kw_only=True,
    )


def _limits(given: LimitOptions) -> Limits:
    try:
        return Limits(**asdict(given))
    except ValueError as error:
        raise ConfigError(f"limits: {error}") from error


@Parameter(name="*")
@frozen(kw_only=True)
class Config:
    """Everything a daemon is started with. Raises ConfigError where values do not go together."""

    group: ClassVar[str] = ""

    listen: Annotated[tuple[str, ...], Parameter(negative=())] = ("tcp://127.0.0.1:7700",)
    """tcp://HOST:PORT, tls://HOST:PORT or unix:///PATH; may be given more than once. Port 0 takes a free one."""
    data: Path = field(default=Path("chatd-data"), converter=Path)
    """Directory of the store and of control.sock."""
    dev: Annotated[bool, Parameter(negative=())] = False
    """For development: believe any name. On this machine alone."""
    allow_plaintext: Annotated[bool, Parameter(negative=())] = False
    """Listen without TLS where other machines can connect."""
    cert: Path | None = None
    """Certificate chain for tls://, PEM."""
    key: Path | None = None
    """Private key for tls://, PEM."""
    add_members: Literal["added", "invited"] = "added"
    """What adding a user to a group does: add at once, or invite."""
    added_by: Literal["everybody", "followed", "mutual"] = "everybody"
    """Who adds so: everybody, whom the user follows, or who follows the user besides. Whom others add is invited."""
    direct_by: Literal["everybody", "followed", "mutual"] = "everybody"
    """Who may open a direct room with a user."""
    search: Literal["on", "off"] = "off"
    """Whether users may search: then DIR/search.db holds a copy of all words. It can be removed at any time, and off
    removes it."""
    hooks: Path | None = None
    """TOML file that says who is told of events, and who is asked before a post."""
    search_ms_max: int = within(1_000, 10, 60_000)
    """How long one search may take before it is refused."""
    log_level: Literal["debug", "info", "warning", "error"] = "info"
    """The least of what is logged."""
    drain_seconds_max: int = within(10, 0, 3_600)
    """How long sessions may take to end when the daemon stops."""
    disk_free_bytes_min: int = within(64 * MIB, 0, 2**50)
    """Below this nothing is taken that needs the disk."""
    backup_log_bytes_max: int = within(1024 * MIB, 64 * MIB, 2**40)
    """How long the write-ahead log may grow while a backup is copied; beyond it the backup fails, not the daemon."""
    limits: LimitOptions = field(default=DEFAULTS, converter=_limits)
    memory: MemoryConfig = field(factory=MemoryConfig)
    journal: JournalConfig = field(factory=JournalConfig)
    outbox: OutboxConfig = field(factory=OutboxConfig)
    sessions: SessionConfig = field(factory=SessionConfig)
    rates: RateConfig = field(factory=RateConfig)
    filter: FilterConfig = field(factory=FilterConfig)
    admin: AdminConfig = field(factory=AdminConfig)
    tokens: TokenConfig = field(factory=TokenConfig)

    def __attrs_post_init__(self) -> None:
        for url in self.listen:
            self._check_address(url, parse_url(url))
        for url in self.admin.listen:
            address = parse_url(url)
            self._check_address(url, address)
            secured = address.scheme == "tls" or address.is_loopback
            require(secured, f"admin.listen: {url!r} would send credentials in the clear; use tls://")
        require((self.cert is None) == (self.key is None), "cert, key: one is useless without the other")

    def _check_address(self, url: str, address: Address) -> None:
        require(not self.dev or address.is_loopback, f"listen: {url!r}: dev believes any name and stays on loopback")
        if address.scheme == "tls":
            require(self.cert is not None, f"listen: {url!r} needs cert and key")
        else:
            require(
                self.allow_plaintext or address.is_loopback,
                f"listen: {url!r} would send secrets in the clear; use tls:// or allow_plaintext",
            )


def _variables(values: Mapping[str, Any], prefix: str) -> list[str]:
    names: list[str] = []
    for name, value in values.items():
        variable = prefix + name.upper()
        names.extend(
            _variables(cast("dict[str, Any]", value), variable + "_") if isinstance(value, dict) else [variable]
        )
    return names


VARIABLES = (CONFIG_VARIABLE, *_variables(asdict(Config()), ENV_PREFIX))
"""Every environment variable that means something."""


def check_environment(environment: Mapping[str, str]) -> None:
    """Raise ConfigError if a variable begins with CHATD_ and is none that chatd knows."""
    for name in environment:
        if name.startswith(ENV_PREFIX) and name not in VARIABLES:
            near = get_close_matches(name, VARIABLES, n=1)
            hint = f" Did you mean {near[0]}?" if near else ""
            raise ConfigError(f"{name}: no such setting.{hint}")
