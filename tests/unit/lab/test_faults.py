# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Breaking the router, and reading its log of writes."""

from __future__ import annotations

import json
import time

import pytest
from librouteros.api import Api
from librouteros.exceptions import ConnectionClosed, LibRouterosError, TrapError

from tests.lab.router.lab import Lab

from .client import add, comments, connect, raw, refusal, rows

MANGLE = "/ip/firewall/mangle"


def test_cut_before_the_write(lab: Lab, api: Api) -> None:
    lab.faults.drop_before_write = 2
    add(api, MANGLE, chain="x", comment="first")
    with pytest.raises((LibRouterosError, OSError)):
        add(api, MANGLE, chain="x", comment="second")
    again = connect(lab)
    assert comments(again, MANGLE) == ["first"]
    add(again, MANGLE, chain="x", comment="third")


def test_cut_after_the_write(lab: Lab, api: Api) -> None:
    lab.faults.drop_after_write = 1
    with pytest.raises((LibRouterosError, OSError)):
        add(api, MANGLE, chain="x", comment="first")
    assert comments(connect(lab), MANGLE) == ["first"]
    assert [record.result for record in lab.writes] == ["*1"]


def test_reading_does_not_count(lab: Lab, api: Api) -> None:
    lab.faults.drop_before_write = 1
    rows(api, MANGLE)
    with pytest.raises((ConnectionClosed, OSError)):
        raw(api, f"{MANGLE}/add", "=chain=x")


def test_refused_logins(lab: Lab, api: Api) -> None:
    raw(api, "/lab/fault/set", "=refuse-logins=yes")
    with pytest.raises(TrapError, match="invalid user name or password"):
        connect(lab)
    raw(api, "/lab/fault/set", "=refuse-logins=no")
    connect(lab)


def test_slow_answers_but_not_of_the_lab_itself(api: Api) -> None:
    raw(api, "/lab/fault/set", "=delay=0.2")
    started = time.monotonic()
    rows(api, "/lab/fault")
    assert time.monotonic() - started < 0.15
    rows(api, "/system/identity")
    assert time.monotonic() - started >= 0.2


def test_faults_over_the_wire(api: Api) -> None:
    raw(api, "/lab/fault/set", "=drop-before-write=3", "=drop-after-write=7")
    assert rows(api, "/lab/fault") == [{"drop-before-write": 3, "drop-after-write": 7, "refuse-logins": False, "delay": "0.0"}]
    assert refusal(api, "/lab/fault/set", "=explode=yes") == "unknown parameter explode"
    assert refusal(api, "/lab/fault/set", "=delay=long") == "invalid value for argument delay"


def test_writes_are_logged_in_order(lab: Lab, api: Api) -> None:
    number = add(api, MANGLE, chain="x", comment="c")
    rows(api, MANGLE)
    refusal(api, f"{MANGLE}/set", f"=.id={number}", "=in-interface=nope")
    raw(api, f"{MANGLE}/remove", f"=.id={number}")
    assert [(record.number, record.user, record.command) for record in lab.writes] == [
        (1, "admin", "add"),
        (3, "admin", "remove"),
    ]
    assert [record.result for record in lab.writes] == [number, number]
    assert lab.writes[0].attributes == (("chain", "x"), ("comment", "c"))
    assert lab.writes[0].path == ("ip", "firewall", "mangle")
    (refused,) = lab.refused
    assert (refused.number, refused.message) == (2, "input does not match any value of in-interface")


def test_the_log_over_the_wire(api: Api) -> None:
    add(api, MANGLE, chain="x")
    refusal(api, f"{MANGLE}/add")
    (write,) = rows(api, "/lab/writes")
    (refused,) = rows(api, "/lab/refused")
    assert (write["path"], write["command"], write["attributes"]) == ("/ip/firewall/mangle", "add", "chain=x")
    assert refused["message"] == "missing value(s) of argument(s) chain"
    raw(api, "/lab/writes/reset")
    assert rows(api, "/lab/writes") == rows(api, "/lab/refused") == []


def test_load_over_the_wire(lab: Lab, api: Api) -> None:
    *skipped, done = raw(api, "/lab/load", "=source=/interface list\nadd name=A\nadd nom=B\nadd name=C\n")
    assert done == {"ret": 2}
    assert skipped == [{"line": 3, "reason": "unknown parameter nom", "text": "add nom=B"}]
    assert lab.writes == []
    assert refusal(api, "/lab/load") == "missing value(s) of argument(s) source"


def test_reset(lab: Lab, api: Api) -> None:
    before = lab.dump()
    add(api, MANGLE, chain="x")
    raw(api, "/interface/ethernet/set", "=.id=*1", "=name=WAN")
    raw(api, "/ip/settings/set", "=rp-filter=strict")
    raw(api, "/lab/reset")
    assert lab.dump() == before
    assert add(api, MANGLE, chain="x") == "*1"


def test_dump_has_what_was_written_and_nothing_else(lab: Lab, api: Api) -> None:
    add(api, "/interface/list", name="WAN", include="static")
    add(api, "/ip/address", address="10.0.0.1/24", interface="ether1")
    add(api, MANGLE, chain="x", in_interface_list="!WAN")
    dump = json.loads(raw(api, "/lab/dump")[0]["ret"])
    assert dump["interface list"] == [{"name": "WAN", "include": "static", "exclude": ""}]
    assert dump["ip firewall mangle"] == [{"chain": "x", "action": "accept", "in-interface-list": "!WAN"}]
    assert "ip route" not in dump
    assert "routing table" not in dump


def test_dump_does_not_care_about_ids_or_unordered_rows(lab: Lab, api: Api) -> None:
    menu = "/ip/firewall/address-list"
    first = add(api, menu, list="a", address="10.0.0.1")
    add(api, menu, list="a", address="10.0.0.2")
    before = lab.dump()
    raw(api, f"{menu}/remove", f"=.id={first}")
    assert lab.dump() != before
    add(api, menu, list="a", address="10.0.0.1")
    assert lab.dump() == before


def test_dump_cares_about_the_order_of_rules(lab: Lab, api: Api) -> None:
    for letter in "ab":
        add(api, MANGLE, chain="x", comment=letter)
    before = lab.dump()
    raw(api, f"{MANGLE}/move", "=numbers=*2", "=destination=*1")
    assert lab.dump() != before


@pytest.mark.parametrize("sentence", ["/lab/nope", "/lab", "/lab/writes/add"])
def test_unknown_commands_of_the_lab(api: Api, sentence: str) -> None:
    assert refusal(api, sentence) == "no such command"
