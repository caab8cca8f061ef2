# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What people read, word by word, and what plays read, key by key."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
import yaml
from ansible_collections.multiwan.routeros.plugins.modules import explain as module
from ansible_collections.multiwan.routeros.plugins.plugin_utils.explain.answer import explain
from ansible_collections.multiwan.routeros.plugins.plugin_utils.explain.question import read_question
from ansible_collections.multiwan.routeros.plugins.plugin_utils.explain.scenes import planned_scene
from ansible_collections.multiwan.routeros.plugins.plugin_utils.explain.telling import as_data, told
from ansible_collections.multiwan.routeros.plugins.plugin_utils.pcc_balance.intent import read_intent

from .scene import CLIENT, OPTIONS, OUTSIDE, WANS, WATCHED, ask, planned, router, screen
from .test_answer import NAT, connection

ROOT = Path(__file__).parents[3]
ROW = "multiwan:pcc_balance:"
HASH = (
    "    which one, the router's hash of both addresses decides, and its seed cannot be read; "
    "192.168.88.70 to 203.0.114.7 keeps its line until rows change or the router restarts"
)
SCREENS = {
    "balanced": (
        screen(),
        [
            f"isp1 2/3, isp2 1/3: new, balanced by row '{ROW}new:lan'",
            f"    isp1: row '{ROW}classify:isp1:rest'",
            f"    isp2: row '{ROW}classify:isp2:tcp:0'",
            HASH,
        ],
    ),
    "of UDP": (
        screen(to="203.0.114.7:3478/udp")[-1:],
        [
            "    which one, the router's hash of the client's address decides, and its seed cannot be read; "
            "192.168.88.70 keeps its line until rows change or the router restarts"
        ],
    ),
    "in an outage": (
        screen(during="isp1"),
        [
            f"isp2: new, balanced by row '{ROW}new:lan', while isp1 is out of use",
            f"    isp2: row '{ROW}classify:isp2:tcp:0'",
            f"    isp2: rows '{ROW}classify:isp1:rest', '{ROW}leave:isp1' and '{ROW}instead:0'",
            "    now: isp1 2/3, isp2 1/3",
        ],
    ),
    "of all lines": (
        screen(during="isp1,isp2,lte")[0],
        f"isp1 2/3, isp2 1/3: new, balanced by row '{ROW}new:lan', while isp1, isp2 and lte are out of use; "
        "none is left, so it is as if none were",
    ),
    "bypassed": (
        screen(to="93.184.216.34:443/tcp"),
        [
            f"isp1: new, not balanced: the list multiwan-bypass has 93.184.216.34, by row '{ROW}bypass:93.184.216.0/24'",
            f"    isp1: route '{ROW}route:main:isp1'",
        ],
    ),
    "bypassed service": (
        screen(to="203.0.114.7:53/udp", during="isp1"),
        [
            f"isp2: new, not balanced because of row '{ROW}bypass:53/udp', while isp1 is out of use",
            f"    isp2: route '{ROW}route:main:isp2'",
            "    now: isp1",
        ],
    ),
    "no LAN": (
        screen(start="192.168.99.20"),
        ["isp1: new, not balanced: ether4 is not in the LAN", f"    isp1: route '{ROW}route:main:isp1'"],
    ),
    "the router": (
        screen(start="192.168.88.1"),
        ["isp1: new, begun by the router itself, which marks none of its own", f"    isp1: route '{ROW}route:main:isp1'"],
    ),
    "arrival": (
        screen(router(NAT), "198.51.100.2:8080/tcp", start=OUTSIDE),
        [
            f"isp2: comes in by isp2, and is answered by it, by row '{ROW}arrive:isp2'",
            f"    isp2: route '{ROW}route:isp2:isp2'",
            "    /ip/firewall/nat 'web' sends it to 192.168.88.64",
        ],
    ),
    "no line": (
        screen(to="192.168.99.20:445/tcp"),
        ["no line: it goes by ether4", "    no line: route to 192.168.99.0/24 by ether4"],
    ),
    "one line": (
        screen(router(intent=read_intent({**OPTIONS, "wans": WANS[:1]}))),
        ["isp1: new, not balanced: no row marks it", "    isp1: route to 0.0.0.0/0 by 203.0.113.1"],
    ),
    "by main, whose line is out": (
        screen(router(WATCHED, read_intent({**OPTIONS, "unmarked": "main"}), frozenset({"isp1"})), "10.1.2.3/icmp"),
        [
            f"isp1: new, not balanced: the list multiwan-bypass has 10.1.2.3, by row '{ROW}bypass:10.0.0.0/8'",
            "    isp1: route to 0.0.0.0/0 by 203.0.113.1",
            "    isp1 is out of use, and takes it all the same as long as the router has the route",
        ],
    ),
    "drained": (
        screen(router(WATCHED, drained=frozenset({"isp1"})))[::3],
        [f"isp2: new, balanced by row '{ROW}new:lan'", "    isp1 is drained"],
    ),
    "an outage that is there": (
        screen(router(WATCHED, down=frozenset({"isp1"})), during="isp1")[::3],
        [f"isp2: new, balanced by row '{ROW}new:lan'", "    isp1 is out of use now"],
    ),
    "live": (
        screen(router(connection("multiwan-isp2")), during="isp1")[0],
        f"isp2: live, {CLIENT}:50123 has the mark multiwan-isp2, by row '{ROW}route:isp2', and stays",
    ),
    "live and leaving": (
        screen(router(connection("multiwan-isp1")), during="isp1")[0],
        f"isp1 now: live, {CLIENT}:50123 has the mark multiwan-isp1; it is removed when isp1 goes out of use, and begins anew",
    ),
    "not known": (
        screen(router({"ip firewall mangle": [{"chain": "prerouting", "action": "accept", "dscp": 46, "comment": "calls"}]}, first=True)),
        ["not known: /ip/firewall/mangle 'calls' asks for dscp=46", "    if so: isp1", "    if not: isp1 2/3, isp2 1/3"],
    ),
    "planned": (
        screen(planned(), "10.1.2.3:443/tcp"),
        [
            f"isp1: new, not balanced: the list multiwan-bypass has 10.1.2.3, by row '{ROW}bypass:10.0.0.0/8'",
            f"    isp1: route '{ROW}route:main:isp1'",
            "    no router was asked: that is the plan, if 192.168.88.70 is in the LAN, main has no way of its own to 10.1.2.3 "
            "and main's own default route puts no other line first (pcc_balance_first_wan)",
        ],
    ),
}


