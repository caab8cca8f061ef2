# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Shortcuts for tests of scripts."""

from __future__ import annotations

from collections.abc import Mapping

from tests.lab.router.device import Device
from tests.lab.router.engines.clock import ManualClock
from tests.lab.router.factory import Hardware, new_router, ports
from tests.lab.router.language.frame import Execution
from tests.lab.router.language.interpreter import run_program
from tests.lab.router.language.program import read_program
from tests.lab.router.language.values import Value
from tests.lab.router.logs import LOG
from tests.lab.router.paths import path
from tests.lab.router.reading import Shown, read_rows
from tests.lab.router.services import Services
from tests.lab.router.store import Router
from tests.lab.router.traits import Traits
from tests.lab.router.users import EVERYTHING
from tests.lab.router.versions import DEFAULT_VERSION


def new(version: str = DEFAULT_VERSION, traits: Traits | None = None) -> Router:
    """A router with three ports."""
    return new_router(Hardware(ports(3), version), traits)


def new_device(version: str = DEFAULT_VERSION, traits: Traits | None = None) -> tuple[Device, ManualClock]:
    """A router whose time stands still until it is advanced; its engines have not been started."""
    clock = ManualClock()
    return Device(Hardware(ports(3), version), traits or Traits(), Services(clock=clock)), clock


def execute(router: Router, source: str, names: Mapping[str, Value] | None = None) -> Execution:
    """Runs a script with all policies.

    :raises ScriptError: when it fails.
    """
    execution = Execution(router, "admin", EVERYTHING)
    run_program(read_program(source, "script", frozenset(names or {})), execution, names)
    return execution


def puts(router: Router, source: str) -> list[str]:
    """What a script puts."""
    return execute(router, source).output


def value(router: Router, expression: str) -> str:
    """An expression's value as text."""
    (text,) = puts(router, f":put {expression}")
    return text


def log_lines(router: Router) -> list[tuple[str, str]]:
    """Topics and messages of the log."""
    return [(row.state["topics"], row.state["message"]) for row in router.table(LOG)]


def only(router: Router, menu: str) -> Shown:
    """The one row of a menu."""
    (row,) = read_rows(router, path(menu))
    return row
