# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What NAT rows of others leave untranslated stays so: "all but ..." in a row of theirs becomes rows of ours, before those that translate.

    masquerade out-interface=ether1 dst-address=!10.8.0.0/16        theirs: nothing that goes to 10.8.0.0/16
    accept     out-interface=ether1 dst-address=10.8.0.0/16         ours
    masquerade out-interface=ether1                                 ours

The first row that fits decides (manual, "NAT"), and ours stand behind theirs: what theirs accept or translate never comes to ours.
A row that accepts something and was added behind ours would never be met, so ours say the same before they translate.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import dropwhile

from ..findings import Finding
from ..routeros.names import BALANCE, comment
from ..routeros.paths import NAT
from ..routeros.rows import Row, is_ours, label, matchers, readable
from .guards import with_guards
from .intent import Intent
from .surroundings import Surroundings

TRANSLATES = ("masquerade", "src-nat", "netmap", "same")

#: By what a row of ours can choose as theirs does. Their lines are not among them: ours name one each.
KNOWN = frozenset(
    {"src-address", "src-address-list", "src-address-type", "src-port", "src-mac-address"}
    | {"dst-address", "dst-address-list", "dst-address-type", "dst-port", "port", "protocol", "ipsec-policy"}
    | {"connection-mark", "packet-mark", "routing-mark", "connection-type", "layer7-protocol", "dscp"}
)
BY_LINE = ("out-interface", "out-interface-list")


def exemptions(router: Surroundings) -> list[Row]:
    """Return the rows that keep what others leave untranslated as it is; none where the role translates nothing."""
    rows: dict[str, Row] = {}
    if router.intent.options.nat:
        for row in _translating(router):
            if _can_be_told(row):
                rows |= {str(made["comment"]): made for made in _exempt(router.intent, row, _covered(router, row))}
        for row in _accepting_behind(router):
            if _can_be_told(row):
                rows |= {str(made["comment"]): made for made in _accept(router.intent, _chosen(row), _covered(router, row))}
    return list(rows.values())


def lost_exemptions(router: Surroundings) -> Iterator[Finding]:
    """Rows that leave something untranslated by what ours cannot choose by."""
    for row in (*_translating(router), *_accepting_behind(router)):
        if router.intent.options.nat and not _can_be_told(row):
            problem = "what it leaves untranslated gets the address of its line by our rows"
            remedy = "add a row before it that accepts what is to stay as it is"
            yield Finding(f"/ip firewall nat {label(row)}", problem, remedy, refuses=False, kind="nat-exemption")


def _translating(router: Surroundings) -> Iterator[Row]:
    """The rows of others that translate on some line, but for something."""
    for row in router.rows_of(NAT, "srcnat"):
        if row.get("action") in TRANSLATES and any(_negated(row)) and _covered(router, row):
            yield row


def _accepting_behind(router: Surroundings) -> Iterator[Row]:
    """The rows of others that accept a part of what leaves by some line, and stand behind ours."""
    behind = dropwhile(lambda row: not re.match(f"{comment(BALANCE, 'nat')}:", str(row.get("comment") or "")), router.found[NAT])
    for row in behind:
        accepts = row.get("chain") == "srcnat" and row.get("action") == "accept" and not row.get("disabled") and not is_ours(row)
        if accepts and _chosen(row) and _covered(router, row):
            yield row


def _negated(row: Row) -> Iterator[str]:
    """What a row says of what it leaves alone."""
    for key, value in matchers(row).items():
        if str(value).startswith("!") and key not in BY_LINE:
            yield key


def _can_be_told(row: Row) -> bool:
    return matchers(row).keys() <= {*KNOWN, *BY_LINE}


def _covered(router: Surroundings, row: Row) -> list[str]:
    """The lines that a row is about, by interface. A list that has one of them is about all: it ought to have them."""
    wans = frozenset(router.wans)
    by_list = str(row.get("out-interface-list") or "")
    if by_list and router.meets(row, "out", wans):
        row = {key: value for key, value in row.items() if key != "out-interface-list"}
    return [interface for interface in router.wans if interface in router.meets(row, "out", wans)]


def _exempt(intent: Intent, row: Row, interfaces: list[str]) -> Iterator[Row]:
    """It translates what is none of them: so each of them is left alone. Our rows are about no traffic that IPsec takes."""
    chosen = _chosen(row)
    plain = {key: value for key, value in chosen.items() if not str(value).startswith("!")}
    for key in _negated(row):
        yield from _accept(intent, {**plain, key: str(chosen[key]).removeprefix("!")}, interfaces)


def _chosen(row: Row) -> Row:
    """What a row says of the packets that it is about, but for their line."""
    return {key: value for key, value in sorted(matchers(row).items()) if key not in BY_LINE}


def _accept(intent: Intent, fields: Row, interfaces: list[str]) -> Iterator[Row]:
    what = ",".join(f"{name}={value}" for name, value in sorted(fields.items()))
    for wan in intent.wans:
        if wan.interface in interfaces:
            yield {
                "chain": "srcnat",
                "action": "accept",
                "out-interface": wan.interface,
                **fields,
                "comment": comment(BALANCE, "nat", "exempt", wan.name, what),
            }


def untranslated_probes(router: Surroundings, probed: bool) -> Iterator[Finding]:
    """A ping of the router's own takes its source address before its mark, from the line that the table main uses."""
    if router.intent.options.nat or not probed:
        return
    router = with_guards(router)
    rows = [row for row in router.rows_of(NAT, "srcnat") if row.get("action") in TRANSLATES]
    for interface, wan in router.wans.items():
        if not any(interface in router.meets(row, "out", [interface]) and _takes_the_routers_own(router, row) for row in rows):
            problem = f"no row translates the router's own packets on line {wan.name}: a probe with another line's address gets no answer"
            remedy = "let a masquerade row hold for it without a source, or the line may be taken for dead"
            yield Finding("pcc_balance_nat", problem, remedy, refuses=False, kind="probe-nat")


def _takes_the_routers_own(router: Surroundings, row: Row) -> bool:
    """Whether a row translates packets with the address of some line."""
    lines = [here.own for here in router.networks if here.interface in router.wans]
    for key, read in (("src-address", readable), ("src-address-list", router.address_list)):
        text = str(row.get(key) or "")
        chosen = tuple(read(text.removeprefix("!")))
        if text and not any(any(own in network for network in chosen) is not text.startswith("!") for own in lines):
            return False
    return row.get("src-address-type") in (None, "", "local")
