# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Starts scripts: who may run which, each in a thread of its own, and what the log says of those that fail."""

from __future__ import annotations

import itertools
import threading
from collections.abc import Mapping, Sequence
from dataclasses import replace

from ..errors import SCRIPTING, Trap, not_permitted
from ..language.errors import Interrupted, ScriptError
from ..language.frame import Execution
from ..language.interpreter import run_program
from ..language.program import Program, read_program
from ..language.values import Value
from ..logs import date_text, write_log
from ..paths import path
from ..reading import Shown
from ..rows import Row
from ..store import Router
from ..users import HOOK_POLICIES, SYSTEM_USER
from .job import BY_CLIENT, BY_EXECUTE, Job, NotCovered, Origin

SCRIPT = path("system script")


class ScriptEngine:
    """Runs the scripts of one router."""

    def __init__(self, router: Router) -> None:
        self._router = router
        self._jobs: dict[int, Job] = {}
        self._numbers = itertools.count(1)

    # --- starting

    def start(
        self,
        source: str,
        user: str,
        granted: frozenset[str],
        origin: Origin = BY_CLIENT,
        names: Mapping[str, Value] | None = None,
    ) -> Job:
        """Starts a text as a job. What goes wrong is in the log and in ``error``.

        :param names: variables that it finds declared.
        """
        return self._start(source, Execution(self._router, user, granted), origin, names or {})

    def start_event(
        self, text: str, user: str, granted: frozenset[str], origin: Origin, names: Mapping[str, Value] | None = None
    ) -> Job | None:
        """Starts what a property such as ``on-event`` holds: the name of a script, or a text [MAN] D.

        :returns: None for a script that is not started, for its policies.
        """
        row = next((row for row in self._router.table(SCRIPT) if row.name == text), None)
        if row is None:
            return self.start(text, user, granted, origin, names)
        execution = Execution(self._router, user, granted, name=row.name or "")
        try:
            self._admit(row, granted)
        except NotCovered as refused:
            error = ScriptError(refused.message, trap=refused)
            self._log_failure(execution, origin, error)
            return None
        self._note_run(row)
        return self._start(self._router.written(row, "source"), execution, origin, names or {})

    def start_hook(self, text: str, origin: Origin, names: Mapping[str, Value]) -> Job | None:
        """Starts the script of a hook, as ``*sys`` with its few policies [MAN:Netwatch, Scripting tips] D."""
        return self.start_event(text, SYSTEM_USER, HOOK_POLICIES, origin, names)

    def execute(self, source: str, user: str, granted: frozenset[str]) -> int:
        """Starts a text for ``:execute``, with the caller's rights; returns the job's number.

        :raises ScriptError: when it does not start.
        """
        read_program(source).check(self._router.version)
        return self.start(source, user, granted, BY_EXECUTE).number

    def output_of(self, source: str, execution: Execution) -> str:
        """Runs a text to its end, within another execution, and returns what it put.

        :raises ScriptError: when it does not start, or fails.
        """
        inner = replace(execution, name="", commands=0, writes=0, output=[])
        self._run_within(execution, inner, source)
        return "\n".join(inner.output)

    def run(self, row: Row, execution: Execution, *, own_policies: bool) -> None:
        """Runs a named script to its end, within another execution. It sees none of its variables.

        :raises NotCovered: when the caller's policies do not cover the script's.
        :raises ScriptError: when it fails.
        """
        granted = self._granted(row, execution.granted, own_policies)
        self._note_run(row)
        inner = replace(execution, name=row.name or "", granted=granted, commands=0, writes=0)
        self._run_within(execution, inner, self._router.written(row, "source"))

    def run_for(self, row: Row, user: str, granted: frozenset[str], *, own_policies: bool) -> None:
        """Runs a named script to its end, for a client.

        :raises Trap: when it may not run, or fails.
        """
        granted = self._granted(row, granted, own_policies)
        self._note_run(row)
        execution = Execution(self._router, user, granted, name=row.name or "")
        job = self._start(self._router.written(row, "source"), execution, BY_CLIENT, {})
        job.wait()
        if job.error is not None:
            raise Trap(job.error.described, SCRIPTING)

    def _run_within(self, execution: Execution, inner: Execution, source: str) -> None:
        """Runs a text as a part of an execution; its commands count there."""
        try:
            run_program(read_program(source), inner)
        finally:
            execution.commands += inner.commands
            execution.writes += inner.writes

    # --- what runs

    def jobs(self) -> Sequence[Shown]:
        """The rows of /system/script/job."""
        return [job.shown() for job in self.running()]

    def running(self) -> list[Job]:
        """The jobs that have not ended yet."""
        return [job for job in list(self._jobs.values()) if job.running]

    def cancel(self, number: int) -> bool:
        """Ends a job; whether there was one."""
        job = self._jobs.get(number)
        if job is None or not job.running:
            return False
        job.cancel()
        return True

    def stop(self) -> None:
        """Ends all jobs, and waits for them, unless one of them asks for it (a script that reboots)."""
        jobs = self.running()
        for job in jobs:
            job.cancel()
        if any(job.thread is threading.current_thread() for job in jobs):
            return
        for job in jobs:
            if job.thread is not None:
                job.thread.join(timeout=5)

    def _start(self, source: str, execution: Execution, origin: Origin, names: Mapping[str, Value]) -> Job:
        clock = self._router.services.clock
        job = Job(next(self._numbers), execution, origin, self._router.services.wall_time())
        program = read_program(source, "script", frozenset(names))
        self._jobs[job.number] = job
        job.thread = clock.start(lambda: self._work(job, program, names), f"lab-script-{job.number}")
        return job

    def _work(self, job: Job, program: Program, names: Mapping[str, Value]) -> None:
        error: ScriptError | None = None
        try:
            run_program(program, job.execution, names)
        except Interrupted:
            pass
        except ScriptError as failed:
            error = failed
            self._log_failure(job.execution, job.origin, failed)
        except Exception as broken:
            error = ScriptError(f"lab: internal error: {broken!r}")
            self._log_failure(job.execution, job.origin, error)
            raise
        finally:
            self._jobs.pop(job.number, None)
            job.end(error)

    # --- rights

    def _granted(self, row: Row, granted: frozenset[str], own_policies: bool) -> frozenset[str]:
        """What a script runs with: the caller's rights, or its own where that is asked for [MAN:Scripting] D.

        :raises NotCovered: when the caller's rights are not enough.
        """
        self._admit(row, granted)
        return self.policies(row) if own_policies else granted

    def _admit(self, row: Row, granted: frozenset[str]) -> None:
        if row.values.get("dont-require-permissions") == "true" or self.policies(row) <= granted:
            return
        name = row.name or ""
        if self._router.traits.refused_scripts_are_logged:
            write_log(self._router, "script,error", f"could not run script {name}: not enough permissions")
        raise NotCovered(name)

    def policies(self, row: Row) -> frozenset[str]:
        """The policies of a script, or of a scheduler entry."""
        return frozenset(filter(None, self._router.written(row, "policy").split(",")))

    def _note_run(self, row: Row) -> None:
        count = int(row.state.get("run-count", "0")) + 1
        started = date_text(self._router.services.wall_time())
        self._router.set_state(SCRIPT, row, {"run-count": str(count), "last-started": started})

    def refuse(self, origin: Origin, user: str) -> None:
        """Notes that something with more policies than its user has was not started; the words are I."""
        self._log_failure(Execution(self._router, user, frozenset()), origin, ScriptError(not_permitted().message))

    # --- the log

    def _log_failure(self, execution: Execution, origin: Origin, error: ScriptError) -> None:
        """Two lines [MAN:Scripting, RB5009] D/O."""
        message = error.described
        if isinstance(error.trap, NotCovered):
            if not self._router.traits.refused_scripts_are_logged:
                return
            message = f"not enough permissions to run script {error.trap.script}"
        script = f" {execution.name}" if execution.name and origin.named else ""
        failed = f"executing script{script} {origin.phrase} failed, please check it manually"
        write_log(self._router, "script,error", failed)
        write_log(self._router, "script,error,debug", f"({origin.tag}) {message}")
