# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The router: menus of rows, written by the rules of the schema and of ``menus``, read by ``reading``."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence

from . import rules
from .errors import (
    Trap,
    failure,
    missing_id,
    no_match,
    no_such_command,
    no_such_item,
    no_such_prefix,
    unknown_parameter,
)
from .interfaces import all_interfaces, find_interface, free_name, is_interface_menu
from .kinds import guess_kind
from .leases import Held, Provider
from .menus import facts
from .paths import Path
from .rows import Change, Row, id_text, parse_id
from .safe_mode import SafeMode
from .schema import CommandTree, Menu
from .services import Services
from .traits import Traits
from .values import INTERFACES, Kind, Reference, Value
from .versions import DEFAULT_VERSION, Version

ALONE = frozenset({("log",), ("tool", "netwatch"), ("system", "scheduler"), ("system", "script"), ("ip", "firewall", "address-list")})
"""Menus that change often, and of which no other menu shows anything."""

FIRST_IDS: Mapping[Path, int] = {("ip", "route"): 0x80000001, ("routing", "table"): 1}
"""Static routes have ids of the form *8000xxxx [REST23] O; elsewhere ids start at *1."""


class Router:
    """One router. All methods may be called from any thread.

    :param version: the release it says it is.
    :param traits: switches for behaviours that are not settled.
    :param services: what it reaches beyond its rows.

    ``links`` says which interfaces were plugged in or out, ``downs`` how often each went down, ``silent`` which gateways do not answer and
    by which check, ``held`` which leases DHCP clients have, by the number of their row; ``provider`` is who hands them out.

    :raises ValueError: for a text that is no version.
    """

    def __init__(self, version: str = DEFAULT_VERSION, traits: Traits | None = None, services: Services | None = None) -> None:
        self.version_text = version
        self.version = Version.parse(version)
        self.traits = traits or Traits()
        self.services = services or Services()
        self.tree = CommandTree(self.version)
        self.lock = threading.RLock()
        self.tables: dict[Path, list[Row]] = {}
        self.links: dict[int, bool] = {}
        self.downs: Counter[int] = Counter()
        self.silent: set[tuple[str, str]] = set()
        self.held: dict[int, Held] = {}
        self.provider = Provider()
        self.started = self.services.clock.now()
        self._changes: Counter[Path] = Counter()
        self.kept: dict[Path, tuple[object, list[dict[str, str]]]] = {}
        self._next_ids: dict[Path, int] = {}
        self._observers: list[Callable[[Change], None]] = []
        self._kinds: dict[tuple[Path, str], Kind] = {}
        self.safe_mode = SafeMode(self)

    # --- looking things up

    def menu(self, path: Path) -> Menu:
        """The menu at a path.

        :raises Trap: where there is none.
        """
        menu = self.tree.menu(path)
        if menu is None:
            raise no_such_prefix()
        return menu

    def table(self, path: Path) -> list[Row]:
        """The rows of a menu, in order; for /interface those of all kinds. A menu of single values has one row."""
        if path == INTERFACES:
            return [row for _, row in all_interfaces(self)]
        if path not in self.tables:
            menu = self.tree.menu(path)
            single = menu is not None and menu.single
            self.tables[path] = [self._new_row(path, 0)] if single else []
        return self.tables[path]

    def row(self, path: Path, number: int) -> Row | None:
        """The row with this id."""
        return next((row for row in self.table(path) if row.id == number), None)

    def owner(self, path: Path, row: Row) -> Path:
        """The menu that made a row: for /interface, the menu of its kind."""
        if path != INTERFACES:
            return path
        found = find_interface(self, row.id)
        return found[0] if found else path

    def kind(self, path: Path, name: str) -> Kind:
        """The kind of a menu's property."""
        key = (path, name)
        if key not in self._kinds:
            known = facts(path).kinds.get(name)
            self._kinds[key] = known or guess_kind(self.menu(path).arguments[name])
        return self._kinds[key]

    def text(self, value: Value) -> str:
        """A kept value as it reads: a reference shows the present name, or its id once the row is gone [REST23] O."""
        if isinstance(value, str):
            return value
        return "".join(piece if isinstance(piece, str) else self._name_of(piece) for piece in value)

    def written(self, row: Row, name: str) -> str:
        """A property of a row as it reads; empty for one that is not set."""
        return self.text(row.values.get(name, ""))

    def referenced_row(self, value: Value) -> tuple[Path, Row] | None:
        """The menu and row that a value refers to; None when it refers to none, or to one that is gone."""
        reference = next((piece for piece in value if isinstance(piece, Reference)), None)
        if reference is None:
            return None
        row = self.row(reference.menu, reference.id)
        return None if row is None else (self.owner(reference.menu, row), row)

    def find_reference(self, menu: Path, name: str) -> int | None:
        """The id of the row with exactly this name, or with this id."""
        number = parse_id(name)
        for row in self.table(menu):
            if row.name == name or row.id == number:
                return row.id
        return None

    def reference_names(self, menu: Path) -> Sequence[str]:
        """All names that a reference may have."""
        return [row.name for row in self.table(menu) if row.name]

    def resolve(self, path: Path, numbers: str) -> list[Row]:
        """The rows that a comma list of ids, names or positions means. A position counts the whole table [REST23] O.

        :raises Trap: when one of them is not there, before anything is done.
        """
        rows = self.table(path)
        return [self._resolve_one(rows, text) for text in numbers.split(",")]

    # --- writing

    def add(self, path: Path, given: Mapping[str, str], place_before: str | None = None) -> Row:
        """Makes a row.

        :param given: properties by name; a name with a leading ``!`` is left unset.
        :param place_before: the id or position of the row that it goes before; without it the row goes to the end.
        :raises Trap: when the router refuses; nothing is changed then.
        """
        with self.lock:
            menu = self._menu_with(path, "add")
            rules.check_device_mode(self, path)
            rows = self.table(path)
            position = len(rows)
            if place_before is not None:
                if "place-before" not in menu.commands["add"].get("a", {}):
                    raise unknown_parameter("place-before")
                position = rows.index(self._resolve_one(rows, place_before))
            rules.check_required(menu, given)
            row = self._new_row(path, self._peek_id(path))
            self._assign(path, row, given, menu.add_names)
            if is_interface_menu(self, path) and not row.name:
                row.values["name"] = free_name(self, path[1])
            rules.check_unique(self, path, row)
            self._take_id(path)
            rows.insert(position, row)
            self.notify(Change(path, "add", (row.id,)))
            return row

    def set(self, path: Path, rows: Sequence[Row], given: Mapping[str, str]) -> None:
        """Changes rows; a name with a leading ``!`` is unset.

        :raises Trap: when the router refuses for any of them; nothing is changed then.
        """
        with self.lock:
            menu = self._menu_with(path, "set")
            before = [row.values for row in rows]
            try:
                for row in rows:
                    rules.check_writable(row)
                    row.values = dict(row.values)
                    self._assign(path, row, given, menu.set_names)
                    rules.forget_hotspot(self, path, row, given)
                    rules.check_unique(self, self.owner(path, row), row)
            except Trap:
                for row, values in zip(rows, before, strict=True):
                    row.values = values
                raise
            self.notify(Change(path, "set", tuple(row.id for row in rows), frozenset(given)))

    def unset(self, path: Path, rows: Sequence[Row], name: str) -> None:
        """Takes properties away; one with a default falls back to it.

        :raises Trap: for a property that cannot be unset, and for dynamic rows.
        """
        names = self._menu_with(path, "unset").unsettable
        if name not in names:
            raise no_match("value-name")
        self.set(path, rows, {f"!{name}": ""})

    def remove(self, path: Path, rows: Sequence[Row]) -> None:
        """Removes rows. What refers to them shows their ids from then on [REST23] O.

        :raises Trap: when one of them must stay; nothing is changed then.
        """
        with self.lock:
            self._menu_with(path, "remove")
            for row in rows:
                rules.check_writable(row)
                rules.check_unused(self, path, row)
            for row in rows:
                table = self.table(self.owner(path, row))
                if row in table:
                    table.remove(row)
                if is_interface_menu(self, path):
                    self.links.pop(row.id, None)
                    self.downs.pop(row.id, None)
            self.notify(Change(path, "remove", tuple(row.id for row in rows)))

    def move(self, path: Path, rows: Sequence[Row], destination: str | None) -> None:
        """Moves rows as a block, in the order given, to before ``destination``.

        A destination that is missing [MAN] D or unknown [REST23] O means the end of the table.

        :raises Trap: for a destination among the rows themselves, and for menus without an order.
        """
        with self.lock:
            self._menu_with(path, "move")
            table = self.table(path)
            target = self._find_one(table, destination) if destination else None
            if target in rows:
                raise failure("can not move object before itself")
            for row in rows:
                rules.check_writable(row)
            for row in rows:
                table.remove(row)
            position = len(table) if target is None else table.index(target)
            table[position:position] = rows
            self.notify(Change(path, "move", tuple(row.id for row in rows)))

    # --- what the lab itself does

    def install(
        self,
        path: Path,
        values: Mapping[str, str],
        state: Mapping[str, str] | None = None,
        *,
        dynamic: bool = False,
        builtin: bool = False,
        place: int | None = None,
    ) -> Row:
        """Puts a row in place as the router itself would, past the rules for writing.

        :param place: its position; at the end without one.
        """
        with self.lock:
            row = self._new_row(path, self._peek_id(path))
            menu = self.tree.menu(path)
            for name, text in values.items():
                known = menu is not None and name in menu.arguments
                row.values[name] = self.kind(path, name).parse(name, text, self) if known else text
            row.state.update(state or {})
            row.dynamic, row.builtin = dynamic, builtin
            self._take_id(path)
            rows = self.table(path)
            rows.insert(len(rows) if place is None else place, row)
            self.notify(Change(path, "add", (row.id,)))
            return row

    def uninstall(self, path: Path, row: Row) -> None:
        """Takes a row away as the router itself would."""
        with self.lock:
            self.table(path).remove(row)
            self.notify(Change(path, "remove", (row.id,)))

    def install_state(self, path: Path, state: Mapping[str, str]) -> None:
        """Sets what a menu of single values shows and nobody can write. Menus that this version lacks are left out."""
        if self.tree.menu(path) is not None:
            self.set_state(path, self.table(path)[0], state)

    def clear(self) -> None:
        """Forgets all rows; ids start anew."""
        with self.lock:
            self.tables.clear()
            self.links.clear()
            self.downs.clear()
            self.silent.clear()
            self.held.clear()
            self._next_ids.clear()
            self.safe_mode.forget()
            self.touch()

    def set_state(self, path: Path, row: Row, state: Mapping[str, str]) -> None:
        """Changes what can only be read, such as a status."""
        with self.lock:
            row.state.update(state)
            self.notify(Change(path, "state", (row.id,)))

    def replace_state(self, path: Path, row: Row, state: Mapping[str, str]) -> None:
        """Forgets what can only be read of a row, but for this."""
        with self.lock:
            row.state = dict(state)
            self.notify(Change(path, "state", (row.id,)))

    def set_running(self, name: str, running: bool) -> None:
        """Plugs an interface in or out (or lets a dialed one connect).

        :raises KeyError: for a name that no interface has.
        """
        with self.lock:
            number = self.find_reference(INTERFACES, name)
            if number is None:
                raise KeyError(name)
            self.downs[number] += self.links.get(number) is not running and not running
            self.links[number] = running
            self.notify(Change(INTERFACES, "state", (number,)))

    def observe(self, observer: Callable[[Change], None]) -> Callable[[], None]:
        """Calls the observer after every change, in the thread that made it. Returns what ends that."""
        self._observers.append(observer)
        return lambda: self._observers.remove(observer)

    def notify(self, change: Change) -> None:
        """Tells all observers of a change."""
        self.touch(change.menu)
        for observer in list(self._observers):
            observer(change)

    def touch(self, path: Path = ()) -> None:
        """Notes that a menu, or more than one, reads differently from now on."""
        self._changes[path if path in ALONE else ()] += 1

    def age(self, path: Path) -> tuple[int, int, Traits]:
        """What is the same for as long as a menu without times in it reads the same."""
        return self._changes[()], self._changes[path], self.traits

    # --- the rules of writing

    def _menu_with(self, path: Path, command: str) -> Menu:
        menu = self.menu(path)
        if command not in menu.commands:
            raise no_such_command()
        return menu

    def _new_row(self, path: Path, number: int) -> Row:
        known = facts(path)
        row = Row(number, state=dict(known.state), made=self.services.wall_time())
        menu = self.tree.menu(path)
        defaults = dict(known.defaults)
        if menu is not None and "disabled" in menu.arguments and known.disabled == "always":
            defaults.setdefault("disabled", "no")
        for name in defaults:
            self._put_default(path, row, name, defaults)
        return row

    def _put_default(self, path: Path, row: Row, name: str, defaults: Mapping[str, str]) -> None:
        menu = self.tree.menu(path)
        if menu is not None and name in menu.arguments:
            row.values[name] = self.kind(path, name).parse(name, defaults[name], self) if defaults[name] else ""

    def _assign(self, path: Path, row: Row, given: Mapping[str, str], known: Iterable[str]) -> None:
        """Puts given properties into a row, or takes them away.

        :raises Trap: for properties that are not known and values that are refused.
        """
        defaults = facts(path).defaults
        for written, text in given.items():
            name = written.removeprefix("!")
            if name not in known:
                raise unknown_parameter(name)
            if written.startswith("!") or (name == "comment" and text == ""):
                row.values.pop(name, None)
                if name in defaults:
                    self._put_default(path, row, name, defaults)
            else:
                row.values[name] = self.kind(path, name).parse(name, text, self)

    def _find_one(self, rows: Sequence[Row], text: str) -> Row | None:
        number = parse_id(text)
        if number is not None:
            return next((row for row in rows if row.id == number), None)
        named = next((row for row in rows if row.name == text), None)
        if named is None and text.isdecimal() and int(text) < len(rows):
            return rows[int(text)]
        return named

    def _resolve_one(self, rows: Sequence[Row], text: str) -> Row:
        if text == "":
            raise missing_id()
        row = self._find_one(rows, text)
        if row is None:
            raise no_such_item()
        return row

    def _name_of(self, reference: Reference) -> str:
        row = self.row(reference.menu, reference.id)
        return (row.name if row else None) or id_text(reference.id)

    def _id_space(self, path: Path) -> Path:
        return INTERFACES if is_interface_menu(self, path) else path

    def _peek_id(self, path: Path) -> int:
        space = self._id_space(path)
        return self._next_ids.get(space, FIRST_IDS.get(space, 1))

    def _take_id(self, path: Path) -> None:
        self._next_ids[self._id_space(path)] = self._peek_id(path) + 1
