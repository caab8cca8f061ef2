# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Commands that run blocks and keep variables [MAN:Scripting] D."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from typing import Any

from routeros_lsp.syntax.ast import Binary, Brace, Group, StringLit, Variable, Word

from ..versions import ERROR_PLACE
from .arguments import Arguments
from .errors import Break, Continue, Exit, Return, ScriptError
from .expressions import condition, evaluate, numbers, variable
from .frame import Frame
from .heads import Head
from .values import NOTHING, Array, Empty, Span, Value, to_str

Names = Mapping[str, Value]


def _if(head: Head, frame: Frame) -> Value:
    given = Arguments(head, frame, ("condition", "do"), ("condition", "do"))
    chosen = "do" if condition(given.element("condition"), frame) else "else"
    brace = given.brace(chosen)
    return NOTHING if brace is None else frame.runner.block(brace, frame)


def _while(head: Head, frame: Frame) -> Value:
    given = Arguments(head, frame, ("condition", "do"), ("condition", "do"))
    body = given.brace("do")
    with suppress(Break):
        while condition(given.element("condition"), frame):
            frame.execution.check()
            _turn(body, frame)
    return NOTHING


def _do(head: Head, frame: Frame) -> Value:
    """``:do {}``, ``:do {} while=(c)``, ``:do {} on-error={}``."""
    given = Arguments(head, frame, ("command",), ("command",))
    if "if" in given:
        raise ScriptError("lab: if= of :do is not played here", head.position)
    body = given.brace("command")
    assert body is not None

    def run() -> Value:
        if "while" not in given:
            return frame.runner.block(body, frame)
        with suppress(Break):
            _turn(body, frame)
            while condition(given.element("while"), frame):
                frame.execution.check()
                _turn(body, frame)
        return NOTHING

    return _caught(given, frame, run)


def _for(head: Head, frame: Frame) -> Value:
    """``:for i from=1 to=3 step=1 do={}``; without a step it counts towards the end: ``from=0 to=-1`` runs twice [WILD] O."""
    given = Arguments(head, frame, ("counter",), ("counter", "from", "to"))
    first, last = numbers([(given.value(name), given.element(name).start) for name in ("from", "to")])
    step = 1 if first <= last else -1
    if "step" in given:
        (step,) = numbers([(given.value("step"), given.element("step").start)])
        if step == 0:
            raise ScriptError("invalid value", given.element("step").start, hint="a step of 0 never ends")
    (name,) = given.names("counter")
    counted = range(first, last + (1 if step > 0 else -1), step)
    return _caught(given, frame, lambda: _loop(given.brace("do"), frame, ({name: number} for number in counted)))


def _foreach(head: Head, frame: Frame) -> Value:
    """``:foreach x in=$a do={}``, ``:foreach k,v in=$a do={}``."""
    given = Arguments(head, frame, ("counter",), ("counter", "in"))
    names = given.names("counter")
    if len(names) > 2:
        raise ScriptError("syntax error", given.element("counter").start)
    value = given.value("in")
    array = value if isinstance(value, Array) else Array(() if isinstance(value, Empty) else (value,))
    turns = (dict(zip(names, pair[-len(names) :], strict=True)) for pair in array.pairs())
    return _caught(given, frame, lambda: _loop(given.brace("do"), frame, turns))


def _loop(body: Brace | None, frame: Frame, turns: Iterator[Names]) -> Value:
    with suppress(Break):
        for names in turns:
            frame.execution.check()
            _turn(body, frame, names)
    return NOTHING


def _turn(body: Brace | None, frame: Frame, names: Names | None = None) -> None:
    if body is not None:
        with suppress(Continue):
            frame.runner.block(body, frame, names)


def _caught(given: Arguments, frame: Frame, run: Callable[[], Value]) -> Value:
    """``on-error={}`` catches errors of the run, not of the syntax [MAN] D."""
    handler = given.brace("on-error")
    if handler is None:
        return run()
    try:
        return run()
    except ScriptError:
        return frame.runner.block(handler, frame)


def _onerror(head: Head, frame: Frame) -> Value:
    """``:onerror e in={} do={}``: the message in ``$e``; true when there was an error [MAN] D. A second name is for attributes: what
    a fetch was answered [MAN:Fetch] D; nothing after other errors I."""
    given = Arguments(head, frame, ("error", "in", "do"), ("error", "in"))
    names = given.names("error")
    body, handler = given.brace("in"), given.brace("do")
    assert body is not None
    try:
        frame.runner.block(body, frame)
    except ScriptError as error:
        if handler is not None:
            told = (_caught_text(error, frame), _attributes(error, frame))
            frame.runner.block(handler, frame, dict(zip(names, told, strict=False)))
        return True
    return False


def _caught_text(error: ScriptError, frame: Frame) -> str:
    router = frame.execution.router
    has_place = error.command and (error.trap is not None or router.version >= ERROR_PLACE)
    return error.described if has_place and router.traits.caught_errors_say_where else error.message


def _attributes(error: ScriptError, frame: Frame) -> Value:
    if error.trap is None or not error.trap.attributes:
        return NOTHING
    values: dict[str, Value] = {name: int(text) if text.isdecimal() else text for name, text in error.trap.attributes.items()}
    if frame.execution.router.traits.headers_are_array:
        values["http-headers"] = Array(tuple(error.trap.attributes["http-headers"].split(";")))
    return Array((), values)


