# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Kinds of values: what a property takes, and how it is read back.

A kind's ``parse`` turns written text into the text (or the reference to another row) that the router keeps, and raises
a ``Trap`` for what it refuses. "Reads as" rules are [MAN, LIBR, TIK4, REST23] D/O unless a line says otherwise.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from ipaddress import AddressValueError, IPv4Address, IPv4Network, IPv6Address, IPv6Network
from typing import Protocol

from .errors import ambiguous, bad_gateway, invalid_value, no_match, out_of_range, trailing_characters
from .paths import Path

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
    """Looks up the rows that a value refers to."""

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


_UNITS_MS = {"w": 604_800_000, "d": 86_400_000, "h": 3_600_000, "m": 60_000, "s": 1000, "ms": 1}
_CLOCK = re.compile(r"(?:(?P<w>\d+)w)?(?:(?P<d>\d+)d)?(?P<h>\d+):(?P<m>\d{1,2}):(?P<s>\d{1,2})(?:\.(?P<ms>\d{1,3}))?")
_PARTS = re.compile(r"(?:(\d+)w)?(?:(\d+)d)?(?:(\d+)h)?(?:(\d+)m(?!s))?(?:(\d+)s)?(?:(\d+)ms)?")


def parse_duration(text: str) -> int | None:
    """A time span in milliseconds: ``00:00:10``, ``1d02:03:04``, ``1h30m``, ``200ms``, ``3600`` (seconds); None for
    others."""
    if text.isdecimal():
        return int(text) * 1000
    if clock := _CLOCK.fullmatch(text):
        parts = clock.groupdict(default="0")
        parts["ms"] = parts["ms"].ljust(3, "0") if clock["ms"] else "0"
        return sum(int(value) * _UNITS_MS[unit] for unit, value in parts.items())
    if text and (found := _PARTS.fullmatch(text)):
        return sum(int(value or 0) * size for value, size in zip(found.groups(), _UNITS_MS.values(), strict=True))
    return None


def format_duration(milliseconds: int) -> str:
    """A time span as it reads: ``10s``, ``1m30s``, ``1d``, ``200ms``, ``0s``. Weeks as in ``1w2d`` I."""
    if milliseconds == 0:
        return "0s"
    text = ""
    for unit, size in _UNITS_MS.items():
        count, milliseconds = divmod(milliseconds, size)
        if count:
            text += f"{count}{unit}"
    return text


@dataclass(frozen=True)
class Duration:
    """A time span, or a keyword.

    :param lenient: keeps text that is no time span, and bare digits; for menus of which nothing but the property's
        name is known.
    :param low_ms: the shortest span that is taken, in milliseconds.
    """

    words: tuple[str, ...] = ()
    lenient: bool = False
    low_ms: int = 0

    def parse(self, name: str, text: str, finder: Finder) -> Value:
        """The span in its shortest form."""
        if text in self.words or (self.lenient and text.isdecimal()):
            return text
        milliseconds = parse_duration(text)
        if milliseconds is None and self.lenient:
            return text
        if milliseconds is None or milliseconds < self.low_ms:
            raise invalid_value(name)
        return format_duration(milliseconds)


_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")


@dataclass(frozen=True)
class Date:
    """A date, read as in ISO 8601 from 7.10 on [MAN] D. The form of older exports (oct/19/2020) is taken too I."""

    def parse(self, name: str, text: str, finder: Finder) -> Value:
        """The date as year-month-day."""
        if re.fullmatch(r"\d{4}-\d{2}-\d{2}", text):
            return text
        found = re.fullmatch(r"([a-z]{3})/(\d{2})/(\d{4})", text.lower())
        if found is None or found[1] not in _MONTHS:
            raise invalid_value(name)
        return f"{found[3]}-{_MONTHS.index(found[1]) + 1:02}-{found[2]}"


@dataclass(frozen=True)
class TimeOfDay:
    """A time of day, or a keyword."""

    words: tuple[str, ...] = ()

    def parse(self, name: str, text: str, finder: Finder) -> Value:
        """The time as hours:minutes:seconds."""
        if text in self.words:
            return text
        milliseconds = parse_duration(text)
        if milliseconds is None or milliseconds >= _UNITS_MS["d"]:
            raise invalid_value(name)
        seconds = milliseconds // 1000
        return f"{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}"


def parse_ip(text: str) -> IPv4Address | IPv6Address | None:
    """An address of either family; None for anything else. Leading zeros are refused."""
    for family in (IPv4Address, IPv6Address):
        try:
            return family(text)
        except AddressValueError:
            continue
    return None


