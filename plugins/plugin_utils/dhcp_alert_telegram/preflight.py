# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The intent of alerts against the router: what must be mended before the first write, and what the user should know."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from urllib.parse import urlsplit

from .. import scheduler
from ..device_mode import device_mode
from ..findings import Finding
from ..names_taken import taken
from ..routeros.names import ALERTS, BALANCE, LAN_LIST
from ..routeros.paths import (
    CERTIFICATES,
    CLOCK,
    DEVICE_MODE,
    DHCP_ALERTS,
    DHCP_CLIENTS,
    DNS,
    INTERFACES,
    LISTS,
    LOG_ACTIONS,
    LOGGING,
    MEMBERS,
    PORTS,
    RESOURCE,
    SCHEDULER,
    SCRIPTS,
    SECRETS,
    TRUST,
)
from ..routeros.reads import WHOLE, Read, Reads, tolerant
from ..routeros.rows import Found, bridges, members
from ..routeros.spelling import literal
from .intent import Intent, hidden
from .plan import has_our_buffers, interfaces, plan
from .trust import untrusted

READS: Reads = {
    RESOURCE: WHOLE,
    CERTIFICATES: WHOLE,
    TRUST: WHOLE,
    INTERFACES: WHOLE,
    PORTS: WHOLE,
    LISTS: WHOLE,
    MEMBERS: WHOLE,
    DHCP_CLIENTS: WHOLE,
    DHCP_ALERTS: WHOLE,
    DNS: WHOLE,
    CLOCK: WHOLE,
    DEVICE_MODE: WHOLE,
    LOG_ACTIONS: WHOLE,
    LOGGING: WHOLE,
    SCRIPTS: Read(("name", "comment")),
    SCHEDULER: scheduler.READ,
    SECRETS: Read(("name", "comment")),
}
"""What `findings` and the plan look at."""

LEFT: Reads = tolerant({path: READS[path] for path in (LOG_ACTIONS, LOGGING, SCRIPTS)})
"""What a removal looks at."""

CLOCK_TOLERANCE = timedelta(days=2)
"""Time zones make one day."""


def findings(intent: Intent, found: Found, today: date | None = None) -> list[Finding]:
    """Return what is wrong with a router that has the rows `found`, and what the user should know.

    `today` is the date here, if not the present one. The token is in no finding.
    """
    everything = [
        *_taken(intent, found),
        *_missing(intent, found),
        *device_mode(found, ("fetch", "scheduler")),
        *scheduler.idle(found, ALERTS),
        *_unresolved(intent, found),
        *_wrong_clock(found, today or date.today()),
        *untrusted(intent, found),
        *not_encrypted(intent),
    ]
    return [hidden(finding, intent.secrets) for finding in everything]


def not_encrypted(intent: Intent) -> Iterator[Finding]:
    """Yield what is to be known before a router is asked: a Bot API may be reached without TLS."""
    if intent.chats and intent.api_url.startswith("http:"):
        problem = f"{intent.api_url} is not encrypted: token and messages can be read on the way"
        yield Finding("dhcp_alert_telegram_api_url", problem, "for tests only", refuses=False, kind="not-encrypted")


def _taken(intent: Intent, found: Found) -> Iterator[Finding]:
    rows = plan(intent, source="", found=found)
    return taken({path: rows[path] for path in rows if path != LOG_ACTIONS or not has_our_buffers(found)}, found)


def _missing(intent: Intent, found: Found) -> Iterator[Finding]:
    """Where no alert works: interfaces that are not there, ports of bridges, and where the router itself asks for an address."""
    known = {str(row.get("name")) for row in found[INTERFACES]}
    clients = {str(row.get("interface")) for row in found[DHCP_CLIENTS] if not row.get("disabled")}
    for index, lan in enumerate(intent.interfaces):
        place = f"dhcp_alert_telegram_interfaces[{index}]"
        bridge = "" if lan.is_list else bridges(found).get(lan.name)
        if lan.is_everything:
            if not interfaces(replace(intent, interfaces=(lan,)), found):
                problem = f"which networks '{lan}' are is known by the list {LAN_LIST}, which role {BALANCE} has not made or which is empty"
                yield Finding(place, problem, "write the interfaces", kind="interface")
        elif lan.is_list and not members(found, lan.name):
            yield Finding(place, f"the interface list '{lan.name}' has no members", "it has to have some", kind="interface")
        elif not lan.is_list and lan.name not in known:
            there = f"it has {', '.join(sorted(known))}"
            yield Finding(place, f"the router has no interface '{lan.name}'", there, kind="interface")
        elif bridge:
            problem = f"'{lan.name}' is a port of the bridge '{bridge}', and no alert works there"
            yield Finding(place, problem, f"write {bridge}", kind="interface")
    for name in interfaces(intent, found):
        if name in clients:
            problem = f"'{name}' has a DHCP client, and no alert works there"
            remedy = f"leave '{name}' out, or /ip dhcp-client disable its client"
            command = f"/ip dhcp-client disable [find interface={literal(name)}]"
            yield Finding("dhcp_alert_telegram_interfaces", problem, remedy, command, kind="dhcp-client")


def _unresolved(intent: Intent, found: Found) -> Iterator[Finding]:
    hosts = dict.fromkeys(urlsplit(url).hostname or "" for url in intent.servers)
    names = [host for host in hosts if not re.fullmatch(r"[0-9.]+|.*:.*", host)]
    rows = found.get(DNS, ())
    if names and rows and not any(row.get(key) for row in rows for key in ("servers", "dynamic-servers", "use-doh-server")):
        problem = f"the router has no DNS server and cannot find {', '.join(names)}"
        yield Finding("/ip dns", problem, command="/ip dns set servers=1.1.1.1", kind="dns")


def _wrong_clock(found: Found, today: date) -> Iterator[Finding]:
    """With a wrong date no certificate is valid, and messages have wrong times."""
    for row in found.get(CLOCK, ()):
        written = re.search(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", str(row.get("date") or ""))
        if written and abs(date.fromisoformat(written[0]) - today) > CLOCK_TOLERANCE:
            problem = f"it is {written[0]} there and {today} here, so certificates cannot be checked"
            yield Finding("/system clock", problem, command="/system ntp client set enabled=yes servers=pool.ntp.org", kind="clock")
