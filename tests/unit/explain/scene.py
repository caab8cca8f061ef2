# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A router with three lines, as api_modify would have left it, and questions about it."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from ansible_collections.multiwan.routeros.plugins.plugin_utils.drains import LIST, ON, Drain, text
from ansible_collections.multiwan.routeros.plugins.plugin_utils.explain.answer import Explanation, explain
from ansible_collections.multiwan.routeros.plugins.plugin_utils.explain.packets import Scene
from ansible_collections.multiwan.routeros.plugins.plugin_utils.explain.question import read_question
from ansible_collections.multiwan.routeros.plugins.plugin_utils.explain.scenes import found_scene, planned_scene
from ansible_collections.multiwan.routeros.plugins.plugin_utils.explain.telling import told
from ansible_collections.multiwan.routeros.plugins.plugin_utils.explain.walk import Remainder
from ansible_collections.multiwan.routeros.plugins.plugin_utils.lines import Wan
from ansible_collections.multiwan.routeros.plugins.plugin_utils.pcc_balance.intent import Intent, read_intent
from ansible_collections.multiwan.routeros.plugins.plugin_utils.pcc_balance.plan import plan
from ansible_collections.multiwan.routeros.plugins.plugin_utils.routeros.rows import Row

Rows = Mapping[str, Sequence[Row]]

WANS: list[dict[str, Any]] = [
    {"name": "isp1", "interface": "ether1", "gateway": "203.0.113.1", "weight": 20},
    {"name": "isp2", "interface": "ether2", "gateway": "198.51.100.1", "weight": 10},
    {"name": "lte", "interface": "lte1", "gateway": "lte1", "tier": 2},
]
OPTIONS: dict[str, Any] = {"wans": WANS, "lan_interfaces": ["bridge"], "bypass": ["93.184.216.0/24"], "bypass_services": ["53/udp"]}
INTENT = read_intent(OPTIONS)

OWN: Rows = {
    "interface": [{"name": name} for name in ("ether1", "ether2", "ether4", "lte1", "bridge")],
    "interface bridge port": [{"interface": "ether3", "bridge": "bridge"}],
    "interface list": [],
    "ip address": [
        {"address": "203.0.113.2/24", "interface": "ether1"},
        {"address": "198.51.100.2/24", "interface": "ether2"},
        {"address": "100.127.0.2/32", "network": "100.127.0.1", "interface": "lte1", "dynamic": True},
        {"address": "192.168.88.1/24", "interface": "bridge"},
        {"address": "192.168.99.1/24", "interface": "ether4"},
    ],
    "ip dhcp-client": [],
    "ip firewall raw": [],
    "ip route": [
        {"dst-address": "203.0.113.0/24", "immediate-gw": "ether1", "gateway": "ether1", "active": True, "dynamic": True},
        {"dst-address": "198.51.100.0/24", "immediate-gw": "ether2", "gateway": "ether2", "active": True, "dynamic": True},
        {"dst-address": "192.168.88.0/24", "immediate-gw": "bridge", "gateway": "bridge", "active": True, "dynamic": True},
        {"dst-address": "192.168.99.0/24", "immediate-gw": "ether4", "gateway": "ether4", "active": True, "dynamic": True},
        {"dst-address": "0.0.0.0/0", "gateway": "203.0.113.1", "immediate-gw": "203.0.113.1%ether1", "distance": 1, "active": True},
    ],
}
"""What its owner has."""
OUTSIDE, CLIENT, SERVER = "8.8.4.4", "192.168.88.70", "203.0.114.7:443/tcp"
WATCHED: Rows = {"tool netwatch": [{"comment": "multiwan:failover_netwatch:probe:isp1:1.1.1.1"}]}
"""Something that watches the lines."""


def router(
    more: Rows | None = None,
    intent: Intent = INTENT,
    down: frozenset[str] = frozenset(),
    drained: frozenset[str] = frozenset(),
    *,
    first: bool = False,
) -> Scene:
    """That router with the rows of the plan.

    :param more: rows of its owner, or of the control script.
    :param first: those stand before ours.
    """
    more, rows = more or {}, plan(intent, down, probed=True, drained=drained)
    rows["ip firewall address-list"] += drain_rows(intent.wans, drained)
    found: dict[str, list[Row]] = {}
    for path in {*OWN, *rows, *more, "interface list member"}:
        ours, theirs = list(rows.get(path, ())), list(more.get(path, ()))
        found[path] = [*OWN.get(path, ()), *(theirs + ours if first else ours + theirs)]
    return found_scene(intent, found)


def drain_rows(wans: Sequence[Wan], drained: Collection[str]) -> list[Row]:
    """The entries of lines that somebody has drained."""
    there = [Drain(wan.interface, wan.name, "2026-11-27 20:00:00", "", 0, "anna", False, ON) for wan in wans if wan.name in drained]
    return [
        {"list": LIST, "address": f"127.0.1.{number}", "disabled": True, "comment": text(one, number, "by anna")}
        for number, one in enumerate(there, 1)
    ]


def ask(scene: Scene | None = None, to: str = SERVER, remainder: Remainder | None = None, **more: str) -> Explanation:
    """What is answered; `start` is who begins it."""
    words = {"from": more.pop("start", CLIENT), "to": to, **more}
    scene = scene or router()
    return explain(scene, read_question(words, scene.intent.wans), remainder)


def answer(scene: Scene | None = None, to: str = SERVER, **more: str) -> tuple[str, dict[str, str]]:
    """What becomes of a connection, and the shares of the lines."""
    new = ask(scene, to, **more).new
    return new.kind, {line: str(share) for line, share in new.lines.items()}


def screen(scene: Scene | None = None, to: str = SERVER, **more: str) -> list[str]:
    """What people read."""
    return told(ask(scene, to, **more))


def planned() -> Scene:
    return planned_scene(INTENT)
