# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The commands of menus: what a client, or a script, can tell the router to do with rows."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime

from . import outside
from .calls import SAFE_MODE, Call, Reply
from .errors import missing_arguments, missing_id, no_such_command, no_such_item, read_only_row
from .leases import CLIENT, ask, lose, renew
from .logs import CLOCK, LOG, date_text, write_log
from .menus import SCRIPT_POLICIES
from .paths import Path, path
from .query import matches
from .reading import COUNTED, Shown
from .route_rows import own_routes
from .routes import ROUTE
from .rows import Row, id_text
from .services import not_played
from .users import check_permission, check_policy

SCRIPT, SCHEDULER = path("system script"), path("system scheduler")


def run(call: Call) -> Reply:
    """Carries a command out.

    :raises Trap: when the router refuses it; nothing is changed then.
    """
    command = admit(call)
    if is_long(call):
        return outside.COMMANDS[(*call.path, command)](call)
    action = OWN.get((*call.path, command)) or ACTIONS.get(command)
    if action is None:
        raise not_played(f"the command {command}")
    with call.router.lock:
        return action(call)


def is_long(call: Call) -> bool:
    """Whether the command reaches beyond the rows, and so may take a while."""
    return (*call.path, call.command) in outside.COMMANDS


def admit(call: Call) -> str:
    """Looks at whether there is such a command, and whether it may be given; returns its name.

    :raises Trap: when not.
    """
    command = "print" if call.command == "getall" else call.command
    if command not in call.router.menu(call.path).commands:
        raise no_such_command()
    check_permission(call.granted, call.path, command)
    return command


def _print(call: Call) -> Reply:
    known = call.router.menu(call.path).commands["print"].get("a", {})
    words = call.words(*known, ".proplist", ".id", "numbers", "detail", "count-only", "stats")
    rows = [row for row in call.rows() if matches(call.queries, row)]
    if chosen := _numbers(words).split(",") if _numbers(words) else []:
        rows = [row for row in rows if row[".id"] in chosen or row.get("name") in chosen]
    if "count-only" in words:
        return Reply(ret=str(len(rows)))
    proplist = words.get(".proplist", words.get("proplist", ""))
    if proplist:
        names = [name.strip() for name in proplist.split(",")]
        rows = [{name: row[name] for name in names if name in row} for row in rows]
    return Reply(rows=rows)


def chosen_row(call: Call) -> Shown:
    """The row that ``get`` asks for.

    :raises Trap: when it is not there.
    """
    words = call.words(".id", "number", "numbers", "value-name")
    wanted, single = _numbers(words), call.router.menu(call.path).single
    rows = call.rows()
    by_place = {str(place): row for place, row in enumerate(rows)}
    named = next((row for row in rows if single or wanted in (row[".id"], row.get("name"))), by_place.get(wanted))
    if named is None:
        raise no_such_item()
    return named


def _get(call: Call) -> Reply:
    """One value, or all of them as ``name=value`` pairs I."""
    row = chosen_row(call)
    name = dict(call.attributes).get("value-name")
    if name is not None:
        return Reply(ret=row.get(name, ""))
    return Reply(ret=";".join(f"{name}={value}" for name, value in row.items()))


def _find(call: Call) -> Reply:
    """All ids; only print takes queries [MAN:API] D."""
    return Reply(ret=";".join(row[".id"] for row in call.rows()))


def _add(call: Call) -> Reply:
    """Scripts and scheduler entries belong to whoever adds them, with the creator's policies unless others are given
    [MAN:Scripts] D."""
    words = call.words()
    place_before = words.pop("place-before", None)
    if "copy-from" in words:
        words = _copy(call, words.pop("copy-from")) | words
    if call.path in (SCRIPT, SCHEDULER):
        words.setdefault("policy", ",".join(policy for policy in SCRIPT_POLICIES if policy in call.granted))
        _check_width(call, words)
    if call.path == SCRIPT:
        words.setdefault("owner", call.user)
    row = call.router.add(call.path, words, place_before)
    if call.path == SCHEDULER:
        call.router.set_state(call.path, row, {"owner": call.user})
    return Reply(ret=id_text(row.id), touched=[row])


def _check_width(call: Call, words: Mapping[str, str]) -> None:
    """A script or scheduler entry with more policies than whoever writes it has: a trait.

    :raises Trap: where it is refused.
    """
    if call.path in (SCRIPT, SCHEDULER) and call.router.traits.wide_scripts_are_refused:
        wanted = call.router.kind(call.path, "policy").parse("policy", words.get("policy", ""), call.router)
        check_policy(call.granted, *filter(None, call.router.text(wanted).split(",")))


def _copy(call: Call, original: str) -> dict[str, str]:
    """What another row is told, as words of ``add``."""
    row = call.router.resolve(call.path, original)[0]
    names = call.router.menu(call.path).add_names
    return {name: call.router.text(value) for name, value in row.values.items() if name in names}


def _set(call: Call) -> Reply:
    words = call.words()
    single = call.router.menu(call.path).single
    rows = call.router.table(call.path)[:1] if single else _rows(call, words)
    given = {name: value for name, value in words.items() if name not in _ROW_WORDS}
    _check_width(call, given)
    call.router.set(call.path, rows, given)
    return Reply(touched=rows)


