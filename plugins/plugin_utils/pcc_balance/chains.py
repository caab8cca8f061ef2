# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""WANs to mangle rows: which connection belongs to which line, and by which table its packets go.

A packet meets few rows. The router's own chains hold three jumps of ours, all else is in chains of our own::

    prerouting  from the LAN, marked     -> multiwan-route   one row per WAN, heaviest first: by its table, stop
                new, unmarked            -> multiwan-new     what a Hotspot takes: stop (where the LAN has one)
                                                             from the LAN, not local, not bypassed -> multiwan-lan
                                                             from a WAN: mark by the line of arrival, stop;
                                                             hosts by its own segment have none, and go by main
    output      marked                   -> multiwan-output  not to the LAN -> multiwan-route:
                                                             the router's replies leave by the line of arrival
    input       not from the LAN,        -> multiwan-adopt   mark by the line of arrival: sessions with the router that are older
                unmarked, not ICMP                           than these rows keep their line

    multiwan-lan                                             bypassed services: stop;
                                                             by time of day: other buckets      -> multiwan-lan-periodN
                                                             UDP but QUIC: its own buckets      -> multiwan-udp
                                                             buckets of the lighter WANs, the rest to the heaviest,
                                                             those of a dead WAN                -> multiwan-instead
                                                             those of a suspect WAN             -> multiwan-else
                                                                                                -> multiwan-route
    multiwan-instead                                         slots of the healthy WANs (see slots.py)
                                                             by time of day: other slots    -> multiwan-instead-periodN
    multiwan-else                                            the best WAN that is not suspect; with none, as they are

Weights by time of day (periods.py) are chains of their own, each with all that its weights want, behind jumps that match by the router's
clock. What they mark, the usual rows leave alone; of slots the last row that matches decides. Connections that have a mark meet none of it.

A download packet of a known connection meets the two prerouting rows, whatever the number of WANs.

