# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Behaviours that are not settled, in both positions."""

from __future__ import annotations

import pytest

from tests.lab.network.forwarding import FAST_PATH
from tests.lab.network.lookup import lookup
from tests.lab.router.traits import Traits

from .client import add, connect, raw, refusal, rows
from .conftest import StartLab
from .scripting import execute, new


def test_icmp_rows_show_ttl_without_being_told(start_lab: StartLab) -> None:
    api = connect(start_lab(traits=Traits(netwatch_shows_ttl=True)))
    add(api, "/tool/netwatch", host="1.1.1.1", type="icmp")
    shown = rows(api, "/tool/netwatch")[0]
    assert (shown["ttl"], shown["accept-icmp-time-exceeded"]) == (255, False)


def test_or_hide_it_even_when_told(start_lab: StartLab) -> None:
    api = connect(start_lab())
    add(api, "/tool/netwatch", host="1.1.1.1", type="icmp", ttl=255)
    add(api, "/tool/netwatch", host="1.1.1.1", type="icmp", ttl=64)
    assert [row.get("ttl") for row in rows(api, "/tool/netwatch")] == [None, 64]


@pytest.mark.parametrize(("shows", "intervals"), [(True, ["1m", "10s"]), (False, [None, None])])
def test_netwatch_defaults(start_lab: StartLab, shows: bool, intervals: list[str | None]) -> None:
    api = connect(start_lab(traits=Traits(netwatch_shows_defaults=shows)))
    for kind in ("simple", "icmp"):
        add(api, "/tool/netwatch", host="1.1.1.1", type=kind)
    assert [row.get("interval") for row in rows(api, "/tool/netwatch")] == intervals


@pytest.mark.parametrize("refused", [True, False])
@pytest.mark.parametrize(
    ("menu", "name", "others"),
    [
        ("/routing/table", "name", ["=fib="]),
        ("/ip/firewall/mangle", "new-connection-mark", ["=chain=prerouting", "=action=mark-connection"]),
        ("/ip/firewall/mangle", "connection-mark", ["=chain=prerouting"]),
    ],
)
def test_long_marks(start_lab: StartLab, menu: str, name: str, others: list[str], refused: bool) -> None:
    api = connect(start_lab(traits=Traits(long_marks_are_refused=refused)))
    raw(api, f"{menu}/add", f"={name}={31 * 'a'}", *others)
    if refused:
        assert refusal(api, f"{menu}/add", f"={name}={32 * 'a'}", *others) == f"invalid value for argument {name}"
    else:
        raw(api, f"{menu}/add", f"={name}={32 * 'a'}", *others)


@pytest.mark.parametrize(("sign", "shown"), [(True, "20%"), (False, 20)])
def test_a_percentage(start_lab: StartLab, sign: bool, shown: str | int) -> None:
    api = connect(start_lab(traits=Traits(percent_has_sign=sign)))
    for written in ("20", "20%"):
        add(api, "/tool/netwatch", host="1.1.1.1", type="icmp", thr_loss_percent=written)
    assert [row["thr-loss-percent"] for row in rows(api, "/tool/netwatch")] == [shown, shown]


@pytest.mark.parametrize(("shows", "disabled"), [(True, False), (False, None)])
def test_enabled_alerts(start_lab: StartLab, shows: bool, disabled: bool | None) -> None:
    api = connect(start_lab(traits=Traits(alert_shows_disabled=shows)))
    add(api, "/ip/dhcp-server/alert", interface="ether1", disabled="no")
    assert rows(api, "/ip/dhcp-server/alert")[0].get("disabled") is disabled


TOGGLES = [
    ("/ip/firewall/{menu}/set", "=.id=*1", "=disabled=yes"),
    ("/ip/firewall/{menu}/disable", "=numbers=*1"),
    ("/ip/firewall/{menu}/enable", "=numbers=*1"),
]


