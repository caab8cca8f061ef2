# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Every command that a finding prints is run on a router: it is taken, finds what it names, and the finding is gone."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.multiwan.routeros.plugins.plugin_utils.dhcp_alert_telegram.trust import ROOT, SMALL
from ansible_collections.multiwan.routeros.plugins.plugin_utils.door.problems import SCRIPTS, TOKENS, WRITING
from ansible_collections.multiwan.routeros.plugins.plugin_utils.findings import Finding
from ansible_collections.multiwan.routeros.plugins.plugin_utils.routeros.names import ALERTS, BALANCE, FAILOVER

from tests.lab.router.engines.clock import ManualClock
from tests.lab.router.lab import Lab
from tests.lab.router.services import Fetched, Services
from tests.lab.router.versions import DEFAULT_VERSION

from .apply.router import door
from .door.runs import look, run
from .pcc_balance.test_removal import OVER2, Table
from .test_refusals import _called, _pattern

SOURCES = sorted((Path(__file__).parents[2] / "plugins" / "plugin_utils").rglob("*.py"))
WANS = [
    {"name": "isp1", "interface": "ether1", "gateway": "203.0.113.1"},
    {"name": "isp2", "interface": "ether2", "gateway": "198.51.100.1"},
]
ODD = [WANS[0], {**WANS[1], "interface": 'my "$port"'}]
BALANCED: Mapping[str, Any] = {"wans": WANS, "lan_interfaces": ["ether3"]}
BOT = {"token": "123456:no-bot-has-this-token-of-thirty-five", "chats": [-1001], "interfaces": ["ether3"]}


@dataclass(frozen=True)
class Case:
    """A router on which something is wrong, by its configuration and by who wants what of it.

    :param acts: whether the command alone mends it; otherwise somebody has to press a button, or wait for a clock.
    :param removed: the role has been there, then somebody has typed this, and now it is to go.
    """

    role: str
    setup: str
    options: Mapping[str, Any] = field(default_factory=dict)
    acts: bool = True
    removed: str | None = None
    user: str = "admin"
    version: str = DEFAULT_VERSION


