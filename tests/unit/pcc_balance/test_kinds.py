# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The kinds of findings, by which users answer them: code, option and README name the same ones."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml
from ansible_collections.multiwan.routeros.plugins.plugin_utils.pcc_balance.intent import KINDS, REMOVAL, TAKE_OVER, read_intent
from ansible_collections.multiwan.routeros.plugins.plugin_utils.pcc_balance.preflight import findings
from ansible_collections.multiwan.routeros.plugins.plugin_utils.reading import IntentErrors

from .test_by_hand import BY_HAND, routed
from .test_preflight import FASTTRACK, FORWARD, INTENT, PORT, SWITCH, SWITCH_PORT, router

ROOT = Path(__file__).parents[3]
ROLE = ROOT / "roles" / "pcc_balance"
SOURCES = sorted((ROOT / "plugins" / "plugin_utils").rglob("*.py"))


def made(source: Path) -> Iterator[tuple[str, bool]]:
    """The kind of each finding that a module makes, and whether it refuses."""
    for node in ast.walk(ast.parse(source.read_text())):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "Finding":
            words = {word.arg: ast.literal_eval(word.value) for word in node.keywords if isinstance(word.value, ast.Constant)}
            if "kind" in words:
                yield str(words["kind"]), bool(words.get("refuses", True))


def test_the_option_takes_every_kind_that_refuses() -> None:
    options = yaml.safe_load((ROLE / "meta" / "argument_specs.yml").read_text())["argument_specs"]["main"]["options"]
    option = options["pcc_balance_warn_only"]
    own = [source for source in SOURCES if source.parent.name == "pcc_balance" or source.stem == "names_taken"]
    refusing = {kind for source in own for kind, refuses in made(source) if refuses}
    assert set(KINDS) == refusing
    assert option["choices"] == list(KINDS)
    described = " ".join(option["description"])
    readme = (ROLE / "README.md").read_text()
    assert [kind for kind in KINDS if f"V({kind})" not in described or f"`{kind}`" not in readme] == []


