# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What the router refuses, in the router's own words. Texts without a source tag are unknown and chosen for the lab."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

MISSING = 0
ARGUMENT = 1
INTERRUPTED = 2
SCRIPTING = 3


class Trap(Exception):
    """A refused command.

    :param message: the text of the ``!trap``.
    :param category: the number of the ``!trap``; None leaves it out, which is done where no capture shows one.
    :param attributes: what a script can learn besides the message.
    """

    def __init__(self, message: str, category: int | None = None, attributes: Mapping[str, str] | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.category = category
        self.attributes = attributes or {}


def missing_arguments(names: Iterable[str]) -> Trap:
    """``add`` without a required argument [REQ] O."""
    return Trap(f"missing value(s) of argument(s) {' '.join(names)}", ARGUMENT)


def missing_id() -> Trap:
    """``set``, ``remove`` or ``move`` that name no row [REST23] O."""
    return Trap("missing =.id=", ARGUMENT)


def unknown_parameter(name: str) -> Trap:
    """A property that this menu, in this version, does not have [REST23] O."""
    return Trap(f"unknown parameter {name}", ARGUMENT)


def no_match(name: str) -> Trap:
    """An enumeration's word or the name of another row was not found [REST23, WILD] O."""
    return Trap(f"input does not match any value of {name}", ARGUMENT)


def ambiguous(name: str) -> Trap:
    """Several words or rows start with the value; the empty text starts all of them [WILD] O."""
    return Trap(f"ambiguous value of {name}, more than one possible value matches input", ARGUMENT)


def invalid_value(name: str) -> Trap:
    """A malformed value [WILD] O."""
    return Trap(f"invalid value for argument {name}", ARGUMENT)


def out_of_range(name: str, low: int, high: int) -> Trap:
    """A number outside its range [REST23] O."""
    return Trap(f"value of {name} out of range ({low}..{high})", ARGUMENT)


def trailing_characters(name: str) -> Trap:
    """A number with something behind it [REST23] O."""
    return Trap(f"value of {name} contains invalid trailing characters", ARGUMENT)


def bad_gateway() -> Trap:
    """A route's gateway that is neither an address nor an interface [REST23] O."""
    return Trap("invalid or unexpected argument base", ARGUMENT)


def no_such_item() -> Trap:
    """An id or name that no row has [REST23, TIK4] O."""
    return Trap("no such item", MISSING)


def no_such_command() -> Trap:
    """The menu is there, the command is not [TIK4, WILD] O."""
    return Trap("no such command", MISSING)


def no_such_prefix() -> Trap:
    """The menu is not there [TIK4, WILD] O."""
    return Trap("no such command prefix", MISSING)


def failure(text: str, attributes: Mapping[str, str] | None = None) -> Trap:
    """A refusal by the menu itself: ``failure: ...``."""
    return Trap(f"failure: {text}", attributes=attributes)


def read_only_row() -> Trap:
    """A change to a dynamic row. The text is unknown."""
    return failure("can not change dynamic item")


def builtin_row() -> Trap:
    """A change to a row that RouterOS brings along. The text is unknown."""
    return failure("can not change builtin item")


def not_permitted() -> Trap:
    """The user's group lacks a policy [TIK4, MAN] O."""
    return Trap("not enough permissions (9)")


def wrong_login() -> Trap:
    """Wrong user or password, 6.43 and later [LIBR, TIK4] O."""
    return Trap("invalid user name or password (6)")
