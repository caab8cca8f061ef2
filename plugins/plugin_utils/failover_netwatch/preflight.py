# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The intent of failover against the router: what must be mended before the first write, and what the user should know."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import replace
from ipaddress import IPv4Address, IPv4Interface

from .. import scheduler
from ..device_mode import allows, device_mode
from ..findings import Finding
from ..gateways import lease
from ..names_taken import taken
from ..releases import of_router
from ..routeros.names import BALANCE, FAILOVER, comment
from ..routeros.paths import (
    ADDRESS_LIST,
    ADDRESSES,
    DEVICE_MODE,
    DHCP_CLIENTS,
    DNS,
    MANGLE,
    NETWATCH,
    PORTS,
    RESOURCE,
    ROUTES,
    SCHEDULER,
    SCRIPTS,
    TABLES,
)
from ..routeros.reads import WHOLE, Read, Reads, tolerant
from ..routeros.rows import Found, label
from ..routeros.spelling import literal
from .intent import Intent, checks_of
from .plan import POLICY, plan, router
from .targets import NONE_FREE, choose_on, users

DNS_FROM = (7, 16, 0)
"""The first release whose netwatch has `dns-server` (command trees)."""

READS: Reads = {
    ADDRESSES: WHOLE,
    ADDRESS_LIST: WHOLE,
    PORTS: WHOLE,
    DHCP_CLIENTS: WHOLE,
    ROUTES: WHOLE,
    TABLES: WHOLE,
    DEVICE_MODE: WHOLE,
    RESOURCE: WHOLE,
    DNS: WHOLE,
    MANGLE: WHOLE,
    SCRIPTS: Read(("name", "policy", "dont-require-permissions", "comment")),
    SCHEDULER: scheduler.READ,
    NETWATCH: Read(hidden=True),
}
"""What `findings` and the plan look at."""

LEFT: Reads = tolerant({ROUTES: WHOLE, DHCP_CLIENTS: WHOLE})
"""What `unfollowed` looks at."""


def findings(intent: Intent, found: Found, balanced: Collection[str]) -> list[Finding]:
    """Return what is wrong with a router that has the rows `found`, and what the user should know.

    `balanced` names the WANs that role pcc_balance has on the router (`health.balanced_wans`), or will have by the same run.
    """
    intent = with_targets(intent, found)
    return [
        *taken(plan(intent, source="", on=router(found)), found),
        *_no_targets(intent, found),
        *_local_probes(intent, found),
        *_hooks(intent, found),
        *_clock(found),
        *_checks(intent, found),
        *scheduler.idle(found, FAILOVER),
        *_unbalanced(intent, balanced),
        *_foreign_uses(intent, found),
    ]


def unfollowed(found: Found) -> Iterator[Finding]:
    """What a router is left with whose lines stay when the script goes that follows their leases."""
    prefix = comment(BALANCE, "route", "main", "")
    for row in found.get(ROUTES, ()):
        name, said = str(row.get("comment") or ""), str(row.get("gateway") or "")
        _address, _percent, interface = said.partition("%")
        if name.startswith(prefix) and interface and said == f"{lease(found, interface)}%{interface}":
            problem = f"the gateway of {name.removeprefix(prefix)} is that of a lease, which nothing follows any more"
            yield Finding("", problem, "run role pcc_balance with the address that it is to have", refuses=False, kind="unfollowed")


def with_targets(intent: Intent, found: Found) -> Intent:
    """Return the intent with the default targets that this router leaves free. A line for which there are none keeps its first ones."""
    chosen = choose_on(intent.wans, found)
    return replace(intent, probes={name: chosen[name] or probes for name, probes in intent.probes.items()})


def _no_targets(intent: Intent, found: Found) -> Iterator[Finding]:
    chosen = choose_on(intent.wans, found)
    for index, wan in enumerate(intent.wans):
        if not chosen[wan.name]:
            remedy = "write 2 to 5 addresses behind this line, which answer pings"
            yield Finding(f"multiwan_wans[{index}].probes", f"on this router {NONE_FREE}", remedy, kind="probe")


