# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""``make rehearse``: from somebody's inventory and export to a page, with packets; and what it says where it cannot begin."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from tests.exports.cases import DEFAULTS
from tests.rehearse.__main__ import main

EXPORT = DEFAULTS / "home.rsc"
WANS = [
    {"name": "isp1", "interface": "ether1", "gateway": "dhcp", "weight": "20M"},
    {"name": "isp2", "interface": "ether5", "gateway": "dhcp", "weight": "10M"},
]


def inventory(folder: Path, *hosts: str, **variables: object) -> Path:
    file = folder / "hosts.yml"
    given = {"multiwan_wans": WANS, "multiwan_lan_interfaces": ["bridge"], "failover_netwatch_profile": "fast", **variables}
    file.write_text(yaml.safe_dump({"routers": {"hosts": {name: {} for name in hosts or ("gateway",)}, "vars": given}}))
    return file


def test_it_goes_all_the_way(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    page = tmp_path / "page.html"
    code = main([str(inventory(tmp_path, multiwan_take_over="all")), str(EXPORT), f"--page={page}"])
    printed = capsys.readouterr().out
    assert code == 0, printed
    assert "A run goes through on gateway. With each line cut, new connections went elsewhere within " in printed
    html = page.read_text()
    assert '<p class="result good">A run goes through on gateway.' in html
    assert "isp1 0, isp2 200" in html
    assert "isp1 200, isp2 0" in html
    assert "gateway: rows to add " in html
    assert "gateway: all is well" in html
    assert "No new connection went by isp1 while it was drained." in printed
    assert "gateway: isp1 is drained since " in html
    assert "gateway: isp1 takes new connections" in html


def test_what_refuses_is_on_the_page_and_nothing_more_is_tried(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    page = tmp_path / "page.html"
    assert main([str(inventory(tmp_path)), str(EXPORT), f"--page={page}"]) == 1
    assert "A run would be refused on gateway, and nothing written" in capsys.readouterr().out
    html = page.read_text()
    assert "FastTrack would send " in html
    assert "multiwan.routeros.remove" not in html


@pytest.mark.parametrize(
    ("hosts", "variables", "said"),
    [
        (("a", "b"), {}, "has 2 routers in 'routers'; write one as HOST=, such as HOST=a"),
        ((), {"multiwan_wans": "{{ nothing }}"}, "no variables of 'routers' could be read"),
        ((), {"multiwan_wans": [{**WANS[0], "interface": "ether9"}]}, "isp1: the export has no interface 'ether9'; it has ether1"),
        ((), {"multiwan_wans": [{**WANS[0], "gateway": "192.0.2.300"}]}, "multiwan_wans[0].gateway"),
    ],
)
def test_what_it_cannot_begin_with(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], hosts: tuple[str, ...], variables: dict[str, object], said: str
) -> None:
    assert main([str(inventory(tmp_path, *hosts, **variables)), str(EXPORT)]) == 2
    assert said in capsys.readouterr().err


def test_files_that_are_not_there(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([str(tmp_path / "no.yml"), str(EXPORT)]) == 2
    assert f"there is no {tmp_path}/no.yml" in capsys.readouterr().err
