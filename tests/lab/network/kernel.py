# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The router's rows in the kernel: a thread follows every change and brings the namespace up to date."""

from __future__ import annotations

import contextlib
import errno
import json
import threading
from collections.abc import Iterable, Iterator
from typing import Any

from pyroute2.netlink.exceptions import NetlinkError

from ..router.leases import CLIENT
from ..router.paths import path
from ..router.routes import ROUTE
from ..router.rows import Change
from ..router.store import Router
from .devices import Device, device_names, remove_device, sync_devices, wanted_devices
from .firewall.names import TABLE
from .firewall.ruleset import METERED, compile_ruleset, refused
from .firewall.snapshot import CompileError, Numbers, Snapshot, snapshot_of
from .forwarding import LOCAL, MAIN, Address, Rule, Way, addresses, rules, table_numbers, ways
from .links import SCOPE_LINK
from .namespace import Namespace
from .played import NotPlayed, refusals
from .tags import Programs

FOLLOWED = (path("interface"), path("ip address"), CLIENT, path("ip route"), path("ip firewall"), path("ip hotspot"), path("routing"))
"""Menus whose rows decide about packets."""

BRIDGE_SETTINGS = path("interface bridge settings")

SWITCHED_ON = (
    "net.ipv4.ip_forward",
    "net.netfilter.nf_conntrack_acct",
    "net.ipv4.fwmark_reflect",
    "net.ipv4.conf.all.promote_secondaries",
)
"""Of the last: an address stays when another one of its network goes."""

IFA_F_NOPREFIXROUTE = 0x200
"""The kernel makes no connected route of an address: routes are the router's business. Linux, if_addr.h."""

RTNH_F_ONLINK = 4
"""The gateway is on the link, whatever the addresses say. Linux, rtnetlink.h."""

KERNELS_RULES = {0: LOCAL, 32766: MAIN, 32767: 253}
"""The rules of a new namespace: preferences and tables."""

TICK = 0.5
"""Seconds between two looks at the router's clock, where rows ask for the time of day."""

GONE = {errno.ENOENT, errno.ESRCH, errno.ENODEV, errno.EADDRNOTAVAIL}
"""What the kernel says of things that it has removed itself, as it does when an interface goes down."""


