# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Readers of the user's data: what each value may be, and the sentence that says what to write instead."""

from __future__ import annotations

import difflib
import re
from collections.abc import Mapping, Sequence
from fractions import Fraction
from ipaddress import AddressValueError, IPv4Address
from types import UnionType

# As Python writes numbers, so 1e-07 too.
_NUMBER = re.compile(r"-?[0-9]{1,20}(?:\.[0-9]{1,20})?(?:e[+-]?[0-9]{1,3})?")
_TRUTHS = {
    **dict.fromkeys(("true", "yes", "on", "y", "t", "1"), True),
    **dict.fromkeys(("false", "no", "off", "n", "f", "0"), False),
}


class IntentError(ValueError):
    """The user's data cannot be used as it is.

    `place` is the path in the data, such as ``multiwan_wans[1].gateway``; the text of the error is ``place: problem``.
    """

    def __init__(self, place: str, problem: str) -> None:
        super().__init__(f"{place}: {problem}")
        self.place = place


def read_choices(data: object, place: str, choices: Sequence[str]) -> frozenset[str]:
    """Return a list, each item of which is one of `choices`."""
    entries = read_list(data, place, "a list")
    return frozenset(read_choice(entry, f"{place}[{index}]", choices) for index, entry in enumerate(entries))


def read_choice(value: object, place: str, choices: Sequence[str]) -> str:
    """Return `value` if it is one of `choices`."""
    text = str(value)
    if text not in choices:
        raise IntentError(place, f"'{text}' is unknown{did_you_mean(text, choices)}; write one of {', '.join(choices)}")
    return text


def read_number(value: object, place: str, low: float, high: float, whole: bool = False) -> Fraction:
    """Return a number within `low` and `high`, both included."""
    kind = "a whole number" if whole else "a number"
    wanted = f"write {kind} from {low} to {high}"
    if isinstance(value, bool):
        raise IntentError(place, f"{value} is not {kind}; {wanted}")
    text = str(value).strip()
    if not _NUMBER.fullmatch(text):
        raise IntentError(place, f"'{value}' is not {kind}; {wanted}")
    number = Fraction(text)
    if whole and number.denominator != 1:
        raise IntentError(place, f"{value} is not {kind}; {wanted}")
    if not low <= number <= high:
        raise IntentError(place, f"{value} is out of range; {wanted}")
    return number


def read_truth(value: object, place: str) -> bool:
    """Return a truth; words count as in Ansible, because ``-e option=false`` hands over a text."""
    word = str(value).lower()
    if word not in _TRUTHS:
        raise IntentError(place, f"'{value}' is neither true nor false; write true or false")
    return _TRUTHS[word]


def refuse_unknown(data: Mapping[str, object], known: Sequence[str], prefix: str) -> None:
    """Refuse an option that is none of `known`; errors name ``prefix + key``."""
    unknown = set(data) - set(known)
    if unknown:
        key = min(unknown)
        raise IntentError(f"{prefix}{key}", f"unknown option{did_you_mean(key, known, prefix)}")


def read_list(data: object, place: str, what: str) -> Sequence[object]:
    if isinstance(data, str) or not isinstance(data, Sequence):
        raise IntentError(place, f"write {what}, not {kind_of(data)}")
    return data


def kind_of(data: object) -> str:
    if data is None:
        return "nothing"
    if isinstance(data, str):
        return f"the text '{data}'"
    return "a mapping" if isinstance(data, Mapping) else f"{data!r}"


def did_you_mean(word: str, words: Sequence[str], prefix: str = "") -> str:
    close = difflib.get_close_matches(word, words, n=1)
    return f", did you mean '{prefix}{close[0]}'?" if close else ""


def read_mapping(entry: object, place: str, keys: Sequence[str]) -> dict[str, object]:
    if not isinstance(entry, Mapping):
        raise IntentError(place, f"write a mapping with {', '.join(keys)}, not {kind_of(entry)}")
    for key in entry:
        if key not in keys:
            raise IntentError(f"{place}.{key}", f"unknown{did_you_mean(str(key), keys)}; the keys are {', '.join(keys)}")
    return {str(key): value for key, value in entry.items() if value is not None}


def read_name(entry: Mapping[str, object], key: str, place: str, example: str, kinds: type | UnionType = str) -> str:
    if key not in entry:
        raise IntentError(f"{place}.{key}", f"missing; write {example}")
    value = entry[key]
    if isinstance(value, bool) or not isinstance(value, kinds) or not str(value).strip():
        raise IntentError(f"{place}.{key}", f"{value!r} is not a name; write {example}")
    return str(value)


def read_whole(entry: Mapping[str, object], key: str, place: str, low: int, high: int) -> int | None:
    return int(read_number(entry[key], f"{place}.{key}", low, high, whole=True)) if key in entry else None


def read_host(text: str, place: str) -> IPv4Address:
    try:
        address = IPv4Address(text)
    except AddressValueError:
        raise IntentError(place, f"'{text}' is not an IPv4 address; write one such as 203.0.113.1") from None
    if address.is_unspecified or address.is_loopback or address.is_multicast or address.is_reserved:
        raise IntentError(place, f"'{text}' cannot be the address of a host; write one such as 203.0.113.1")
    return address


def refuse_twice(values: Sequence[tuple[object, str]]) -> None:
    seen: dict[object, str] = {}
    for value, place in values:
        if value in seen:
            name = value[0] if isinstance(value, tuple) else value
            raise IntentError(place, f"'{name}' is already {seen[value]}; each may stand once")
        seen[value] = place
