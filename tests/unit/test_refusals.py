# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Every sentence that refuses something has a case in refusals.yml, which is compared word by word; or a test of the door's own.

The sentences are found in the source: what an `IntentError`, a note of `Problems` or a `Finding` is made of. What an f-string fills in
may be anything, so a case for a place is enough, not one for each value; findings that only warn are left out.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible_collections.multiwan.routeros.plugins.plugin_utils.dhcp_alert_telegram.delivery import _MEANINGS, answer
from ansible_collections.multiwan.routeros.plugins.plugin_utils.explain.answer import explain
from ansible_collections.multiwan.routeros.plugins.plugin_utils.explain.question import read_question
from ansible_collections.multiwan.routeros.plugins.plugin_utils.explain.scenes import found_scene, planned_scene
from ansible_collections.multiwan.routeros.plugins.plugin_utils.findings import texts
from ansible_collections.multiwan.routeros.plugins.plugin_utils.pcc_balance import removal
from ansible_collections.multiwan.routeros.plugins.plugin_utils.pcc_balance.intent import read_intent
from ansible_collections.multiwan.routeros.plugins.plugin_utils.reading import IntentErrors
from ansible_collections.multiwan.routeros.plugins.plugin_utils.routeros.names import ALERTS, BALANCE, FAILOVER

from . import sentences as said

ROOT = Path(__file__).parents[2]
SOURCES = sorted((ROOT / "plugins" / "plugin_utils").rglob("*.py"))
CASES: dict[str, Any] = yaml.safe_load(Path(__file__).with_name("refusals.yml").read_text())
TODAY = date(2026, 11, 26)
OF_THE_DOOR = (*(ROOT / "tests" / "unit" / "door").glob("test_*.py"), ROOT / "tests" / "unit" / "apply" / "test_problems.py")
"""Tests that compare what a router and Ansible have to do with."""

#: What makes a sentence, and the names of its parts in the order of its arguments.
MAKERS = {
    "IntentError": ("place", "problem", "remedy"),
    "note": ("place", "problem", "remedy"),
    "Finding": ("place", "problem", "remedy", "command", "refuses", "kind"),
}
ANYTHING = ".*?"
NAMED = "<the command>"


def messages() -> list[str]:
    """All sentences that a test compares."""
    checks = [check["message"] for of_role in (*CASES["checks"].values(), CASES["removals"], CASES["questions"]) for check in of_role]
    nodes = (node for file in OF_THE_DOOR for node in ast.walk(ast.parse(file.read_text())))
    return [*checks, *(node.value for node in nodes if isinstance(node, ast.Constant) and isinstance(node.value, str))]


def refused(role: str, check: Mapping[str, Any]) -> list[str]:
    """What a role refuses, where one thing is wrong with the options or with the router."""
    options = {**CASES["right"][role], **check.get("with", {})}
    found = {**CASES["right"]["router"], **check.get("router", {})}
    if role == ALERTS:
        return said.alerts(options, found, TODAY)["errors"]
    return (said.balance if role == BALANCE else said.failover)(options, found)["errors"]


CHECKS = [(role, check) for role, checks in CASES["checks"].items() for check in checks]


@pytest.mark.parametrize(("role", "check"), CHECKS, ids=lambda value: value["message"][:60] if isinstance(value, dict) else value)
def test_it_is_refused_in_these_words(role: str, check: Mapping[str, Any]) -> None:
    assert refused(role, check) == [check["message"]]


@pytest.mark.parametrize("role", [BALANCE, FAILOVER, ALERTS])
def test_what_is_right_is_not_refused(role: str) -> None:
    assert refused(role, {}) == []


@pytest.mark.parametrize("case", CASES["removals"], ids=lambda case: case["message"][:60])
def test_a_removal_is_refused_in_these_words(case: Mapping[str, Any]) -> None:
    found = {**CASES["right"]["router"], "user active": [], "ip firewall connection": [], **case["router"]}
    assert texts(removal.findings(found, anyway=False), refusing=True) == [case["message"]]


@pytest.mark.parametrize("case", CASES["questions"], ids=lambda case: case["message"][:60])
def test_a_question_is_refused_in_these_words(case: Mapping[str, Any]) -> None:
    intent = read_intent({**CASES["right"][BALANCE], **case.get("with", {})})
    rows = {**CASES["right"]["router"], **case.get("router", {})}
    with pytest.raises(IntentErrors) as refused:
        question = read_question({"from": "192.168.88.70", "to": "198.51.100.7:443/tcp", **case["asked"]}, intent.wans)
        explain(found_scene(intent, rows, question.at) if "router" in case else planned_scene(intent, at=question.at), question)
    assert str(refused.value) == case["message"]


