# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Whatever somebody changes by hand in a row of ours, in fields that we do not write, the next run puts right."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest
from ansible_collections.community.routeros.plugins.module_utils._api_data import PATHS

from tests.lab.router.lab import Lab
from tests.lab.router.versions import DEFAULT_VERSION

from .door.runs import run
from .test_names_taken import OPTIONS, router

Row = dict[str, str]
ROWS = {
    "ip route": "multiwan:pcc_balance:route:isp1:isp1",
    "ip firewall mangle": "multiwan:pcc_balance:classify:isp2:tcp:0",
    "ip firewall nat": "multiwan:pcc_balance:nat:isp1",
    "ip firewall address-list": "multiwan:pcc_balance:bypass:10.0.0.0/8",
    "routing rule": "multiwan:pcc_balance:rule:default",
    "routing table": "multiwan:pcc_balance:table:isp1",
    "interface list": "multiwan:pcc_balance:lan",
    "interface list member": "multiwan:pcc_balance:lan:ether3",
    "system script": "multiwan:failover_netwatch:script",
    "system scheduler": "multiwan:failover_netwatch:scheduler",
    "tool netwatch": "multiwan:failover_netwatch:probe:isp1:1.1.1.1",
    "ip dhcp-server alert": "multiwan:dhcp_alert_telegram:alert:ether3",
    "ppp secret": "multiwan:dhcp_alert_telegram:token",
    "system logging": "multiwan",
    "system logging action": "multiwan",
}
"""By path the row that is changed: its comment, or what logging has for one."""
VALUES = (
    *("yes", "no", "1", "7", "30", "192.0.2.9", "192.0.2.0/24", "ether3", "1s", "x", "main", "tcp", "7/1", "0x01", "none", "icmp"),
    *("mine", "10-20", "1,2", "both-addresses:2/0", "new", "local"),
)
"""One of them fits almost any field."""
LEFT = {
    "ip firewall mangle": {"tos"},
    "ip firewall nat": {"tos", "socks5-port", "socks5-server", "socksify-service"},
}
"""What stays: api_modify cannot reset it, and what RouterOS has there by itself is not known."""
OWN = {"comment", "numbers", "timeout", "copy-from", "place-before"}
"""What tells the row, and what makes another one of it: an entry with a timeout is refused (`names_taken`)."""


def rows(lab: Lab, path: str) -> list[Row]:
    found: list[Row] = json.loads(lab.dump())[path]
    return found


def ours(lab: Lab, path: str) -> Row:
    return next(row for row in rows(lab, path) if ROWS[path] in (row.get("comment"), row.get("name"), row.get("action")))


def changed(lab: Lab, path: str) -> Iterator[tuple[str, str]]:
    """Change each field that the row does not show; yield those that take one of the values."""
    known = PATHS[tuple(path.split())]
    known.provide_version(DEFAULT_VERSION)
    row = ours(lab, path)
    key = next(key for key in ("comment", "name", "topics") if key in row)
    for field in sorted(set(known.get_data().fields) - {*row} - OWN):
        for value in VALUES:
            before = ours(lab, path)
            taken = not lab.load(f'/{path} set [find {key}="{row[key]}"] {field}={value}').skipped
            if taken and ours(lab, path) != before:
                yield field, value
                break


@pytest.mark.parametrize("path", ROWS)
def test_it_is_put_right(path: str) -> None:
    with router() as lab:
        run(lab, OPTIONS)
        written, count = ours(lab, path), len(rows(lab, path))
        by_hand = dict(changed(lab, path))
        run(lab, OPTIONS)
        after = ours(lab, path)
        stays = {field for field, value in by_hand.items() if field not in written and after.get(field) == value}
        assert (stays, len(rows(lab, path))) == (LEFT.get(path, set()), count)
        assert {field: after[field] for field in written} == written
        assert run(lab, OPTIONS).changed is False


def test_almost_all_fields_are_tried() -> None:
    with router() as lab:
        run(lab, OPTIONS)
        assert sum(len(dict(changed(lab, path))) for path in ROWS) > 150
