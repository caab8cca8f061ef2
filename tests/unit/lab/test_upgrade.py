# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Exports of old releases: loaded as after an upgrade, each line at its number."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.lab.router.lab import Lab
from tests.lab.router.load import LoadReport
from tests.lab.router.paths import path
from tests.lab.router.reading import Shown, read_rows
from tests.lab.router.upgrade import release_of, upgraded

V6 = "# jan/02/2021 10:00:00 by RouterOS 6.48.6\n"
V7 = "# 2026-06-14 15:08:06 by RouterOS 7.20.1\n"
OLD_WORDS = "/ip route\nadd gateway=10.0.0.1 routing-mark=to_x\n"


def loaded(tmp_path: Path, text: str, **options: str) -> tuple[Lab, LoadReport]:
    """A router with a file loaded."""
    file = tmp_path / "export.rsc"
    file.write_text(text)
    lab = Lab(load=[file], **options)
    return lab, lab.reports[0][file]


def rows(lab: Lab, menu: str) -> list[Shown]:
    return read_rows(lab.router, path(menu))


@pytest.mark.parametrize(
    ("text", "release"),
    [
        (V6, "7.15.3"),
        ("# dec/22/2021 11:28:41 by RouterOS 7.1\n", "7.15.3"),
        (V7, "7.20.1"),
        ("# 2026-10-22 15:08:06 by RouterOS 7.25\n", "7.25"),
        ("/ip route add gateway=10.0.0.1\n", "7.21.4"),
        (OLD_WORDS, "7.15.3"),
    ],
)
def test_the_release_is_that_of_the_header(text: str, release: str) -> None:
    assert release_of([text]) == release


def test_an_argument_is_stronger_than_the_header(tmp_path: Path) -> None:
    lab, _ = loaded(tmp_path, V6 + OLD_WORDS, version="7.22.3")
    assert lab.router.version_text == "7.22.3"
    assert rows(lab, "ip route")[0]["routing-table"] == "to_x"


@pytest.mark.parametrize("head", [V6, ""])
def test_routes_and_marks_make_their_tables(tmp_path: Path, head: str) -> None:
    text = (
        f'{head}/ip firewall mangle\nadd action=mark-routing chain=prerouting new-routing-mark=\\\n    to_isp1 routing-mark="!to isp2"\n'
        '/ip route\nadd distance=1 gateway=10.0.0.1 routing-mark=to_isp1\nadd distance=1 gateway=10.0.0.2 routing-mark="to isp2"\n'
        "/ip route rule\nadd src-address=10.1.0.0/24 table=to_isp3\nadd dst-address=10.2.0.0/24 table=main\n"
    )
    lab, report = loaded(tmp_path, text)
    assert report.skipped == []
    assert [row["name"] for row in rows(lab, "routing table")] == ["main", "to isp2", "to_isp1", "to_isp3"]
    assert all("fib" in row for row in rows(lab, "routing table") if row["name"] != "main")
    assert [row["routing-table"] for row in rows(lab, "ip route")] == ["to_isp1", "to isp2"]
    assert [row["table"] for row in rows(lab, "routing rule")] == ["to_isp3", "main"]


def test_several_gateways_are_several_routes(tmp_path: Path) -> None:
    lab, report = loaded(
        tmp_path, f"{V6}/ip route\nadd comment=both gateway=10.0.0.1,10.0.0.2,10.0.0.1 \\\n    routing-mark=x\nadd gateway=\n"
    )
    assert [(row["gateway"], row["routing-table"], row["comment"]) for row in rows(lab, "ip route")] == [
        ("10.0.0.1", "x", "both"),
        ("10.0.0.2", "x", "both"),
    ]
    assert [item.line for item in report.skipped] == [5]


