# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The plan: all rows that balancing wants on the router, and the safe order in which to write them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass
from fractions import Fraction

from . import health, weights
from .intent import (
    IntentError,
    Lan,
    Service,
    Wan,
    read_bypass,
    read_choice,
    read_choices,
    read_lans,
    read_number,
    read_services,
    read_truth,
    read_wans,
    refuse_unknown,
)
from .marks import CLASSIFIERS, ROLE, mangle_rows
from .names import BYPASS_LIST, FAILOVER, LAN_LIST, Found, Row, comment
from .routes import CHECK_GATEWAYS, route_rows, table_rows
from .steps import MANGLE, Step, add, clear, clear_left, write
from .takeover import balanced

LISTS = "interface list"
MEMBERS = "interface list member"
ADDRESS_LIST = "ip firewall address-list"
TABLES = "routing table"
ROUTES = "ip route"
NAT = "ip firewall nat"
NETWATCH = "tool netwatch"

#: What is never balanced, whatever else the user adds: private and special networks of the IANA registries (RFC 1918, RFC 6598, RFC 3927,
#: RFC 5771, RFC 919).
DEFAULT_BYPASS = (
    "10.0.0.0/8",
    "172.16.0.0/12",
    "192.168.0.0/16",
    "100.64.0.0/10",
    "169.254.0.0/16",
    "224.0.0.0/4",
    "255.255.255.255",
)

#: Rows of others that take what we balance, or mislead it.
CONFLICTS = ("fasttrack", "default-route", "dst-nat", "masquerade")


@dataclass(frozen=True)
class Options:
    """What the user may choose, with the defaults of the role."""

    tolerance: Fraction = weights.DEFAULT_TOLERANCE
    max_rows: int = weights.DEFAULT_MAX_ROWS
    classifier_tcp: str = "both-addresses"
    classifier_udp: str = "src-address"
    check_gateway: str = "ping"
    nat: bool = True
    bypass_services: tuple[Service, ...] = ()
    warn_only: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Intent:
    """All that the user wrote for balancing, checked."""

    wans: tuple[Wan, ...]
    lans: tuple[Lan, ...]
    bypass: tuple[str, ...]
    options: Options


def read_intent(data: Mapping[str, object]) -> Intent:
    """Return the user's data, checked: `wans`, `lan_interfaces`, `bypass`, and the options of the role by their short names.

    Raises `IntentError` for the first thing that is wrong.
    """
    rest = dict(data)
    wans = read_wans(rest.pop("wans", None))
    lans = read_lans(rest.pop("lan_interfaces", None), wans)
    for index, lan in enumerate(lans):
        if lan == Lan(LAN_LIST, is_list=True):
            raise IntentError(f"multiwan_lan_interfaces[{index}]", f"'{LAN_LIST}' is the list that the role makes of yours; write yours")
    more = read_bypass(rest.pop("bypass", ()))
    bypass = (*DEFAULT_BYPASS, *(network for network in more if network not in DEFAULT_BYPASS))
    intent = Intent(wans, lans, bypass, read_options(rest))
    solve_buckets(wans, intent.options)
    return intent


def read_options(data: Mapping[str, object], prefix: str = "pcc_balance_") -> Options:
    """Return the options in `data`, checked; a missing one has its default, errors name ``prefix + key``.

    `classifier`, where given and not empty, stands for both classifiers.
    """
    default = Options()
    both = data.get("classifier") or None
    refuse_unknown(data, ("classifier", *Options.__dataclass_fields__), prefix)

    def classifier(key: str, fallback: str) -> str:
        name, value = ("classifier", both) if both is not None else (key, data.get(key, fallback))
        return read_choice(value, prefix + name, CLASSIFIERS)

    return Options(
        tolerance=read_number(data.get("tolerance", float(default.tolerance)), f"{prefix}tolerance", 0, 50),
        max_rows=int(read_number(data.get("max_rows", default.max_rows), f"{prefix}max_rows", 2, weights.MAX_ROWS, whole=True)),
        classifier_tcp=classifier("classifier_tcp", default.classifier_tcp),
        classifier_udp=classifier("classifier_udp", default.classifier_udp),
        check_gateway=read_choice(data.get("check_gateway", default.check_gateway), f"{prefix}check_gateway", CHECK_GATEWAYS),
        nat=read_truth(data.get("nat", default.nat), f"{prefix}nat"),
        bypass_services=read_services(data.get("bypass_services", ()), f"{prefix}bypass_services"),
        warn_only=read_choices(data.get("warn_only", ()), f"{prefix}warn_only", CONFLICTS),
    )


