# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Behaviours that are not settled, in both positions."""

from __future__ import annotations

import pytest

from tests.lab.router.traits import Traits

from .client import add, connect, rows
from .conftest import StartLab


def test_icmp_rows_show_ttl_without_being_told(start_lab: StartLab) -> None:
    api = connect(start_lab())
    add(api, "/tool/netwatch", host="1.1.1.1", type="icmp")
    shown = rows(api, "/tool/netwatch")[0]
    assert (shown["ttl"], shown["accept-icmp-time-exceeded"]) == (255, False)


def test_or_hide_it_even_when_told(start_lab: StartLab) -> None:
    api = connect(start_lab(traits=Traits(netwatch_shows_ttl=False)))
    add(api, "/tool/netwatch", host="1.1.1.1", type="icmp", ttl=255)
    add(api, "/tool/netwatch", host="1.1.1.1", type="icmp", ttl=64)
    assert [row.get("ttl") for row in rows(api, "/tool/netwatch")] == [None, 64]


@pytest.mark.parametrize(("shows", "interval"), [(True, "10s"), (False, None)])
def test_netwatch_defaults(start_lab: StartLab, shows: bool, interval: str | None) -> None:
    api = connect(start_lab(traits=Traits(netwatch_shows_defaults=shows)))
    add(api, "/tool/netwatch", host="1.1.1.1")
    assert rows(api, "/tool/netwatch")[0].get("interval") == interval


@pytest.mark.parametrize(("shows", "disabled"), [(True, False), (False, None)])
def test_enabled_alerts(start_lab: StartLab, shows: bool, disabled: bool | None) -> None:
    api = connect(start_lab(traits=Traits(alert_shows_disabled=shows)))
    add(api, "/ip/dhcp-server/alert", interface="ether1", disabled="no")
    assert rows(api, "/ip/dhcp-server/alert")[0].get("disabled") is disabled


def test_traits_are_read_from_texts() -> None:
    assert Traits.parse(["netwatch_shows_ttl=false"]) == Traits(netwatch_shows_ttl=False)


@pytest.mark.parametrize("text", ["nope=true", "netwatch_shows_ttl=1", "netwatch_shows_ttl"])
def test_what_is_no_trait(text: str) -> None:
    with pytest.raises(ValueError, match="not a trait"):
        Traits.parse([text])
