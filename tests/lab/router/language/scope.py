# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Variables: local ones in their block, global ones per user, or per run [MAN:Scripting, WANQM] D/O."""

from __future__ import annotations

from collections.abc import Mapping, MutableMapping

from .values import NOTHING, Value

Globals = MutableMapping[str, Value]


class Scope:
    """The names of one block.

    :param shared: the user's global variables.
    :param parent: the block around; None for a script and for a function, which sees nothing of where it was defined.
    :param names: what the block begins with: what a caller brings along, arguments.
    """

    def __init__(self, shared: Globals, parent: Scope | None = None, names: Mapping[str, Value] | None = None) -> None:
        self.shared = shared
        self._parent = parent
        self._locals: dict[str, Value] = dict(names or {})
        self._globals: set[str] = set()

    def block(self, names: Mapping[str, Value] | None = None) -> Scope:
        """A block inside this one."""
        return Scope(self.shared, self, names)

    def declare(self, name: str, value: Value) -> None:
        """``:local``."""
        self._globals.discard(name)
        self._locals[name] = value

    def declare_global(self, name: str) -> None:
        """``:global``: the name means the user's variable from here on."""
        self._locals.pop(name, None)
        self._globals.add(name)

    def read(self, name: str) -> Value:
        """A variable; nothing for a name that is not declared here, as functions read such [MAN, RB5009] D/O."""
        scope = self._owner(name)
        if scope is None:
            return NOTHING
        return self.shared.get(name, NOTHING) if name in scope._globals else scope._locals[name]

    def assign(self, name: str, value: Value) -> None:
        """``:set``; nothing as a value removes a global variable.

        :raises KeyError: for a name that is not declared here.
        """
        scope = self._owner(name)
        if scope is None:
            raise KeyError(name)
        if name not in scope._globals:
            scope._locals[name] = value
        elif value is NOTHING:
            self.shared.pop(name, None)
        else:
            self.shared[name] = value

    def _owner(self, name: str) -> Scope | None:
        scope: Scope | None = self
        while scope is not None and name not in scope._locals and name not in scope._globals:
            scope = scope._parent
        return scope
