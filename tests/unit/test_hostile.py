# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Whatever somebody writes, at whatever place: it is refused there, or it is right, and then no text breaks out of its quotes."""

from __future__ import annotations

import copy
import math
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from typing import Any

import pytest
from ansible_collections.multiwan.routeros.plugins.plugin_utils import site
from ansible_collections.multiwan.routeros.plugins.plugin_utils.dhcp_alert_telegram import plan as alerts_plan
from ansible_collections.multiwan.routeros.plugins.plugin_utils.dhcp_alert_telegram import script as alerts_script
from ansible_collections.multiwan.routeros.plugins.plugin_utils.door.reach import VARIABLES, wrong
from ansible_collections.multiwan.routeros.plugins.plugin_utils.door.variables import specification
from ansible_collections.multiwan.routeros.plugins.plugin_utils.failover_netwatch import plan as failover_plan
from ansible_collections.multiwan.routeros.plugins.plugin_utils.failover_netwatch import script as failover_script
from ansible_collections.multiwan.routeros.plugins.plugin_utils.pcc_balance import plan as balance_plan
from ansible_collections.multiwan.routeros.plugins.plugin_utils.routeros.names import ALERTS, BALANCE, FAILOVER, ROLES
from ansible_collections.multiwan.routeros.plugins.plugin_utils.routeros.paths import INTERFACES, LISTS, MEMBERS, PORTS, SCRIPTS
from ansible_collections.multiwan.routeros.plugins.plugin_utils.routeros.rows import Rows
from hypothesis import given
from hypothesis import strategies as st

from tests.lab.router.language.program import read_program
from tests.unit.test_scripts import command, inside, statements

WAN = {"name": "isp2", "interface": "ether2", "gateway": "198.51.100.1", "weight": 1, "tier": 1, "source_address": "198.51.100.2"}
WANS = [{"name": "isp1", "interface": "ether1", "gateway": "203.0.113.1"}, {**WAN, "probes": ["8.8.8.8", "9.9.9.9"], "quorum": 1}]
RIGHT: Mapping[str, dict[str, Any]] = {
    BALANCE: {"wans": WANS, "lan_interfaces": ["ether3", {"list": "LAN"}], "bypass": ["192.0.2.0/24"], "bypass_services": ["53/udp"]},
    FAILOVER: {"wans": WANS, "on_down": "hook"},
    ALERTS: {
        **{"token": "123456:" + "a" * 35, "chats": [-1001, {"id": "@channel", "topic": 5}], "interfaces": ["ether3"]},
        **{"valid_servers": ["02:00:5E:10:00:01"], "texts": {"down": "{line}"}, "router_name": "shop", "silent_hours": "22:00-06:00"},
        **{"webhooks": ["https://example.net/hook"], "ntfy": ["https://ntfy.sh/topic"]},
    },
}
LONGEST = 600
"""Letters of a sentence."""
WORDS = ("multiwan_", *(f"{role}_" for role in ROLES))
"""How places in the user's data begin."""

SYNTAX = (
    *('"', '\\"', "\\", "$", "{", "}", "[", "]", ";", "#", "'", "`", "%", "=", "!", ",", "*", "~"),
    *('"; /system reset-configuration; "', "$[/user add name=x]", "[/system reboot]", '\\"; :error x; \\"', "a\n/system reboot", "a;b"),
    *("!ether2", "ether2,ether3", "ether2%x", "vlan1@ether2", "multiwan-lan", "main", "blackhole", "all", "none", "yes", "007", "1d"),
    *("{line!r}", "{0}", "{}", "{{", "{router.x}", "{mac[0]}", "%s", "${router}", "0x10", "1e999", "nan", "-0", "+1", "1_000", " 1 "),
    *("0.0.0.0", "255.255.255.255", "127.0.0.1", "224.0.0.1", "1.1.1", "01.1.1.1", "::1", "1.1.1.1/33", "1.1.1.1-", "*1"),
)
STRANGE = (
    *("\0", "a\0b", "\x1b[2J", "\x7f", "\r", "\t", "\u202eevil", "\u200b", "\ufeff", "\u2028", "\ud800", "\U0001f6a8", "é" * 40),
    *("٣", "٣٣٣", "١.١.١.١", "𝟙", "２", "²", "Ⅷ", "٣h", "-٣", "@канал5", "İ", "ﬀ", "a" * 70_000, "9" * 4_000, " ", "\u00a0", ""),  # noqa: RUF001
)
OTHERS: tuple[object, ...] = (
    *(None, True, False, 0, -1, 10**60, 2**63, -(2**63), 0.5, math.inf, -math.inf, math.nan, 1e308, 1e-320),
    *([], {}, [[]], [None], [{}], {"": ""}, {"id": None}, {None: None}, {"list": ["x"]}, {"a": {"b": {"c": []}}}, [[[["x"]]]], b"x", (1,)),
)
HOSTILE = (*SYNTAX, *STRANGE, *OTHERS)

