# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Routers of strangers, most of which balance by hand: their owners' own lines and LAN, and what each row is to us.

What each should be was found by hand, row by row. The exports are real and lie outside the project; the tests run where they are there.
Those of RouterOS 6 are converted as an upgrade does it: a table for each routing mark, and routes that name it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

import pytest
from ansible_collections.multiwan.routeros.plugins.plugin_utils.pcc_balance.intent import read_intent
from ansible_collections.multiwan.routeros.plugins.plugin_utils.pcc_balance.preflight import READS, findings
from ansible_collections.multiwan.routeros.plugins.plugin_utils.routeros.rows import label

from tests.lab.router.lab import Lab

from .router import read_as
from .test_exports import EXPORTS

FILES = {file.name[:2]: file for file in (*EXPORTS.glob("*.rsc"), *EXPORTS.glob("more/*.rsc"))}

pytestmark = pytest.mark.skipif(not FILES, reason="the exports of real routers are not here")


@dataclass(frozen=True)
class Owner:
    """A router, and what stands on it.

    :param lines: interface and gateway of each line.
    :param lans: the LAN interfaces.
    :param more: what the export leaves out.
    :param disabled: places of the rows of mangle, counted from 1, that give marks to new connections.
    :param marks: places of rows that mark connections before ours or over ours.
    :param policies: places of rows that take a part away from balancing.
    """

    lines: dict[str, str]
    lans: list[object]
    more: str = ""
    disabled: set[int] = field(default_factory=set)
    marks: set[int] = field(default_factory=set)
    policies: set[int] = field(default_factory=set)


def dialed(*names: str) -> dict[str, str]:
    return {name: name for name in names}


OWNERS = {
    # Arrivals in input, two PCC of two lines each, the first one for a list of destinations.
    "01": Owner(
        dialed("pppoe-out1-ct", "pppoe-out2-ct", "pppoe-out3-cu", "pppoe-out4-cu"), ["bridge1"], disabled={2, 4, 6, 8, 10, 12, 14, 16}
    ),
    # Nine buckets. The rows that send 192.168.69.x to tables of their own meet nobody: no LAN has these addresses. Those by MAC address
    # are redacted, and the router does not take them.
    "03": Owner(dialed("PPPOE_01", "PPPOE_02", "PPPOE_03"), ["Local"], disabled=set(range(1, 10))),
    # Arrivals and PCC, each only without a mark; private networks accepted.
    "05": Owner(dialed("pppoe-out1", "pppoe-out2", "pppoe-out3"), [{"list": "LAN"}], disabled={2, 3, 4, 5, 7, 9}),
    # Arrivals in input; the third mark is routed in output only, by a mistake of the owner's.
    "09": Owner({f"Eth{n}_[ISP{n}]": f"192.168.{n}.1" for n in (1, 2, 3)}, [{"list": "LAN"}], disabled={3, 4, 5, 12, 13, 14}),
    # No arrivals, lists instead of interfaces. What goes to speed tests has a line of its own; LAN to LAN is accepted. The row by layer 7
    # is not taken, as the excerpt lacks its pattern.
    "11": Owner(
        {"ether1": "192.168.0.1", "ether2": "192.168.100.1", "ether3": "192.168.18.1", "ether4": "192.168.1.1"},
        ["ether5"],
        disabled={10, 11, 12, 13},
        policies={1, 18, 19},
    ),
    # Arrivals under names of their own, always marked. The first row marks what goes to some services, the last one what comes for remote
    # desktops, and answers with it.
    "13": Owner(
        {"WAN1": "203.0.113.1", "WAN2": "10.10.0.1", "WAN3": "10.10.0.10"},
        ["HomeLAN", "LAN"],
        more="""
/interface list member
add list=LocalLAN interface=HomeLAN
add list=LocalLAN interface=LAN
add list=WAN interface=WAN1
add list=WAN interface=WAN2
add list=WAN interface=WAN3
/ip address
add address=203.0.113.109/24 interface=WAN1
add address=192.168.111.1/24 interface=HomeLAN
""",
        disabled={2, 4, 6, 8, 10, 12},
        marks={1, 16},
    ),
    # QoS marks what goes out, and what comes in; its list of private networks lacks one of the LAN's, whose connections match both.
    "25": Owner({"ether1-Internet": "203.0.113.1", "ether4-PiHole": "198.51.100.1"}, ["WiFi", "HOTSPOT", "Private"], marks={1, 4}),
    # PCC of what goes to the router itself, by a mistake of the owner's.
    "28": Owner({"ether1": "172.16.240.1", "ether2": "172.16.250.1"}, ["ether3"], disabled={3, 4, 5, 6}),
    # As shipped; one row of mangle marks packets and is disabled.
    "31": Owner({"ether1": "203.0.113.1", "ether2": "198.51.100.1"}, ["bridge"]),
    # No rows of mangle.
    "38": Owner({"ether1": "203.0.113.1", "ether3": "198.51.100.1"}, ["bridge1"]),
}


def as_upgraded(name: str) -> str:
    """An export, with what an upgrade from RouterOS 6 makes of its tables."""
    text = FILES[name].read_text()
    whole = re.sub(r"\\\n\s*", "", text)
    if "fib" in whole or " routing-mark=" not in whole.replace("new-routing-mark", ""):
        return text
    marks = re.findall(r'routing-mark=("[^"]+"|\S+)', whole)
    tables = "".join(f"/routing table add fib name={mark}\n" for mark in dict.fromkeys(marks))
    return tables + re.sub(r" routing-mark=", " routing-table=", whole)


@pytest.fixture(params=sorted(OWNERS))
def lab(request: pytest.FixtureRequest) -> Iterator[Lab]:
    with Lab() as lab:
        lab.load(as_upgraded(request.param))
        assert lab.load(OWNERS[request.param].more).skipped == []
        yield lab


def test_what_each_row_of_theirs_is(lab: Lab, request: pytest.FixtureRequest) -> None:
    owner = OWNERS[request.node.callspec.id]
    wans = [{"name": f"isp{n}", "interface": name, "gateway": gateway} for n, (name, gateway) in enumerate(owner.lines.items(), 1)]
    found = read_as(lab, READS)
    said = findings(read_intent({"wans": wans, "lan_interfaces": owner.lans}), found, probed=False)
    rows = found["ip firewall mangle"]

    def named(kind: str) -> set[int]:
        texts = [finding.text for finding in said if finding.kind == kind]
        return {place for place, row in enumerate(rows, 1) if any(label(row, rows) in text for text in texts)}

    changes = [change for finding in said if finding.kind == "balancing" for change in finding.changes]
    assert {rows.index(change.row) + 1 for change in changes} == owner.disabled
    assert all(change.fields == {"disabled": True} for change in changes)
    assert named("marks") == owner.marks
    assert named("policy") == owner.policies
