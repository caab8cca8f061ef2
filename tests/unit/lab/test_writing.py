# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""add, set, unset, remove, enable, disable, comment, and what a firewall row looks like."""

from __future__ import annotations

import pytest
from librouteros.api import Api

from tests.lab.router.lab import Lab

from .client import add, comments, raw, refusal, row, rows

MANGLE = "/ip/firewall/mangle"


def test_add_gives_an_id_in_upper_case_hexadecimal(api: Api) -> None:
    ids = [add(api, MANGLE, chain="x") for _ in range(10)]
    assert ids[0] == "*1"
    assert ids[-1] == "*A"


def test_ids_are_never_given_again(api: Api) -> None:
    first = add(api, MANGLE, chain="x")
    raw(api, f"{MANGLE}/remove", f"=.id={first}")
    assert add(api, MANGLE, chain="x") != first


def test_a_bare_firewall_row(api: Api) -> None:
    add(api, MANGLE, chain="prerouting")
    assert rows(api, MANGLE) == [
        {
            ".id": "*1",
            "chain": "prerouting",
            "action": "accept",
            "bytes": 0,
            "packets": 0,
            "dynamic": False,
            "invalid": False,
        }
    ]


def test_what_was_given_as_no_shows_as_false(api: Api) -> None:
    add(api, MANGLE, chain="x", disabled="no", log="no", log_prefix="", passthrough="yes")
    shown = rows(api, MANGLE)[0]
    assert (shown["disabled"], shown["log"], shown["log-prefix"], shown["passthrough"]) == (False, False, "", True)


def test_set_changes_several_rows(api: Api) -> None:
    ids = [add(api, MANGLE, chain="x") for _ in range(3)]
    raw(api, f"{MANGLE}/set", f"=.id={ids[0]},{ids[2]}", "=comment=c")
    assert comments(api, MANGLE) == ["c", "", "c"]


def test_set_of_several_is_all_or_nothing(api: Api) -> None:
    for number in (1, 2):
        add(api, "/system/script", name=f"s{number}")
    assert refusal(api, "/system/script/set", "=.id=*1,*9", "=comment=c") == "no such item"
    assert refusal(api, "/system/script/set", "=.id=*1,*2", "=comment=c", "=policy=x").startswith("input does not")
    assert comments(api, "/system/script") == ["", ""]


def test_set_cannot_give_two_rows_one_name(api: Api) -> None:
    for number in (1, 2):
        add(api, "/system/script", name=f"s{number}")
    message = refusal(api, "/system/script/set", "=.id=*1,*2", "=name=same")
    assert message == "failure: item with such name already exists"
    assert [item["name"] for item in rows(api, "/system/script")] == ["s1", "s2"]


@pytest.mark.parametrize("command", ["set", "remove", "enable", "disable", "move"])
def test_commands_that_name_no_row(api: Api, command: str) -> None:
    assert refusal(api, f"{MANGLE}/{command}") == "missing =.id="


@pytest.mark.parametrize("command", ["set", "remove", "enable", "disable", "move"])
def test_commands_on_rows_that_are_not_there(api: Api, command: str) -> None:
    assert refusal(api, f"{MANGLE}/{command}", "=.id=*77") == "no such item"


def test_rows_are_found_by_name_and_place(api: Api) -> None:
    add(api, "/system/script", name="one")
    add(api, "/system/script", name="two")
    raw(api, "/system/script/set", "=numbers=two", "=comment=by name")
    raw(api, "/system/script/set", "=numbers=0", "=comment=by place")
    assert comments(api, "/system/script") == ["by place", "by name"]


@pytest.mark.parametrize("words", [["set", "=!in-interface="], ["unset", "=value-name=in-interface"]])
def test_unset(api: Api, words: list[str]) -> None:
    number = add(api, MANGLE, chain="x", in_interface="ether1")
    raw(api, f"{MANGLE}/{words[0]}", f"=.id={number}", *words[1:])
    assert "in-interface" not in row(api, MANGLE, number)


def test_unset_in_add_leaves_unset(api: Api) -> None:
    raw(api, f"{MANGLE}/add", "=chain=x", "=!in-interface=", "=!src-address=")
    assert "in-interface" not in rows(api, MANGLE)[0]


def test_unset_of_what_cannot_be(api: Api) -> None:
    number = add(api, MANGLE, chain="x")
    message = refusal(api, f"{MANGLE}/unset", f"=.id={number}", "=value-name=chain")
    assert message == "input does not match any value of value-name"