@pytest.mark.parametrize("case", SCREENS)
def test_the_screen(case: str) -> None:
    read, wanted = SCREENS[case]
    assert read == wanted


def test_the_readme_shows_what_is_read() -> None:
    """Its own inventory, and its own question."""
    readme = (ROOT / "README.md").read_text()
    (inventory,) = re.findall(r"^```yaml\n(routers:.*?)^```$", readme, re.MULTILINE | re.DOTALL)
    variables = yaml.safe_load(inventory)["routers"]["vars"]
    intent = read_intent({"wans": variables["multiwan_wans"], "lan_interfaces": variables["multiwan_lan_interfaces"]})
    (asked,) = re.findall(r"^\$ .*multiwan\.routeros\.explain (.*)$", readme, re.MULTILINE)
    words = dict(word.split("=") for word in asked.split() if "=" in word)
    *lines, _planned = told(explain(planned_scene(intent), read_question(words, intent.wans)))
    assert "```text\n" + "\n".join(f"gateway: {line}" for line in lines) + "\n```" in readme


def test_plays_read_what_is_documented() -> None:
    documented = yaml.safe_load(module.RETURN)["explanation"]["contains"]
    for said in (ask(during="isp1"), ask(router(connection("multiwan-isp1"))), ask(planned())):
        data = as_data(said)
        assert json.loads(json.dumps(data)) == data
        assert data.keys() == documented.keys()
        for part in data["lines"]:
            assert part.keys() == documented["lines"]["contains"].keys()
        for live in data["live"]:
            assert live.keys() == documented["live"]["contains"].keys()
        if data["now"]:
            assert data["now"].keys() == {"kind", "lines", "why", "unknown", "if_met", "if_not"}
    kinds = " ".join(documented["kind"]["description"])
    assert all(f"C({as_data(ask(**words))['kind']})" in kinds for words in ({}, {"to": "10.1.2.3/icmp"}, {"start": "192.168.88.1"}))


def test_shares_and_rows_are_data() -> None:
    data = as_data(ask())
    assert [(line["name"], line["share"], line["share_percent"]) for line in data["lines"]] == [
        ("isp1", "2/3", 66.667),
        ("isp2", "1/3", 33.333),
    ]
    assert f"{ROW}classify:isp2:tcp:0" in data["lines"][1]["rows"]
    assert (data["kind"], data["why"], data["unknown"], data["now"]) == ("balanced", f"{ROW}new:lan", "", None)


def test_the_module_takes_what_the_action_takes() -> None:
    options = yaml.safe_load(module.DOCUMENTATION)["options"].keys()
    source = (ROOT / "plugins" / "action" / "explain.py").read_text()
    assert '_VALID_ARGS = frozenset({"roles", "rows", *KEYS})' in source
    assert options == {"rows", "from", "to", "during", "by", "at"}
