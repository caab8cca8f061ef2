# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Whether a packet meets a row of the firewall or of /routing/rule: yes, no, or that cannot be known.

What a row asks for and we do not know, be it a field that is new to us or a fact that nobody has told, is never taken for a yes or a no.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from ipaddress import IPv4Address

from ..lines import Wan
from ..pcc_balance.intent import Intent
from ..pcc_balance.sides import segments, served
from ..pcc_balance.surroundings import Surroundings
from ..routeros.names import PREFIX
from ..routeros.paths import HOTSPOT_BINDINGS, HOTSPOT_USERS
from ..routeros.rows import Found, Row, matchers, networks
from ..week import Moment, matched
from .question import PROTOCOLS, WITH_PORTS

Known = bool | None
"""Yes, no, or that cannot be known (None)."""

NO_MARK = "no-mark"
HASH = "per-connection-classifier"
HERE = IPv4Address("127.0.0.1")
"""The router itself, whichever of its addresses is meant."""
UNKNOWN_LAN = f"{PREFIX} LAN"
"""What the interface of the LAN is called where no router was asked; no interface of a router has this name in our lists."""


@dataclass(frozen=True)
class Packet:
    """A packet, and what the router knows of it.

    :param protocol: as the console calls it.
    :param came_in: the interfaces by which it may have come in; of what the router itself sends, none.
    :param goes_out: those by which it may leave; None as long as that is not decided.
    :param state: of its connection, ``new`` or ``established``.
    :param routing_mark: empty for none.
    """

    source: IPv4Address
    destination: IPv4Address
    protocol: str
    source_port: int | None = None
    port: int | None = None
    came_in: frozenset[str] = frozenset()
    goes_out: frozenset[str] | None = None
    state: str = "new"
    connection_mark: str = NO_MARK
    routing_mark: str = ""
    packet_mark: str = NO_MARK
    translated: frozenset[str] | None = frozenset()

    @property
    def has_ports(self) -> bool:
        """Whether its protocol has any."""
        return self.protocol in WITH_PORTS


@dataclass(frozen=True)
class Scene:
    """A router whose rows are walked: as it was found, or as a plan would have it.

    :param found: its rows by path.
    :param asked: whether a router was asked. Else its addresses, and main's own routes, are not known.
    :param down: the names of the lines that are out of use.
    :param drained: the names of the lines that somebody has drained.
    :param local: addresses that are taken to be the router's own, besides those that are known.
    :param moment: the time of the week; None where that is not known.
    :param assumed: whether packets meet a row (by its `id`) of which that cannot be known.
    """

    intent: Intent
    found: Found
    asked: bool = True
    down: frozenset[str] = frozenset()
    drained: frozenset[str] = frozenset()
    local: frozenset[IPv4Address] = frozenset()
    moment: Moment | None = None
    assumed: Mapping[int, bool] = field(default_factory=dict)
    router: Surroundings = field(init=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "router", Surroundings(self.intent, self.found))

    @cached_property
    def own(self) -> frozenset[IPv4Address]:
        """The router's own addresses, as far as they are known."""
        written = (wan.source_address for wan in self.intent.wans)
        return self.router.own_addresses | self.local | frozenset(address for address in written if address is not None)

    @cached_property
    def broadcasts(self) -> frozenset[IPv4Address]:
        """The addresses of all hosts of a network of the router."""
        return frozenset(here.network.broadcast_address for here in self.router.networks if here.network.prefixlen < 31)

    @cached_property
    def hotspots(self) -> frozenset[str]:
        """The interfaces with a Hotspot."""
        if not self.asked:
            return frozenset({UNKNOWN_LAN}) if any(lan.has_hotspot for lan in self.intent.lans) else frozenset()
        return segments(self.router, frozenset(served(self.router)))

    def wan(self, name: str) -> Wan | None:
        """The line of this name."""
        return next((wan for wan in self.intent.wans if wan.name == name), None)

    def line_of_own(self, address: IPv4Address) -> str:
        """The name of the line that brings one of the router's own addresses; empty where none does."""
        names = {wan.interface: wan.name for wan in self.intent.wans}
        by_interface = (names[here.interface] for here in self.router.networks if here.own == address and here.interface in names)
        by_word = (wan.name for wan in self.intent.wans if wan.source_address == address)
        return next(by_interface, next(by_word, ""))

    def in_list(self, name: str, address: IPv4Address) -> bool:
        """Whether an address list holds an address."""
        return any(address in network for network in self.router.address_list(name))

    def kind_of(self, address: IPv4Address) -> str:
        """What ``dst-address-type`` calls an address (manual, "Mangle")."""
        if address in self.own or address == HERE:
            return "local"
        if address.is_multicast:
            return "multicast"
        return "broadcast" if address in self.broadcasts or address == IPv4Address("255.255.255.255") else "unicast"


def meets(scene: Scene, row: Row, packet: Packet) -> tuple[Known, str]:
    """Return whether a packet meets all that a row asks for, but for its hash; and the first thing that cannot be known, as it stands."""
    unsure = ""
    for name, value in matchers(row).items():
        if name == HASH or name in _BESIDE:
            continue
        text = _text(value)
        negated = text.startswith("!") and name not in _EACH_WORD
        met = _one(scene, name, text.removeprefix("!") if negated else text, packet)
        met = met if met is None else met is not negated
        if met is False:
            return False, ""
        if met is None:
            unsure = unsure or f"{name}={text}"
    if unsure and id(row) in scene.assumed:
        return scene.assumed[id(row)], ""
    return (None, unsure) if unsure else (True, "")


_EACH_WORD = frozenset({"hotspot", "tcp-flags"})
"""What is written with a ``!`` for each word."""


