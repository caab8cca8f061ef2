# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The lab's own menu gives leases and dials, without a network."""

from __future__ import annotations

import pytest
from librouteros.api import Api
from librouteros.exceptions import TrapError

from tests.lab.router.lab import Lab

from .client import rows

CLIENTS = "/ip/dhcp-client"


def give(api: Api, command: str, **words: str) -> None:
    tuple(api(f"/lab/{command}", **words))


@pytest.fixture(autouse=True)
def clients(lab: Lab) -> None:
    configuration = "/ip dhcp-client add interface=ether1 disabled=no\n/interface pppoe-client add name=dsl interface=ether2 disabled=no\n"
    assert not lab.load(configuration).skipped


def test_leases(lab: Lab, api: Api) -> None:
    give(api, "lease/give", interface="ether1", address="100.70.1.20", gateway="100.70.1.1", time="2m")
    (row,) = rows(api, CLIENTS)
    assert (row["status"], row["address"], row["gateway"], row["dhcp-server"]) == ("bound", "100.70.1.20/24", "100.70.1.1", "100.70.1.1")
    assert row["expires-after"] in ("1m59s", "2m")
    give(api, "lease/renew", interface="ether1")
    give(api, "lease/silence", interface="ether1")
    assert rows(api, CLIENTS)[0]["address"] == "100.70.1.20/24"
    give(api, "lease/renew", interface="ether1")
    assert rows(api, CLIENTS)[0]["status"] == "searching..."
    give(api, "lease/give", interface="ether1", address="100.70.1.20")
    assert rows(api, CLIENTS)[0]["status"] == "bound"
    give(api, "lease/expire", interface="ether1")
    assert rows(api, CLIENTS)[0]["status"] == "searching..."
    assert not lab.writes


def test_dialing(lab: Lab, api: Api) -> None:
    give(api, "dialed/dial", interface="dsl", address="203.0.113.7", remote="10.0.0.1")
    assert [(row["address"], row["network"]) for row in rows(api, "/ip/address")] == [("203.0.113.7/32", "10.0.0.1")]
    give(api, "dialed/hang-up", interface="dsl")
    assert rows(api, "/ip/address") == []


@pytest.mark.parametrize(
    ("command", "words", "refusal"),
    [
        ("lease/give", {"interface": "ether1"}, "missing value.*address"),
        ("lease/give", {"interface": "ether1", "address": "10.0.0.300"}, "invalid value for argument address"),
        ("lease/give", {"interface": "ether1", "address": "10.0.0.3", "time": "soon"}, "invalid value for argument time"),
        ("lease/give", {"interface": "ether1", "address": "10.0.0.3", "gw": "10.0.0.1"}, "unknown parameter gw"),
        ("lease/give", {"interface": "nope", "address": "10.0.0.3"}, "invalid value for argument interface"),
        ("lease/renew", {"interface": "ether5"}, "invalid value for argument interface"),
        ("lease/expire", {"interface": "nope"}, "invalid value for argument interface"),
        ("lease/silence", {"interface": "nope"}, "invalid value for argument interface"),
        ("dialed/dial", {"interface": "dsl", "address": "a", "remote": "10.0.0.1"}, "invalid value for argument address"),
        ("dialed/dial", {"interface": "ether1", "address": "10.0.0.2", "remote": "10.0.0.1"}, "invalid value for argument interface"),
        ("dialed/hang-up", {"interface": "ether1"}, "invalid value for argument interface"),
    ],
)
def test_what_is_refused(api: Api, command: str, words: dict[str, str], refusal: str) -> None:
    with pytest.raises(TrapError, match=refusal):
        give(api, command, **words)


@pytest.mark.parametrize(("command", "written"), [("renew", "/ip/dhcp-client/renew"), ("release", "/ip/dhcp-client/release")])
def test_the_routers_own_commands(lab: Lab, api: Api, command: str, written: str) -> None:
    give(api, "lease/give", interface="ether1", address="100.70.1.20/26", gateway="100.70.1.1")
    (row,) = rows(api, CLIENTS)
    tuple(api(written, numbers=row[".id"]))
    assert rows(api, CLIENTS)[0]["address"] == "100.70.1.20/26"
    with pytest.raises(TrapError, match="no such item"):
        tuple(api(written, numbers="*99"))