Place = tuple[str, tuple[str | int, ...]]


def places() -> Iterator[Place]:
    """Each option of each role, and each place inside those that are right."""
    for role in ROLES:
        options = [name.removeprefix(f"{role}_") for name in specification(role)]
        for option in options:
            if option not in ("state", "changes"):  # the door's own
                yield role, (option,)
        yield from ((role, way) for way in _inside(RIGHT[role]) if len(way) > 1)


def _inside(value: object, way: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    parts = value.items() if isinstance(value, Mapping) else enumerate(value) if isinstance(value, list) else ()
    for key, part in parts:
        yield (*way, key)
        yield from _inside(part, (*way, key))


PLACES = tuple(dict.fromkeys(places()))


def written(place: Place, value: object) -> dict[str, Any]:
    """The options of a role that are right but for one place."""
    role, (*way, last) = place
    options = copy.deepcopy(RIGHT[role])
    inner: Any = options
    for key in way:
        inner = inner[key]
    inner[last] = value
    return options


def rows(role: str, intent: Any) -> Rows:
    if role == BALANCE:
        return balance_plan.plan(intent)
    if role == FAILOVER:
        return failover_plan.plan(intent, failover_script.source(intent))
    return alerts_plan.plan(intent, alerts_script.source(intent), dict.fromkeys((INTERFACES, LISTS, MEMBERS, PORTS), ()))


@cache
def heads(source: str) -> frozenset[str]:
    """The commands of a script, as far as they are words, and how many statements it has."""
    program = read_program(source)
    first = (statement.elements[0] for statement in statements(program))
    return frozenset((*map(command, statements(program)), *(str(getattr(element, "text", "")) for element in first)))


@cache
def usual(role: str) -> frozenset[str]:
    """The commands of the role's scripts, with and without what may be left out."""
    least = {key: RIGHT[role][key] for key in RIGHT[role] if key in ("wans", "token", "chats", "interfaces")}
    run = [site.read({role: options})[0] for options in (least, RIGHT[role])]
    sources = [str(row["source"]) for one in run for row in rows(role, one.intents[role]).get(SCRIPTS, ())]
    return frozenset[str]().union(*map(heads, sources))


def judge(place: Place, value: object) -> str:
    """Say what became of it; whatever is neither refused at a place nor right fails."""
    role, _way = place
    run, findings = site.read({role: written(place, value)})
    if findings:
        for finding in findings:
            assert finding.place.startswith(WORDS), finding
            assert finding.problem or finding.remedy
            assert finding.text.isprintable() and len(finding.text) < LONGEST
        return "refused"
    planned = rows(role, run.intents[role])
    for path, several in planned.items():
        for row in several:
            texts = [text for field, text in row.items() if isinstance(text, str) and field not in ("source", "on-event")]
            assert not [text for text in texts if any(ord(letter) < 32 for letter in text)], (path, row)
            assert all(text.encode() or True for text in texts)
            if path == SCRIPTS:
                assert heads(str(row["source"])) <= usual(role)
    return "right"


@pytest.mark.parametrize("place", PLACES, ids=lambda place: f"{place[0]}-{'.'.join(map(str, place[1]))}")
def test_it_is_refused_at_its_place_or_right(place: Place) -> None:
    outcomes = [judge(place, value) for value in HOSTILE]
    assert "refused" in outcomes


texts = st.text() | st.sampled_from(SYNTAX).flatmap(lambda syntax: st.text(max_size=5).map(lambda text: f"{text}{syntax}{text}"))
scalars = st.none() | st.booleans() | st.integers() | st.floats() | texts | st.sampled_from(HOSTILE)
values = st.recursive(scalars, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3), max_leaves=5)


@given(st.lists(st.tuples(st.sampled_from(PLACES), values), min_size=20, max_size=20))
def test_whatever_comes(inputs: Sequence[tuple[Place, object]]) -> None:
    """Twenty of each example, so a thousand in each run."""
    for place, value in inputs:
        judge(place, value)


@given(st.sampled_from(sorted(VARIABLES)), values)
def test_how_a_router_is_reached(name: str, value: object) -> None:
    secret = "a password that nobody may read"
    given_ = {"hostname": "192.0.2.1", "username": "multiwan", "password": secret, name: value}
    for finding in wrong(given_, VARIABLES.values()):
        assert finding.place == VARIABLES[name]
        assert secret not in finding.text


def test_there_is_much_that_is_hostile() -> None:
    assert len(PLACES) * len(HOSTILE) > 5000
    assert len(list(inside(read_program(":put 1")))) > 1


def test_a_text_that_breaks_out_is_found() -> None:
    assert not heads('/log info "x"; /system reboot') <= heads('/log info "x"')
