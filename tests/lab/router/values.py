# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Kinds of values: what a property takes, and how it is read back.

A kind's ``parse`` turns written text into the text (or the reference to another row) that the router keeps, and raises
a ``Trap`` for what it refuses. "Reads as" rules are [MAN, LIBR, TIK4, REST23] D/O unless a line says otherwise.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from .errors import ambiguous, invalid_value, no_match, out_of_range, trailing_characters
from .paths import Path
from .traits import Traits
from .versions import Version

INTERFACES: Path = ("interface",)
"""Where interfaces of every kind are looked up."""


@dataclass(frozen=True)
class Reference:
    """Another row, kept by its id: the row shows the other one's present name, or its id once it is gone [REST23] O."""

    menu: Path
    id: int


Value = str | tuple["str | Reference", ...]
"""What a row keeps: text, or pieces of text and references that read as one text."""


class Finder(Protocol):
    """The router that takes a value: it looks up the rows that the value refers to."""

    @property
    def traits(self) -> Traits:
        """Its behaviours that are not settled."""

    @property
    def version(self) -> Version:
        """The release that takes the value."""

    def find_reference(self, menu: Path, name: str) -> int | None:
        """The id of the row with exactly this name."""

    def reference_names(self, menu: Path) -> Sequence[str]:
        """All names that a reference may have."""


class Kind(Protocol):
    """What a property takes."""

    def parse(self, name: str, text: str, finder: Finder) -> Value:
        """The value to keep for the text given for the property of this name.

        :raises Trap: for a text that RouterOS refuses.
        """


def match_word(name: str, text: str, words: Sequence[str]) -> str:
    """A keyword by its exact spelling, else by unique prefix; an empty text starts all of them [WILD] O.

    :raises Trap: when none or several match.
    """
    if text in words:
        return text
    found = [word for word in words if word.startswith(text)]
    if len(found) == 1 and text:
        return found[0]
    raise ambiguous(name) if found else no_match(name)


def split_negation(text: str) -> tuple[str, str]:
    """A leading ``!`` and the rest."""
    return ("!", text[1:]) if text.startswith("!") else ("", text)


@dataclass(frozen=True)
class Text:
    """Any text, kept as it is."""

    def parse(self, name: str, text: str, finder: Finder) -> Value:
        """Keeps the text."""
        return text


@dataclass(frozen=True)
class Flag:
    """On by being present, whatever is written; reads back empty. ``fib=no`` sets it too [TIK4, CR] O."""

    def parse(self, name: str, text: str, finder: Finder) -> Value:
        """Forgets the text."""
        return ""


@dataclass(frozen=True)
class Boolean:
    """Takes yes, no, true, false. Reads ``true`` or ``false``, or yes and no where the words are an enumeration's.

    :param reads_yes_no: such as ``check-certificate`` and ``add-default-route``.
    """

    reads_yes_no: bool = False

    def parse(self, name: str, text: str, finder: Finder) -> Value:
        """Either spelling, in the kind's own."""
        word = match_word(name, text, ("yes", "no", "true", "false"))
        on = word in ("yes", "true")
        return ("yes" if on else "no") if self.reads_yes_no else ("true" if on else "false")


@dataclass(frozen=True)
class Number:
    """A whole number within bounds, or a keyword; reads without leading zeros.

    :param suffix: what may follow and is shown, such as ``%``.
    """

    low: int
    high: int
    words: tuple[str, ...] = ()
    suffix: str = ""

    def parse(self, name: str, text: str, finder: Finder) -> Value:
        """The number in decimal digits."""
        if text in self.words:
            return text
        found = re.match(r"-?\d+", text)
        if found is None:
            if self.words:
                return match_word(name, text, self.words)
            raise invalid_value(name)
        if text[found.end() :] not in ("", self.suffix):
            raise trailing_characters(name)
        number = int(found[0])
        if not self.low <= number <= self.high:
            raise out_of_range(name, self.low, self.high)
        return f"{number}{self.suffix}"


_RATE_UNITS = {"": 1, "k": 1_000, "M": 1_000_000, "G": 1_000_000_000}