WAY = "/ip address add address=203.0.113.2/24 interface=ether1\n/ip route add dst-address=0.0.0.0/0 gateway=203.0.113.1 comment=mine\n"
HIDES = "/ip firewall nat add chain=srcnat action=masquerade out-interface=ether1 comment=mine"
GONE = "/ip route remove [find comment=mine]\n/ip firewall nat remove [find comment=mine]"
FASTTRACK = "/ip firewall filter add chain=forward action=fasttrack-connection"
LISTS = '/interface list add name="my \\$LAN"\n/interface list member add list="my \\$LAN" interface=ether3'
DIALS_IN = (
    '/ppp profile add name="the \\$people"\n'
    '/interface pppoe-server server add service-name=homes interface=ether3 default-profile="the \\$people" disabled=no'
)
TABLE = "/routing table add name=to1 fib\n/ip route add dst-address=0.0.0.0/0 gateway=203.0.113.1 routing-table=to1"
CASES = {
    "port": Case(BALANCE, "/interface bridge add name=b\n/interface bridge port add bridge=b interface=ether2"),
    "odd port": Case(
        BALANCE,
        '/interface ethernet set ether2 name="my \\"\\$port\\""\n/interface bridge add name=b\n'
        '/interface bridge port add bridge=b interface="my \\"\\$port\\""',
        {"wans": ODD},
    ),
    "port in a list": Case(
        BALANCE,
        "/interface bridge add name=b\n/interface bridge port add bridge=b interface=ether3\n"
        '/interface list add name="007"\n/interface list member add list="007" interface=ether3',
        {"lan_interfaces": [{"list": "007"}]},
    ),
    "disabled": Case(BALANCE, "/interface disable ether1"),
    "disabled client": Case(
        BALANCE,
        '/interface ethernet set ether2 name="007"\n/ip dhcp-client add interface="007" disabled=yes',
        {"wans": [WANS[0], {**WANS[1], "interface": "007", "gateway": "dhcp"}], "warn_only": ["dhcp"]},
    ),
    "client of ours": Case(
        BALANCE,
        '/interface ethernet set ether2 name="my \\"\\$port\\""\n'
        '/ip dhcp-client add interface="my \\"\\$port\\"" comment="multiwan:pcc_balance:lease:isp2"',
        {"wans": ODD},
    ),
    "odd and disabled": Case(BALANCE, '/interface ethernet set ether2 name="my \\"\\$port\\"" disabled=yes', {"wans": ODD}),
    "list of that name": Case(BALANCE, "/interface list add name=multiwan-lan"),
    "table of that name": Case(BALANCE, "/routing table add name=multiwan-isp2 fib"),
    "probe table of that name": Case(FAILOVER, "/routing table add name=multiwan.probe-isp2 fib", {"wans": WANS}),
    "netwatch of that name": Case(FAILOVER, '/tool netwatch add name="multiwan isp1 probe 1.1.1.1" host=10.0.0.9', {"wans": WANS}),
    "script of that name": Case(FAILOVER, "/system script add name=multiwan-failover", {"wans": WANS}),
    "scheduler entry of that name": Case(FAILOVER, "/system scheduler add name=multiwan-failover on-event=x", {"wans": WANS}),
    "secret of that name": Case(ALERTS, "/ppp secret add name=multiwan-telegram password=x"),
    "logging action of that name": Case(
        ALERTS, "/system logging action add name=multiwan target=disk\n/system logging add topics=firewall action=multiwan"
    ),
    "rows in a chain of ours": Case(BALANCE, 2 * "/ip firewall mangle add chain=multiwan-new action=accept\n"),
    "entry": Case(BALANCE, "/ip firewall address-list add list=multiwan-bypass address=10.0.0.0/8"),
    "entry of one address": Case(BALANCE, "/ip firewall address-list add list=multiwan-bypass address=255.255.255.255"),
    "public network of the LAN": Case(BALANCE, "/ip address add address=198.18.5.1/24 interface=ether3"),
    "tracking": Case(BALANCE, "/ip firewall connection tracking set enabled=no"),
    "reverse path": Case(BALANCE, "/ip settings set rp-filter=strict"),
    "order of rules": Case(BALANCE, "/routing settings set policy-rules=user,mangle,vrf-lookup,vrf-unreach,local,main", version="7.22.3"),
    "balanced by hand": Case(
        BALANCE,
        f"{TABLE}\n/ip firewall mangle\nadd chain=prerouting action=mark-connection connection-mark=no-mark in-interface=ether3 "
        "new-connection-mark=c1 per-connection-classifier=both-addresses:2/0\n"
        "add chain=prerouting action=mark-connection connection-mark=no-mark in-interface=ether3 "
        "new-connection-mark=c1 per-connection-classifier=both-addresses:2/1\n"
        "add chain=prerouting action=mark-routing connection-mark=c1 in-interface=ether3 new-routing-mark=to1",
    ),
    "marks over ours": Case(
        BALANCE,
        "/ip firewall mangle add chain=prerouting action=mark-connection new-connection-mark=rdp in-interface=ether1 "
        "protocol=tcp dst-port=42000",
    ),
    "accept of what arrives": Case(BALANCE, "/ip firewall mangle add chain=prerouting action=accept in-interface=ether1"),
    "policy that goes on": Case(
        BALANCE,
        f"{TABLE}\n/ip firewall mangle add chain=prerouting action=mark-routing in-interface=ether3 src-address=192.168.88.5 "
        "new-routing-mark=to1 passthrough=yes",
    ),
    "fasttrack": Case(BALANCE, FASTTRACK),
    "fasttrack twice": Case(BALANCE, f"{FASTTRACK}\n{FASTTRACK}\n{FASTTRACK} protocol=tcp"),
    "fasttrack with a comment": Case(BALANCE, f'{FASTTRACK} comment="defconf: \\"fast\\" \\$x"\n{FASTTRACK} comment=disabled'),
    "balancing by hand": Case(
        BALANCE,
        "/routing table add name=to1 fib\n"
        "/ip firewall mangle add chain=prerouting action=mark-connection new-connection-mark=c1 nth=2,1 in-interface=ether3\n"
        "/ip firewall mangle add chain=prerouting action=mark-routing new-routing-mark=to1 connection-mark=c1 in-interface=ether3",
    ),
    "marks of answers": Case(
        BALANCE,
        "/ip firewall mangle add chain=prerouting action=mark-connection new-connection-mark=c1 "
        "in-interface=ether1 protocol=tcp dst-port=4200",
    ),
    "what arrives is accepted": Case(BALANCE, "/ip firewall mangle add chain=prerouting action=accept in-interface=ether1"),
    "policy that passes": Case(
        BALANCE,
        "/routing table add name=vpn fib\n"
        "/ip firewall mangle add chain=prerouting action=mark-routing new-routing-mark=vpn src-address=192.168.88.9",
    ),
    "filter": Case(
        BALANCE,
        '/interface list add name="1 wan"\n/interface list member add list="1 wan" interface=ether1\n'
        '/ip firewall filter add chain=input action=drop in-interface-list="1 wan"',
    ),
    "filter that only opens": Case(
        BALANCE,
        "/interface list add name=out\n/interface list member add list=out interface=ether1\n/ip firewall filter\n"
        "add chain=input action=accept protocol=icmp in-interface-list=out\nadd chain=input action=drop",
    ),
    "guard": Case(
        BALANCE, '/ip firewall filter add chain=input action=drop in-interface=ether1 protocol=udp dst-port=53 comment="no \\"DNS\\""'
    ),
    "guards alike": Case(
        BALANCE, "/ip firewall filter\nadd chain=input action=accept\n" + 2 * "add chain=input action=drop in-interface=ether1\n"
    ),
    "line among the LAN": Case(
        BALANCE,
        '/interface list add name="1 lan"\n/interface list member add list="1 lan" interface=ether3\n'
        '/interface list member add list="1 lan" interface=ether2\n'
        '/ip firewall filter add chain=input action=drop in-interface-list="!1 lan"',
    ),
    "port forward": Case(BALANCE, "/ip firewall nat add chain=dstnat action=dst-nat protocol=tcp dst-port=8443 to-addresses=192.168.88.9"),
    "rule": Case(
        BALANCE,
        "/ip address add address=192.168.88.1/24 interface=ether3\n/routing table add name=vpn fib\n"
        "/routing rule add action=lookup src-address=192.168.88.7/32 table=vpn",
    ),
    "dials in": Case(BALANCE, f"{LISTS}\n{DIALS_IN}", {"lan_interfaces": [{"list": "my $LAN"}]}),
    "dials in, and nowhere to": Case(BALANCE, DIALS_IN, {"lan_interfaces": ["ether3"]}),
    "dials in over the internet": Case(
        BALANCE,
        f"{LISTS}\n/interface l2tp-server server set enabled=yes default-profile=default",
        {"lan_interfaces": [{"list": "my $LAN"}]},
    ),
    "public addresses of clients": Case(
        BALANCE,
        f"{LISTS}\n{DIALS_IN}\n/ip pool add name=p ranges=198.18.7.0-198.18.7.9\n"
        '/ppp profile set [find name="the \\$people"] interface-list="my \\$LAN" remote-address=p',
        {"lan_interfaces": [{"list": "my $LAN"}]},
    ),
    "hook": Case(FAILOVER, '/system script add name="my hook" policy=ftp,read,write source=""', {"wans": WANS, "on_down": "my hook"}),
    "client": Case(ALERTS, "/ip dhcp-client add interface=ether3"),
    "resolver": Case(ALERTS, ""),
    "clock": Case(ALERTS, "", acts=False),
    "trust": Case(ALERTS, ""),
    "anchors": Case(ALERTS, "", version="7.20.8"),
    "root of Telegram": Case(ALERTS, "", version="7.18.2"),
    "small board": Case(ALERTS, "/ip dns set servers=1.1.1.1\n/certificate settings set builtin-trust-store=default", version="7.25.2"),
    "device-mode": Case(ALERTS, "", acts=False),
    "no way out": Case(BALANCE, f"{WAY}{HIDES}", removed=GONE),
    "address of another line": Case(
        BALANCE,
        "/ip address add address=203.0.113.2/24 interface=ether1\n"
        "/ip firewall nat add chain=srcnat action=src-nat to-addresses=203.0.113.2",
    ),
    "odd way out": Case(
        BALANCE,
        '/interface ethernet set ether2 name="my \\"\\$port\\""\n/ip route add dst-address=0.0.0.0/0 gateway="my \\"\\$port\\""\n'
        '/ip firewall nat add chain=srcnat action=masquerade out-interface="my \\"\\$port\\"" comment=mine',
        {"wans": ODD},
        removed="/ip firewall nat remove [find comment=mine]",
    ),
    "session": Case(BALANCE, f"{WAY}{HIDES}\n/ip address add address=198.51.100.2/24 interface=ether2", removed=""),
    "rights of scripts": Case(
        BALANCE, '/user group add name=multiwan policy=api,read,write\n/user add name=few group=multiwan password=""', user="few"
    ),
    "rights": Case(BALANCE, '/user add name=reader group=read password=""', user="reader"),
}
UNSET = {"scheduler": "false", "flagged": "true"}
"""What device-mode says on the router of the case of this name."""


