# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Where a packet goes by rows alone, and that at every write. That the kernel does the same is tested with it."""

from __future__ import annotations

import pytest
from librouteros.api import Api

from tests.lab.network.lookup import lookup, watch
from tests.lab.network.played import NotPlayed
from tests.lab.router.lab import Lab
from tests.lab.router.store import Router

from .client import add, raw
from .scripting import execute, new

ROWS = """
/ip address add address=203.0.113.2/24 interface=ether1
/ip address add address=198.51.100.2/24 interface=ether2
/ip address add address=192.168.88.1/24 interface=ether3
/routing table add name=second fib
/ip route add dst-address=0.0.0.0/0 gateway=198.51.100.1 routing-table=second
"""
INTERNET, CLIENT = "198.18.0.1", "192.168.88.70"


@pytest.fixture
def router() -> Router:
    made = new()
    execute(made, ROWS)
    return made


def test_marks_lead_to_their_table_and_fall_through_to_main(router: Router) -> None:
    assert lookup(router, INTERNET) == "no route"
    assert lookup(router, INTERNET, "second") == "ether2"
    assert lookup(router, "203.0.113.9", "second") == "ether2"
    execute(router, '/ip route remove [find dst-address="0.0.0.0/0"]; /ip route add gateway=203.0.113.1 dst-address=0.0.0.0/0')
    assert lookup(router, INTERNET, "second") == "ether1"


def test_several_gateways(router: Router) -> None:
    execute(router, "/ip route add dst-address=0.0.0.0/0 gateway=198.51.100.1,203.0.113.1")
    assert lookup(router, INTERNET) == "ether2,ether1"


def test_an_address_of_the_router_is_local(router: Router) -> None:
    assert lookup(router, "203.0.113.2") == "local"
    execute(router, "/ip address disable [find interface=ether1]")
    assert lookup(router, "203.0.113.2") == "no route"


@pytest.mark.parametrize(
    ("rule", "own", "forwarded"),
    [
        ("action=lookup table=second", "ether2", "ether2"),
        ("action=lookup table=second min-prefix=0", "no route", "no route"),
        ("action=lookup table=second interface=ether3", "no route", "ether2"),
        ("action=lookup table=second src-address=192.168.88.0/24", "no route", "ether2"),
        ("action=drop src-address=192.168.88.0/24", "no route", "blackhole"),
        ("action=unreachable", "unreachable", "unreachable"),
        ("action=lookup table=second disabled=yes", "no route", "no route"),
        ("action=lookup-only-in-table table=main", "unreachable", "unreachable"),
    ],
)
def test_rules(router: Router, rule: str, own: str, forwarded: str) -> None:
    execute(router, f"/routing rule add {rule}")
    assert [lookup(router, INTERNET), lookup(router, INTERNET, source=CLIENT, interface="ether3")] == [own, forwarded]


def test_each_write_is_looked_at(lab: Lab, api: Api) -> None:
    """A half state is seen: the second rule alone takes the LAN away."""
    assert not lab.load(ROWS).skipped
    with watch(lab, lambda router: (lookup(router, INTERNET), lookup(router, CLIENT))) as moments:
        number = add(api, "/routing/rule", table="second")
        guard = add(api, "/routing/rule", table="main", **{"min-prefix": "0"})
        raw(api, "/routing/rule/move", f"=numbers={guard}", f"=destination={number}")
        api("/routing/rule/print")
        lab.load(f"/routing rule disable {number}")
    raw(api, "/routing/rule/remove", f"=numbers={number}")
    assert [(moment.write, moment.seen) for moment in moments] == [
        (f"add /routing/rule {number}", ("ether2", "ether2")),
        (f"add /routing/rule {guard}", ("ether2", "ether2")),
        (f"move /routing/rule {guard}", ("ether2", "ether3")),
        (f"set /routing/rule {number}", ("no route", "ether3")),
    ]


def test_what_comes_by_itself_is_a_moment_where_it_changes_something(lab: Lab) -> None:
    assert not lab.load(f"{ROWS}/ip route add dst-address=0.0.0.0/0 gateway=203.0.113.1\n").skipped
    with watch(lab, lambda router: lookup(router, INTERNET)) as moments:
        assert not lab.load('/ip route set [find gateway="203.0.113.1"] comment=c').skipped
        for name, runs in (("ether3", False), ("ether1", False), ("ether1", True)):
            lab.router.set_running(name, runs)
    assert [(moment.write.partition(" ")[0], moment.seen) for moment in moments] == [
        ("set", "ether1"),
        ("state", "no route"),
        ("state", "ether1"),
    ]


def test_what_cannot_be_looked_at_is_told_at_the_end(lab: Lab) -> None:
    with (
        pytest.raises(NotPlayed, match="the lab's network does not play check-gateway=bfd"),
        watch(lab, lambda router: lookup(router, INTERNET)) as moments,
    ):
        lab.load(f"{ROWS}/ip route add dst-address=198.18.0.0/16 gateway=203.0.113.1 check-gateway=bfd\n")
        assert "bfd" in lab.dump()
    assert len(moments) == 5


POLICY = "/routing settings set policy-rules={}"
ALL_BY_SECOND = "/routing rule add table=second comment=all"


@pytest.mark.parametrize(
    ("policy", "marked", "own_address"),
    [
        ("mangle,vrf-lookup,vrf-unreach,local,user,main", "ether1", "local"),
        ("vrf-lookup,vrf-unreach,local,user,mangle,main", "ether2", "local"),
        ("mangle,user,local,main", "ether1", "ether2"),
        ("user,mangle,local,main", "ether2", "ether2"),
        ("mangle,local,main,user", "ether1", "local"),
        ("mangle,local,main", "ether1", "local"),
    ],
)
def test_order_of_decisions(policy: str, marked: str, own_address: str) -> None:
    router = new(version="7.22.3")
    execute(router, ROWS + ALL_BY_SECOND)
    execute(router, "/routing table add name=first fib; /ip route add dst-address=198.18.0.0/16 gateway=203.0.113.1 routing-table=first")
    execute(router, POLICY.format(policy))
    assert lookup(router, INTERNET, "first") == marked
    assert lookup(router, "203.0.113.2") == own_address


@pytest.mark.parametrize(("policy", "way"), [("mangle,local,main,user", "ether1"), ("mangle,local,user,main", "ether2")])
def test_main_before_the_users_rules(policy: str, way: str) -> None:
    router = new(version="7.22.3")
    execute(router, f"{ROWS}{ALL_BY_SECOND}\n/ip route add dst-address=0.0.0.0/0 gateway=203.0.113.1\n{POLICY.format(policy)}")
    assert lookup(router, INTERNET) == way


@pytest.mark.parametrize(
    ("chain", "own_address", "internet"),
    [
        ("", "local", "ether2"),
        ("chain=user", "local", "ether2"),
        ("chain=mangle", "ether2", "ether2"),
        ("chain=local", "local", "ether2"),
        ("chain=main", "local", "ether1"),
        ("chain=elsewhere", "local", "ether1"),
    ],
)
def test_rows_stand_behind_the_decision_that_their_chain_is_named_after(chain: str, own_address: str, internet: str) -> None:
    router = new(version="7.22.3")
    execute(router, f"{ROWS}{ALL_BY_SECOND} {chain}\n/ip route add dst-address=0.0.0.0/0 gateway=203.0.113.1")
    assert lookup(router, "203.0.113.2") == own_address
    assert lookup(router, INTERNET) == internet
