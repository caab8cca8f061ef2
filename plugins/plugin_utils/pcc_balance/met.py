# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A mangle row of others on one of the ways that lead to it, and which packets it can meet there.

Where a field cannot tell (an address list that scripts fill, the payload of a packet), it can meet them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from ipaddress import IPv4Address, IPv4Network

from ..routeros.names import BALANCE, PREFIX, comment
from ..routeros.paths import MANGLE
from ..routeros.rows import Row, is_ours, matchers, readable
from .sides import segments
from .surroundings import Surroundings

HASHES = frozenset({"per-connection-classifier", "nth", "random"})
"""What deals packets to several rows (manual, "Mangle")."""

_CHAINS = ("prerouting", "input", "forward", "output", "postrouting")
_ENTRY = f"{comment(BALANCE, 'enter')}:"
_BESIDE = {"connection-mark", "connection-state", "in-interface", "in-interface-list", "out-interface", "out-interface-list", *HASHES}


@dataclass(frozen=True)
class Met:
    """A row as packets meet it.

    :param fields: the row with the matchers of the jumps that lead to it.
    :param passed: the rows as found, from the first jump to the row itself.
    :param chain: the chain of the router's own where the way begins.
    :param ahead: whether it stands before ours.
    """

    router: Surroundings = field(repr=False)
    fields: Row
    passed: tuple[Row, ...]
    chain: str
    ahead: bool

    @property
    def row(self) -> Row:
        """The row as found."""
        return self.passed[-1]

    @property
    def action(self) -> str:
        """What it does."""
        return str(self.fields.get("action") or "accept")

    @cached_property
    def known(self) -> str:
        """The mark that it wants a connection to have, if it is one of others."""
        wanted = str(self.fields.get("connection-mark") or "")
        return "" if wanted == "no-mark" or wanted.startswith(("!", f"{PREFIX}-")) else wanted

    @property
    def mark(self) -> str:
        """The mark that it gives to connections."""
        return str(self.fields.get("new-connection-mark") or "") if self.action == "mark-connection" else ""

    @property
    def table(self) -> str:
        """The table to which it sends packets; main is where they go without it."""
        table = str(self.fields.get("new-routing-mark") or "") if self.action == "mark-routing" else ""
        return "" if table == "main" else table

    @property
    def dealing(self) -> Row | None:
        """The row that deals packets, this one or the first jump that does."""
        return next((row for row in self.passed if row.keys() & HASHES), None)

    @property
    def stops(self) -> bool:
        """Whether rows behind it do not meet its packets (manual, "Mangle": marks pass by default)."""
        if self.action in ("mark-connection", "mark-routing"):
            return self.fields.get("passthrough") in (False, "no")
        return self.action in ("accept", "route") or (self.action == "return" and len(self.passed) == 1)

    @cached_property
    def from_lan(self) -> frozenset[str]:
        """The LAN interfaces whose packets it meets; of a segment all, because it is not sure by which one they come in."""
        return segments(self.router, self.router.meets(self.fields, "in", self.router.lan)) & self.router.lan

    @cached_property
    def from_wans(self) -> frozenset[str]:
        """The interfaces of lines whose packets it meets."""
        return self.router.meets(self.fields, "in", self.router.wans)

    @property
    def arriving(self) -> bool:
        """Whether it is about what comes in by a line, and about nothing else."""
        return self.chain != "output" and bool(self.from_wans) and not self.from_lan

    @cached_property
    def limits(self) -> Row:
        """What limits it to a part of the traffic; an exception (``!``) or the whole LAN does not."""
        rest = {key: value for key, value in matchers(self.fields).items() if key not in _BESIDE and not str(value).startswith("!")}
        if self._is_whole_lan(list(self._sources())):
            rest = {key: value for key, value in rest.items() if key not in ("src-address", "src-address-list")}
        return {key: value for key, value in rest.items() if (key, value) != ("dst-address", "0.0.0.0/0")}

    @property
    def is_whole(self) -> bool:
        """Whether it takes all that comes from the LAN."""
        return not self.limits and self.from_lan == self.router.lan

    def is_as_wide_as(self, other: Met) -> bool:
        """Whether it takes, of the same chain, at least what another one does."""
        return self.chain == other.chain and self.limits.items() <= other.limits.items() and self.from_lan >= other.from_lan

    def in_state(self, state: str) -> bool:
        """Whether it meets packets of a connection in this state."""
        wanted = str(self.fields.get("connection-state") or "")
        return not wanted or (state in wanted.lstrip("!").split(",")) is not wanted.startswith("!")

    @property
    def is_for_unmarked(self) -> bool:
        """Whether it is for connections without a mark only."""
        return self.fields.get("connection-mark") == "no-mark"

    @cached_property
    def meets_balanced(self) -> bool:
        """Whether it can meet what we balance on its way from the LAN; not that with a mark of others."""
        if self.known or not self.from_lan or not (self.in_state("new") or self.in_state("established")):
            return False
        if self._is_not_to_the_internet() or str(self.fields.get("src-address-type") or "!").startswith("local"):
            return False
        if any(self._is_whole_lan(list(excepted)) for excepted in self._excepted("src-address")):
            return False
        sources = list(self._sources())
        return not sources or not self.router.lan_networks or any(map(self._is_in_lan, sources))

    @cached_property
    def meets_arrivals(self) -> bool:
        """Whether it can meet packets from a line whose address is one of the router's: mangle comes before NAT ("Packet Flow").

        A MAC address is that of a host of the LAN.
        """
        if self.known or not self.from_wans or self.fields.get("src-mac-address"):
            return False
        if any(map(self._is_in_lan, self._sources())):
            return False
        named = any(str(self.fields.get(key) or "!")[0] != "!" for key in ("dst-address", "dst-address-list"))
        return not named or any(own in network for network in self._targets() for own in self._line_addresses)

    @cached_property
    def is_for_modems(self) -> bool:
        """Whether it is for the networks of the lines themselves, as in MikroTik's recipe ("Per connection classifier")."""
        lines = [here.network for here in self.router.networks if here.interface in self.router.wans]
        targets = list(self._targets())
        return bool(targets) and all(any(target.subnet_of(line) for line in lines) for target in targets)

    @cached_property
    def meets_downloads(self) -> bool:
        """Whether it can meet, behind NAT, what comes from the internet for the LAN."""
        sources, targets = list(self._sources()), list(self._targets())
        inside = not targets or not self.router.lan_networks or any(map(self._is_in_lan, targets))
        return not self.known and inside and not (sources and all(map(self.router.is_spared, sources)))

    @property
    def meets_replies(self) -> bool:
        """Whether it can meet answers to connections of the LAN before NAT: the ports of clients are not those of services (RFC 6335)."""
        ports = str(self.fields.get("dst-port") or "!")
        low = not ports.startswith("!") and all(int(port) < 1024 for part in ports.split(",") for port in part.split("-"))
        return self.meets_arrivals and self.in_state("established") and not self.is_for_unmarked and not low

    def _is_not_to_the_internet(self) -> bool:
        kind = str(self.fields.get("dst-address-type") or "!")
        targets = list(self._targets())
        spared = bool(targets) and all(self.router.is_spared(network) or self.router.is_own(network) for network in targets)
        return spared or not (kind.startswith("!") or "unicast" in kind)

    def _targets(self) -> Iterator[IPv4Network]:
        return self._networks("dst-address")

    def _sources(self) -> Iterator[IPv4Network]:
        return self._networks("src-address")

    def _networks(self, key: str) -> Iterator[IPv4Network]:
        for name, read in self._readers(key):
            value = str(self.fields.get(name) or "!")
            if not value.startswith("!"):
                yield from read(value)

    def _excepted(self, key: str) -> Iterator[Iterable[IPv4Network]]:
        for name, read in self._readers(key):
            value = str(self.fields.get(name) or "")
            if value.startswith("!"):
                yield read(value[1:])

    def _readers(self, key: str) -> tuple[tuple[str, Callable[[str], Iterable[IPv4Network]]], ...]:
        return (key, readable), (f"{key}-list", self.router.address_list)

    @cached_property
    def _line_addresses(self) -> frozenset[IPv4Address]:
        return frozenset(here.own for here in self.router.networks if here.interface in self.router.wans)

    def _is_whole_lan(self, networks: Sequence[IPv4Network]) -> bool:
        return bool(self.router.lan_networks) and all(
            any(lan.subnet_of(network) for network in networks) for lan in self.router.lan_networks
        )

    def _is_in_lan(self, network: IPv4Network) -> bool:
        return any(network.overlaps(lan) for lan in self.router.behind_lan)


def met_rows(router: Surroundings) -> tuple[Met, ...]:
    """All rows of others, in the order in which packets meet them."""
    everything = []
    for chain in _CHAINS:
        ahead = True
        for row in router.found[MANGLE]:
            if str(row.get("chain")) != chain:
                continue
            ahead = ahead and not str(row.get("comment") or "").startswith(_ENTRY)
            if not row.get("disabled") and not is_ours(row):
                everything += [Met(router, fields, passed, chain, ahead) for fields, passed in router.ways(MANGLE, row)]
    return tuple(everything)


def as_if_enabled(router: Surroundings) -> Surroundings:
    """The router as it would be if all rows of mangle were in force."""
    rows = [{key: value for key, value in row.items() if key != "disabled"} for row in router.found[MANGLE]]
    return replace(router, found={**router.found, MANGLE: rows})


def once(rows: Iterable[Row]) -> list[Row]:
    """The same rows, each once, though several ways lead to it."""
    return list({id(row): row for row in rows}.values())
