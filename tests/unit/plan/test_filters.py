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
INTENT = {"wans": WANS, "lan_interfaces": ["bridge"]}
ONE_WAN = (WANS[:1], "multiwan_wans: 1 given; write 2 to 8 WANs")
NO_LAN = ({**INTENT, "lan_interfaces": []}, "multiwan_lan_interfaces: empty; write the interface of the LAN, such as [bridge]")

LINES_OF_FAILOVER = {"wans": WANS}
BAD_PROFILE = (
    {"wans": WANS, "profile": "slow"},
    "failover_netwatch_profile: 'slow' is unknown; write one of fast, normal, calm",
)

ALERTS = {"token": "123456:" + "A" * 35, "chats": [-1001], "interfaces": ["bridge"]}
NO_CHAT = ({**ALERTS, "chats": []}, "dhcp_alert_telegram_chats: write a list of chats, such as [-1001234567890]")
MEND = "write /user set looker group=write on the router"
LOG = [{"message": "multiwan: test"}]

GOOD = {
    "dhcp_alert_telegram_answer": (LOG, "split('; ')[0]", "the router's script multiwan-telegram has not seen the message"),
    "dhcp_alert_telegram_preflight": (ALERTS, "errors | length", 0),
    "dhcp_alert_telegram_script": (ALERTS, "outboxes.0", "multiwan-outbox:-1001/0"),
    "dhcp_alert_telegram_steps": (ALERTS, "0.path", "system logging action"),
    "failover_netwatch_preflight": (LINES_OF_FAILOVER, "errors | length", 0),
    "failover_netwatch_script": (LINES_OF_FAILOVER, "source[2:19]", "multiwan-failover"),
    "failover_netwatch_steps": (LINES_OF_FAILOVER, "0.path", "routing table"),
    "pcc_balance_preflight": (INTENT, "errors | length", 0),
    "pcc_balance_steps": (INTENT, "0.path", "interface list"),
    "pcc_balance_summary": (INTENT, "1", "isp1  ether1     1     2/3      66.67 %  0.00"),
    "pcc_buckets": (WANS, "denominator", 3),
    "pcc_mark_table": (WANS, "0.chain", "multiwan-route"),
    "route_distances": (WANS, "0.gateway", "203.0.113.1"),
    "router_problem": ({"item": "ip route", "msg": "no such command"}, "upper()", "IP ROUTE: NO SUCH COMMAND"),
    "router_rights([{'name': 'read', 'policy': 'read'}], 'looker')": ([{"name": "looker", "group": "read"}], "split('; ')[1]", MEND),
}
BAD = {
    "dhcp_alert_telegram_script": NO_CHAT,
    "dhcp_alert_telegram_steps": NO_CHAT,
    "failover_netwatch_script": BAD_PROFILE,
    "failover_netwatch_steps": BAD_PROFILE,
    "pcc_balance_steps": NO_LAN,
    "pcc_balance_summary": NO_LAN,
    "pcc_buckets": ONE_WAN,
    "pcc_mark_table": ONE_WAN,
    "route_distances": ONE_WAN,
}
TAKES_ANYTHING = {"dhcp_alert_telegram_answer", "router_problem", "router_rights"}
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
    folder = Path(__file__).parents[3] / "plugins" / "filter"
    filters = {file.stem for file in folder.glob("*.py")}
    returns_problems = {name for name in filters if name.endswith("_preflight")}
    assert filters == {call.partition("(")[0] for call in GOOD} == {*BAD, *TAKES_ANYTHING, *returns_problems}


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


def test_preflight_returns_what_is_wrong() -> None:
    value, message = NO_LAN
    assert render("value | multiwan.routeros.pcc_balance_preflight", value) == {"errors": [message], "warnings": []}


def test_steps_of_removal_do_not_read_the_intent() -> None:
    assert render("(value | multiwan.routeros.pcc_balance_steps('absent')) | map(attribute='rows') | unique", {}) == [[]]