class Kernel:
    """The router's namespace, kept as the router's rows say.

    :param plugged: devices of the namespace that lead somewhere.
    :param seed: of the PCC hash; a router draws one at each boot [GPL] D.
    :param meter: count the rows that packets meet.
    :param leave_out: play the firewall without the rows that are not known, which are in ``left_out`` then.
    """

    def __init__(
        self,
        namespace: Namespace,
        router: Router,
        plugged: Iterable[str],
        seed: int,
        wans: Iterable[str],
        meter: bool,
        leave_out: bool = False,
    ) -> None:
        self.namespace, self.router = namespace, router
        self.plugged = frozenset(plugged)
        self.seed, self.wans, self.meter = seed, frozenset(wans), meter
        self.leave_out = leave_out
        self.left_out: list[str] = []
        self.numbers = Numbers()
        self.error: Exception | None = None
        self._devices: dict[str, Device] = {}
        self._programs = Programs()
        self._bridged: bool | None = None
        self._addresses: set[Address] = set()
        self._ways: dict[tuple[int, str], Way] = {}
        self._rules: set[Rule] = set()
        self._ruleset = ""
        self.busy = threading.Lock()
        """Held while the namespace is being changed; taken before the router's lock, never after it."""
        self._changed = threading.Condition()
        self._wanted = self._done = 0
        self._is_timed = False
        self._stopping = False
        for name in SWITCHED_ON:
            namespace.sysctl(name, 1)
        namespace.inside(self._clear_rules)
        self._stop_observing = router.observe(self._notice)
        self._thread = threading.Thread(target=self._follow, name="kernel", daemon=True)
        self._thread.start()
        self._request()

    def settle(self, timeout: float = 30) -> None:
        """Waits until the kernel is what the rows are now.

        :param timeout: seconds.
        :raises TimeoutError: when it does not get there.
        :raises NotPlayed: for a row that the lab's network does not know, or the kernel refuses.
        """
        self.catch_up(timeout)
        if self.error:
            raise self.error

    def catch_up(self, timeout: float = 30) -> None:
        """Like ``settle``, but whoever waits does not mind rows that are not known. Not while the router's lock is held.

        :param timeout: seconds.
        :raises TimeoutError: when it does not get there.
        """
        with self._changed:
            goal = self._wanted
            if not self._changed.wait_for(lambda: self._done >= goal, timeout):
                raise TimeoutError("the kernel does not follow the router's rows")

    def make_way(self, device: str) -> None:
        """Somebody is about to lay a cable to a device that leads nowhere yet. ``busy`` has to be held until it lies."""
        self._forget_device(device)
        self.plugged |= {device}

    def unplug(self, device: str) -> None:
        """A device leads nowhere any more: its cable goes."""
        with self.busy:
            self._forget_device(device)
            self.plugged -= {device}
        self._request()

    def _forget_device(self, device: str) -> None:
        self.namespace.inside(remove_device, self.namespace.netlink, device)
        self._devices.pop(device, None)
        self._forget_addresses(device)

    def _forget_addresses(self, device: str) -> None:
        """A device has lost its addresses, and with them its routes."""
        self._addresses = {address for address in self._addresses if address.device != device}
        self._forget_ways(device)

    def rows_met(self) -> dict[str, float]:
        """How many rows of mangle a packet met on average, by direction and kind (``up-known``); needs ``meter``."""
        met, packets = self._metered("met-"), self._metered("packets-")
        return {kind: count / max(1, packets[kind]) for kind, count in met.items()}

    def packets_met(self) -> dict[str, int]:
        """How many packets came to mangle, by direction and kind: fasttracked ones do not; needs ``meter``."""
        return self._metered("packets-")

    def _metered(self, what: str) -> dict[str, int]:
        listed = json.loads(self.namespace.run(["nft", "-j", "list", "counters", "table", "ip", TABLE]))["nftables"]
        counted = {item["counter"]["name"]: item["counter"]["packets"] for item in listed if "counter" in item}
        return {name.removeprefix(what): counted[name] for name in METERED if name.startswith(what)}

    def close(self) -> None:
        """Stops following."""
        self._stop_observing()
        with self._changed:
            self._stopping = True
            self._changed.notify_all()
        self._thread.join()

    def _notice(self, change: Change) -> None:
        if any(change.menu[: len(menu)] == menu for menu in FOLLOWED) and not _only_shown(change):
            self._request()

    def _request(self) -> None:
        with self._changed:
            self._wanted += 1
            self._changed.notify_all()

    def _follow(self) -> None:
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._stopping or self._wanted > self._done, TICK if self._is_timed else None)
                if self._stopping:
                    return
                goal = self._wanted
            try:
                with self.busy:
                    self._apply()
                self.error = None
            except Exception as error:  # whatever it is, whoever waits in settle() shall have it
                self.error = error
            with self._changed:
                self._done = goal
                self._changed.notify_all()

    def _apply(self) -> None:
        with self.router.lock:
            devices = list(wanted_devices(self.router, self.plugged))
            routing = set(addresses(self.router)), set(ways(self.router)), set(rules(self.router))
            bridged = any(self.router.written(row, "use-ip-firewall") == "true" for row in self.router.table(BRIDGE_SETTINGS))
            snapshot = snapshot_of(
                self.router,
                devices=device_names(self.router),
                tables=table_numbers(self.router),
                marks=self.numbers,
                seed=self.seed,
                wans=self.wans,
                meter=self.meter,
                sources={address.device: address.address for address in reversed(list(addresses(self.router)))},
            )
        self._is_timed = snapshot.is_timed
        self._filter_bridged(bridged)
        self.namespace.inside(self._sync, devices, *routing)
        left_out = list(snapshot.hotspots.problems)
        if left_out and not self.leave_out:
            raise NotPlayed(left_out[0])
        while True:
            try:
                self._put_rules(snapshot)
            except CompileError as error:
                if not self.leave_out:
                    raise
                left_out.append(str(error))
                snapshot = snapshot.without(error.menu, error.row)
            else:
                self.left_out = left_out
                return

    def _filter_bridged(self, wanted: bool) -> None:
        """Frames that a bridge passes on meet the firewall with ``use-ip-firewall`` only [MAN:Bridge Settings] D."""
        if wanted != self._bridged:
            try:
                self.namespace.filter_bridged(wanted)
            except FileNotFoundError:
                raise NotPlayed("/interface bridge settings: this kernel does not play use-ip-firewall=yes") from None
            self._bridged = wanted

    def _put_rules(self, snapshot: Snapshot) -> None:
        """Brings the firewall up to date.

        :raises CompileError: for a row that is not known or that nft refuses.
        """
        ruleset = compile_ruleset(snapshot)
        if ruleset == self._ruleset:
            return
        try:
            self.namespace.run(["nft", "-f", "-"], ruleset)
        except RuntimeError as error:
            raise refused(snapshot, str(error)) or error from None
        self._ruleset = ruleset

    def _sync(self, devices: list[Device], wanted_addresses: set[Address], wanted_ways: set[Way], wanted_rules: set[Rule]) -> None:
        """Brings devices, addresses, routes and rules up to date: what is new first, then what has to go.

        What is done is noted at once, so that a row that the kernel refuses is no harm once it is gone.

        :raises NotPlayed: for what the kernel refuses.
        """
        netlink = self.namespace.netlink
        for name in sync_devices(netlink, devices, self._devices, self._programs):
            self._forget_addresses(name)
        index = {link.get("ifname"): link["index"] for link in netlink.get_links()}
        for address in wanted_addresses - self._addresses:
            with refusals(address.origin):
                netlink.addr("replace", **_address(address, index), flags=IFA_F_NOPREFIXROUTE)
            self._addresses.add(address)
        for rule in wanted_rules - self._rules:
            with refusals(rule.origin or str(rule)):
                netlink.rule("add", **_rule(rule))
            self._rules.add(rule)
        self._put_ways(wanted_ways, index)
        for place in self._ways.keys() - {way.place for way in wanted_ways}:
            with _already_gone():
                netlink.route("del", dst=self._ways[place].destination, table=self._ways[place].table)
            del self._ways[place]
        for rule in self._rules - wanted_rules:
            with _already_gone():
                netlink.rule("del", **_rule(rule))
            self._rules.remove(rule)
        for address in self._addresses - wanted_addresses:
            if address.device in index:  # an interface that is removed takes its addresses along
                with _already_gone():
                    netlink.addr("del", **_address(address, index))
            self._addresses.remove(address)
            self._forget_ways(address.device)
        self._put_ways(wanted_ways, index)

    def _put_ways(self, wanted: set[Way], index: dict[str, int]) -> None:
        for way in wanted - set(self._ways.values()):
            with refusals(way.origin or str(way)):
                self.namespace.netlink.route("replace", **_way(way, index))
            self._ways[way.place] = way

    def _forget_ways(self, device: str) -> None:
        """The kernel takes a device's routes away with its last address; RouterOS does not I."""
        for way in list(self._ways.values()):
            if any(through == device for _address, through in way.hops):
                del self._ways[way.place]

    def _clear_rules(self) -> None:
        """Removes the kernel's own rules: here a routing mark comes before what is local."""
        for preference, table in KERNELS_RULES.items():
            self.namespace.netlink.rule("del", priority=preference, table=table)


