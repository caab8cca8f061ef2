# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The intent against the router: what must be mended before the first write, and what the user should know.

The router's rows come by path, as the internal role `router` reads them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from .conflicts import conflicts, remarks
from .intent import IntentError, Lan
from .marks import ROLE
from .names import Found, comment
from .plan import LISTS, ROUTES, lines_are_watched, out_of_use, read_intent
from .surroundings import DHCP_CLIENTS, Surroundings

SETTINGS = "ip settings"

#: Kinds of interfaces on which a router has to ask for the address of each neighbour, by the word that /interface shows.
ETHERNET = ("ether", "vlan", "bridge")


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
    router = Surroundings(intent, found)
    errors = [str(error) for error in (*_missing_interfaces(router), *_wrong_interfaces(router), *_networks_at_risk(router))]
    errors += _settings(router)
    warnings = [
        *(f"{name} is out of use on the router; this run leaves it so" for name in sorted(out_of_use(found))),
        *_silent_gateways(router),
        *remarks(router),
    ]
    for kind, sentence in conflicts(router):
        if kind in intent.options.warn_only:
            warnings.append(sentence)
        else:
            errors.append(f"{sentence}, or write pcc_balance_warn_only: [{kind}]")
    return {"errors": errors, "warnings": warnings}


def _lans(router: Surroundings) -> Iterator[tuple[str, Lan]]:
    return ((f"multiwan_lan_interfaces[{index}]", lan) for index, lan in enumerate(router.intent.lans))


def _missing_interfaces(router: Surroundings) -> Iterator[IntentError]:
    lists = {str(row.get("name")) for row in router.found[LISTS]}
    known = f"it has {', '.join(sorted(router.interfaces))}"
    for index, wan in enumerate(router.intent.wans):
        if wan.interface not in router.interfaces:
            yield IntentError(f"multiwan_wans[{index}].interface", f"the router has no interface '{wan.interface}'; {known}")
    for place, lan in _lans(router):
        if lan.is_list and lan.name not in lists:
            yield IntentError(place, f"the router has no interface list '{lan.name}'; it has {', '.join(sorted(lists))}")
        elif not lan.is_list and lan.name not in router.interfaces:
            hint = f"but an interface list of that name: write {{list: {lan.name}}}" if lan.name in lists else known
            yield IntentError(place, f"the router has no interface '{lan.name}'; {hint}")


def _wrong_interfaces(router: Surroundings) -> Iterator[IntentError]:
    """Rows see the bridge, not its ports, and a port has no addresses of its own (manual, "Bridging and Switching")."""
    for index, wan in enumerate(router.intent.wans):
        kind = router.interfaces.get(wan.interface, {}).get("type")
        if bridge := router.bridges.get(wan.interface):
            mend = f"/interface bridge port remove [find interface={wan.interface}]"
            problem = f"'{wan.interface}' is a port of the bridge '{bridge}', so nothing can be routed to it; write {mend}"
            yield IntentError(f"multiwan_wans[{index}].interface", problem)
        if wan.gateway is None and kind in ETHERNET:
            problem = f"'{wan.interface}' is Ethernet (type {kind}), where the gateway has an address"
            yield IntentError(f"multiwan_wans[{index}].gateway", f"{problem}; write {_leased(router, wan.interface)}")
    for place, lan in _lans(router):
        interfaces = router.interfaces_of(lan)
        for interface in sorted(interfaces & router.bridges.keys()):
            bridge = router.bridges[interface]
            problem = f"is a port of the bridge '{bridge}', and packets come from the bridge"
            if not lan.is_list:
                yield IntentError(place, f"'{interface}' {problem}; write {bridge}")
            elif bridge not in router.lan:
                mend = f"/interface list member add list={lan.name} interface={bridge}"
                yield IntentError(place, f"'{interface}' of the list '{lan.name}' {problem}; write {mend}")
        for interface in sorted(interfaces & router.wans.keys() if lan.is_list else ()):
            problem = f"the list '{lan.name}' holds '{interface}', the interface of WAN '{router.wans[interface].name}'"
            yield IntentError(place, f"{problem}, whose answers would be sent out again; write a list of LAN interfaces only")


def _leased(router: Surroundings, interface: str) -> str:
    """The gateway of an interface's DHCP lease, or where to find one."""
    leases = (row.get("gateway") for row in router.found[DHCP_CLIENTS] if str(row.get("interface")) == interface)
    gateway = next(filter(None, leases), None)
    return f"{gateway}, as its DHCP lease says" if gateway else "it; a DHCP line shows it in /ip dhcp-client print detail"


def _networks_at_risk(router: Surroundings) -> Iterator[IntentError]:
    """A mark comes before the main table (manual, "Policy Routing"), and the table of a line does not know the LAN's networks.

    Of other networks of the router's own there is only a remark: they may be those of a line that is not used any more.
    """
    told = set()
    for here in router.connected():
        if here.interface in router.lan and here.network not in told and not router.is_spared(here.network):
            told.add(here.network)
            problem = f"{here.network} is the network of {here.interface}, and connections to it would leave by a line"
            entry = str(here.network).removesuffix("/32")
            yield IntentError("pcc_balance_bypass", f"{problem}; add {entry}")


def _settings(router: Surroundings) -> Iterator[str]:
    """With `strict` a packet has to come in by the line that the table main would take for its answer (manual, "IP Settings")."""
    if any(row.get("rp-filter") == "strict" for row in router.found[SETTINGS]):
        yield (
            "/ip settings rp-filter=strict: what comes in by another line than the first one of the table main would be thrown away; "
            "write /ip settings set rp-filter=loose"
        )


def _silent_gateways(router: Surroundings) -> Iterator[str]:
    """A route whose gateway does not answer is not used. Where probes watch the lines, no gateway is asked (`plan.plan`)."""
    if router.intent.options.check_gateway == "none" or lines_are_watched(router.found):
        return
    inactive = {row.get("comment") for row in router.found[ROUTES] if row.get("inactive")}
    for index, wan in enumerate(router.intent.wans):
        if wan.gateway is not None and comment(ROLE, "route", "main", wan.name) in inactive:
            yield (
                f"multiwan_wans[{index}].gateway: {wan.gateway} does not answer the router, so that the line is not used; "
                "if the line is well, its gateway answers no pings: write pcc_balance_check_gateway: arp"
            )
