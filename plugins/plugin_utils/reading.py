# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Readers of the user's data: what each value may be, and the sentence that says what to write instead.

A reader of one value raises `IntentError`. One that reads several goes on after a problem (`Problems`) and raises `IntentErrors` with all.
"""

from __future__ import annotations

import difflib
import re
import unicodedata
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import replace
from fractions import Fraction
from ipaddress import AddressValueError, IPv4Address
from types import UnionType
from typing import ParamSpec, TypeVar

from .findings import Finding

P = ParamSpec("P")
T = TypeVar("T")

# As Python writes numbers, so 1e-07 too.
_NUMBER = re.compile(r"-?[0-9]{1,20}(?:\.[0-9]{1,20})?(?:e[+-]?[0-9]{1,3})?")
SHOWN = 40
"""Letters of each end of a word that is longer than three times that."""
_LONG = re.compile(rf"\S{{{3 * SHOWN},}}")
_UNPRINTABLE = frozenset({"Cc", "Cs"})
"""Categories of Unicode: control characters, and halves of a pair, which are no text."""
_TRUTHS = {
    **dict.fromkeys(("true", "yes", "on", "y", "t", "1"), True),
    **dict.fromkeys(("false", "no", "off", "n", "f", "0"), False),
}


class IntentErrors(ValueError):
    """What in the user's data cannot be used as it is; the text has one sentence per line.

    `findings` are in the order in which they were read. Each has the place in the data, such as ``multiwan_wans[1].gateway``.
    """

    def __init__(self, findings: Iterable[Finding]) -> None:
        self.findings = tuple(findings)
        super().__init__("\n".join(finding.text for finding in self.findings))


class IntentError(IntentErrors):
    """One thing that is wrong: its place, the problem, and what to write instead."""

    def __init__(self, place: str, problem: str, remedy: str = "") -> None:
        super().__init__([Finding(place, problem, remedy)])


def shown(finding: Finding) -> Finding:
    """Return what a screen can show of what somebody wrote: both ends of a very long word, and nothing that moves the cursor.

    Secrets are hidden before: of a part of one nobody knows what it is.
    """
    return replace(finding, place=_shown(finding.place), problem=_shown(finding.problem), remedy=_shown(finding.remedy))


def _shown(text: str) -> str:
    printable = "".join(letter if letter.isprintable() else letter.encode("unicode_escape").decode() for letter in text)
    return _LONG.sub(lambda word: f"{word[0][:SHOWN]}...{word[0][-SHOWN:]}", printable)


class Problems:
    """What has been wrong so far, while reading goes on."""

    def __init__(self) -> None:
        self._findings: list[Finding] = []

    def __bool__(self) -> bool:
        """Whether there has been any."""
        return bool(self._findings)

    def read(self, fallback: T, reader: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Return what `reader` returns; where it refuses, remember why and return `fallback`, to go on with."""
        try:
            return reader(*args, **kwargs)
        except IntentErrors as refused:
            self._findings += refused.findings
        return fallback

    def note(self, place: str, problem: str, remedy: str = "") -> None:
        """Remember one."""
        self._findings.append(Finding(place, problem, remedy))

    def items(self, entries: Sequence[object], place: str, reader: Callable[[object, str], T]) -> dict[str, T]:
        """Return what `reader` makes of each entry, by its place such as ``multiwan_wans[0]``, but for those that it refuses."""
        read = {}
        for index, entry in enumerate(entries):
            at = f"{place}[{index}]"
            item = self.read(None, reader, entry, at)
            if item is not None:
                read[at] = item
        return read

    def refuse(self) -> None:
        """Raise `IntentErrors` if there has been any."""
        if self._findings:
            raise IntentErrors(self._findings)


def read_choices(data: object, place: str, choices: Sequence[str]) -> frozenset[str]:
    """Return a list, each item of which is one of `choices`."""
    problems = Problems()
    chosen = problems.items(read_list(data, place, "a list"), place, lambda entry, at: read_choice(entry, at, choices))
    problems.refuse()
    return frozenset(chosen.values())


def read_choice(value: object, place: str, choices: Sequence[str]) -> str:
    """Return `value` if it is one of `choices`."""
    text = str(value)
    if text not in choices:
        raise IntentError(place, f"'{text}' is unknown{did_you_mean(text, choices)}", f"write one of {', '.join(choices)}")
    return text


def read_number(value: object, place: str, low: float, high: float, whole: bool = False) -> Fraction:
    """Return a number within `low` and `high`, both included."""
    kind = "a whole number" if whole else "a number"
    wanted = f"write {kind} from {low} to {high}"
    if isinstance(value, bool):
        raise IntentError(place, f"{value} is not {kind}", wanted)
    text = str(value).strip()
    if not _NUMBER.fullmatch(text):
        raise IntentError(place, f"'{value}' is not {kind}", wanted)
    number = Fraction(text)
    if whole and number.denominator != 1:
        raise IntentError(place, f"{value} is not {kind}", wanted)
    if not low <= number <= high:
        raise IntentError(place, f"{value} is out of range", wanted)
    return number


