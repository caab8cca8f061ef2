# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Which variables are ours, what they hold, and which ones are misspelt."""

from __future__ import annotations

from typing import Any

import pytest
import yaml
from ansible.errors import AnsibleUndefinedVariable
from ansible_collections.multiwan.routeros.plugins.plugin_utils.door.variables import (
    PLAYBOOKS,
    ROLES,
    SHARED,
    TYPE,
    UNDEFINED,
    clearest,
    misspelt,
    options,
    specification,
    unseen_hosts,
    without_value,
)
from ansible_collections.multiwan.routeros.plugins.plugin_utils.findings import Finding
from ansible_collections.multiwan.routeros.plugins.plugin_utils.site import ROLES as NAMES
from ansible_collections.multiwan.routeros.plugins.plugin_utils.site import read


def template(value: Any) -> Any:
    """Knows one variable, which is not there."""
    if "{{ nothing }}" in str(value):
        raise AnsibleUndefinedVariable("'nothing' is undefined")
    return value


def test_options_come_by_their_short_names_and_only_those_that_are_there() -> None:
    values, problems = options(
        "pcc_balance", {"pcc_balance_nat": False, "pcc_balance_wans": [], "pcc_balance_lan_interfaces": []}, template
    )
    assert values == {"nat": False, "wans": [], "lan_interfaces": []}
    assert problems == []


def test_an_undefined_variable_is_named() -> None:
    values, problems = options("failover_netwatch", {"failover_netwatch_wans": [], "failover_netwatch_profile": "{{ nothing }}"}, template)
    assert values == {"wans": []}
    assert [problem.text for problem in problems] == [
        "failover_netwatch_profile: 'nothing' is undefined; define it, or write the value itself"
    ]


def test_what_is_undefined_inside_a_shared_variable_is_found_although_it_has_a_default() -> None:
    problems = list(without_value(SHARED, {"multiwan_wans": [{"name": "{{ nothing }}"}], "multiwan_lan_interfaces": ["bridge"]}, template))
    assert [problem.text for problem in problems] == ["multiwan_wans[0].name: 'nothing' is undefined; define it, or write the value itself"]


HOSTS = {"groups": {"all": ["edge1", "edge2"], "routers": ["edge1"], "branch": ["edge2"]}}


@pytest.mark.parametrize("hosts", ["routers", "all", "edge1", "routers:!edge2", "edge*", ""])
def test_hosts_that_are_seen_or_a_pattern(hosts: str) -> None:
    assert unseen_hosts({**HOSTS, "multiwan_hosts": hosts}, "edge1") == []


@pytest.mark.parametrize("hosts", ["branch", "nowhere"])
def test_hosts_of_an_inventory_are_not_seen_by_a_play(hosts: str) -> None:
    (finding,) = unseen_hosts({**HOSTS, "multiwan_hosts": hosts}, "edge1")
    told = (
        "multiwan_hosts: 'branch' is in the inventory, where a play's hosts are not looked up, so this run is for 'edge1'; "
        "write it as -e multiwan_hosts=branch, or call the group routers"
    )
    assert finding.text == told.replace("branch", hosts)


def test_types_and_choices_are_those_of_the_specification() -> None:
    given = {"pcc_balance_wans": [], "pcc_balance_lan_interfaces": [], "pcc_balance_max_rows": "many", "pcc_balance_state": "gone"}
    _, problems = options("pcc_balance", given, template)
    assert {problem.place for problem in problems} == {"pcc_balance_max_rows", "pcc_balance_state"}
    assert problems[-1].text == (
        "pcc_balance_state: value of pcc_balance_state must be one of: present, absent, got: gone; "
        "see ansible-doc -t role multiwan.routeros.pcc_balance"
    )


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("pcc_balance_tolerence", "pcc_balance_tolerance"),
        ("pcc_balance_bypas", "pcc_balance_bypass"),
        ("multiwan_wan", "multiwan_wans"),
        ("multiwan_lan_interface", "multiwan_lan_interfaces"),
        ("multiwan_api_user_name", "multiwan_api_username"),
        ("failover_netwatch_profil", "failover_netwatch_profile"),
        ("dhcp_alert_telegram_chat", "dhcp_alert_telegram_chats"),
    ],
)
def test_a_misspelt_variable_is_refused(name: str, meant: str) -> None:
    (finding,) = misspelt([name], NAMES)
    assert finding.text == f"{name}: there is no such variable; did you mean '{meant}'?"
    assert finding.refuses


def test_the_words_about_a_misspelt_variable() -> None:
    (finding,) = misspelt(["multiwan_wan"], NAMES)
    assert finding.text == "multiwan_wan: there is no such variable; did you mean 'multiwan_wans'?"


@pytest.mark.parametrize(
    "name",
    [
        *("multiwan_lan_interfaces_all", "multiwan_wans_1", "multiwan_wans2", "multiwan_api_password_old"),
        *(
            "multiwan_wan1",
            "multiwan_isp1_password",
            "multiwan_password",
            "multiwan_tls",
            "multiwan_api_host",
            "multiwan_vault_token",
            "multiwan_routers",
            "multiwan_lines",
            "multiwan_api",
        ),
        *("pcc_balance_done", "pcc_balance_registered", "failover", "dhcp_server", "multi", "pcc", "inventory_hostname"),
    ],
)
def test_variables_of_others_are_left_alone(name: str) -> None:
    assert list(misspelt([name], NAMES)) == []


