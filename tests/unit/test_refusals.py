# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Every sentence that refuses something has a case in the Molecule scenario `negative`, which compares it word by word.

The sentences are found in the source: what an `IntentError` is made of, and what the preflight functions yield. What an f-string fills in
may be anything, so a case for a place is enough, not one for each value; what only warns is left out by the name of its function.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible_collections.multiwan.routeros.plugins.plugin_utils.dhcp_alert_telegram.delivery import _MEANINGS

ROOT = Path(__file__).parents[2]
SOURCES = sorted((ROOT / "plugins" / "plugin_utils").rglob("*.py"))
CASES = ROOT / "molecule" / "negative" / "vars" / "cases.yml"

#: They warn, and refuse nothing.
WARNINGS = {
    *("_balanced_networks", "_disabled_interfaces", "_empty_lan", "_foreign_marks", "_more_bypassed", "_foreign_watches"),
    *("_other_roots", "_plain", "_servers_elsewhere", "_silent_gateways", "_unbalanced", "_unguarded_lines"),
    *("_unreachable_gateways", "_untracked", "_unusual_sources"),
}
ANYTHING = ".*?"


class _Cases(yaml.SafeLoader):
    """YAML with Ansible's tag for text that is no template."""


_Cases.add_constructor("!unsafe", lambda loader, node: loader.construct_scalar(node))


def messages() -> list[str]:
    """What the scenario compares, without what it fills in itself."""
    cases = yaml.load(CASES.read_text(), Loader=_Cases)
    checks = [check for of_role in cases["checks"].values() for check in of_role]
    return [str(case["message"]) for case in (*checks, *cases["cases"])]


def sentences(source: str) -> Iterator[tuple[int, str]]:
    """The line of each refusal in a module, and the regular expression that its sentence matches."""
    for function in ast.walk(ast.parse(source)):
        if not isinstance(function, ast.FunctionDef) or function.name in WARNINGS:
            continue
        for node in ast.walk(function):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "IntentError":
                yield node.lineno, ANYTHING + ": " + _pattern(node.args[1], function)
            elif isinstance(node, ast.Yield) and node.value is not None and _is_sentence(node.value):
                yield node.lineno, _pattern(node.value, function)


def _is_sentence(node: ast.AST) -> bool:
    """Whether it is a text with words in it."""
    parts = node.values if isinstance(node, ast.JoinedStr) else [node]
    return any(isinstance(part, ast.Constant) and " " in str(part.value) for part in parts)


def _pattern(node: ast.AST, function: ast.FunctionDef, within: frozenset[str] = frozenset()) -> str:
    """The regular expression of a text; of a name, the texts that the function gives it, unless they are made of it (`within`)."""
    match node:
        case ast.Constant(value=str() as text):
            return re.escape(text)
        case ast.JoinedStr():
            return "".join(_pattern(part, function, within) for part in node.values)
        case ast.FormattedValue():
            return _pattern(node.value, function, within)
        case ast.IfExp():
            return f"(?:{_pattern(node.body, function, within)}|{_pattern(node.orelse, function, within)})"
        case ast.Name(id=name) if name not in within:
            simple = [part for part in ast.walk(function) if isinstance(part, ast.Assign) and _names(part.targets) == [name]]
            given = [_pattern(part.value, function, within | {name}) for part in simple]
            bound = [part for part in ast.walk(function) if isinstance(part, ast.Name | ast.arg) and _names([part]) == [name]]
            others = len(bound) > len(simple)  # by a tuple, a loop, a parameter
            return f"(?:{'|'.join(given)})" if given and not others else ANYTHING
        case _:
            return ANYTHING


def _names(nodes: Sequence[ast.AST]) -> list[str]:
    """The names that are bound; of anything but a plain name, none."""
    stored = [node.id for node in nodes if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)]
    return [*stored, *(node.arg for node in nodes if isinstance(node, ast.arg))]


def uncovered(source: str, said: list[str]) -> list[int]:
    """The lines whose sentence nothing that is said begins with: check() adds what else may be done."""
    return sorted(line for line, pattern in sentences(source) if not any(re.match(pattern, text, re.DOTALL) for text in said))


@pytest.mark.parametrize("source", SOURCES, ids=lambda path: path.stem)
def test_every_refusal_has_a_case(source: Path) -> None:
    assert [f"{source.name}:{line}" for line in uncovered(source.read_text(), messages())] == []


def test_every_answer_of_telegram_has_a_case() -> None:
    cases: dict[str, Any] = yaml.load(CASES.read_text(), Loader=_Cases)
    meanings = {answer["message"].partition(" (")[0] for answer in cases["answers"]}
    assert {text for _, text in _MEANINGS} < meanings


def test_a_refusal_without_a_case_is_found() -> None:
    source = """
def check(value):
    wanted = f"write {value}"
    if value:
        raise IntentError("place", f"'{value}' is wrong; {wanted}")
    yield f"/ip route {value}: it is in the way"
    yield value

def _plain(value):
    yield f"only {value} warned of"
"""
    assert uncovered(source, []) == [5, 6]
    assert uncovered(source, ["multiwan_wans[0]: 'x' is wrong; write x"]) == [6]
    assert uncovered(source, ["multiwan_wans[0]: 'x' is wrong; read x", "/ip route 1: it is in the way"]) == [5]


def test_there_is_much_to_refuse() -> None:
    assert sum(1 for source in SOURCES for _ in sentences(source.read_text())) > 50