@dataclass(frozen=True)
class Rate:
    """Numbers with a unit, one or an upload and a download: ``5M``, ``10M/100M``. Reads as plain numbers I.

    ``1000KiB`` is kept as it is.
    """

    words: tuple[str, ...] = ()

    def parse(self, name: str, text: str, finder: Finder) -> Value:
        """The numbers without units."""
        if text in self.words:
            return text
        numbers = []
        for part in text.split("/"):
            found = re.fullmatch(r"(\d+)(?:([kMG]?)(?:bps)?|[KM]iB)", part)
            if found is None:
                raise invalid_value(name)
            numbers.append(part if found[2] is None else str(int(found[1]) * _RATE_UNITS[found[2]]))
        return "/".join(numbers)


@dataclass(frozen=True)
class Choice:
    """One of the keywords, by unique prefix."""

    words: tuple[str, ...]

    def parse(self, name: str, text: str, finder: Finder) -> Value:
        """The keyword in full."""
        return match_word(name, text, self.words)


@dataclass(frozen=True)
class OpenChoice:
    """Keywords beside other forms that the console's crawl does not describe: only a plain word must be a keyword."""

    words: tuple[str, ...]

    def parse(self, name: str, text: str, finder: Finder) -> Value:
        """The text; a plain word in full."""
        return match_word(name, text, self.words) if re.fullmatch(r"[a-z][a-z-]*", text) else text


@dataclass(frozen=True)
class ChoiceList:
    """Keywords, comma separated, read in the router's own order and without blanks. The order is taken from exports I.

    :param negatable: the whole list may start with ``!``.
    """

    words: tuple[str, ...]
    negatable: bool = False

    def parse(self, name: str, text: str, finder: Finder) -> Value:
        """The keywords in the menu's order."""
        sign, rest = split_negation(text) if self.negatable else ("", text)
        chosen = {match_word(name, word.strip(), self.words) for word in rest.split(",")} if rest else set()
        return sign + ",".join(word for word in self.words if word in chosen)


@dataclass(frozen=True)
class Growing:
    """Keywords, comma separated, of which newer releases know more.

    :param words: those of each release, the oldest first.
    """

    words: Mapping[Version, tuple[str, ...]]

    def parse(self, name: str, text: str, finder: Finder) -> Value:
        """The keywords in the order of the release."""
        known = [words for since, words in self.words.items() if since <= finder.version]
        return ChoiceList(known[-1]).parse(name, text, finder)


@dataclass(frozen=True)
class Policies:
    """Policies of a script, a scheduler entry or a group.

    :param shows_absent: a group reads back all policies, with ``!`` before those it lacks [IGOU] O.
    """

    words: tuple[str, ...]
    shows_absent: bool = False

    def parse(self, name: str, text: str, finder: Finder) -> Value:
        """The policies in the router's order."""
        chosen: set[str] = set()
        for word in filter(None, (word.strip() for word in text.split(","))):
            sign, policy = split_negation(word)
            policy = match_word(name, policy, self.words)
            if not sign:
                chosen.add(policy)
        if self.shows_absent:
            return ",".join(word if word in chosen else f"!{word}" for word in self.words)
        return ",".join(word for word in self.words if word in chosen)


@dataclass(frozen=True)
class Numbers:
    """Whole numbers in a form of their own, such as ``2,1`` or ``100-200``: only their bounds are looked at."""

    low: int
    high: int

    def parse(self, name: str, text: str, finder: Finder) -> Value:
        """The text as it is."""
        found = re.findall(r"\d+", text)
        if not found:
            raise invalid_value(name)
        if not all(self.low <= int(number) <= self.high for number in found):
            raise out_of_range(name, self.low, self.high)
        return text


@dataclass(frozen=True)
class Classifier:
    """``[!]fields:denominator/remainder``; the denominator is at least 1 [SCH] O."""

    fields: tuple[str, ...]

    def parse(self, name: str, text: str, finder: Finder) -> Value:
        """The classifier with its fields in full."""
        found = re.fullmatch(r"(!?)([a-z-]*):(\d+)/(\d+)", text)
        if found is None or int(found[3]) < 1:
            raise invalid_value(name)
        fields = match_word(name, found[2], self.fields)
        return f"{found[1]}{fields}:{int(found[3])}/{int(found[4])}"