def solve_buckets(wans: Sequence[Wan], options: Options, prefix: str = "pcc_balance_") -> weights.Buckets:
    """Return the buckets of the WANs that share the traffic."""
    try:
        return weights.solve(tuple(wan.weight for wan in balanced(wans)), options.tolerance, options.max_rows)
    except ValueError as error:
        raise IntentError(f"{prefix}max_rows", f"{error}; write a larger number") from None


def mark_table(wans: Sequence[Wan], options: Options, down: Set[str] = frozenset(), prefix: str = "pcc_balance_") -> list[Row]:
    """Return the mangle rows; errors name ``prefix + key``."""
    classifiers = options.classifier_tcp, options.classifier_udp
    return mangle_rows(wans, solve_buckets(wans, options, prefix), *classifiers, options.bypass_services, down)


def lines_are_watched(found: Found) -> bool:
    """Return whether the probes of role failover_netwatch are on the router."""
    return any(str(row.get("comment") or "").startswith(f"{comment(FAILOVER)}:") for row in found.get(NETWATCH, ()))


def out_of_use(found: Found) -> frozenset[str]:
    """Return the names of the WANs that the control script holds out of use: their route in main is demoted.

    Where nothing watches the lines any more, all are in use.
    """
    if not lines_are_watched(found):
        return frozenset()
    prefix = f"{comment(ROLE, 'route', 'main')}:"
    demoted = (
        str(row["comment"]).removeprefix(prefix)
        for row in found.get(ROUTES, ())
        if str(row.get("comment") or "").startswith(prefix) and int(row.get("distance") or 0) >= health.DEMOTION
    )
    return frozenset(demoted)


def plan(intent: Intent, down: Set[str] = frozenset(), watched: bool = False) -> dict[str, list[Row]]:
    """Return all rows by path; `down` names the WANs that are out of use, `watched` says that probes watch the lines.

    Probes are the only judge then. A check of the gateway takes two lost packets for an outage, and a gateway that never answers for a
    dead line; it takes the line's routes away, and its connections go by another line, where they break.
    """
    wans, lans, options = intent.wans, intent.lans, intent.options
    check_gateway = "none" if watched else options.check_gateway
    return {
        LISTS: _lan_list(lans),
        MEMBERS: [{"list": LAN_LIST, "interface": lan.name, "comment": comment(ROLE, "lan", lan.name)} for lan in lans if not lan.is_list],
        ADDRESS_LIST: [{"list": BYPASS_LIST, "address": network, "comment": comment(ROLE, "bypass", network)} for network in intent.bypass],
        TABLES: table_rows(wans),
        ROUTES: route_rows(wans, check_gateway, down),
        NAT: [_nat_row(wan) for wan in wans] if options.nat else [],
        MANGLE: mark_table(wans, options, down),
    }


def apply_steps(rows: Mapping[str, Sequence[Row]], found: Found | None = None) -> list[Step]:
    """Return what to write, in order, to bring a router on which `found` is to the plan.

    What marks lead to is written before the marks, and what old marks led to is removed after them: at no moment is a connection marked
    for a table without a route.
    """
    return [
        *(write(ROLE, path, rows[path]) for path in (LISTS, MEMBERS, ADDRESS_LIST)),
        *(add(path, rows[path]) for path in (TABLES, ROUTES, NAT)),
        write(ROLE, MANGLE, rows[MANGLE]),
        *clear_left(ROLE, (NAT, ROUTES, TABLES), rows, found or {}),
    ]


def remove_steps() -> list[Step]:
    """Return what to write, in order, to take every row of ours away: the marks first, then what they led to."""
    return [clear(ROLE, path) for path in (MANGLE, NAT, ROUTES, TABLES, ADDRESS_LIST, MEMBERS, LISTS)]


def _lan_list(lans: Sequence[Lan]) -> list[Row]:
    row: Row = {"name": LAN_LIST, "comment": comment(ROLE, "lan")}
    if included := ",".join(lan.name for lan in lans if lan.is_list):
        row["include"] = included
    return [row]


def _nat_row(wan: Wan) -> Row:
    """Traffic that an IPsec policy takes is not translated, as in MikroTik's default configuration."""
    how: Row = {"action": "masquerade"} if wan.source_address is None else {"action": "src-nat", "to-addresses": str(wan.source_address)}
    return {
        "chain": "srcnat",
        **how,
        "out-interface": wan.interface,
        "ipsec-policy": "out,none",
        "comment": comment(ROLE, "nat", wan.name),
    }