def test_unset_falls_back_to_the_default(api: Api) -> None:
    number = add(api, "/ip/route", gateway="10.0.0.1", distance="7")
    raw(api, "/ip/route/unset", f"=.id={number}", "=value-name=distance")
    assert row(api, "/ip/route", number)["distance"] == 1


def test_an_empty_comment_is_none(api: Api) -> None:
    number = add(api, MANGLE, chain="x", comment="c")
    raw(api, f"{MANGLE}/set", f"=.id={number}", "=comment=")
    assert "comment" not in row(api, MANGLE, number)


def test_comment_enable_disable(api: Api) -> None:
    number = add(api, MANGLE, chain="x")
    raw(api, f"{MANGLE}/comment", f"=numbers={number}", "=comment=hello")
    raw(api, f"{MANGLE}/disable", f"=numbers={number}")
    assert (row(api, MANGLE, number)["comment"], row(api, MANGLE, number)["disabled"]) == ("hello", True)
    raw(api, f"{MANGLE}/enable", f"=numbers={number}")
    assert row(api, MANGLE, number)["disabled"] is False


def test_remove_several(api: Api) -> None:
    ids = [add(api, MANGLE, chain="x", comment=str(n)) for n in range(3)]
    api.path("ip", "firewall", "mangle").remove(ids[0], ids[1])
    assert [item[".id"] for item in rows(api, MANGLE)] == [ids[2]]


def test_single_values_are_set_without_id(api: Api) -> None:
    raw(api, "/ip/settings/set", "=rp-filter=loose")
    assert rows(api, "/ip/settings")[0]["rp-filter"] == "loose"


def test_services_are_set_by_name(api: Api) -> None:
    raw(api, "/ip/service/set", "=numbers=telnet", "=disabled=yes")
    assert rows(api, "/ip/service")[0]["disabled"] is True


def test_copy_from(api: Api) -> None:
    number = add(api, MANGLE, chain="x", in_interface="ether1", comment="a")
    raw(api, f"{MANGLE}/add", f"=copy-from={number}", "=comment=b")
    assert [(item["in-interface"], item["comment"]) for item in rows(api, MANGLE)] == [("ether1", "a"), ("ether1", "b")]


def test_counters_are_reset(lab: Lab, api: Api) -> None:
    add(api, MANGLE, chain="x")
    kept = lab.router.table(("ip", "firewall", "mangle"))[0]
    lab.router.set_state(("ip", "firewall", "mangle"), kept, {"bytes": "77", "packets": "7"})
    assert rows(api, MANGLE)[0]["bytes"] == 77
    raw(api, f"{MANGLE}/reset-counters-all")
    assert rows(api, MANGLE)[0]["bytes"] == 0


def test_new_alerts_are_disabled(api: Api) -> None:
    add(api, "/ip/dhcp-server/alert", interface="ether8")
    alert = rows(api, "/ip/dhcp-server/alert")[0]
    assert (alert["disabled"], alert["alert-timeout"]) == (True, "1h")


def test_new_netwatch_rows(api: Api) -> None:
    add(api, "/tool/netwatch", host="1.1.1.1")
    shown = rows(api, "/tool/netwatch")[0]
    assert shown["type"] == "simple"
    assert shown["status"] == "unknown"
    assert "disabled" not in shown
    assert "since" not in shown


def test_new_scripts_have_all_policies(api: Api) -> None:
    add(api, "/system/script", name="s")
    policy = rows(api, "/system/script")[0]["policy"]
    assert policy == "ftp,reboot,read,write,policy,test,password,sniff,sensitive,romon"


def test_default_names_of_interfaces(api: Api) -> None:
    for _ in range(2):
        add(api, "/interface/bridge")
    add(api, "/interface/pppoe-client", interface="ether1")
    names = [item["name"] for item in rows(api, "/interface")][-3:]
    assert names == ["bridge1", "bridge2", "pppoe-out1"]


def test_observers_hear_of_changes_after_them(lab: Lab, api: Api) -> None:
    heard = []
    stop = lab.router.observe(lambda change: heard.append((change.menu[-1], change.kind, change.ids)))
    number = add(api, MANGLE, chain="x")
    raw(api, f"{MANGLE}/set", f"=.id={number}", "=comment=c")
    refusal(api, f"{MANGLE}/set", f"=.id={number}", "=nope=c")
    raw(api, f"{MANGLE}/remove", f"=.id={number}")
    lab.router.set_running("ether1", False)
    stop()
    add(api, MANGLE, chain="y")
    assert heard == [
        ("mangle", "add", (1,)),
        ("mangle", "set", (1,)),
        ("mangle", "remove", (1,)),
        ("interface", "state", (1,)),
    ]
