# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Runs modules of community.routeros, which do the reading, comparing and writing.

`InWorker` runs the unmodified ``main()`` of a module inside Ansible's worker process, and all calls share one connection to the router.
It leans on three names in the modules (`main`, `create_api`, `AnsibleModule`) and on the two in which ansible-core hands a module its
arguments; where one of them is missing, or the task is for another machine, `ByModule` has Ansible run the modules one by one.

The modules are imported here, and so by the process that forks the workers: importing them costs more than a whole run.
"""

from __future__ import annotations

import contextlib
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from importlib import import_module
from types import ModuleType
from typing import Any, NoReturn, Protocol

from ansible.module_utils import basic

MODULES = ("api", "api_info", "api_modify", "api_find_and_modify")
PACKAGE = "ansible_collections.community.routeros.plugins"
SEAMS = ("main", "create_api", "AnsibleModule")
CONNECTION = ("hostname", "port", "username", "password", "tls", "ca_path", "encoding")
"""What tells connections apart, among the arguments that all the modules have."""

ORIGINAL = "original"
"""The attribute of a worker's `create_api` that is the module's own."""

Result = dict[str, Any]
"""What a module returned: ``failed`` and ``msg`` where it could not do its work."""


def _imported() -> dict[str, ModuleType]:
    try:
        return {name: import_module(f"{PACKAGE}.modules.{name}") for name in MODULES}
    except ImportError:  # without community.routeros Ansible itself says what is missing
        return {}


_MODULES = _imported()


WRITES = ("add", "set", "remove", "move", "unset", "enable", "disable", "comment")
"""Commands that change the configuration."""
AT_ONCE = 40
"""So many rows are removed by one sentence at most, where sentences are counted."""

BeforeWrite = Callable[[int], None]
"""Is called before each sentence that writes, with how many rows that is about."""


class Engine(Protocol):
    """Runs modules of community.routeros with arguments, one after the other."""

    def call(self, module: str, arguments: Mapping[str, object], *, check: bool = False) -> Result:
        """Return what a module returns; with `check` it only says what it would do."""

    def close(self) -> None:
        """Give back what the calls have shared."""


class Ended(SystemExit):
    """A module has said its result. No handler for `Exception` in a module takes it."""

    def __init__(self, result: Result) -> None:
        super().__init__()
        self.result = result


class Stopped(BaseException):
    """What is called before a sentence that writes does not let it out. No handler in a module takes it."""

    def __init__(self, cause: Exception) -> None:
        super().__init__()
        self.cause = cause


class Watched:
    """The protocol of a connection, on which each sentence that writes is told before it goes out."""

    def __init__(self, connection: Any, worker: InWorker) -> None:
        self._protocol = connection.protocol
        self._bare = type(connection)(self._protocol)
        self._worker = worker

    def writeSentence(self, cmd: str, *words: str) -> None:
        """Send a sentence; one that removes many rows goes in several."""
        if self._worker.before_write is not None and cmd.rpartition("/")[2] in WRITES:
            ids = _ids(words)
            while cmd.endswith("/remove") and len(ids) > AT_ONCE:
                self._tell(AT_ONCE)
                list(self._bare(cmd, **{".id": ",".join(ids[:AT_ONCE])}))
                ids = ids[AT_ONCE:]
                words = (f"=.id={','.join(ids)}",)
            self._tell(max(len(ids), 1))
        self._protocol.writeSentence(cmd, *words)

    def _tell(self, rows: int) -> None:
        try:
            if self._worker.before_write is not None:
                self._worker.before_write(rows)
        except Exception as error:
            raise Stopped(error) from None

    def __getattr__(self, name: str) -> Any:
        return getattr(self._protocol, name)


def _ids(words: Sequence[str]) -> list[str]:
    """The rows that a sentence is about, where it names them."""
    named = (word.split("=", 2)[2] for word in words if word.startswith(("=.id=", "=numbers=")))
    return next(named, "").split(",")


class CapturedModule(basic.AnsibleModule):  # type: ignore[misc]
    """An `AnsibleModule` that hands over its result where others print it and end the process."""

    def exit_json(self, **values: object) -> NoReturn:
        """End with a result."""
        raise Ended(values)

    def fail_json(self, msg: object, **values: object) -> NoReturn:
        """End with a failure."""
        raise Ended({**values, "msg": msg, "failed": True})


class InWorker:
    """Runs modules in this process, over one connection.

    :param before_write: is called before each sentence that writes; what it raises ends the call, and comes out of it.
    """

    def __init__(self, modules: Mapping[str, ModuleType] | None = None) -> None:
        self._modules = _MODULES if modules is None else modules
        self._connections: dict[tuple[str, ...], Any] = {}
        self.before_write: BeforeWrite | None = None

    @classmethod
    def can(cls) -> bool:
        """Whether all seams are there, and the Python that runs Ansible has the API client."""
        return (
            all(hasattr(_MODULES.get(name), seam) for name in MODULES for seam in SEAMS)
            and hasattr(basic, "_ANSIBLE_ARGS")
            and bool(getattr(import_module(f"{PACKAGE}.module_utils.api"), "HAS_LIB", False))
        )

    def call(self, module: str, arguments: Mapping[str, object], *, check: bool = False) -> Result:
        """See `Engine`."""
        code = self._modules[module]
        internal = {"_ansible_check_mode": check, "_ansible_no_log": True, "_ansible_module_name": f"community.routeros.{module}"}
        given = json.dumps({"ANSIBLE_MODULE_ARGS": {**_plain(arguments), **internal}}).encode()
        with (
            _replaced(basic, _ANSIBLE_ARGS=given, _ANSIBLE_PROFILE="legacy"),
            _replaced(code, AnsibleModule=CapturedModule, create_api=self._shared(code.create_api)),
        ):
            try:
                code.main()
            except Ended as ended:
                return ended.result
            except Stopped as stopped:
                raise stopped.cause from None
            except Exception as error:  # as Ansible tells of a module that crashes
                return {"failed": True, "msg": f"{type(error).__name__}: {error}"}
        return {"failed": True, "msg": f"community.routeros.{module} has ended without a result"}

    def close(self) -> None:
        """See `Engine`."""
        while self._connections:
            connection = self._connections.popitem()[1]
            with contextlib.suppress(Exception):  # it may be gone already
                connection.close()

    def _shared(self, create: Callable[[Any], Any]) -> Callable[[Any], Any]:
        """Connects once for all calls to one router. Before a sentence that writes, another worker may have its turn in the same module."""
        create = getattr(create, ORIGINAL, create)

        def create_api(module: Any) -> Any:
            key = tuple(str(module.params.get(name)) for name in CONNECTION)
            if key not in self._connections:
                self._connections[key] = connection = create(module)
                if hasattr(connection, "protocol"):
                    connection.protocol = Watched(connection, self)
            return self._connections[key]

        setattr(create_api, ORIGINAL, create)
        return create_api


class ByModule:
    """Has Ansible run each module as a task would, where the task is to run.

    :param execute: runs a module with arguments; whether it is only to say what it would do.
    """

    def __init__(self, execute: Callable[[str, dict[str, object], bool], Result]) -> None:
        self._execute = execute

    def call(self, module: str, arguments: Mapping[str, object], *, check: bool = False) -> Result:
        """See `Engine`."""
        return self._execute(f"community.routeros.{module}", _plain(arguments), check)

    def close(self) -> None:
        """See `Engine`."""


@contextlib.contextmanager
def _replaced(module: ModuleType, **values: object) -> Iterator[None]:
    """Gives names of a module other values for as long as the block lasts."""
    before = {name: getattr(module, name) for name in values if hasattr(module, name)}
    try:
        for name, value in values.items():
            setattr(module, name, value)
        yield
    finally:
        for name in values:
            if name in before:
                setattr(module, name, before[name])
            else:
                delattr(module, name)


def _plain(value: Any) -> Any:
    """A value as JSON has it: what Ansible knows besides (where it came from, that it was in a vault) stays behind."""
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [_plain(item) for item in value]
    return value if value is None or isinstance(value, bool | int | float) else str(value)