UNPLAYED = "l3-hw-offloading"
"""A CHR, and so the lab, has no switch chip: the command for one is run by nobody."""
HELD = "holds it, and when that ends"
"""What holds safe mode is a session: door/test_way_back.py runs the command for that."""


def options_of(case: Case) -> Mapping[str, Any]:
    return {case.role: {**{BALANCE: BALANCED, ALERTS: BOT}.get(case.role, {}), **case.options}}


def loaded(lab: Lab, text: str) -> None:
    assert [str(line) for line in lab.load(text, on_error="stop").skipped] == []


def certificate_of(name: str) -> str:
    """A certificate that signs itself, as PEM."""
    maker = Lab()
    loaded(maker, f'/certificate add name=root common-name="{name}" key-usage=key-cert-sign\n/certificate sign root')
    (text,) = maker.device.services.certificates.values()
    return text


def router(name: str) -> Lab:
    services = {
        **{"clock": Services(clock=ManualClock()), "session": Services(connections=Table(OVER2))},
        **{root: Services(fetcher=lambda fetch: Fetched(certificate_of(ROOT))) for root in ("root of Telegram", "small board")},
    }
    lab, case = Lab(CASES[name].version, interfaces=4, services=services.get(name)), CASES[name]
    loaded(lab, case.setup)
    if case.removed is not None:
        with lab:
            run(lab, options_of(case))
        loaded(lab, case.removed)
    if name == "device-mode":
        for row in lab.router.table(("system", "device-mode")):
            lab.router.set_state(("system", "device-mode"), row, UNSET)
    if name == "small board":
        (row,) = lab.router.table(("system", "resource"))
        lab.router.set_state(("system", "resource"), row, {"architecture-name": SMALL})
    return lab