def _local_probes(intent: Intent, found: Found) -> Iterator[Finding]:
    there = [(row, IPv4Interface(str(row["address"]))) for row in found[ADDRESSES] if not row.get("disabled")]
    for index, wan in enumerate(intent.wans):
        for number, address in enumerate(intent.probes[wan.name]):
            place, remedy = f"multiwan_wans[{index}].probes[{number}]", "write one behind this line"
            if any(address == str(here.ip) for _interface, here in there):
                yield Finding(place, f"'{address}' is an address of the router", remedy, kind="probe")
                continue
            beside = [(str(row.get("interface")), here) for row, here in there if IPv4Address(address) in here.network]
            if beside and wan.interface not in dict(beside):
                interface, here = beside[0]
                problem = f"'{address}' is in {here.network}, the network of {interface}"
                yield Finding(place, problem, remedy, kind="probe")


def _clock(found: Found) -> Iterator[Finding]:
    """Failover itself does without the scheduler. What leaves the router does not; role dhcp_alert_telegram says so for itself."""
    yield from (replace(finding, refuses=False) for finding in device_mode(found, ()))
    if not allows(found, "scheduler"):
        mode = next((str(row.get("mode", "")) for row in found.get(DEVICE_MODE, ())), "")
        problem = "the scheduler is not allowed, so netwatch is the clock of the control script: failover works as elsewhere"
        if not allows(found, "fetch"):
            problem += ", but alerts cannot leave the router, because fetch is not allowed either"
        yield Finding(f"/system device-mode {mode}".rstrip(), problem, refuses=False, kind="device-mode")


def _checks(intent: Intent, found: Found) -> Iterator[Finding]:
    """A check is bound to its line by protocol, address and port; so is what else the router asks there."""
    (dns,) = found.get(DNS, ()) or [{}]
    servers = f"{dns.get('servers') or ''},{dns.get('dynamic-servers') or ''}".split(",")
    doh = str(dns.get("use-doh-server") or "").removeprefix("https://").partition("/")[0].partition(":")[0]
    asked = {"dns": {server.strip() for server in servers}, "https": {doh}}
    for index, wan in enumerate(intent.wans):
        for check in checks_of(wan):
            if check == "dns" and of_router(found) < DNS_FROM and RESOURCE in found:
                problem = "netwatch cannot be told which resolver to ask before RouterOS 7.16"
                yield Finding(f"multiwan_wans[{index}].checks", problem, "leave dns out", kind="release")
            for address in intent.probes[wan.name]:
                if address in asked.get(check, ()):
                    problem = f"the router's own DNS asks {address}, and from now on by {wan.name} only"
                    remedy = f"write other probes, or leave {check} out"
                    yield Finding(f"multiwan_wans[{index}].checks", problem, remedy, refuses=False, kind="check")


def _hooks(intent: Intent, found: Found) -> Iterator[Finding]:
    scripts = {str(row.get("name")): row for row in found[SCRIPTS]}
    for option, name in (("on_down", intent.on_down), ("on_up", intent.on_up)):
        place = f"failover_netwatch_{option}"
        if not name:
            continue
        if name not in scripts:
            yield Finding(place, f"the router has no script '{name}'", "write the name of one of /system script", kind="hook")
            continue
        wide = set(str(scripts[name].get("policy") or "").split(",")) - set(POLICY.split(","))
        if wide and not scripts[name].get("dont-require-permissions"):
            problem = f"script '{name}' has the policies {','.join(sorted(wide))}, which the control script has not"
            yield Finding(place, problem, command=f"/system script set {literal(name)} policy={POLICY}", kind="hook")


def _unbalanced(intent: Intent, balanced: Collection[str]) -> Iterator[Finding]:
    missing = [wan.name for wan in intent.wans if wan.name not in balanced]
    if missing:
        problem = f"role pcc_balance has not balanced {', '.join(missing)} yet"
        yield Finding("", problem, "until it runs, failover has nothing to steer there", refuses=False, kind="not-balanced")


def _foreign_uses(intent: Intent, found: Found) -> Iterator[Finding]:
    """The router's own pings to a probed address go by its line; whether those of `check-gateway` do too is not known."""
    for wan in intent.wans:
        for address in intent.probes[wan.name]:
            for path, row in users(found, address):
                if path == NETWATCH:
                    problem = f"it also watches {address}, and from now on by {wan.name} only"
                    yield Finding(f"/tool netwatch {label(row)}", problem, refuses=False, kind="netwatch")
                elif path == ROUTES:
                    problem = f"{address} is probed for {wan.name}: the router's own pings to it, and maybe check-gateway, go by that line"
                    yield Finding(
                        f"/ip route {row.get('dst-address')} by {row.get('gateway')}", problem, refuses=False, kind="probed-route"
                    )
