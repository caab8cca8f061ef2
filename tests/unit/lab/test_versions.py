# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What depends on the release."""

from __future__ import annotations

import pytest

from tests.lab.router.versions import Version

from .client import add, connect, raw, refusal, rows
from .conftest import StartLab


@pytest.mark.parametrize("version", ["7.12.2", "7.21.4", "7.23rc1", "6.49.10"])
def test_the_version_is_told(start_lab: StartLab, version: str) -> None:
    api = connect(start_lab(version))
    assert rows(api, "/system/resource")[0]["version"] == f"{version} (stable)"


@pytest.mark.parametrize(
    ("menu", "words", "name", "before", "since"),
    [
        ("/tool/netwatch", ["=host=1.1.1.1", "=src-address=10.0.0.1"], "src-address", "7.10.2", "7.11.3"),
        ("/tool/netwatch", ["=host=1.1.1.1", "=ttl=64"], "ttl", "7.15.3", "7.16.2"),
        ("/tool/netwatch", ["=host=1.1.1.1", "=ignore-initial-up=yes"], "ignore-initial-up", "7.16.2", "7.17.1"),
        (
            "/tool/netwatch",
            ["=host=1.1.1.1", "=early-failure-detection=yes"],
            "early-failure-detection",
            "7.19.6",
            "7.20.8",
        ),
        (
            "/ip/dhcp-client",
            ["=interface=ether1", "=default-route-tables=main"],
            "default-route-tables",
            "7.16.2",
            "7.18.2",
        ),
        ("/ip/dhcp-client", ["=interface=ether1", "=check-gateway=ping"], "check-gateway", "7.18.2", "7.19.6"),
        ("/ip/dhcp-client", ["=interface=ether1", "=name=x"], "name", "7.21.5", "7.22.3"),
        ("/routing/rule", ["=chain=x"], "chain", "7.21.5", "7.22.3"),
    ],
)
def test_younger_properties(start_lab: StartLab, menu: str, words: list[str], name: str, before: str, since: str) -> None:
    assert refusal(connect(start_lab(before)), f"{menu}/add", *words) == f"unknown parameter {name}"
    assert raw(connect(start_lab(since)), f"{menu}/add", *words)[0]["ret"] == "*1"


def test_younger_settings(start_lab: StartLab) -> None:
    words = ["/routing/settings/set", "=check-gateway-ping-interval=5"]
    message = refusal(connect(start_lab("7.20.8")), *words)
    assert message == "unknown parameter check-gateway-ping-interval"
    api = connect(start_lab("7.21.5"))
    raw(api, *words)
    assert rows(api, "/routing/settings")[0]["check-gateway-ping-interval"] == "5s"


def test_younger_menus(start_lab: StartLab) -> None:
    assert refusal(connect(start_lab("7.9.2")), "/routing/settings/print") == "no such command prefix"


def test_older_netwatch_rows_do_not_show_younger_properties(start_lab: StartLab) -> None:
    api = connect(start_lab("7.15.3"))
    add(api, "/tool/netwatch", host="1.1.1.1", type="icmp")
    assert not {"ttl", "accept-icmp-time-exceeded"} & set(rows(api, "/tool/netwatch")[0])


@pytest.mark.parametrize("text", ["", "7", "seven", "7.21.4.1", "7.21 (stable)"])
def test_what_is_no_version(text: str) -> None:
    with pytest.raises(ValueError, match="not a RouterOS version"):
        Version.parse(text)


def test_order_of_versions() -> None:
    versions = ["6.49.10", "7.9.2", "7.18", "7.18.2", "7.21.4"]
    assert sorted(versions, key=Version.parse) == versions