def read_whole(value: object, place: str, low: int, high: int) -> int:
    """Return a whole number within `low` and `high`, both included."""
    return int(read_number(value, place, low, high, whole=True))


def read_truth(value: object, place: str) -> bool:
    """Return a truth; words count as in Ansible, because ``-e option=false`` hands over a text."""
    word = str(value).lower()
    if word not in _TRUTHS:
        raise IntentError(place, f"'{value}' is neither true nor false", "write true or false")
    return _TRUTHS[word]


def read_list(data: object, place: str, what: str) -> Sequence[object]:
    """Return `data` if it is a list; errors call it `what`, such as "a list of WANs"."""
    if isinstance(data, str) or not isinstance(data, Sequence):
        raise IntentError(place, f"write {what}, not {kind_of(data)}")
    return data


def read_mapping(data: object, place: str, keys: Sequence[str]) -> Mapping[str, object]:
    """Return `data` if it is a mapping; errors say that it has `keys`."""
    if not isinstance(data, Mapping):
        raise IntentError(place, f"write a mapping with {', '.join(keys)}, not {kind_of(data)}")
    return data


def read_name(entry: Mapping[str, object], key: str, place: str, example: str, kinds: type | UnionType = str) -> str:
    """Return the name that a key of `entry` holds, a value of one of `kinds`; `example` ends the remedy."""
    if entry.get(key) is None:
        raise IntentError(f"{place}.{key}", "missing", f"write {example}")
    value = entry[key]
    if isinstance(value, bool) or not isinstance(value, kinds) or not str(value).strip():
        raise IntentError(f"{place}.{key}", f"{value!r} is not a name", f"write {example}")
    return str(value)


def read_text(value: object, place: str, most: int, more: str = "") -> str:
    """Return a text of at most `most` bytes that says something, in letters and `more` such as line breaks."""
    if not isinstance(value, str):
        raise IntentError(place, f"write a text, not {kind_of(value)}")
    if not value.strip():
        raise IntentError(place, "it is blank", "write what is to be said")
    if any(unicodedata.category(letter) in _UNPRINTABLE and letter not in more for letter in value):
        raise IntentError(place, "it has a control character", f"write letters {'and line breaks ' if more else ''}only")
    if len(value.encode()) > most:
        raise IntentError(place, f"{len(value.encode())} bytes are too long", f"write at most {most}")
    return value


def refuse_misread(name: str, place: str) -> None:
    """Refuse a name that RouterOS reads as something else where it stands in a row, or that holds what nobody can type.

    A matcher that begins with ``!`` means all but that, and a comma ends an item of a list (manual, "Mangle", "Interface Lists").
    """
    if name.startswith("!") or "," in name or any(unicodedata.category(letter) in _UNPRINTABLE for letter in name):
        problem = f"RouterOS would read {name!r} as something else: it has a control character, a comma, or '!' at its beginning"
        raise IntentError(place, problem, "give it another name on the router, and write that")


def read_host(value: object, place: str) -> IPv4Address:
    """Return an address that a host may have."""
    remedy = "write one such as 203.0.113.1"
    try:
        address = IPv4Address(str(value))
    except AddressValueError:
        raise IntentError(place, f"'{value}' is not an IPv4 address", remedy) from None
    if address.is_unspecified or address.is_loopback or address.is_multicast or address.is_reserved:
        raise IntentError(place, f"'{value}' cannot be the address of a host", remedy)
    return address


def refuse_unknown(data: Mapping[str, object], known: Sequence[str], prefix: str) -> None:
    """Refuse options that are none of `known`; errors name ``prefix + key``."""
    problems = Problems()
    for key in sorted(set(data) - set(known)):
        problems.note(f"{prefix}{key}", f"unknown option{did_you_mean(key, known, prefix)}")
    problems.refuse()


def refuse_unknown_keys(data: Mapping[str, object], place: str, keys: Sequence[str]) -> None:
    """Refuse keys of a mapping that are none of `keys`."""
    problems = Problems()
    for key in data:
        if key not in keys:
            problems.note(f"{place}.{key}", f"unknown{did_you_mean(str(key), keys)}", f"the keys are {', '.join(keys)}")
    problems.refuse()


def refuse_twice(values: Iterable[tuple[Hashable, str]]) -> None:
    """Refuse what stands twice among pairs of a value and its place."""
    problems = Problems()
    seen: dict[Hashable, str] = {}
    for value, place in values:
        first = seen.setdefault(value, place)
        if first != place:
            problems.note(place, f"'{value}' is already {first}", "each may stand once")
    problems.refuse()


def kind_of(data: object) -> str:
    """Return what a sentence calls data that is of the wrong kind."""
    if data is None:
        return "nothing"
    if isinstance(data, str):
        return f"the text '{data}'"
    return "a mapping" if isinstance(data, Mapping) else f"{data!r}"


def did_you_mean(word: str, words: Sequence[str], prefix: str = "") -> str:
    """Return the end of a sentence that names the nearest one of `words`; nothing where none is near."""
    close = difflib.get_close_matches(word, words, n=1)
    return f", did you mean '{prefix}{close[0]}'?" if close else ""
