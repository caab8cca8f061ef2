# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The intent against the router: what must be mended before the first write, and what the user should know.

The router's rows come as community.routeros.api_info returns them, by path.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence, Set
from ipaddress import IPv4Network, ip_address, ip_network, summarize_address_range

from .intent import IntentError, Lan, Wan
from .marks import CHAIN_NEW
from .names import PREFIX, Found, Row
from .plan import LISTS, ROUTES, out_of_use, read_intent
from .routes import BLACKHOLE_DISTANCE, DEFAULT_DESTINATION
from .steps import MANGLE

INTERFACES = "interface"
FILTER = "ip firewall filter"


def check(data: Mapping[str, object], found: Found | None = None) -> dict[str, list[str]]:
    """Return `errors` (nothing may be written) and `warnings`, each a list of sentences.

    `data` is what `plan.read_intent` takes. Without `found` only the intent itself is checked.
    """
    try:
        intent = read_intent(data)
    except IntentError as error:
        return {"errors": [str(error)], "warnings": []}
    if found is None:
        return {"errors": [], "warnings": []}
    errors = [*_missing_interfaces(intent.wans, intent.lans, found)]
    warnings = [
        *(f"{name} is out of use on the router; this run leaves it so" for name in sorted(out_of_use(found))),
        *_foreign_marks(found),
        *_foreign_defaults(found, len(intent.wans)),
        *_balanced_networks(intent.wans, intent.bypass, found),
    ]
    tracked = [*_fasttracked(found)]
    if intent.options.fasttrack == "refuse":
        errors += [f"{sentence}, or write pcc_balance_fasttrack: warn" for sentence in tracked]
    else:
        warnings += tracked
    return {"errors": errors, "warnings": warnings}


def _names(found: Found, path: str) -> set[str]:
    return {str(row.get("name")) for row in found[path]}


def _missing_interfaces(wans: Sequence[Wan], lans: Sequence[Lan], found: Found) -> Iterator[str]:
    interfaces, lists = _names(found, INTERFACES), _names(found, LISTS)
    known = f"it has {', '.join(sorted(interfaces))}"
    for index, wan in enumerate(wans):
        if wan.interface not in interfaces:
            yield str(IntentError(f"multiwan_wans[{index}].interface", f"the router has no interface '{wan.interface}'; {known}"))
    for index, lan in enumerate(lans):
        place = f"multiwan_lan_interfaces[{index}]"
        if lan.is_list and lan.name not in lists:
            yield str(IntentError(place, f"the router has no interface list '{lan.name}'; it has {', '.join(sorted(lists))}"))
        elif not lan.is_list and lan.name not in interfaces:
            hint = f"but an interface list of that name: write {{list: {lan.name}}}" if lan.name in lists else known
            yield str(IntentError(place, f"the router has no interface '{lan.name}'; {hint}"))


def _foreign(found: Found, path: str) -> Iterator[Row]:
    """Rows that are in force and not ours."""
    for row in found[path]:
        if not row.get("disabled") and not str(row.get("comment") or "").startswith(f"{PREFIX}:"):
            yield row


def _label(row: Row) -> str:
    return f"'{row['comment']}'" if row.get("comment") else str(row.get(".id", "without a comment"))


def _fasttracked(found: Found) -> Iterator[str]:
    """FastTrack knows only the main table ("looks up route before routing marks are set", MikroTik's manual, "Fasttrack")."""
    for row in _foreign(found, FILTER):
        mark = str(row.get("connection-mark") or "")
        harmless = mark == "no-mark" or (mark and not mark.startswith(("!", f"{PREFIX}-")))
        if row.get("action") == "fasttrack-connection" and not harmless:
            mend = "/ip firewall filter set [find action=fasttrack-connection] connection-mark=no-mark"
            yield f"/ip firewall filter {_label(row)}: FastTrack would send balanced connections out by the wrong line; write {mend}"


def _foreign_marks(found: Found) -> Iterator[str]:
    takers = [
        row
        for row in _foreign(found, MANGLE)
        if row.get("chain") in ("prerouting", "output") and row.get("action") in ("accept", "mark-connection", "mark-routing", "route")
    ]
    if takers:
        labels = ", ".join(map(_label, takers))
        rows = "a row that is not ours" if len(takers) == 1 else f"{len(takers)} rows that are not ours"
        yield f"/ip firewall mangle: {rows} may take connections before {CHAIN_NEW} sees them: {labels}"


def _foreign_defaults(found: Found, lines: int) -> Iterator[str]:
    """Static routes of equal distance become one ECMP route, a lower distance wins (MikroTik's manual, "Routing Decision")."""
    for row in _foreign(found, ROUTES):
        distance = row.get("distance")
        in_main = row.get("dst-address") == DEFAULT_DESTINATION and row.get("routing-table", "main") == "main"
        if in_main and isinstance(distance, int) and distance <= lines:
            label = f"{_label(row)} by {row.get('gateway') or 'blackhole'}"
            wish = f"give it a distance above {lines} and below {BLACKHOLE_DISTANCE}, or remove it"
            if row.get("dynamic"):
                wish = f"set add-default-route=no, or a default-route-distance above {lines}, on {_client(row, _names(found, INTERFACES))}"
            yield f"/ip route {label}: a default route of distance {distance} stands beside ours in the table main; {wish}"


def _client(row: Row, interfaces: Set[str]) -> str:
    """What made a default route: one of DHCP names its interface in `vrf-interface`, one of PPPoE or LTE has it as gateway."""
    gateway = str(row.get("gateway") or "")
    if interface := row.get("vrf-interface") or gateway.partition("%")[2]:
        return f"the DHCP client of {interface}"
    return gateway if gateway in interfaces else "the DHCP or PPPoE client that makes it"


def _balanced_networks(wans: Sequence[Wan], bypass: Sequence[str], found: Found) -> Iterator[str]:
    """A mark comes before the main table ("Policy Routing"): where clients reach a network by a route, it must not be marked."""
    lines = {wan.interface for wan in wans} | {str(wan.gateway) for wan in wans if wan.gateway}
    spared = [network for entry in bypass for network in _networks(entry)]
    for row in _foreign(found, ROUTES):
        destination, gateway = str(row.get("dst-address") or ""), str(row.get("gateway") or "")
        beside = row.get("routing-table", "main") != "main" or destination in ("", DEFAULT_DESTINATION) or ":" in destination
        if beside or not gateway or lines & set(gateway.split("%")):
            continue
        if not any(ip_network(destination).subnet_of(network) for network in spared):
            yield (
                f"/ip route {destination} by {gateway}: clients' connections to it would leave by a line; "
                "add it to pcc_balance_bypass unless that is wanted"
            )


def _networks(entry: str) -> Iterator[IPv4Network]:
    """The networks of a bypass entry: an address, a prefix, or a range."""
    first, dash, last = entry.partition("-")
    if dash:
        yield from summarize_address_range(ip_address(first), ip_address(last))
    else:
        yield ip_network(entry)
