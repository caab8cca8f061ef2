# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Reading: print, queries, get, find, listen, tags."""

from __future__ import annotations

import pytest
from librouteros.api import Api
from librouteros.query import Key

from tests.lab.router.errors import Trap
from tests.lab.router.lab import Lab
from tests.lab.router.query import matches

from .client import Wire, add, raw, refusal, rows
from .conftest import StartLab

ROW = {"name": "ether1", "running": "true", "mtu": "1500", "comment": "a=b"}


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ([], True),
        (["name"], True),
        (["speed"], False),
        (["-speed"], True),
        (["-name"], False),
        (["name=ether1"], True),
        (["=name=ether1"], True),
        (["name=ether2"], False),
        (["comment=a=b"], True),
        (["<mtu=9000"], True),
        ([">mtu=9000"], False),
        ([">comment="], True),
        ([">speed="], False),
        (["running=yes"], True),
        (["name=ether1", "mtu=1400"], False),
        (["name=ether2", "mtu=1500", "#|"], True),
        (["name=ether2", "#!"], True),
        (["name=ether1", "mtu=1500", "#&"], True),
        (["name=x", "name=y", "name=ether1", "#|", "#|"], True),
        (["name=x", "#!", "mtu=1", "#!&"], True),
    ],
)
def test_queries(words: list[str], expected: bool) -> None:
    assert matches(words, ROW) is expected


@pytest.mark.parametrize("words", [["#&"], ["name", "#&"], ["#x"], ["=x"[:1]]])
def test_queries_that_mean_nothing(words: list[str]) -> None:
    with pytest.raises(Trap):
        matches(words, ROW)


def test_queries_of_librouteros(api: Api) -> None:
    name, running = Key("name"), Key("running")
    found = api.path("interface").select(name).where(name == "ether3", running == True)  # noqa: E712
    assert list(found) == [{"name": "ether3"}]


def test_proplist_names_what_is_sent(api: Api) -> None:
    assert raw(api, "/interface/print", "=.proplist=name,nope", "?name=ether1") == [{"name": "ether1"}]


def test_getall_is_print(api: Api) -> None:
    assert raw(api, "/ip/service/getall") == rows(api, "/ip/service")


def test_count_only(api: Api) -> None:
    assert raw(api, "/interface/print", "=count-only=", "?type=ether") == [{"ret": 8}]


def test_detail_is_taken(api: Api) -> None:
    assert raw(api, "/ip/service/print", "=detail=") == rows(api, "/ip/service")


def test_get(api: Api) -> None:
    assert raw(api, "/interface/get", "=.id=*2", "=value-name=name") == [{"ret": "ether2"}]
    add(api, "/ip/address", address="10.0.0.1/24", interface="ether1")
    assert raw(api, "/ip/route/get", "=.id=*20180001", "=value-name=gateway") == [{"ret": "ether1"}]
    assert raw(api, "/system/identity/get", "=value-name=name") == [{"ret": "MikroTik"}]
    assert refusal(api, "/interface/get", "=.id=*99", "=value-name=name") == "no such item"


def test_find(api: Api) -> None:
    assert raw(api, "/interface/list/find") == [{"ret": "*1;*2;*3;*4"}]


def test_a_menu_of_single_values_has_no_id(api: Api) -> None:
    assert ".id" not in rows(api, "/ip/settings")[0]


def test_tags_come_back_on_each_reply(lab: Lab) -> None:
    with Wire(lab).log_in() as wire:
        replies = wire.ask("/interface/print", "=.proplist=name", "?type=loopback", ".tag=7")
        assert replies == [["!re", "=name=lo", ".tag=7"], ["!done", ".tag=7"]]
        replies = wire.ask("/nope/print", ".tag=8")
        assert replies == [["!trap", "=category=0", "=message=no such command prefix", ".tag=8"], ["!done", ".tag=8"]]


@pytest.mark.parametrize(
    ("version", "replies"),
    [("7.17.2", [["!done"]]), ("7.18", [["!empty"], ["!done"]]), ("7.21.4", [["!empty"], ["!done"]])],
)
def test_empty_replies(start_lab: StartLab, version: str, replies: list[list[str]]) -> None:
    with Wire(start_lab(version)).log_in() as wire:
        assert wire.ask("/ip/route/print") == replies


def test_listen_tells_changes_until_cancelled(lab: Lab) -> None:
    with Wire(lab).log_in() as wire:
        wire.send("/interface/list/listen", ".tag=1")
        assert wire.ask("/interface/list/add", "=name=WAN")[-1] == ["!done", "=ret=*5"]
        told = wire.receive()
        assert told[0] == "!re"
        assert {"=.id=*5", "=name=WAN", ".tag=1"} <= set(told)
        wire.ask("/interface/list/remove", "=.id=*5")
        assert wire.receive() == ["!re", "=.id=*5", "=.dead=true", ".tag=1"]
        wire.send("/cancel", "=tag=1")
        assert wire.receive() == ["!trap", "=category=2", "=message=interrupted", ".tag=1"]
        assert wire.receive() == ["!done", ".tag=1"]
        assert wire.receive() == ["!done"]


def test_bytes_that_are_no_text_come_back(lab: Lab) -> None:
    with Wire(lab).log_in() as wire:
        wire.send_bytes(b"\x13/interface/list/add\x07=name=A\x0f=comment=\xff\xfe\xc3 \xc3\x28\x00")
        assert wire.receive() == ["!done", "=ret=*5"]
        wire.send("/interface/list/print", "=.proplist=comment", "?name=A")
        assert wire.receive() == ["!re", "=comment=\udcff\udcfe\udcc3 \udcc3("]


def test_the_log(lab: Lab, api: Api) -> None:
    raw(api, "/log/warning", "=message=multiwan: isp1 down")
    assert [(row["topics"], row["message"]) for row in rows(api, "/log")] == [("script,warning", "multiwan: isp1 down")]


def test_every_menu_can_be_read(lab: Lab, api: Api) -> None:
    """But for the connection table, which is the network's: none is plugged in here."""
    before = lab.dump()
    assert refusal(api, "/ip/firewall/connection/print") == "lab: /ip/firewall/connection is not played here"
    for path in lab.router.tree.paths():
        if "print" in lab.router.menu(path).commands and path != ("ip", "firewall", "connection"):
            add_nothing = raw(api, "/" + "/".join(path) + "/print")
            assert isinstance(add_nothing, list)
    assert lab.dump() == before


def test_address_list_rows(api: Api) -> None:
    add(api, "/ip/firewall/address-list", list="a", address="10.0.0.1", timeout="1h")
    assert rows(api, "/ip/firewall/address-list")[0] == {
        ".id": "*1",
        "list": "a",
        "address": "10.0.0.1",
        "timeout": "1h",
        "disabled": False,
        "dynamic": True,
    }