def asked(lab: Lab, case: Case) -> Sequence[Finding]:
    return (look(lab, options_of(case)) if case.removed is None else look(lab, {}, case.role)).findings


def said(lab: Lab, case: Case) -> list[Finding]:
    """The findings that print a command."""
    with door(lab, username=case.user) as asking:
        refusals = list(asking.refusals((*WRITING, *SCRIPTS, *TOKENS)))
    rights = [finding for finding in refusals if finding.kind == "rights"]
    return [finding for finding in (rights or asked(lab, case)) if finding.command]


@pytest.mark.parametrize("name", CASES)
def test_a_command_is_taken_and_mends_what_it_is_printed_for(name: str) -> None:
    case = CASES[name]
    with router(name) as lab:
        findings = said(lab, case)
        assert findings
        for finding in findings:
            for command in finding.command.splitlines():
                before = lab.dump()
                report = lab.load(command, on_error="stop")
                refused = [line.reason for line in report.skipped if case.acts or not line.reason.startswith("lab: ")]
                assert (command, refused) == (command, [])
                assert lab.dump() != before or not case.acts, command
        places = {finding.problem for finding in findings}
        left = [finding.command for finding in said(lab, case) if finding.problem in places]
        assert left == [] or not case.acts


def printing(source: Path) -> Iterator[tuple[int, str]]:
    """The line of each finding in a module that prints a command, and the regular expression of its place and problem."""
    for function in ast.walk(ast.parse(source.read_text())):
        if not isinstance(function, ast.FunctionDef):
            continue
        for node in ast.walk(function):
            if isinstance(node, ast.Call) and _called(node) == "Finding":
                parts = dict(zip(("place", "problem", "remedy", "command"), node.args, strict=False))
                parts |= {word.arg or "": word.value for word in node.keywords}
                if {"command", "changes", "additions"} & parts.keys():
                    yield node.lineno, ": ".join(_pattern(parts[part], function) for part in ("place", "problem"))


def test_every_finding_that_prints_a_command_has_a_case() -> None:
    told = []
    for name, case in CASES.items():
        with router(name) as lab:
            told += [f"{finding.place}: {finding.problem}" for finding in said(lab, case)]
    others = (re.escape(UNPLAYED), re.escape(HELD))
    makers = [
        (source.stem, line, text) for source in SOURCES for line, text in printing(source) if not any(other in text for other in others)
    ]
    assert len(makers) > 12
    assert [f"{stem}:{line}" for stem, line, pattern in makers if not any(re.fullmatch(pattern, text) for text in told)] == []
