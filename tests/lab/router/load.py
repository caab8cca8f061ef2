# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Loads configuration: a script, or what ``/export`` of a real router wrote, line by line.

Lines that the router refuses are skipped and reported, never silently.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, field
from typing import Literal

from routeros_lsp.syntax.ast import Statement

from .boards import fit
from .language.errors import ScriptError
from .language.frame import Execution
from .language.interpreter import run_program
from .language.program import Kind, read_program
from .paths import path
from .store import Router
from .upgrade import certificates_of, tables_of, upgraded, with_addresses, without_empty
from .users import EVERYTHING

OnError = Literal["continue", "stop"]

CERTIFICATE, TABLE = path("certificate"), path("routing table")


@dataclass(frozen=True)
class Skipped:
    """A line that was not carried out.

    :param line: counted from 1; where the statement begins.
    :param text: the statement, on one line.
    """

    file: str
    line: int
    reason: str
    text: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: skipped: {self.reason}: {self.text}"


@dataclass
class LoadReport:
    """What became of a script.

    :param applied: how many commands were carried out.
    """

    applied: int = 0
    skipped: list[Skipped] = field(default_factory=list)


class _Stopped(Exception):
    """The first refused line ends the load."""


def load_export(router: Router, source: str, filename: str, on_error: OnError = "continue", user: str = "admin") -> LoadReport:
    """Gives a router the configuration of a file: the export of another router, of whatever release, or somebody's own script.

    An export of RouterOS 6 is loaded as after an upgrade. The router has the certificates that the file names, which no export holds, and
    the menus of its board. The whole file is one scope, as in a script: who wrote a file with variables has run it as one.
    """
    for certificate in certificates_of(source):
        router.install(CERTIFICATE, {"name": certificate})
    for table in tables_of(source):
        router.add(TABLE, {"name": table, "fib": ""})
    text = upgraded(with_addresses(source))
    fit(router, text)
    text = without_empty(text, router)
    return load(router, text, filename, on_error, user, "script")


def load(
    router: Router, source: str, filename: str = "script", on_error: OnError = "continue", user: str = "admin", kind: Kind = "import"
) -> LoadReport:
    """Runs a configuration script with all policies.

    :param on_error: ``stop`` ends the load at the first refused line, as /import does [MAN] D.
    :param user: whose global variables it sets, and who owns the scripts that it adds.
    :param kind: ``import`` makes each line a scope of its own.
    """
    program = read_program(source, kind)
    report = LoadReport()

    def refuse(statement: Statement, error: ScriptError) -> None:
        at_command = error.trap is not None or error.position is None
        line, _ = program.place(statement.start if at_command else error.position or 0)
        text = _one_line(source[statement.start : statement.end])
        report.skipped.append(Skipped(filename, line, error.reason, text))
        if on_error == "stop":
            raise _Stopped

    execution = Execution(router, user, EVERYTHING, positions=True)
    with suppress(_Stopped):
        run_program(program, execution, refuse=refuse)
    report.applied = execution.writes
    return report


def _one_line(text: str) -> str:
    """A statement without its line ends and joins."""
    return " ".join(part.strip().rstrip("\\").strip() for part in text.splitlines())
