# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Global commands that make values of values, and those that reach out of the script [MAN:Scripting] D."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from typing import Any

from ..addresses import parse_ip
from ..errors import Trap, invalid_value
from ..resolving import resolve
from ..users import check_policy
from ..versions import CONVERT_URL
from . import conversion, encodings, strings
from .arguments import Arguments
from .errors import ScriptError
from .expressions import numbers
from .frame import Frame
from .heads import Head
from .program import read_program
from .values import NIL, NOTHING, Array, Code, Id, Span, Value, to_str, type_of

Command = Callable[[Head, Frame], Value]


def _of_value(function: Callable[[Value], Value]) -> Command:
    """A command with one argument, ``value``."""
    return lambda head, frame: function(Arguments(head, frame, ("value",), ("value",)).value("value"))


def _number(given: Arguments, name: str) -> int | None:
    """An argument that is a number; None when it is not given."""
    if name not in given:
        return None
    return numbers([(given.value(name), given.element(name).start)])[0]


def _pick(head: Head, frame: Frame) -> Value:
    given = Arguments(head, frame, ("counter", "begin", "end"), ("counter",))
    return strings.pick(given.value("counter"), _number(given, "begin") or 0, _number(given, "end"))


def _find(head: Head, frame: Frame) -> Value:
    given = Arguments(head, frame, ("in", "key", "from"), ("in",))
    return strings.find(given.value("in"), given.value("key"), _number(given, "from"))


def _toarray(head: Head, frame: Frame) -> Value:
    given = Arguments(head, frame, ("value",), ("value",))
    return conversion.to_array(given.value("value"), to_str(given.value("delimiter", ",")))


def _range(head: Head, frame: Frame) -> Value:
    """``:range from=1 to=3``: both ends included I."""
    given = Arguments(head, frame, ("from", "to"), ("from", "to"))
    first, last = _number(given, "from"), _number(given, "to")
    assert first is not None and last is not None
    return Array(tuple(range(first, last + 1)))


def _rndnum(head: Head, frame: Frame) -> Value:
    given = Arguments(head, frame, ("from", "to"), ("from", "to"))
    first, last = _number(given, "from"), _number(given, "to")
    assert first is not None and last is not None
    return random.randint(min(first, last), max(first, last))


def _tonsec(value: Value) -> Value:
    return value.ns if isinstance(value, Span) else NIL


def _put(head: Head, frame: Frame) -> Value:
    """Prints nowhere in a hook [MAN] D; the lab keeps it with the execution."""
    frame.execution.output.append(to_str(Arguments(head, frame, ("message",), ("message",)).value("message")))
    return NOTHING


def _convert(head: Head, frame: Frame) -> Value:
    """``to=url`` is certain from 7.21 on [SCH, EWORM] O."""
    given = Arguments(head, frame, ("value",), ("value",))
    source, target = (to_str(given.value(name, "raw")) for name in ("from", "to"))
    if "url" in (source, target) and frame.execution.router.version < CONVERT_URL:
        raise invalid_value("to" if target == "url" else "from")
    for name in ("transform", "from-scheme", "to-scheme", "transform-scheme"):
        if name in given:
            raise ScriptError(f"lab: {name}= of :convert is not played here", head.position)
    return _refused(head, encodings.convert, given.value("value"), source, target)


def _serialize(head: Head, frame: Frame) -> Value:
    given = Arguments(head, frame, ("value",), ("value", "to"))
    options = _json_options(given, "to", head)
    return encodings.to_json(
        given.value("value"),
        pretty="json.pretty" in options,
        convert_strings="json.no-string-conversion" not in options,
    )


def _deserialize(head: Head, frame: Frame) -> Value:
    given = Arguments(head, frame, ("value",), ("value", "from"))
    convert_strings = "json.no-string-conversion" not in _json_options(given, "from", head)
    text = to_str(given.value("value"))
    return _refused(head, lambda: encodings.from_json(text, convert_strings=convert_strings))


def _json_options(given: Arguments, form: str, head: Head) -> list[str]:
    if to_str(given.value(form)) != "json":
        raise ScriptError(f"lab: {form}={to_str(given.value(form))} is not played here", head.position)
    return to_str(given.value("options", "")).split(",")


def _refused(head: Head, function: Callable[..., Any], *values: Any) -> Any:
    try:
        return function(*values)
    except ValueError as error:
        raise ScriptError(str(error), head.position) from error


def _time(head: Head, frame: Frame) -> Value:
    """How long a block takes."""
    given = Arguments(head, frame, ("command",), ("command",))
    body = given.brace("command")
    assert body is not None
    clock = frame.execution.router.services.clock
    before = clock.now()
    frame.runner.block(body, frame)
    return Span.of(seconds=clock.now() - before)


def _timestamp(head: Head, frame: Frame) -> Value:
    """The time since 1970; the lab's time zone is UTC."""
    Arguments(head, frame, ())
    return Span.of(seconds=frame.execution.router.services.wall_time())


def _parse(head: Head, frame: Frame) -> Value:
    text = to_str(Arguments(head, frame, ("value",), ("value",)).value("value"))
    program = read_program(text, "function").check(frame.execution.router.version)
    return Code(program, program.statements, frame.menu, text)


def _execute(head: Head, frame: Frame) -> Value:
    """A job of its own, and its id; with ``as-string`` it waits, and the value is what the job put [MAN, SCH] D/O."""
    given = Arguments(head, frame, ("script",), ("script",))
    if "file" in given:
        raise ScriptError("lab: file= of :execute is not played here", head.position)
    brace = given.element("script")
    code = given.code("script") if brace.kind == "brace" else None
    text = code.text if code else to_str(given.value("script"))
    scripts = frame.execution.router.services.scripts
    if scripts is None:
        raise ScriptError("lab: :execute is not played here", head.position)
    if "as-string" in given:
        return scripts.output_of(text, frame.execution)
    return Id(scripts.execute(text, frame.execution.user, frame.execution.granted))


def _resolve(head: Head, frame: Frame) -> Value:
    """An address of a name. Failure raises; the text is [WILD] O."""
    given = Arguments(head, frame, ("domain-name",), ("domain-name",))
    check_policy(frame.execution.granted, "read")
    router = frame.execution.router
    address = resolve(router, to_str(given.value("domain-name")))
    if address is None and router.services.resolver is None:
        raise ScriptError("lab: :resolve is not played here", head.position)
    found = parse_ip(address) if address else None
    if found is None:
        raise Trap("failure: dns name does not exist")
    return found


def _jobname(head: Head, frame: Frame) -> Value:
    Arguments(head, frame, ())
    return frame.execution.name


def _nothing(head: Head, frame: Frame) -> Value:
    Arguments(head, frame, ())
    return NOTHING


COMMANDS: Mapping[str, Command] = {
    "len": _of_value(strings.length),
    "typeof": _of_value(type_of),
    "tostr": _of_value(to_str),
    "tonum": _of_value(conversion.to_num),
    "tobool": _of_value(conversion.to_bool),
    "toip": _of_value(conversion.to_ip),
    "totime": _of_value(conversion.to_time),
    "toid": _of_value(conversion.to_id),
    "tonsec": _of_value(_tonsec),
    "toarray": _toarray,
    "pick": _pick,
    "find": _find,
    "range": _range,
    "rndnum": _rndnum,
    "put": _put,
    "convert": _convert,
    "serialize": _serialize,
    "deserialize": _deserialize,
    "time": _time,
    "timestamp": _timestamp,
    "parse": _parse,
    "execute": _execute,
    "resolve": _resolve,
    "jobname": _jobname,
    "nothing": _nothing,
}
"""Global commands by name."""
