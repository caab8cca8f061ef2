# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The conditions of ``find where``: ``name=value``, ``name!=value``, ``name~"regex"``, ``name``, ``!name``."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence

from routeros_lsp.syntax.ast import Element, Named, StringLit, Word

from .addresses import parse_network

Shown = Mapping[str, str]
Condition = Callable[[Shown], bool]

_TRUTH = {"yes": "true", "no": "false"}


def conditions(elements: Sequence[Element], text_of: Callable[[StringLit], str]) -> list[Condition]:
    """The conditions that the elements behind ``find`` stand for.

    :raises ValueError: for a form that is not played here.
    """
    return list(_read(iter(elements), text_of))


def _read(elements: Iterator[Element], text_of: Callable[[StringLit], str]) -> Iterator[Condition]:
    for element in elements:
        match element:
            case Word(text="where" | "and" | "&&"):
                continue
            case Word(text=text) if text.endswith("~"):
                pattern = next(elements, None)
                if not isinstance(pattern, StringLit):
                    raise ValueError("lab: a quoted pattern has to follow ~")
                yield _search(text[:-1], text_of(pattern))
            case Word(text=text) if re.fullmatch(r"!?[a-z.][a-z0-9.-]*", text) and text != "or":
                yield _truth(text.removeprefix("!"), not text.startswith("!"))
            case Named(name=Word(text=name), value=Word() | StringLit() as value):
                yield _equal(name.removesuffix("!"), value, text_of, name.endswith("!"))
            case _:
                raise ValueError(f"lab: a condition of kind {element.kind} is not played here")


def _equal(name: str, value: Word | StringLit, text_of: Callable[[StringLit], str], negated: bool) -> Condition:
    """Equality of texts. An unquoted address equals nothing, since properties are texts [MAN, TIK4] D/O."""
    if isinstance(value, Word) and re.match(r"[\d:.]", value.text) and parse_network(value.text) is not None:
        return lambda row: negated
    wanted = value.text if isinstance(value, Word) else text_of(value)
    return lambda row: (_TRUTH.get(wanted, wanted) == _value(row, name, wanted)) is not negated


def _value(row: Shown, name: str, wanted: str) -> str | None:
    """A property as it compares: a flag that the row does not show is false I."""
    have = row.get(name, "false" if wanted in ("no", "false") else None)
    return _TRUTH.get(have, have) if have is not None else None


def _truth(name: str, wanted: bool) -> Condition:
    return lambda row: (_value(row, name, "no") not in ("false",)) is wanted


def _search(name: str, pattern: str) -> Condition:
    found = re.compile(pattern)
    return lambda row: found.search(row.get(name, "")) is not None