def _address(address: Address, index: dict[str, int]) -> dict[str, Any]:
    return {"index": index[address.device], "address": address.address, "prefixlen": address.prefix_length}


def _way(way: Way, index: dict[str, int]) -> dict[str, Any]:
    wanted: dict[str, Any] = {"dst": way.destination, "table": way.table}
    if way.blackhole:
        return wanted | {"type": "blackhole"}
    if way.source:
        wanted["prefsrc"] = way.source
    hops = [_hop(address, index[device]) for address, device in way.hops]
    if len(hops) > 1:
        return wanted | {"multipath": hops}
    return wanted | hops[0] | ({} if way.hops[0][0] else {"scope": SCOPE_LINK})


def _hop(address: str, device: int) -> dict[str, Any]:
    """A gateway is known to be on its link, even if no address of the device says so."""
    return {"gateway": address, "oif": device, "flags": RTNH_F_ONLINK} if address else {"oif": device}


def _rule(rule: Rule) -> dict[str, Any]:
    wanted: dict[str, Any] = {"priority": rule.preference, "action": rule.action}
    if rule.table:
        wanted["table"] = rule.table
    if rule.mark is not None:
        wanted |= {"fwmark": rule.mark, "fwmask": rule.mask}
    if rule.source:
        wanted["src"] = rule.source
    if rule.destination:
        wanted["dst"] = rule.destination
    if rule.device:
        wanted["iifname"] = rule.device
    if rule.suppress >= 0:
        wanted["FRA_SUPPRESS_PREFIXLEN"] = rule.suppress
    return wanted


@contextlib.contextmanager
def _already_gone() -> Iterator[None]:
    """What has to go may be gone: the kernel takes routes and addresses away with their device."""
    try:
        yield
    except NetlinkError as error:
        if error.code not in GONE:
            raise


def _only_shown(change: Change) -> bool:
    """Whether only something changed that rows show, such as their counters. That an interface runs, that a client has a
    lease, or that a gateway answers, is more."""
    return change.kind == "state" and change.menu[0] != "interface" and change.menu not in (CLIENT, ROUTE)
