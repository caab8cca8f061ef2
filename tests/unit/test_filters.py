# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The filters as Ansible has them: found by their full name, at work in templates, with errors that name the place."""

from __future__ import annotations

from pathlib import Path

import pytest
from ansible.errors import AnsibleError, AnsibleFilterError
from ansible.parsing.dataloader import DataLoader
from ansible.plugins.loader import filter_loader
from ansible.template import Templar, trust_as_template

WANS = [
    {"name": "isp1", "interface": "ether1", "gateway": "203.0.113.1", "weight": "20M"},
    {"name": "isp2", "interface": "ether2", "gateway": "198.51.100.1", "weight": "10M"},
]
NO_WAN = ([], "multiwan_wans: 0 given; write 1 to 8 WANs")
GOOD = {
    "pcc_buckets": (WANS, "denominator", 3),
    "pcc_mark_table": (WANS, "0.chain", "multiwan-route"),
    "route_distances": (WANS, "0.gateway", "203.0.113.1"),
}
BAD = {
    "pcc_buckets": NO_WAN,
    "pcc_mark_table": NO_WAN,
    "route_distances": NO_WAN,
}
BAD_OPTIONS = {
    "pcc_buckets(tolerance=60)": "tolerance: 60 is out of range; write a number from 0 to 50",
    "pcc_buckets(max_rows=1)": "max_rows: 1 is out of range; write a whole number from 2 to 64",
    "pcc_mark_table(max_rows='many')": "max_rows: 'many' is not a whole number; write a whole number from 2 to 64",
    "route_distances(check_gateway='bfd')": "check_gateway: 'bfd' is unknown; write one of ping, arp, none",
}


def render(expression: str, value: object) -> object:
    """What a template makes of a value."""
    templar = Templar(loader=DataLoader(), variables={"value": value})
    return templar.template(trust_as_template(f"{{{{ {expression} }}}}"))


def test_every_filter_is_tested() -> None:
    folder = Path(__file__).parents[2] / "plugins" / "filter"
    filters = {file.stem for file in folder.glob("*.py")}
    assert filters == set(GOOD) == set(BAD)


@pytest.mark.parametrize("name", GOOD)
def test_filter_works_in_a_template(name: str) -> None:
    value, part, wanted = GOOD[name]
    assert render(f"(value | multiwan.routeros.{name}).{part}", value) == wanted


@pytest.mark.parametrize("name", BAD)
def test_wrong_data_is_an_error_of_the_filter_that_names_the_place(name: str) -> None:
    value, message = BAD[name]
    with pytest.raises(AnsibleFilterError) as refused:
        filter_loader.get(f"multiwan.routeros.{name}").j2_function(value)
    assert str(refused.value) == message


@pytest.mark.parametrize("call", BAD_OPTIONS)
def test_wrong_option_is_named_as_the_filter_names_it(call: str) -> None:
    with pytest.raises(AnsibleError) as refused:
        render(f"value | multiwan.routeros.{call}", WANS)
    assert str(refused.value).endswith(BAD_OPTIONS[call])
