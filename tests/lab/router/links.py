# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Names of other things: rows of another menu, marks, gateways."""

from __future__ import annotations

from dataclasses import dataclass

from .addresses import parse_ip
from .errors import ambiguous, bad_gateway, invalid_value
from .paths import Path
from .values import INTERFACES, Finder, Reference, Value, match_word, split_negation

LONGEST_MARK = 31


@dataclass(frozen=True)
class Mark:
    """The free name of a connection or packet mark, or ``no-mark``; may be negated.

    Empty is refused as for a reference I. Whether more than ``LONGEST_MARK`` letters are is a trait.
    """

    def parse(self, name: str, text: str, finder: Finder) -> Value:
        """The name as it is."""
        mark = split_negation(text)[1]
        if mark == "":
            raise ambiguous(name)
        if len(mark) > LONGEST_MARK and finder.traits.long_marks_are_refused:
            raise invalid_value(name)
        return text


@dataclass(frozen=True)
class Named:
    """The name of another row, resolved at once: exactly, else by unique prefix [WILD] O; kept by id [REST23] O.

    :param menu: where the other row lives.
    :param words: keywords of the property itself.
    :param negatable: may start with ``!``.
    :param many: comma separated, and may be empty.
    """

    menu: Path
    words: tuple[str, ...] = ()
    negatable: bool = False
    many: bool = False

    def parse(self, name: str, text: str, finder: Finder) -> Value:
        """The reference, with its sign."""
        parts = list(filter(None, (part.strip() for part in text.split(",")))) if self.many else [text]
        pieces: list[str | Reference] = []
        for part in parts:
            sign, rest = split_negation(part) if self.negatable else ("", part)
            pieces += ["," if pieces else "", sign, self._resolve(name, rest, finder)]
        return tuple(piece for piece in pieces if piece != "")

    def _resolve(self, name: str, text: str, finder: Finder) -> str | Reference:
        if text == "":
            raise ambiguous(name)
        number = finder.find_reference(self.menu, text)
        if number is None and text not in self.words:
            text = match_word(name, text, [*self.words, *finder.reference_names(self.menu)])
            number = finder.find_reference(self.menu, text)
        return text if number is None else Reference(self.menu, number)


@dataclass(frozen=True)
class Gateway:
    """Gateways of a route, comma separated: ``1.2.3.4``, ``ether1``, ``1.2.3.4%ether1``, ``1.2.3.4@table`` [MAN] D.

    An interface is found by its exact name only I.
    """

    def parse(self, name: str, text: str, finder: Finder) -> Value:
        """The gateways, interfaces and tables by reference."""
        pieces: list[str | Reference] = []
        for part in (part.strip() for part in text.split(",")):
            pieces += [",", *self._one(part, finder)] if pieces else self._one(part, finder)
        return tuple(pieces)

    @staticmethod
    def _one(text: str, finder: Finder) -> list[str | Reference]:
        target, at, table = text.partition("@")
        address, percent, interface = target.partition("%")
        pieces: list[str | Reference] = []
        if parse_ip(address) is not None:
            pieces.append(address)
            if percent:
                pieces += ["%", _exact(INTERFACES, interface, finder)]
        else:
            pieces.append(_exact(INTERFACES, target, finder))
        if at:
            pieces += ["@", _exact(("routing", "table"), table, finder)]
        return pieces


def _exact(menu: Path, name: str, finder: Finder) -> Reference:
    found = finder.find_reference(menu, name)
    if found is None:
        raise bad_gateway()
    return Reference(menu, found)