@pytest.mark.parametrize(("drops", "left"), [(True, None), (False, "auth")])
@pytest.mark.parametrize("menu", ["nat", "filter"])
def test_toggling_a_row_with_hotspot(start_lab: StartLab, menu: str, drops: bool, left: str | None) -> None:
    lab = start_lab(traits=Traits(toggling_drops_hotspot=drops))
    api, chain = connect(lab), {"nat": "dstnat", "filter": "forward"}[menu]
    for toggle in TOGGLES:
        number = add(api, f"/ip/firewall/{menu}", chain=chain, hotspot="auth", comment="a")
        raw(api, *(word.format(menu=menu).replace("*1", number) for word in toggle))
        (shown,) = rows(api, f"/ip/firewall/{menu}")
        assert (shown.get("hotspot"), shown["comment"]) == (left, "a")
        raw(api, f"/ip/firewall/{menu}/remove", f"=numbers={number}")
    for command in ("disable [find]", "enable [find]", "set [find] disabled=yes"):
        execute(lab.router, f"/ip firewall {menu}\nadd chain={chain} hotspot=auth\n{command}")
        assert rows(api, f"/ip/firewall/{menu}")[0].get("hotspot") == left
        execute(lab.router, f"/ip firewall {menu} remove [find]")


def test_hotspot_stays_where_nothing_is_toggled(start_lab: StartLab) -> None:
    api = connect(start_lab(traits=Traits(toggling_drops_hotspot=True)))
    number = add(api, "/ip/firewall/nat", chain="dstnat", hotspot="auth", disabled="yes")
    raw(api, "/ip/firewall/nat/set", f"=.id={number}", "=comment=b")
    raw(api, "/ip/firewall/nat/set", f"=.id={number}", "=disabled=no", "=hotspot=!auth")
    assert rows(api, "/ip/firewall/nat")[0]["hotspot"] == "!auth"


DEFAULTS_ONLY = """
/ip address add address=203.0.113.2/24 interface=ether1
/routing table add name=second fib
/ip route add dst-address=0.0.0.0/0 gateway=203.0.113.1 routing-table=second
/ip route add dst-address=0.0.0.0/0 gateway=203.0.113.1
"""


@pytest.mark.parametrize(("needs", "way"), [(True, "ether1"), (False, "unreachable")])
def test_a_rule_with_min_prefix_on_a_table_of_defaults(needs: bool, way: str) -> None:
    """It hides the default either way; one that does not match does not refuse what it hides."""
    router = new(traits=Traits(min_prefix_needs_specifics=needs))
    execute(router, DEFAULTS_ONLY + "/routing rule add action=lookup-only-in-table table=second min-prefix=0")
    assert lookup(router, "198.18.0.1") == way
    execute(router, "/ip route add dst-address=198.18.7.0/24 gateway=203.0.113.1 routing-table=second")
    assert lookup(router, "198.18.0.1") == "unreachable"


@pytest.mark.parametrize(
    ("shows", "version", "chains"),
    [(True, "7.22.3", ["user", "mangle"]), (False, "7.22.3", [None, "mangle"]), (True, "7.21.4", [None])],
)
def test_chains_of_routing_rules(start_lab: StartLab, shows: bool, version: str, chains: list[str | None]) -> None:
    api = connect(start_lab(version=version, traits=Traits(rule_shows_chain=shows)))
    for chain in chains:
        add(api, "/routing/rule", table="main", **({"chain": chain} if chain == "mangle" else {}))
    assert [row.get("chain") for row in rows(api, "/routing/rule")] == chains


@pytest.mark.parametrize(("follows", "way"), [(True, "ether2"), (False, "ether1")])
def test_where_fasttracked_packets_look(follows: bool, way: str) -> None:
    router = new(traits=Traits(fasttrack_follows_rules=follows))
    execute(router, DEFAULTS_ONLY + "/ip address add address=198.51.100.2/24 interface=ether2")
    execute(router, "/routing table add name=third fib; /routing rule add table=third")
    execute(router, "/ip route add dst-address=0.0.0.0/0 gateway=198.51.100.1 routing-table=third")
    assert lookup(router, "198.18.0.1") == "ether2"
    assert lookup(router, "198.18.0.1", FAST_PATH) == way
    assert lookup(router, "203.0.113.2", FAST_PATH) == "local"


def test_traits_are_read_from_texts() -> None:
    assert Traits.parse(["netwatch_shows_ttl=false"]) == Traits(netwatch_shows_ttl=False)
    assert Traits.parse(["fasttrack_follows_rules=false", "toggling_drops_hotspot=true", "min_prefix_needs_specifics=true"]) == Traits(
        fasttrack_follows_rules=False, toggling_drops_hotspot=True, min_prefix_needs_specifics=True
    )


@pytest.mark.parametrize("text", ["nope=true", "netwatch_shows_ttl=1", "netwatch_shows_ttl"])
def test_what_is_no_trait(text: str) -> None:
    with pytest.raises(ValueError, match="not a trait"):
        Traits.parse([text])