def test_our_own_variables_are_not_misspelt() -> None:
    known = [*SHARED, *PLAYBOOKS, *(name for role in NAMES for name in specification(role))]
    assert list(misspelt(known, NAMES)) == []


@pytest.mark.parametrize("role", NAMES)
def test_each_option_is_declared_where_it_has_to_be(role: str) -> None:
    """An option stands in the specification; its default there and in defaults/main.yml, which Ansible wants both, are the same."""
    defaults = yaml.safe_load((ROLES / role / "defaults" / "main.yml").read_text())
    specified = specification(role)
    assert set(defaults) <= set(specified)
    shared = {name for name, value in defaults.items() if str(value).startswith("{{ multiwan_")}
    assert not [name for name in shared if "default" in specified[name]]
    optional = {name for name, option in specified.items() if "default" in option}
    assert {name: defaults[name] for name in optional if name in defaults} == {name: specified[name]["default"] for name in optional}
    assert all(name.startswith(f"{role}_") for name in specified)


def test_what_the_playbooks_take_is_known() -> None:
    text = "".join(file.read_text() for file in (ROLES.parent / "playbooks").glob("*.yml"))
    assert {name for name in PLAYBOOKS if name not in text} == set()


WANS = [{"name": f"isp{number}", "interface": f"ether{number}", "gateway": f"203.0.113.{number}"} for number in (1, 2)]
NEEDED: dict[str, dict[str, Any]] = {
    "pcc_balance": {"wans": WANS, "lan_interfaces": ["bridge"]},
    "failover_netwatch": {"wans": WANS},
    "dhcp_alert_telegram": {"token": "123456:no-bot-has-this-token-of-thirty-five", "chats": [-1001], "interfaces": ["bridge"]},
}
OF_THE_DOOR = {"state", "changes"}
"""Options that say what to do with a role, not what its rows are."""


@pytest.mark.parametrize("role", NAMES)
def test_each_option_that_is_declared_is_read_and_has_the_same_default(role: str) -> None:
    needed = NEEDED[role]
    given = {name.removeprefix(f"{role}_"): option["default"] for name, option in specification(role).items() if "default" in option}
    defaults = {name: value for name, value in given.items() if name not in OF_THE_DOOR}
    assert read({role: {**defaults, **needed}}) == read({role: needed})


@pytest.mark.parametrize("role", NAMES)
def test_an_option_that_is_not_declared_is_refused(role: str) -> None:
    _, problems = read({role: {**NEEDED[role], "forgotten": 1}})
    assert [problem.place for problem in problems] == [f"{role}_forgotten"]


def undefined(place: str) -> Finding:
    return Finding(place=place, problem="'x' is undefined", remedy="define it", kind=UNDEFINED)


def test_what_only_follows_from_something_undefined_is_not_told() -> None:
    shared, own = undefined("multiwan_wans"), undefined("pcc_balance_wans")
    follows = Finding(place="multiwan_wans", problem="0 given", kind="intent")
    other = Finding(place="pcc_balance_tolerance", problem="too much", kind="intent")
    assert clearest([shared, own, own, follows, other]) == [shared, other]


def test_the_words_of_a_role_come_before_those_of_the_check_of_types() -> None:
    of_ansible = Finding(place="pcc_balance_nat", problem="no boolean", kind=TYPE)
    of_the_role = Finding(place="pcc_balance_nat", problem="neither true nor false", kind="intent")
    assert clearest([of_ansible, of_the_role, of_the_role]) == [of_the_role]
    assert clearest([of_ansible]) == [of_ansible]


def test_the_words_of_a_role_name_what_the_user_wrote() -> None:
    by_their_defaults = [Finding(place=f"{role}_wans", problem="no list", kind=TYPE) for role in NAMES[:2]]
    of_the_role = Finding(place="multiwan_wans", problem="write a list of WANs", kind="intent")
    assert clearest([*by_their_defaults, of_the_role]) == [of_the_role]


def test_of_a_role_that_is_to_go_only_the_state_counts() -> None:
    given = {"pcc_balance_state": "absent", "pcc_balance_wans": "{{ nothing }}", "pcc_balance_max_rows": "many"}
    assert options("pcc_balance", given, template) == ({"state": "absent"}, [])


def test_a_role_that_is_to_go_may_be_told_to_go_all_the_same() -> None:
    given = {"pcc_balance_state": "absent", "pcc_balance_warn_only": ["removal"]}
    assert options("pcc_balance", given, template) == ({"state": "absent", "warn_only": ["removal"]}, [])
    assert options("pcc_balance", {**given, "pcc_balance_warn_only": "{{ nothing }}"}, template) == ({"state": "absent"}, [])


def test_a_vault_without_its_password() -> None:
    def locked(value: Any) -> Any:
        raise AnsibleUndefinedVariable("Attempt to use undecryptable variable: no vault secrets were found")

    _, problems = options("pcc_balance", {"pcc_balance_wans": "..."}, locked)
    assert [problem.text for problem in problems] == [
        "pcc_balance_wans: it cannot be decrypted; give the password of the vault, such as --vault-password-file"
    ]
