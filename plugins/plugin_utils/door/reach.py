# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""How the user says that a router is reached: what all modules of community.routeros take, read before one of them connects."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from ..findings import Finding
from ..reading import IntentError, IntentErrors, Problems, kind_of, read_text, read_truth, read_whole
from .problems import MODULE_DEFAULTS

VARIABLES = {
    "hostname": "ansible_host",
    **{name: f"multiwan_api_{name}" for name in ("port", "username", "password", "tls", "validate_certs", "validate_cert_hostname")},
    **{name: f"multiwan_api_{name}" for name in ("ca_path", "timeout")},
}
"""By the argument of the modules, the variable by which our playbooks give it."""
NEEDED = ("hostname", "username", "password")
PATIENCE = 600
"""Seconds that an answer may take at most."""


def wrong(given: Mapping[str, object], variables: Mapping[str, object]) -> list[Finding]:
    """Return what is wrong with the arguments that all modules are given; the password is in no sentence.

    :param variables: those of the user. The sentence names the one that an argument comes from, or the defaults of the modules.
    """

    def place(name: str) -> str:
        return VARIABLES[name] if VARIABLES[name] in variables else f"{MODULE_DEFAULTS}, {name}"

    problems = Problems()
    for name in NEEDED:
        if given.get(name) is None:
            problems.note(place(name), "missing", f"write it, with our playbooks as {VARIABLES[name]}")
    for name, reader in _READERS.items():
        if given.get(name) is not None:
            problems.read(None, reader, given[name], place(name))
    try:
        problems.refuse()
    except IntentErrors as errors:
        return list(errors.findings)
    return []


def _port(value: object, place: str) -> int:
    return read_whole(value, place, 1, 65535)


def _timeout(value: object, place: str) -> int:
    return read_whole(value, place, 1, PATIENCE)


def _name(value: object, place: str) -> str:
    """What a router or a user is called; YAML takes a name of digits for a number."""
    if value == "":
        raise IntentError(place, "it is empty", "write one, or leave it out")
    return read_text(str(value) if isinstance(value, int) and not isinstance(value, bool) else value, place, 255)


def _password(value: object, place: str) -> None:
    if isinstance(value, bool) or not isinstance(value, str | int):
        raise IntentError(place, "it is no text", "write the password in quotes")


def _file(value: object, place: str) -> None:
    """Whether it can be read, is seen where the module runs."""
    if not isinstance(value, str):
        raise IntentError(place, f"write the name of a file, not {kind_of(value)}")
    if value:
        read_text(value, place, 4096)


_READERS: Mapping[str, Callable[[object, str], object]] = {
    "hostname": _name,
    "port": _port,
    "username": _name,
    "password": _password,
    "tls": read_truth,
    "validate_certs": read_truth,
    "validate_cert_hostname": read_truth,
    "ca_path": _file,
    "timeout": _timeout,
}