def parse_network(text: str) -> IPv4Network | IPv6Network | None:
    """A prefix with its host bits cleared; an address alone is a host's prefix. None for anything else."""
    address, _, length = text.partition("/")
    if parse_ip(address) is None or (length and not length.isdecimal()):
        return None
    family = IPv6Network if ":" in address else IPv4Network
    try:
        return family(text, strict=False)
    except ValueError:
        return None


@dataclass(frozen=True)
class Address:
    """Addresses, comma separated: plain, or with a prefix length, ``%interface`` or ``@vrf``.

    :param words: keywords that may stand instead.
    """

    words: tuple[str, ...] = ()

    def parse(self, name: str, text: str, finder: Finder) -> Value:
        """The addresses without blanks."""
        if text in self.words or text == "":
            return text
        parts = [part.strip() for part in text.split(",")]
        for part in parts:
            address, slash, length = re.split(r"[%@]", part, maxsplit=1)[0].partition("/")
            if parse_ip(address) is None or (slash and parse_network(f"{address}/{length}") is None):
                raise invalid_value(name)
        return ",".join(parts)


@dataclass(frozen=True)
class InterfaceAddress:
    """An address with its prefix length, kept with host bits; without a length it is a host's."""

    def parse(self, name: str, text: str, finder: Finder) -> Value:
        """The address with its length."""
        network = parse_network(text)
        if network is None:
            raise invalid_value(name)
        return f"{text.partition('/')[0]}/{network.prefixlen}"


@dataclass(frozen=True)
class Prefix:
    """A prefix, host bits cleared, always with its length."""

    def parse(self, name: str, text: str, finder: Finder) -> Value:
        """The prefix."""
        network = parse_network(text)
        if network is None:
            raise invalid_value(name)
        return str(network)


_DOMAIN = re.compile(r"(?=.{1,253}$)[A-Za-z0-9_*-]+(\.[A-Za-z0-9_-]+)*\.?")


@dataclass(frozen=True)
class AddressRange:
    """An address, a prefix (host bits cleared) or a range; a host's prefix equals its address [REST23] O.

    :param negatable: may start with ``!``.
    :param domains: a domain name is taken too.
    """

    negatable: bool = False
    domains: bool = False

    def parse(self, name: str, text: str, finder: Finder) -> Value:
        """The range in its shortest form."""
        sign, rest = split_negation(text) if self.negatable else ("", text)
        first, dash, last = rest.partition("-")
        if dash and (low := parse_ip(first)) is not None and (high := parse_ip(last)) is not None:
            return f"{sign}{low}-{high}"
        network = parse_network(rest)
        if network is not None:
            host = network.prefixlen == network.max_prefixlen
            return sign + (str(network.network_address) if host else str(network))
        if self.domains and _DOMAIN.fullmatch(rest) and not re.fullmatch(r"[\d./]+", rest):
            return rest
        raise invalid_value(name)


_MAC = re.compile(r"([0-9A-Fa-f]{2})[:.-]?" * 5 + r"([0-9A-Fa-f]{2})")


@dataclass(frozen=True)
class Mac:
    """MAC addresses, written with any separator, read upper-case with colons; a list is comma separated [SCH] O/I."""

    negatable: bool = False

    def parse(self, name: str, text: str, finder: Finder) -> Value:
        """The addresses without blanks."""
        sign, rest = split_negation(text) if self.negatable else ("", text)
        if rest == "":
            return rest
        found = [_MAC.fullmatch(part.strip()) for part in rest.split(",")]
        if not all(found):
            raise invalid_value(name)
        return sign + ",".join(":".join(mac.groups()).upper() for mac in found if mac)


@dataclass(frozen=True)
class Ports:
    """Ports and ranges of ports, comma separated; at most 15 [SCH] O."""

    def parse(self, name: str, text: str, finder: Finder) -> Value:
        """The ports without blanks."""
        sign, rest = split_negation(text)
        parts = [part.strip() for part in rest.split(",")]
        if len(parts) > 15:
            raise invalid_value(name)
        number = Number(0, 65535)
        for part in parts:
            for port in part.split("-", 1):
                number.parse(name, port, finder)
        return sign + ",".join(parts)


@dataclass(frozen=True)
class Numbers:
    """Whole numbers within bounds in a form of their own, such as ``2,1`` or ``100-200``: only the bounds are looked
    at."""

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


@dataclass(frozen=True)
class Mark:
    """The free name of a connection or packet mark, or ``no-mark``; may be negated. Empty is refused as for a
    reference I."""

    def parse(self, name: str, text: str, finder: Finder) -> Value:
        """The name as it is."""
        if split_negation(text)[1] == "":
            raise ambiguous(name)
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
