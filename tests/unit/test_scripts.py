# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""How the scripts for the router are written, whatever they do: flat, and of functions that RouterOS runs as they are meant.

A function of RouterOS sees none of the variables around it and reads them as nothing, silently; a :return without a value makes the next
call fail (both observed by others on 7.21.4). A test of what a script does shows neither where the lab is more patient.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import fields, is_dataclass

import pytest
from ansible_collections.multiwan.routeros.plugins.plugin_utils.dhcp_alert_telegram.texts import EVERYWHERE
from routeros_lsp.syntax.ast import Brace, Named, Statement, StringLit, Variable, VariablePart, Word

from tests.lab.router.language.program import read_program
from tests.unit.dhcp_alert_telegram import outbox
from tests.unit.failover_netwatch import site
from tests.unit.lab.scripting import new

DEEPEST = 6
LINES = [{**wan, "max_loss": 20} if index else wan for index, wan in enumerate(site.wans(4))]
CHATS = [-1, {"id": "@channel", "topic": 5}]
LETTERS = 'it\'s {{ "quoted" }}, $money, back\\slash; Кафе'
SCRIPTS = {
    "failover, two lines": site.render({"wans": site.wans(2)}),
    "failover, limits, tiers and hooks": site.render({"wans": [*LINES, {**site.wans(5)[4], "tier": 2}], "on_down": "a{", "on_up": 'b"}'}),
    "failover, eight lines": site.render({"wans": site.wans(8)}),
    "failover, connections that are moved": site.render({"wans": [{**wan, "failback": "move"} for wan in site.wans(3)]}),
    "alerts": outbox.render(outbox.INTENT),
    "alerts, chats and hours": outbox.render({**outbox.INTENT, "chats": CHATS, "silent_hours": "22:00-06:00"}),
    "alerts, channels": outbox.render({**outbox.INTENT, "webhooks": ["https://a.b/c"], "ntfy": ["https://a.b/d"]}),
    "alerts, commands": outbox.render_commands(outbox.INTENT),
    "alerts, commands of many chats": outbox.render_commands({**outbox.INTENT, "chats": [*CHATS, -2, 3], "router_name": LETTERS}),
    "alerts, texts, lines untold": outbox.render({**outbox.INTENT, "texts": {"rogue": LETTERS}, "wan_events": False}),
}
DECLARE = ("local", "for", "foreach", "onerror")


def depth(source: str) -> int:
    """The most braces that are open at any place, those of arrays included."""
    deepest = opened = place = 0
    while place < len(source):
        letter = source[place]
        if letter == '"':
            place += 1
            while source[place] != '"':
                place += 2 if source[place] == "\\" else 1
        elif letter == "#":
            place = source.index("\n", place)
        opened += {"{": 1, "}": -1}.get(letter, 0)
        deepest = max(deepest, opened)
        place += 1
    assert opened == 0
    return deepest


def inside(node: object) -> Iterator[object]:
    """All nodes of a syntax tree, from the outside in."""
    if isinstance(node, list | tuple):
        for part in node:
            yield from inside(part)
    elif is_dataclass(node):
        yield node
        for each in fields(node):
            yield from inside(getattr(node, each.name))


def statements(node: object) -> Iterator[Statement]:
    return (part for part in inside(node) if isinstance(part, Statement) and part.elements)


def command(statement: Statement) -> str:
    first = statement.elements[0]
    return first.text if statement.prefix == ":" and isinstance(first, Word) else ""


def declared(statement: Statement) -> set[str]:
    """The variables that a statement makes."""
    return set(statement.elements[1].text.split(",")) if command(statement) in DECLARE else set()


def given(statement: Statement) -> dict[str, object]:
    """Named arguments."""
    return {
        element.name.value if isinstance(element.name, StringLit) else element.name.text: element.value
        for element in statement.elements
        if isinstance(element, Named)
    }


def functions(source: str) -> dict[str, Brace]:
    found = {}
    for statement in statements(read_program(source).statements):
        body = given(statement).get("do")
        if command(statement) == "local" and isinstance(body, Brace):
            (name,) = declared(statement)
            found[name] = body
    return found


def arguments(body: Brace) -> set[str]:
    """What a function reads and does not make itself."""
    own = {name for statement in statements(body) for name in declared(statement)}
    return {part.name for part in inside(body) if isinstance(part, Variable | VariablePart)} - own


