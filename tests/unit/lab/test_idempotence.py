# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What community.routeros' api_modify writes, and whether it would write it again.

Its rules: a given value is compared with the row as text; a key that the row hides equals its declared default; with
``handle_entries_content: remove_as_much_as_possible`` a key that the row shows and the data lacks is unset where
it can be.
"""

from __future__ import annotations

from typing import Any

import pytest
from librouteros.api import Api

from .client import add, raw, rows

Data = dict[str, Any]

UNSETTABLE: dict[str, set[str]] = {
    "/ip/route": {"blackhole", "check-gateway", "vrf-interface"},
    "/routing/table": {"fib"},
    "/routing/rule": {"action", "dst-address", "interface", "min-prefix", "routing-mark", "src-address", "table"},
    "/tool/netwatch": {
        *("interval", "timeout", "start-delay", "startup-delay", "up-script", "down-script", "test-script", "name"),
        *("packet-count", "packet-interval", "packet-size", "thr-avg", "thr-max", "thr-stdev", "thr-jitter"),
        *("thr-loss-percent", "thr-loss-count", "port", "http-codes", "certificate", "check-certificate"),
    },
    "/ip/firewall/mangle": {
        *("in-interface", "in-interface-list", "connection-mark", "connection-state", "new-connection-mark"),
        *("new-routing-mark", "per-connection-classifier", "dst-address-type", "jump-target", "src-address"),
    },
}
"""Keys that api_modify unsets when the row shows them and the data does not."""

CASES: list[tuple[str, Data]] = [
    ("/interface/list", {"name": "WAN", "comment": "multiwan: lines", "include": "", "exclude": ""}),
    ("/interface/list/member", {"list": "static", "interface": "ether1", "disabled": False}),
    ("/ip/firewall/address-list", {"list": "bypass", "address": "10.0.0.0/8", "comment": "c", "disabled": False}),
    (
        "/ip/firewall/mangle",
        {
            "chain": "prerouting",
            "action": "mark-connection",
            "new-connection-mark": "isp1",
            "connection-mark": "no-mark",
            "connection-state": "new",
            "dst-address-type": "!local",
            "in-interface-list": "all",
            "per-connection-classifier": "both-addresses:3/0",
            "passthrough": True,
            "disabled": False,
        },
    ),
    ("/ip/firewall/nat", {"chain": "srcnat", "action": "masquerade", "out-interface": "ether1", "comment": "n"}),
    (
        "/ip/firewall/filter",
        {"chain": "forward", "action": "fasttrack-connection", "connection-state": "established,related"},
    ),
    ("/routing/table", {"name": "to_isp1", "fib": "", "disabled": False}),
    (
        "/ip/route",
        {
            "dst-address": "0.0.0.0/0",
            "gateway": "10.0.0.1",
            "distance": 1,
            "scope": 30,
            "target-scope": 10,
            "routing-table": "main",
            "check-gateway": "ping",
            "disabled": False,
        },
    ),
    ("/ip/route", {"dst-address": "10.0.0.0/8", "blackhole": "", "distance": 250}),
    ("/routing/rule", {"action": "lookup", "min-prefix": 0, "table": "main", "disabled": False}),
    (
        "/tool/netwatch",
        {
            "host": "1.1.1.1",
            "type": "icmp",
            "interval": "10s",
            "timeout": "1s",
            "start-delay": "3s",
            "startup-delay": "0s",
            "packet-count": 10,
            "packet-interval": "50ms",
            "thr-avg": "1s",
            "thr-loss-percent": "85%",
            "up-script": "up",
            "down-script": "down",
            "disabled": False,
        },
    ),
    (
        "/ip/dhcp-server/alert",
        {
            "interface": "ether8",
            "valid-server": "02:00:00:00:00:01,02:00:00:00:00:02",
            "alert-timeout": "1h",
            "on-alert": "x",
            "disabled": False,
        },
    ),
    (
        "/system/script",
        {
            "name": "s",
            "source": ':log info "ä"\r\n:delay 1s\n',
            "policy": "read,write,test",
            "dont-require-permissions": False,
            "owner": "admin",
        },
    ),
    (
        "/system/scheduler",
        {"name": "s", "on-event": "s", "interval": "10s", "policy": "read,write,test", "start-time": "startup"},
    ),
]


def text(value: object) -> str:
    """A value as api_modify compares it."""
    return {"True": "yes", "False": "no"}.get(str(value), str(value))


def modifications(path: str, shown: Data, data: Data) -> Data:
    """What api_modify would write to a row that should be as the data says."""
    changed = {}
    for name, value in data.items():
        hidden_default = name == "disabled" and name not in shown and value is False
        if not hidden_default and (name not in shown or text(shown[name]) != text(value)):
            changed[name] = value
    for name in UNSETTABLE.get(path, set()) & shown.keys() - data.keys():
        changed[f"!{name}"] = ""
    return changed


@pytest.mark.parametrize(("path", "data"), CASES, ids=[f"{path}-{n}" for n, (path, _) in enumerate(CASES)])
def test_a_second_run_changes_nothing(api: Api, path: str, data: Data) -> None:
    number = add(api, path, **data)
    shown = next(row for row in rows(api, path) if row[".id"] == number)
    assert modifications(path, shown, data) == {}


@pytest.mark.parametrize(("path", "data"), CASES, ids=[f"{path}-{n}" for n, (path, _) in enumerate(CASES)])
def test_a_row_that_went_wrong_is_mended_once(api: Api, path: str, data: Data) -> None:
    number = add(api, path, **data)
    raw(api, f"{path}/set", f"=.id={number}", "=comment=changed by hand")
    wanted = {**data, "comment": "multiwan: ours"}
    for changes in ({"comment": "multiwan: ours"}, {}):
        shown = next(row for row in rows(api, path) if row[".id"] == number)
        assert modifications(path, shown, wanted) == changes
        raw(api, f"{path}/set", f"=.id={number}", *(f"={name}={text(value)}" for name, value in changes.items()))


def test_fib_as_true_is_changed_in_each_run(api: Api) -> None:
    number = add(api, "/routing/table", name="t", fib=True)
    shown = next(row for row in rows(api, "/routing/table") if row[".id"] == number)
    assert modifications("/routing/table", shown, {"name": "t", "fib": True}) == {"fib": True}


def test_a_disabled_route_is_changed_in_each_run(api: Api) -> None:
    data: Data = {"gateway": "10.0.0.1", "distance": 1, "routing-table": "main", "disabled": True}
    number = add(api, "/ip/route", **data)
    shown = next(row for row in rows(api, "/ip/route") if row[".id"] == number)
    assert modifications("/ip/route", shown, data) == {"distance": 1, "routing-table": "main"}


def test_what_netwatch_hides_is_changed_in_each_run(api: Api) -> None:
    data: Data = {"host": "1.1.1.1", "type": "icmp", "ttl": 255, "accept-icmp-time-exceeded": False}
    number = add(api, "/tool/netwatch", **data)
    shown = next(row for row in rows(api, "/tool/netwatch") if row[".id"] == number)
    assert modifications("/tool/netwatch", shown, data) == {"ttl": 255, "accept-icmp-time-exceeded": False}


def test_facts_find_what_they_ask_for(api: Api) -> None:
    resource = rows(api, "/system/resource")[0]
    assert {"version", "architecture-name", "uptime", "cpu-load", "free-memory", "total-hdd-space"} <= resource.keys()
    assert rows(api, "/system/routerboard") == [{"routerboard": False}]
    for path in ("/interface", "/ip/address", "/ipv6/address", "/ip/neighbor", "/ip/route"):
        assert isinstance(rows(api, path), list)