@pytest.mark.parametrize("case", CASES["answers"], ids=lambda case: case["message"][:60])
def test_why_a_message_was_not_sent(case: Mapping[str, Any]) -> None:
    assert answer({case.get("waits", "multiwan-outbox:-1001/0")}, case.get("log", ())) == case["message"]


def sentences(source: str) -> Iterator[tuple[int, str]]:
    """The line of each refusal in a module, and the regular expression that its sentence matches."""
    for function in ast.walk(ast.parse(source)):
        if not isinstance(function, ast.FunctionDef):
            continue
        for node in ast.walk(function):
            name = _called(node)
            if isinstance(node, ast.Call) and name in MAKERS:
                parts = dict(zip(MAKERS[name], node.args, strict=False)) | {word.arg or "": word.value for word in node.keywords}
                if "problem" in parts and not _is_false(parts.get("refuses")):
                    yield node.lineno, _sentence(parts, function)


def _called(node: ast.AST) -> str:
    function = node.func if isinstance(node, ast.Call) else None
    return getattr(function, "id", "") or getattr(function, "attr", "")


def _is_false(node: ast.AST | None) -> bool:
    return isinstance(node, ast.Constant) and node.value is False


def _sentence(parts: Mapping[str, ast.AST], function: ast.FunctionDef) -> str:
    """As `Finding.text` makes it."""
    place, problem = (_pattern(parts[name], function) for name in ("place", "problem"))
    command = _pattern(parts["command"], function) if "command" in parts else ""
    remedy = _pattern(parts["remedy"], function) if "remedy" in parts else "write " * bool(command) + command
    return ": ".join(filter(None, (place, "; ".join(filter(None, (problem, remedy.replace(NAMED, command or NAMED)))))))


def _pattern(node: ast.AST, function: ast.FunctionDef, within: frozenset[str] = frozenset()) -> str:
    """The regular expression of a text; of a name, the texts that the function gives it, unless they are made of it (`within`)."""
    match node:
        case ast.Constant(value=str() as text):
            return re.escape(text)
        case ast.JoinedStr():
            return "".join(_pattern(part, function, within) for part in node.values)
        case ast.FormattedValue(value=ast.Name(id="COMMAND")):
            return NAMED
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


def uncovered(source: str, compared: list[str]) -> list[int]:
    """The lines whose sentence nothing that is compared begins with: check() adds what else may be done."""
    return sorted(line for line, pattern in sentences(source) if not any(re.match(pattern, text, re.DOTALL) for text in compared))


@pytest.mark.parametrize("source", SOURCES, ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_every_refusal_has_a_case(source: Path) -> None:
    assert [f"{source.name}:{line}" for line in uncovered(source.read_text(), messages())] == []


def test_every_answer_of_telegram_has_a_case() -> None:
    meanings = {case["message"].partition(" (")[0] for case in CASES["answers"]}
    assert {text for _, text in _MEANINGS} < meanings


def test_a_refusal_without_a_case_is_found() -> None:
    source = """
def check(value):
    remedy = f"write {value}"
    if value:
        raise IntentError("place", f"'{value}' is wrong", remedy)
    yield Finding(f"/ip route {value}", "it is in the way", kind="route")
    mend = f"/ip route remove {value}"
    yield Finding("/ip route", "it is old", f"wait, then write {COMMAND}, and look", mend, kind="route")
    yield Finding("/ip route", "it is new", command=mend, kind="route")
    problems.note("place", "it is odd", "write another")
    yield value
    yield Finding("place", f"only {value} warned of", refuses=False, kind="route")
"""
    assert uncovered(source, []) == [5, 6, 8, 9, 10]
    told = [
        "place: 'x' is wrong; write x",
        "/ip route 1: it is in the way",
        "/ip route: it is old; wait, then write /ip route remove 1, and look",
        "/ip route: it is new; write /ip route remove 1",
        "place: it is odd; write another",
    ]
    assert uncovered(source, told) == []
    for line, sentence in zip((5, 6, 8, 9, 10), told, strict=True):
        assert uncovered(source, [other for other in told if other != sentence]) == [line]
    assert uncovered(source, [*told[1:], "place: 'x' is wrong; read x"]) == [5]
    assert uncovered(source, [*told[:2], "/ip route: it is old; wait, then write /ip route set 1, and look", *told[3:]]) == [8]


def test_there_is_much_to_refuse() -> None:
    assert sum(1 for source in SOURCES for _ in sentences(source.read_text())) > 80