def around(source: str, function: str) -> set[str]:
    """Variables that are there where a function is made."""

    def search(body: list[Statement], seen: set[str]) -> set[str] | None:
        seen = set(seen)
        for statement in body:
            if function in declared(statement):
                return seen
            names = declared(statement)
            for block in (part for part in statement.elements for part in [part.value if isinstance(part, Named) else part]):
                if isinstance(block, Brace) and (found := search(block.body, seen | names)) is not None:
                    return found
            seen |= names if command(statement) == "local" else set()
        return None

    found = search(list(read_program(source).statements), set())
    assert found is not None
    return found


@pytest.mark.parametrize("name", SCRIPTS)
def test_no_line_is_deeper_than_six_blocks(name: str) -> None:
    assert depth(SCRIPTS[name]) <= DEEPEST


COUNTED = {"{}": 1, '{ :put "{{{" }': 1, "# {{\n:if (1) do={ { } }": 2, ':put "\\"{"': 0, "{{1};{2}}": 2}


@pytest.mark.parametrize("source", COUNTED)
def test_depth_is_counted(source: str) -> None:
    assert depth(source) == COUNTED[source]


@pytest.mark.parametrize("name", SCRIPTS)
def test_every_function_ends_with_a_value_and_touches_no_globals(name: str) -> None:
    for function, body in functions(SCRIPTS[name]).items():
        assert command(body.body[-1]) == "return", function
        assert all(len(statement.elements) == 2 for statement in statements(body) if command(statement) == "return"), function
        assert not [statement for statement in statements(body) if command(statement) == "global"], function


@pytest.mark.parametrize("name", [name for name in SCRIPTS if name.startswith("alerts")])
def test_the_alert_script_keeps_nothing_in_variables(name: str) -> None:
    """A scheduled script without the policy `policy` does not find global variables of an earlier run (observed by four projects)."""
    assert ":global" not in SCRIPTS[name]


@pytest.mark.parametrize("name", SCRIPTS)
def test_no_value_is_returned_from_where_errors_are_caught(name: str) -> None:
    """Over the API a value that is returned comes as an error of category 7 (manual, "API"), so it may be caught like one."""
    for statement in statements(read_program(SCRIPTS[name]).statements):
        if command(statement) == "onerror" or "on-error" in given(statement):
            assert not [inner for inner in statements(statement.elements) if command(inner) == "return"]


@pytest.mark.parametrize("name", SCRIPTS)
def test_every_call_gives_what_the_function_takes(name: str) -> None:
    made = functions(SCRIPTS[name])
    called = set()
    for statement in statements(read_program(SCRIPTS[name]).statements):
        first = statement.elements[0]
        if isinstance(first, Variable) and statement.prefix is None and first.name in made:
            called.add(first.name)
            # a text need not have what every text may have
            assert set(given(statement)) - arguments(made[first.name]) <= set(EVERYWHERE), first.name
            assert arguments(made[first.name]) <= set(given(statement)), first.name
            assert len(statement.elements) == len(given(statement)) + 1, first.name
    assert called == set(made)


@pytest.mark.parametrize("name", SCRIPTS)
def test_no_argument_has_the_name_of_a_variable_that_is_there_already(name: str) -> None:
    """Which of the two RouterOS would read is not known."""
    for function, body in functions(SCRIPTS[name]).items():
        own = {name for statement in statements(body) for name in declared(statement)}
        assert not (arguments(body) | own) & around(SCRIPTS[name], function), function


WHERE = re.compile(r"(?:\[(/[a-z/-]+)/find where |(/[a-z/-]+)/[a-z]+ \[find where )([^\]]*)\]")


def shadowed(source: str) -> list[str]:
    """Variables in conditions of `find` that have the name of a property there: RouterOS takes the property (manual, "Scripting tips")."""
    router = new()
    found = []
    for match in WHERE.finditer(source):
        properties = router.menu(tuple((match[1] or match[2]).strip("/").split("/"))).arguments
        found += [match[0] for name in re.findall(r"\$([A-Za-z-]+)", re.sub(r'"(?:[^"\\]|\\.)*"', "", match[3])) if name in properties]
    return found


@pytest.mark.parametrize("name", SCRIPTS)
def test_no_condition_has_a_variable_with_the_name_of_a_property(name: str) -> None:
    assert len(WHERE.findall(SCRIPTS[name])) > 10
    assert shadowed(SCRIPTS[name]) == []


def test_a_shadowed_variable_is_seen() -> None:
    assert shadowed("/ip/firewall/address-list/remove [find where list=$list]")
    assert shadowed(":put [:len [/ip/route/find where comment~$way distance<$distance]]")