def _retry(head: Head, frame: Frame) -> Value:
    """``:retry command={} delay= max= on-error={}`` [SCH] O; a second between tries."""
    given = Arguments(head, frame, ("command", "delay", "max"), ("command", "max"))
    (tries,) = numbers([(given.value("max"), given.element("max").start)])
    pause = given.value("delay", Span.of(seconds=1))
    body = given.brace("command")
    assert body is not None

    def run() -> Value:
        for _ in range(tries - 1):
            try:
                return frame.runner.block(body, frame)
            except ScriptError:
                sleep(frame, pause, head.position)
        return frame.runner.block(body, frame)

    return _caught(given, frame, run)


def _error(head: Head, frame: Frame) -> Value:
    message = Arguments(head, frame, ("message",), ("message",)).value("message")
    error = ScriptError(to_str(message), head.position)
    error.command = head.text
    raise error


def _return(head: Head, frame: Frame) -> Value:
    """Without a value it raised ``missing value(s) of argument(s) value`` on 7.21.4 [RB5009] O."""
    raise Return(Arguments(head, frame, ("value",), ("value",)).value("value"))


def _leave(flow: type[Exception]) -> Callable[[Head, Frame], Value]:
    def leave(head: Head, frame: Frame) -> Value:
        raise flow

    return leave


def _delay(head: Head, frame: Frame) -> Value:
    given = Arguments(head, frame, ("delay-time",))
    sleep(frame, given.value("delay-time", Span.of(seconds=1)), head.position)
    return NOTHING


def sleep(frame: Frame, pause: Value, position: int) -> None:
    """Waits; other scripts run meanwhile.

    :param pause: a time, or a number of seconds.
    :raises Interrupted: when the job was told to end.
    """
    if not isinstance(pause, Span):
        pause = Span.of(seconds=numbers([(pause, position)])[0])
    frame.execution.router.services.clock.sleep(pause.seconds, frame.execution.cancelled)
    frame.execution.check()


def _local(head: Head, frame: Frame) -> Value:
    given = Arguments(head, frame, ("name", "value"), ("name",))
    (name,) = given.names("name")
    frame.scope.declare(name, given.code("do") or given.value("value"))
    return NOTHING


def _global(head: Head, frame: Frame) -> Value:
    """``:global x`` declares, ``:global x 1`` sets as well [MAN] D."""
    given = Arguments(head, frame, ("name", "value"), ("name",))
    (name,) = given.names("name")
    value = given.code("do") or given.value("value")
    frame.scope.declare_global(name)
    if "value" in given or "do" in given:
        frame.scope.assign(name, value)
    return NOTHING


def _set(head: Head, frame: Frame) -> Value:
    """``:set x 1``, ``:set x``, ``:set ($a->"b") 1``."""
    given = Arguments(head, frame, ("name", "value"), ("name",))
    value = given.code("do") or given.value("value")
    target = given.element("name")
    if isinstance(target, Group) and len(target.exprs) == 1:
        target = target.exprs[0]
    match target:
        case Word(text=name) | StringLit(value=name) | Variable(name=name):
            _assign(name, value, frame, target.start)
        case Binary(op="->"):
            _set_element(target, value, frame)
        case _:
            raise ScriptError("syntax error", target.start, hint="a variable or an array's element is expected")
    return NOTHING


def _set_element(target: Binary, value: Value, frame: Frame) -> None:
    """Puts a value into an array that may itself stand in arrays: ``($a->"x"->0)``."""
    keys: list[tuple[Value, int]] = []
    node: Any = target
    while isinstance(node, Binary) and node.op == "->":
        keys.insert(0, (evaluate(node.right, frame), node.right.start))
        node = node.left
    if not isinstance(node, Variable):
        raise ScriptError("syntax error", node.start, hint="an array in a variable is expected")
    changed = _replaced(variable(node.name, frame), keys, value, node.start)
    _assign(node.name, changed, frame, node.start)


def _replaced(array: Value, keys: list[tuple[Value, int]], value: Value, position: int) -> Value:
    if not keys:
        return value
    if not isinstance(array, Array):
        raise ScriptError("invalid value", position, hint="this is no array")
    (key, place), *deeper = keys
    try:
        return array.with_value(key, _replaced(array.get(key), deeper, value, place))
    except IndexError:
        raise ScriptError("invalid value", place, hint="beyond the end of the array") from None


def _assign(name: str, value: Value, frame: Frame, position: int) -> None:
    try:
        frame.scope.assign(name, value)
    except KeyError:
        raise ScriptError(f"undeclared variable {name}", position) from None


COMMANDS: Mapping[str, Callable[[Head, Frame], Value]] = {
    "if": _if,
    "while": _while,
    "do": _do,
    "for": _for,
    "foreach": _foreach,
    "onerror": _onerror,
    "retry": _retry,
    "error": _error,
    "return": _return,
    "break": _leave(Break),
    "continue": _leave(Continue),
    "exit": _leave(Exit),
    "delay": _delay,
    "local": _local,
    "global": _global,
    "set": _set,
}
"""Global commands by name."""