_BESIDE = frozenset(
    {"table", "min-prefix"}
    | {
        "address-list",
        "address-list-timeout",
        "new-mss",
        "new-dscp",
        "new-ttl",
        "new-priority",
        "sniff-id",
        "sniff-target",
        "sniff-target-port",
    }
)
"""What is no matcher: of a routing rule, and of rows whose action changes no way (schema 7.22.3)."""


def _text(value: object) -> str:
    return {True: "yes", False: "no"}.get(value, str(value)) if isinstance(value, bool) else str(value)


def _one(scene: Scene, name: str, value: str, packet: Packet) -> Known:
    if name in _BY_NAME:
        return _BY_NAME[name](scene, value, packet)
    if name in _PORTS:
        return _port(name, value, packet)
    return _interface(scene, name, value, packet) if name in _INTERFACES else None


def _among(value: str, address: IPv4Address) -> Known:
    try:
        return any(address in network for network in networks(value))
    except ValueError:
        return None


def _interface(scene: Scene, name: str, value: str, packet: Packet) -> Known:
    """By which interface a packet came in or leaves; of several that it may be, all have to be meant, or none."""
    direction = "out" if name.startswith("out-") else "in"
    there = packet.goes_out if direction == "out" else packet.came_in
    if there is None:
        return None
    field_ = f"{direction}-interface-list" if name.endswith("-list") else f"{direction}-interface"
    meant = scene.router.meets({field_: value}, direction, there)
    return None if meant and meant != there else bool(meant)


_PORTS = frozenset({"port", "src-port", "dst-port"})
_INTERFACES = frozenset({"in-interface", "out-interface", "in-interface-list", "out-interface-list", "interface"})


def _protocol(_scene: Scene, value: str, packet: Packet) -> Known:
    return value in (packet.protocol, str(PROTOCOLS[packet.protocol]))


def _ports(value: str, port: int) -> Known:
    try:
        spans = [[int(end) for end in part.split("-")] for part in value.split(",")]
    except ValueError:
        return None
    return any(span[0] <= port <= span[-1] for span in spans)


def _port(name: str, value: str, packet: Packet) -> Known:
    """A row that leaves the protocol open is taken to match packets that have ports; the same as the lab."""
    if not packet.has_ports:
        return False
    ends = {"src-port": [packet.source_port], "dst-port": [packet.port], "port": [packet.source_port, packet.port]}[name]
    met = [None if port is None else _ports(value, port) for port in ends]
    return True if True in met else None if None in met else False


def _state(_scene: Scene, value: str, packet: Packet) -> Known:
    return packet.state in value.split(",")


def _nat_state(_scene: Scene, value: str, packet: Packet) -> Known:
    return None if packet.translated is None else value in packet.translated


def _hotspot(scene: Scene, value: str, packet: Packet) -> Known:
    """All words of it, each with its ``!`` (manual, "Mangle")."""
    known = [_word(scene, word.removeprefix("!"), packet) for word in value.split(",")]
    met = [None if one is None else one is not word.startswith("!") for one, word in zip(known, value.split(","), strict=True)]
    return False if False in met else None if None in met else True


def _word(scene: Scene, word: str, packet: Packet) -> Known:
    """One word. Where no Hotspot is, nobody comes from one; which requests are for a proxy is not known."""
    here = packet.came_in & scene.hotspots
    if word == "local-dst":
        return scene.kind_of(packet.destination) == "local"
    if word == "from-client":
        return None if here and here != packet.came_in else bool(here)
    if word == "auth" and here == packet.came_in and scene.asked:
        return _is_logged_in(scene, packet.source)
    if word == "http":
        return None if here and packet.protocol == "tcp" else False
    return None if scene.hotspots else False


def _is_logged_in(scene: Scene, address: IPv4Address) -> Known:
    """Whether a client is known to its Hotspot; one that is bypassed counts as logged in, and who that is by MAC address is not known."""
    active = {str(row.get("address")) for row in scene.found.get(HOTSPOT_USERS, ())}
    bypassed = [str(row.get("address") or "") for row in scene.router.foreign(HOTSPOT_BINDINGS) if row.get("type") == "bypassed"]
    return True if str(address) in {*active, *bypassed} else None if "" in bypassed else False


def _time(scene: Scene, value: str, _packet: Packet) -> Known:
    hours = matched(value)
    return None if hours is None or scene.moment is None else scene.moment in hours


def _flags(_scene: Scene, value: str, packet: Packet) -> Known:
    """The first packet of a TCP connection has `syn` alone (RFC 9293)."""
    if packet.protocol != "tcp":
        return False
    if packet.state != "new":
        return None
    return all(flag == "syn" or (flag.startswith("!") and flag != "!syn") for flag in value.split(","))


_BY_NAME: Mapping[str, Callable[[Scene, str, Packet], Known]] = {
    "protocol": _protocol,
    "src-address": lambda scene, value, packet: _among(value, packet.source),
    "dst-address": lambda scene, value, packet: _among(value, packet.destination),
    "src-address-list": lambda scene, value, packet: scene.in_list(value, packet.source),
    "dst-address-list": lambda scene, value, packet: scene.in_list(value, packet.destination),
    "src-address-type": lambda scene, value, packet: scene.kind_of(packet.source) in value.split(","),
    "dst-address-type": lambda scene, value, packet: scene.kind_of(packet.destination) in value.split(","),
    "connection-state": _state,
    "connection-nat-state": _nat_state,
    "connection-mark": lambda scene, value, packet: packet.connection_mark == value,
    "packet-mark": lambda scene, value, packet: packet.packet_mark == value,
    "routing-mark": lambda scene, value, packet: (packet.routing_mark or "main") == value,
    "hotspot": _hotspot,
    "tcp-flags": _flags,
    "time": _time,
}