@pytest.mark.parametrize(
    ("line", "menu", "wanted"),
    [
        ("/ip route add dst-address=10.0.0.0/8 type=blackhole", "ip route", {"blackhole": ""}),
        ("/ip route add gateway=10.0.0.1 type=unicast", "ip route", {"gateway": "10.0.0.1"}),
        ('/ip route add bgp-communities="" gateway=10.0.0.1', "ip route", {"gateway": "10.0.0.1"}),
        ("/ip route vrf add interfaces=ether2 route-distinguisher=1:1 routing-mark=red", "ip vrf", {"name": "red", "interfaces": "ether2"}),
        ("/system ntp client set enabled=yes primary-ntp=192.0.2.1 secondary-ntp=0.0.0.0", "system ntp client", {"servers": "192.0.2.1"}),
        ("/interface vrrp add interface=ether1 mtu=1480 name=v", "interface vrrp", {"mtu": "1480"}),
    ],
)
def test_other_words(tmp_path: Path, line: str, menu: str, wanted: dict[str, str]) -> None:
    lab, report = loaded(tmp_path, f"{V6}{line}\n")
    assert report.skipped == []
    assert wanted.items() <= rows(lab, menu)[-1].items()


def test_policies_that_are_gone(tmp_path: Path) -> None:
    lab, report = loaded(tmp_path, f'{V6}/user group add name=g policy="read,api,!local,!dude,tikapp"\n')
    assert report.skipped == []
    assert rows(lab, "user group")[-1]["policy"].startswith("!local")


def test_what_a_newer_release_says_stays() -> None:
    assert upgraded(V7 + OLD_WORDS) == V7 + OLD_WORDS


def test_one_scope_for_a_file(tmp_path: Path) -> None:
    lab, report = loaded(
        tmp_path, f'{V7}:local port "ether5"\n/interface list add name=A\n/interface list member add list=A interface=$port\n'
    )
    assert report.skipped == []
    assert rows(lab, "interface list member")[0]["interface"] == "ether5"


def test_a_script_in_braces(tmp_path: Path) -> None:
    lab, report = loaded(tmp_path, f"{V7}/ip dhcp-client add interface=ether1 script={{:if ($bound=1) do={{ :log info 1 }}}}\n")
    assert report.skipped == []
    assert rows(lab, "ip dhcp-client")[0]["script"] == ":if ($bound=1) do={ :log info 1 }"


def test_empty_values_say_that_nothing_is_set(tmp_path: Path) -> None:
    text = f'{V7}/ip pool add name=p ranges=10.0.0.2-10.0.0.9 next-pool=""\n/ip firewall mangle add chain=x connection-mark="" comment=c\n'
    lab, report = loaded(tmp_path, text)
    assert report.skipped == []
    assert "connection-mark" not in rows(lab, "ip firewall mangle")[0]


@pytest.mark.parametrize(
    "matcher", ["protocol=tcp psd=21,3s,3,1", "connection-bytes=500000-0", "dst-limit=10,5,dst-address/1m", "time=8h-17h,mon,tue"]
)
def test_matchers_of_real_exports(tmp_path: Path, matcher: str) -> None:
    lab, report = loaded(tmp_path, f"{V7}/ip firewall filter add chain=input {matcher}\n")
    assert report.skipped == []
    name, _, value = matcher.rpartition(" ")[2].partition("=")
    assert rows(lab, "ip firewall filter")[0][name] == value


def test_unreadable_hardware_addresses_differ(tmp_path: Path) -> None:
    line = "/ip firewall mangle add chain=x src-mac-address=XX:XX:XX:XX:XX:XX\n"
    lab, report = loaded(tmp_path, V6 + line + line)
    assert report.skipped == []
    assert len({row["src-mac-address"] for row in rows(lab, "ip firewall mangle")}) == 2


def test_certificates_that_a_file_names_are_there(tmp_path: Path) -> None:
    lab, report = loaded(tmp_path, f"{V7}/ip service set www-ssl certificate=my-cert disabled=no\n")
    assert report.skipped == []
    assert [row["name"] for row in rows(lab, "certificate")] == ["my-cert"]


@pytest.mark.parametrize(("version", "taken"), [("7.23.3", False), ("7.24", True)])
def test_services_say_from_where_since_7_24(tmp_path: Path, version: str, taken: bool) -> None:
    _, report = loaded(tmp_path, "/ip service set ssh available-from=10.0.0.0/8\n", version=version)
    assert (report.skipped == []) is taken