def _set_clock(call: Call) -> Reply:
    """Sets the clock by ``date`` and ``time`` [MAN:Clock] D."""
    services, words = call.router.services, call.words()
    day, time = date_text(services.wall_time()).split()
    day, time = (
        str(call.router.kind(CLOCK, name).parse(name, words.pop(name, now), call.router)) for name, now in (("date", day), ("time", time))
    )
    if len(call.attributes) > len(words):
        services.set_wall_time(datetime.fromisoformat(f"{day} {time}+00:00").timestamp())
    call.router.set(CLOCK, rows := call.router.table(CLOCK), words)
    return Reply(touched=rows)


def _switch(value: str) -> Callable[[Call], Reply]:
    def action(call: Call) -> Reply:
        rows = _rows(call, call.words(".id", "numbers"))
        call.router.set(call.path, rows, {"disabled": value})
        return Reply(touched=rows)

    return action


def _comment(call: Call) -> Reply:
    words = call.words(".id", "numbers", "comment")
    rows = _rows(call, words)
    call.router.set(call.path, rows, {"comment": words.get("comment", "")})
    return Reply(touched=rows)


def _unset(call: Call) -> Reply:
    words = call.words(".id", "numbers", "value-name")
    rows = _rows(call, words)
    if "value-name" not in words:
        raise missing_arguments(["value-name"])
    call.router.unset(call.path, rows, words["value-name"])
    return Reply(touched=rows)


def _remove(call: Call) -> Reply:
    rows = _rows(call, call.words(".id", "numbers"))
    call.router.remove(call.path, rows)
    return Reply(touched=rows)


def _move(call: Call) -> Reply:
    words = call.words(".id", "numbers", "destination")
    rows = _rows(call, words)
    call.router.move(call.path, rows, words.get("destination"))
    return Reply(touched=rows)


def _reset_counters(call: Call) -> Reply:
    words = call.words(".id", "numbers")
    rows = _rows(call, words) if _numbers(words) else call.router.table(call.path)
    if call.router.services.counters is not None and call.path in COUNTED:
        call.router.services.counters.reset(call.path, [id_text(row.id) for row in rows])
    for row in rows:
        call.router.set_state(call.path, row, {name: "0" for name in ("bytes", "packets") if name in row.state})
    return Reply()


def _reset_alert(call: Call) -> Reply:
    """What was seen is forgotten, so that it is reported again [MAN, SCH] D."""
    for row in _rows(call, call.words(".id", "numbers")):
        call.router.set_state(call.path, row, {"unknown-server": ""})
    return Reply()


def _renew(call: Call) -> Reply:
    """Clients ask for their leases again [MAN:DHCP client] D."""
    for row in (rows := _rows(call, call.words(".id", "numbers"))):
        renew(call.router, row)
    return Reply(touched=rows)


def _release(call: Call) -> Reply:
    """Clients give their leases back and begin anew [MAN:DHCP client, SCH] D."""
    for row in (rows := _rows(call, call.words(".id", "numbers"))):
        lose(call.router, row)
        ask(call.router, row)
    return Reply(touched=rows)


def _log(topic: str) -> Callable[[Call], Reply]:
    def action(call: Call) -> Reply:
        write_log(call.router, f"script,{topic}", call.words("message").get("message", ""))
        return Reply()

    return action


def _take(call: Call) -> Reply:
    owner = f"script:{call.script.name}" if call.script else f"api:{call.user}"
    call.router.safe_mode.take(call.holder, call.user, owner, call.words("on-error").get("on-error", "ask"))
    return Reply()


def _keep(call: Call) -> Reply:
    call.router.safe_mode.release()
    return Reply()


def _unroll(call: Call) -> Reply:
    call.router.safe_mode.unroll(call.holder)
    return Reply()


def _toggle(call: Call) -> Reply:
    """Takes safe mode, or releases what is held [SCH] I."""
    return _keep(call) if call.router.safe_mode.is_current(call.holder) else _take(call)


_ROW_WORDS = (".id", "numbers")


def _numbers(words: Mapping[str, str]) -> str:
    return words.get(".id") or words.get("numbers") or words.get("number") or ""


def _rows(call: Call, words: Mapping[str, str]) -> Sequence[Row]:
    """The rows that the words mean.

    :raises Trap: when no words say so, or when a row is not there.
    """
    numbers = _numbers(words)
    if not numbers:
        raise missing_id()
    if call.path == ROUTE and any(row[".id"] in numbers.split(",") for row in own_routes(call.router)):
        raise read_only_row()
    return call.router.resolve(call.path, numbers)


ACTIONS: Mapping[str, Callable[[Call], Reply]] = {
    "print": _print,
    "get": _get,
    "find": _find,
    "add": _add,
    "set": _set,
    "enable": _switch("no"),
    "disable": _switch("yes"),
    "comment": _comment,
    "unset": _unset,
    "remove": _remove,
    "move": _move,
    "reset-counters": _reset_counters,
    "reset-counters-all": _reset_counters,
    "reset-alert": _reset_alert,
}
"""Commands by name; those that the tree knows and this table does not are refused as not played."""

OWN: Mapping[Path, Callable[[Call], Reply]] = {
    **{(*LOG, topic): _log(topic) for topic in ("debug", "error", "info", "warning")},
    (*CLOCK, "set"): _set_clock,
    (*CLIENT, "renew"): _renew,
    (*CLIENT, "release"): _release,
    (*SAFE_MODE, "take"): _take,
    (*SAFE_MODE, "release"): _keep,
    (*SAFE_MODE, "unroll"): _unroll,
    (*SAFE_MODE, "toggle"): _toggle,
}
"""Commands that only one menu has, by menu and name."""
