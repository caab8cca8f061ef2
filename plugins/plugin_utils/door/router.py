# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A router as the door sees it: rows to read, steps to write, and a sentence for what goes wrong."""

from __future__ import annotations

import random
import re
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any, cast

from .. import events, releases
from ..findings import Finding
from ..routeros.changing import Change, changed, find, lost, name
from ..routeros.paths import ADDRESS_LIST, RESOURCE, SAFE_MODE, SCRIPTS, menu
from ..routeros.reads import Read
from ..routeros.rows import Found, Row
from ..routeros.steps import Alter, Forget, Place, Step, Write, is_placed
from .changes import Changes
from .engine import BeforeWrite, Engine, InWorker, Result
from .hiding import Secrets
from .problems import MAY_NOT, WRITING, problem, rights_problem

USERS, GROUPS = "user", "user group"
LOG = "log"
_MISSING = "no such command"


class RouterProblem(Exception):
    """The router could not be asked, or does not do what it is told; `finding` says why, without anything that is secret."""

    def __init__(self, finding: Finding) -> None:
        super().__init__(finding.text)
        self.finding = finding


class Router:
    """One router, for as long as one task.

    :param engine: runs modules of community.routeros.
    :param defaults: by module, the arguments that the user has given to all calls, such as ``hostname`` and ``username``.
    """

    def __init__(self, engine: Engine, defaults: Mapping[str, Mapping[str, object]]) -> None:
        self._engine = engine
        self._defaults = defaults

    @property
    def user(self) -> str:
        """As whom it is asked."""
        return str(self._defaults["api"].get("username") or "")

    def close(self) -> None:
        """Hang up."""
        self._engine.close()

    def watch(self, before_write: BeforeWrite | None) -> bool:
        """Have this called before each sentence that writes; return whether that can be done."""
        if not isinstance(self._engine, InWorker):
            return False
        self._engine.before_write = before_write
        return True

    def safe_mode(self) -> Row | None:
        """Return who holds safe mode: `current` says that this connection does, `enabled` that somebody does. None where there is none."""
        try:
            rows = self.rows(SAFE_MODE)
        except RouterProblem as trouble:
            if _MISSING in trouble.finding.problem:
                return None
            raise
        return rows[0] if rows else None

    def keep(self, how: str) -> None:
        """Take safe mode (``take on-error=abort``), ``release`` or ``unroll`` it."""
        self.command(SAFE_MODE, how)

    def command(self, path: str, words: str) -> list[Row]:
        """Give a command of a menu, and return what it answers."""
        return cast(list[Row], self._call("api", menu(path), path=path, cmd=words)["msg"])

    def change(self, path: str, how: str, words: str) -> None:
        """Change one row as module api does: `how` is ``add``, ``update`` or ``remove``."""
        self._call("api", menu(path), **{"path": path, how: words})  # type: ignore[arg-type]

    def run_if_there(self, script: str) -> None:
        """Run a script of the router to its end, if there is one of this name.

        Raises `RouterProblem` where it fails.
        """
        if self.rows(SCRIPTS, ("name",), "name", [script]):
            self.command(SCRIPTS, f"run number={script}")

    def answers(self, address: str) -> bool:
        """Whether an address answers one of three pings. Where this user may not ask, nothing speaks against it."""
        try:
            rows = self.command("tool", f"ping address={address} count=3 interval=500ms")
        except RouterProblem as trouble:
            return MAY_NOT in trouble.finding.problem
        return any(int(row.get("received") or 0) > 0 for row in rows)

    def refusals(self, needed: Sequence[str] = WRITING) -> Iterator[Finding]:
        """Yield why this router cannot be managed, or not by this user.

        :param needed: the policies that the user has to have.

        Raises `RouterProblem` where it does not answer.
        """
        (resource,) = self.rows(RESOURCE, ("version",))
        version = str(resource["version"]).partition(" ")[0]
        of_release = list(releases.findings(version))
        yield from of_release
        if any(finding.refuses for finding in of_release):
            return
        users, groups = self._readable(USERS, ("name", "group")), self._readable(GROUPS, ("name", "policy"))
        if lacking := rights_problem(users, groups, self.user, needed):
            yield lacking

    def found(self, reads: Mapping[str, Read]) -> Found:
        """Return rows by path.

        Raises `RouterProblem` for the first path that cannot be read and has to be.
        """
        found: dict[str, Sequence[Row]] = {}
        for path, read in reads.items():
            found[path] = self._found(path, read, found)
        return found

    def _found(self, path: str, read: Read, found: Found) -> list[Row]:
        """A menu that a board does not have is a "no such command prefix" (observed, tik4net)."""
        field, values = (read.only.field, read.only.values(found)) if read.only else ("", ())
        if field and not values:
            return []
        try:
            return self.rows_with_hidden(path) if read.hidden else self.rows(path, read.columns, field, values)
        except RouterProblem as trouble:
            if read.may_fail or (read.optional and _MISSING in trouble.finding.problem):
                return []
            raise

    def rows(self, path: str, columns: Sequence[str] | None = None, field: str = "", values: Sequence[str] = ()) -> list[Row]:
        """Return the rows of a path as module api does: whole, also what can only be read; with `columns`, only these fields.

        :param field: only rows that have one of `values` there; it is among `columns`.
        """
        query: dict[str, Any] = {"extended_query": {"attributes": list(columns)}} if columns else {}
        if field:
            query["extended_query"]["where"] = [{"attribute": field, "is": "in", "value": list(values)}]
        return cast(list[Row], self._call("api", menu(path), path=path, **query)["msg"])

    def rows_with_hidden(self, path: str) -> list[Row]:
        """Return the rows of a path with None for each field that the router knows and does not show."""
        return cast(list[Row], self._call("api_info", menu(path), path=path, hide_defaults=False, handle_disabled="null-value")["result"])

    def writable(self, path: str) -> list[Row]:
        """Return the rows of a path that somebody has written, with the fields that can be written."""
        return cast(list[Row], self._call("api_info", menu(path), path=path, include_dynamic=False)["result"])

    def write(self, step: Step, changes: Changes, *, check: bool) -> None:
        """Carry out a step, or in check mode only say what it would do; note it in `changes`.

        Raises `RouterProblem` where the router refuses it or is lost; what the step has written until then stays.
        """
        if isinstance(step, Alter):
            self._alter(step, changes, check=check)
        elif isinstance(step, Place):
            self._move(step, changes, check=check)
        elif isinstance(step, Forget):
            self._forget(step, check=check)
        else:
            self._write(step, changes, check=check)

    def _write(self, step: Write, changes: Changes, *, check: bool) -> None:
        """The paths have no key of their own: with `restrict`, to remove what is absent and to write whole rows is the only form in which
        an edited row does not become a second one.
        """
        result = self._call(
            "api_modify",
            step["name"],
            secret=step["secret"],
            check=check,
            path=step["path"],
            data=step["rows"],
            restrict=step["restrict"],
            ensure_order=step["ordered"],
            handle_absent_entries="remove",
            handle_entries_content="remove_as_much_as_possible",
        )
        changes.note(step["path"], result["old_data"], result["new_data"], bool(result["changed"]))
        if result["changed"] and not check:
            time.sleep(step.get("rest", 0))

    def _alter(self, step: Alter, changes: Changes, *, check: bool) -> None:
        """Change rows of others, each looked up once more; what a row loses by that is set again."""
        path, there = step.path, self.rows(step.path)
        rows = [self._row(step, change, there) for change in step.changes]
        for change, row in zip(step.changes, rows, strict=True) if not check else ():
            self._set(step, row, change.fields)
        now = self.rows(path) if not check else there
        for change, row in zip(step.changes, rows, strict=True):
            before, after = row, changed(row, [replace(change, row=row)])
            if not check:
                after = next((other for other in now if other.get(".id") == row.get(".id")), after)
                if gone := {key: value for key, value in lost(path, row, after).items() if key not in change.fields}:
                    self._set(step, after, gone)
                    after = {**after, **gone}
            changes.note_theirs(path, name(path, row, there), before, after, change.gives_back)

    def _row(self, step: Alter, change: Change, rows: Sequence[Row]) -> Row:
        row = find(change.row, change.known, rows, {field for one in step.changes for field in one.fields})
        if row is None:
            raise self._gone(step.name, change.path, change.row)
        return row

    def _gone(self, doing: str, path: str, row: Row) -> RouterProblem:
        problem = "the row is not there any more; somebody else is at work on this router"
        return RouterProblem(Finding(f"{doing} {name(path, row, [row])}", problem, "run it again", kind="router"))

    def _set(self, step: Alter, row: Row, fields: Row) -> None:
        self._call(
            "api_find_and_modify",
            step.name,
            path=step.path,
            find={".id": row[".id"]} if ".id" in row else {},
            values={key if value is not None else f"!{key}": value for key, value in fields.items()},
            require_matches_min=1,
            require_matches_max=1,
            ignore_dynamic=False,
            ignore_builtin=False,
        )

    def _move(self, step: Place, changes: Changes, *, check: bool) -> None:
        """One command moves them all: without a destination, to the end (manual, "Console", move; tried over the API in the lab)."""
        there = self.rows(step.path, (".id", "comment") if step.before is None else None)
        if is_placed(step, there):
            return
        moved = [row for row in there if row.get("comment") in step.comments]
        if not check:
            behind = step.row_behind(there)
            if step.before is not None and behind is None:
                raise self._gone(step.name, step.path, step.before)
            numbers = ",".join(str(row[".id"]) for row in moved)
            destination = f" destination={behind['.id']}" if behind else ""
            self._call("api", step.name, path=step.path, cmd=f"move numbers={numbers}{destination}")
        changes.note_moved(step.path, [str(row["comment"]) for row in moved])

    def _forget(self, step: Forget, *, check: bool) -> None:
        """People are not told: what ends by itself is no change to them."""
        for row in self.rows(step.path, (".id", step.field)):
            if re.match(step.regex, str(row.get(step.field) or "")) and not check:
                self._call("api", step.name, path=step.path, remove=str(row[".id"]))

    def tell(self, event: str) -> bool:
        """Have the alert script tell an event, one of `events.ADDRESSES`; return whether there is one to do so.

        An event that is there already has not been read yet.
        """
        if not self.rows(SCRIPTS, ("name",), "name", [events.READER]):
            return False
        entry = f"list={events.LIST} address={events.ADDRESSES[event]} disabled=yes"
        if not self.rows(ADDRESS_LIST, ("list", "address"), "address", [events.ADDRESSES[event]]):
            self._call("api", menu(ADDRESS_LIST), path=ADDRESS_LIST, add=f'{entry} comment="{event} {random.randrange(10**9)} 0"')
        return True

    def _readable(self, path: str, columns: Sequence[str]) -> list[Row]:
        """Rows, none where the user may not read them."""
        try:
            return self.rows(path, columns)
        except RouterProblem:
            return []

    def _call(self, module: str, doing: str, *, secret: bool = False, check: bool = False, **arguments: object) -> Result:
        given = self._defaults[module]
        result = self._engine.call(module, {**given, **arguments}, check=check)
        if trouble := problem(result, doing, secret):
            password = Secrets(str(given.get("password") or ""))
            raise RouterProblem(replace(trouble, problem=password.hide(trouble.problem)))
        return result