@pytest.mark.parametrize("source", SOURCES, ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_a_kind_either_refuses_or_warns(source: Path) -> None:
    """So that who answers a kind knows what becomes of it; `trust` refuses where nobody is trusted, and warns of strange roots."""
    kinds = list(made(source))
    both = {kind for kind, refuses in kinds if (kind, not refuses) in kinds}
    assert both - {"trust"} == set()


WRONG = {
    "interface": router(members=[{"list": "LAN", "interface": "ether2"}]),
    "ports": router(ports=[{**PORT, "interface": "ether2"}]),
    "gateway": router(addresses=[{"address": "198.51.100.1/24", "network": "198.51.100.0", "interface": "ether2"}]),
    "network": router(addresses=[{"address": "198.18.5.1/24", "network": "198.18.5.0", "interface": "bridge"}]),
    "rp-filter": router(settings=[{"rp-filter": "strict"}]),
    "name": router(tables=[{"name": "multiwan-isp2", "fib": ""}]),
    "fasttrack": router(filter_rows=[FASTTRACK]),
    "default-route": router(routes=[{"dst-address": "0.0.0.0/0", "gateway": "192.0.2.1", "distance": 1}]),
    "policy-rules": router(routing=[{"policy-rules": "vrf-lookup,vrf-unreach,local,user,mangle,main"}]),
    "dst-nat": router(nat=[FORWARD]),
    "lists": router(
        lists=[{"name": "ONE"}],
        members=[{"list": "ONE", "interface": "ether1"}],
        guards=[{"chain": "input", "action": "drop", "in-interface-list": "ONE"}],
    ),
    "l3-hardware": router(switches=[SWITCH], switch_ports=[SWITCH_PORT]),
    "hotspot": router(hotspots=[{"name": "guests", "interface": "bridge"}]),
    "vrf": router(vrfs=[{"name": "blue", "interfaces": "ether2"}]),
    "notrack": router(raw=[{"chain": "prerouting", "action": "notrack", "in-interface": "bridge"}]),
    "rule": router(rules=[{"action": "lookup", "table": "vpn", "src-address": "192.168.88.7/32"}]),
    "source-address": router(
        first_line=[{"address": "198.18.9.9/24", "network": "198.18.9.0", "interface": "ether1"}],
        addresses=[{"address": "203.0.113.2/32", "network": "203.0.113.2", "interface": "ether2"}],
    ),
    "masquerade": router(nat=[{"chain": "srcnat", "action": "masquerade", "out-interface": "ether1"}]),
    "balancing": router(mangle=BY_HAND),
    "marks": router(mangle=[routed("vpn", src_address="192.168.88.9")]),
    "dhcp": router(clients=[{"interface": "ether2", "gateway": "198.51.100.1"}]),
}
OTHER_LINE = {"dhcp": {"gateway": "dhcp"}}
"""What the second line has besides, by kind."""


def test_each_kind_has_a_router_on_which_it_is_found() -> None:
    """What speaks against a removal is looked for there only."""
    assert {*WRONG, REMOVAL} == set(KINDS)


@pytest.mark.parametrize("kind", WRONG)
def test_each_kind_can_be_answered(kind: str) -> None:
    first, other = INTENT["wans"]
    data = {**INTENT, "wans": [{**first, "source_address": "203.0.113.2"}, other | OTHER_LINE.get(kind, {})]}
    refused = findings(read_intent(data), WRONG[kind], probed=False)
    assert {finding.kind for finding in refused if finding.refuses} == {kind}
    assert all(finding.command.startswith("/") and "..." not in finding.command for finding in refused if finding.command)
    answered = findings(read_intent({**data, "warn_only": [kind]}), WRONG[kind], probed=False)
    assert [(finding.place, finding.problem, finding.refuses) for finding in answered] == [
        (finding.place, finding.problem, False) for finding in refused
    ]


@pytest.mark.parametrize("kind", [kind for kind in TAKE_OVER if kind in WRONG])
def test_what_is_taken_over_needs_no_answer(kind: str) -> None:
    (refused,) = findings(read_intent(INTENT), WRONG[kind], probed=False)
    assert refused.changes or refused.additions
    assert refused.command and f"multiwan_take_over: [{kind}]" in refused.text
    for consent in ("all", [kind], ["all"]):
        (made,) = findings(read_intent({**INTENT, "take_over": consent}), WRONG[kind], probed=False)
        assert made.is_made and (made.changes, made.additions) == (refused.changes, refused.additions)
    (other,) = findings(
        read_intent({**INTENT, "take_over": [next(other for other in TAKE_OVER if other != kind)]}), WRONG[kind], probed=False
    )
    assert other == refused
    (answered,) = findings(read_intent({**INTENT, "warn_only": [kind], "take_over": "all"}), WRONG[kind], probed=False)
    assert not answered.refuses and not answered.is_made


def test_a_kind_that_nobody_knows_is_refused_with_those_that_are_known() -> None:
    with pytest.raises(IntentErrors) as refused:
        read_intent({**INTENT, "take_over": ["fasttrak"]})
    (finding,) = refused.value.findings
    assert finding.text == (
        "multiwan_take_over[0]: 'fasttrak' is unknown, did you mean 'fasttrack'?; "
        "write one of all, fasttrack, balancing, marks, lists, network, ports, rp-filter, dst-nat, clients"
    )


def test_the_option_of_what_is_taken_over_names_the_same_kinds() -> None:
    option = yaml.safe_load((ROLE / "meta" / "argument_specs.yml").read_text())["argument_specs"]["main"]["options"][
        "pcc_balance_take_over"
    ]
    assert option["choices"] == ["all", *TAKE_OVER]
    described, readme = " ".join(option["description"]), (ROLE / "README.md").read_text()
    assert [kind for kind in TAKE_OVER if f"V({kind})" not in described or f"`{kind}`" not in readme] == []