What RouterOS does, and where it says so (MikroTik's manual if nothing else is named):

* Only the first packet of a connection may be classified: the hash of a reply differs ("Per connection classifier").
* A routing mark wins over local delivery, so what is for the router itself stays unmarked ("Moving from ROSv6 to v7").
* ``mark-routing`` by connection mark is for packets from the LAN only: a reply from a WAN carries the same connection mark, and the
  WAN's table would send it out again (follows from the order of chains in "Packet Flow").
* Mangle prerouting comes before dst-nat, so marking there covers port-forwards and the router itself alike ("Packet Flow"). What dst-nat
  takes of the LAN's own connections cannot be known there, so services that it takes have to be named.
* A Hotspot takes packets after the mark: who is not logged in gets its login page, whatever he asks for ("Hotspot customisation", the
  rows that it makes). So what those rows take is not marked, by the same matchers: who is not logged in, with its walled garden; DNS of all
  its clients; and what it proxies. What was marked while its client was logged in keeps its line: Hotspot's filter rejects it after the
  logout, but for the walled garden, where it goes on. Without its matcher, which toggling may cost a row before 7.21, such a row lets the
  LAN pass unmarked, and nobody loses the login page.
* What the kernel says about a packet (too big, time exceeded, reset) carries both marks of that packet (published kernel sources). About a
  packet of the LAN it has to go to the LAN, which the table of a WAN does not know: so back to main.
* The answer to a ping of a probe must not mark the probe: its next packets would go by the table of the line, where they pass over
  another one while this one is dead, so that it would never be seen to come back (tried in the lab). So ICMP is not adopted.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence, Set

from ..health import healthy
from ..lines import Wan, balanced, heaviest_first
from ..periods import Period
from ..routeros.names import BALANCE, BYPASS_LIST, LAN_LIST, PREFIX, comment, mark, near_list, suspect_list
from ..routeros.rows import Row
from .buckets import Buckets
from .intent import Service
from .slots import slot_count, slots

CHAIN_ADOPT = f"{PREFIX}-adopt"
CHAIN_LAN = f"{PREFIX}-lan"
CHAIN_UDP = f"{PREFIX}-udp"
CHAIN_NEW = f"{PREFIX}-new"
CHAIN_INSTEAD = f"{PREFIX}-instead"
CHAIN_INSTEAD_UDP = f"{PREFIX}-instead-udp"
CHAIN_ELSE = f"{PREFIX}-else"
CHAIN_OUTPUT = f"{PREFIX}-output"
CHAIN_ROUTE = f"{PREFIX}-route"

QUIC = 443
"""The port of HTTP/3: what TCP does for web pages, over UDP (RFC 9114)."""


def mangle_rows(
    wans: Sequence[Wan],
    buckets: Buckets,
    classifier_tcp: str,
    classifier_udp: str,
    bypassed: Sequence[Service] = (),
    down: Set[str] = frozenset(),
    hotspot: bool = False,
    periods: Sequence[tuple[Period, Buckets]] = (),
) -> list[Row]:
    """Return all mangle rows, in order; `bypassed` services are not balanced, `down` names the WANs that are out of use.

    The jumps from the router's own chains come last, so that they never lead into a half-written chain.

    `buckets` spreads the WANs that `balanced` returns. `classifier_tcp` is used for everything but UDP, and for QUIC. `hotspot` says
    that a part of the LAN has to log in. `periods` are the hours with other weights, with their buckets.
    """
    classifiers = classifier_tcp, classifier_udp
    at_times = {period.key: (period.wans, solved) for period, solved in periods}
    return [
        *_route_rows(wans),
        *_output_rows(wans),
        *(row for key, (then, solved) in at_times.items() for row in _instead_rows(then, solved.denominator, *classifiers, down, key)),
        *_instead_rows(wans, buckets.denominator, *classifiers, down),
        *_period_rows(CHAIN_INSTEAD, periods, "instead"),
        *_else_rows(wans, down),
        *_bypass_rows(bypassed),
        *(row for key, (then, solved) in at_times.items() for row in _classify_rows(balanced(then), solved, *classifiers, key)),
        *_period_rows(CHAIN_LAN, periods, connection_mark="no-mark"),
        *_classify_rows(balanced(wans), buckets, *classifiers),
        *_leave_rows(wans, down),
        *(_hotspot_rows() if hotspot else ()),
        *_new_rows(wans),
        *_by_line(wans, CHAIN_ADOPT, "adopt", passthrough=True),
        *_entry_rows(),
    ]


def _row(chain: str, action: str, *parts: object, **fields: str | bool) -> Row:
    matchers = {key.replace("_", "-"): value for key, value in fields.items()}
    return {"chain": chain, "action": action, **matchers, "comment": comment(BALANCE, *parts)}


def _route_rows(wans: Sequence[Wan]) -> Iterator[Row]:
    for wan in heaviest_first(wans):
        name = mark(wan.name)
        yield _row(
            CHAIN_ROUTE,
            "mark-routing",
            "route",
            wan.name,
            connection_mark=name,
            new_routing_mark=name,
            passthrough=False,
        )


def _output_rows(wans: Sequence[Wan]) -> Iterator[Row]:
    """Only packets from the LAN get a routing mark, so what the router makes with one is about such a packet."""
    for wan in heaviest_first(wans):
        yield _row(
            CHAIN_OUTPUT,
            "mark-routing",
            "back",
            wan.name,
            routing_mark=mark(wan.name),
            new_routing_mark="main",
            passthrough=False,
        )
    yield _row(CHAIN_OUTPUT, "jump", "output", "route", out_interface_list=f"!{LAN_LIST}", jump_target=CHAIN_ROUTE)


def _bypass_rows(services: Sequence[Service]) -> Iterator[Row]:
    for service in services:
        yield _row(CHAIN_LAN, "return", "bypass", service, protocol=service.protocol, dst_port=service.ports)


def _classify_rows(wans: Sequence[Wan], buckets: Buckets, classifier_tcp: str, classifier_udp: str, period: str = "") -> Iterator[Row]:
    """Where UDP has a classifier of its own, its rows are a chain of their own, which takes all of it."""
    heaviest = wans[buckets.catch_all]
    chain, chain_udp, key = _of_period(CHAIN_LAN, period), _of_period(CHAIN_UDP, period), _key(period)
    if classifier_tcp != classifier_udp:
        yield from _bucket_rows(wans, buckets, [*key, "udp"], classifier_udp, chain_udp)
        yield _classify_row(chain_udp, heaviest, *key, "udp", "rest")
        yield _udp_row(chain, ("classify", "udp", *key), chain_udp)
    yield from _bucket_rows(wans, buckets, [*key, *_tcp(classifier_tcp, classifier_udp)], classifier_tcp, chain)
    yield _classify_row(chain, heaviest, *key, "rest")


def _of_period(chain: str, period: str) -> str:
    return f"{chain}-{period}" if period else chain


def _key(period: str) -> list[str]:
    """What comments say of the rows of a period."""
    return [period] if period else []


def _period_rows(chain: str, periods: Sequence[tuple[Period, Buckets]], *what: str, **fields: str | bool) -> Iterator[Row]:
    """The switch: one jump for the same hours of some days, which looks at the router's clock."""
    for period, _buckets in periods:
        for number, hours in enumerate(period.hours):
            target = _of_period(chain, period.key)
            yield _row(chain, "jump", "schedule", *what, period.key, number, time=hours.matcher, **fields, jump_target=target)


def _udp_row(chain: str, what: Sequence[str], target: str) -> Row:
    """QUIC goes with TCP: a server may take a client that comes by two lines for two, as banks do."""
    return _row(chain, "jump", *what, protocol="udp", dst_port=f"!{QUIC}", jump_target=target)


def _tcp(classifier_tcp: str, classifier_udp: str) -> list[str]:
    """What comments say of the rows for all that has no rows of its own."""
    return [] if classifier_tcp == classifier_udp else ["tcp"]


def _leave_rows(wans: Sequence[Wan], down: Set[str]) -> Iterator[Row]:
    """Connections of a dead WAN go elsewhere; the control script switches these rows."""
    somewhere = bool(healthy(wans, down))
    for wan in balanced(wans):
        yield _row(
            CHAIN_LAN,
            "jump",
            "leave",
            wan.name,
            connection_mark=mark(wan.name),
            jump_target=CHAIN_INSTEAD,
            disabled=not (somewhere and wan.name in down),
        )
    yield from _suspect_rows(wans)
    yield _row(CHAIN_LAN, "jump", "lan", "route", jump_target=CHAIN_ROUTE)


def _suspect_rows(wans: Sequence[Wan]) -> Iterator[Row]:
    """A list that holds every address for a while is how the control script says that a WAN is suspect: no configuration is written."""
    for wan in heaviest_first(wans):
        marked = {"connection_mark": mark(wan.name), "src_address_list": suspect_list(wan.name)}
        yield _row(CHAIN_LAN, "jump", "suspect", wan.name, **marked, jump_target=CHAIN_ELSE)


def _else_rows(wans: Sequence[Wan], down: Set[str]) -> Iterator[Row]:
    """The last row that matches decides, so the best WAN comes last; the control script switches off those that are out of use."""
    for wan in reversed(heaviest_first(wans)):
        new: dict[str, str | bool] = {"new_connection_mark": mark(wan.name), "passthrough": True, "disabled": wan.name in down}
        yield _row(CHAIN_ELSE, "mark-connection", "else", wan.name, src_address_list=f"!{suspect_list(wan.name)}", **new)


def _instead_rows(
    wans: Sequence[Wan], denominator: int, classifier_tcp: str, classifier_udp: str, down: Set[str], period: str = ""
) -> Iterator[Row]:
    """One row per slot, the first one for all that no other row takes; the control script changes their marks."""
    owners = slots(healthy(wans, down) or balanced(wans), slot_count(tuple(wans), denominator))
    chain, chain_udp, key = _of_period(CHAIN_INSTEAD, period), _of_period(CHAIN_INSTEAD_UDP, period), _key(period)
    # one slot takes all, whatever it is
    apart = classifier_tcp != classifier_udp and len(owners) > 1
    if apart:
        yield from _slot_rows(owners, [*key, "udp"], classifier_udp, chain_udp)
    first, *others = _slot_rows(owners, [*key, *_tcp(classifier_tcp, classifier_udp)], classifier_tcp, chain)
    yield {**first, "comment": comment(BALANCE, "instead", *key, 0)}
    yield from others
    if apart:
        yield _udp_row(chain, ("instead", *key, "udp"), chain_udp)


def _slot_rows(owners: Sequence[Wan], kind: list[str], classifier: str, chain: str) -> Iterator[Row]:
    for slot, owner in enumerate(owners):
        hashed = {"per_connection_classifier": f"{classifier}:{len(owners)}/{slot}"} if slot else {}
        new: dict[str, str | bool] = {"new_connection_mark": mark(owner.name), "passthrough": True}
        yield _row(chain, "mark-connection", "instead", *kind, slot, **hashed, **new)


def _bucket_rows(wans: Sequence[Wan], buckets: Buckets, kind: list[str], classifier: str, chain: str) -> Iterator[Row]:
    remainder = 0
    for index, wan in enumerate(wans):
        if index == buckets.catch_all:
            continue
        for _bucket in range(buckets.counts[index]):
            hashed = f"{classifier}:{buckets.denominator}/{remainder}"
            yield _classify_row(chain, wan, *kind, remainder, per_connection_classifier=hashed)
            remainder += 1


def _classify_row(chain: str, wan: Wan, *parts: object, **matchers: str) -> Row:
    return _row(
        chain,
        "mark-connection",
        "classify",
        wan.name,
        *parts,
        connection_mark="no-mark",
        **matchers,
        new_connection_mark=mark(wan.name),
        passthrough=True,
    )


def _hotspot_rows() -> Iterator[Row]:
    dns = {"hotspot": "from-client", "dst_port": "53"}
    for name, taken in {
        "login": {"hotspot": "from-client,!auth"},
        "dns:udp": {"protocol": "udp", **dns},
        "dns:tcp": {"protocol": "tcp", **dns},
        "proxy": {"protocol": "tcp", "hotspot": "http"},
    }.items():
        yield _row(CHAIN_NEW, "return", "hotspot", name, in_interface_list=LAN_LIST, **taken)


def _new_rows(wans: Sequence[Wan]) -> Iterator[Row]:
    yield _row(
        CHAIN_NEW,
        "jump",
        "new",
        "lan",
        in_interface_list=LAN_LIST,
        dst_address_type="!local",
        dst_address_list=f"!{BYPASS_LIST}",
        jump_target=CHAIN_LAN,
    )
    yield from _by_line(wans, CHAIN_NEW, "arrive", passthrough=False)


def _by_line(wans: Sequence[Wan], chain: str, what: str, passthrough: bool) -> Iterator[Row]:
    """What comes in by a line gets its mark, but for who is near: main knows the way to them, and the table of the line has none."""
    for wan in heaviest_first(wans):
        yield _row(
            chain,
            "mark-connection",
            what,
            wan.name,
            in_interface=wan.interface,
            src_address_list=f"!{near_list(wan.name)}",
            new_connection_mark=mark(wan.name),
            passthrough=passthrough,
        )


def _entry_rows() -> Iterator[Row]:
    known = {"connection_mark": "!no-mark"}
    yield _row("prerouting", "jump", "enter", "lan", in_interface_list=LAN_LIST, **known, jump_target=CHAIN_ROUTE)
    yield _row("prerouting", "jump", "enter", "new", connection_state="new", connection_mark="no-mark", jump_target=CHAIN_NEW)
    yield _row("output", "jump", "enter", "output", **known, jump_target=CHAIN_OUTPUT)
    yield _row(
        "input",
        "jump",
        "enter",
        "adopt",
        in_interface_list=f"!{LAN_LIST}",
        connection_mark="no-mark",
        protocol="!icmp",
        jump_target=CHAIN_ADOPT,
    )
