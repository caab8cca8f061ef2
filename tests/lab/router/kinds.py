# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Guesses the kind of a property from the console's description of it; what the description hides is said in ``menus``.

The description comes in a small language of its own: ``Num; 1..255 (integer number)``, ``[!]State;
new|related[,State*]``, ``AB[:|-|.]CD... (MAC address)`` [SCH] O.
"""

from __future__ import annotations

import re

from .addresses import Address, AddressRange, Mac, Ports, Prefix
from .links import Mark, Named
from .schema import Argument
from .times import Date, Duration, TimeOfDay
from .values import INTERFACES, Boolean, ChoiceList, Classifier, Flag, Kind, Number, Numbers, OpenChoice, Rate, Text

LIST_WORDS = ("all", "none", "dynamic", "static")
"""The interface lists that are always there; a property that offers them takes an interface list [SCH] O."""

_NUMBER = re.compile(r"Num(?:\[(?P<suffix>[^]]+)\])?; (?P<low>-?\d+)\.\.(?P<high>\d+) \(integer number\)")
_BOUNDS = re.compile(r"; (?P<low>\d+)\.\.(?P<high>\d+) \(integer number\)")
_INTERFACE_NAMES = frozenset({"interface", "in-interface", "out-interface", "in-bridge-port", "out-bridge-port"})
_DURATION_NAME = re.compile(r"(^|-)(time|timeout|interval|delay|lifetime)$")
_RATE_NAME = re.compile(r"(^|-)(limit|limit-at|rate|burst-threshold)$")
_ELSEWHERE = ("all", "none", "any")

_REFERENCES: dict[str, Kind] = {
    "address-pool": Named(("ip", "pool"), words=("none", "static-only")),
    "bridge": Named(INTERFACES),
    "certificate": Named(("certificate",), words=("none", "any")),
    "layer7-protocol": Named(("ip", "firewall", "layer7-protocol"), negatable=True),
    "next-pool": Named(("ip", "pool"), words=("none",)),
}
"""Properties that name a row of another menu, in whatever menu they are found."""


def guess_kind(argument: Argument) -> Kind:
    """The kind of a property by its console description; plain text where the description says nothing."""
    text, name = argument.text, argument.name
    if argument.flag:
        return Flag()
    if sorted(argument.words) == ["no", "yes"]:
        return Boolean()
    if name in _REFERENCES:
        return _REFERENCES[name]
    if argument.words == LIST_WORDS:
        return Named(("interface", "list"), negatable=True)
    if name in _INTERFACE_NAMES and not argument.words:
        return Named(INTERFACES, words=_ELSEWHERE, negatable=True)
    if "Mark; no-mark" in text or argument.words == ("no-mark",):
        return Text() if "Mark[," in text else Mark()
    if text.startswith("[!]ValuesToHash:"):
        return Classifier(argument.words)
    return _by_description(argument) or _by_words(argument) or _by_name(name)


def _by_description(argument: Argument) -> Kind | None:
    """A kind that the description's grammar names."""
    text = argument.text
    negatable = text.startswith("[!]")
    if listed := re.search(r"(?:^|; )([\w.-]+(?:\|[\w.-]+)+)\[,\w+\*\]$", text):
        return ChoiceList(tuple(listed[1].split("|")), negatable)
    if "(MAC address)" in text and "/Mask" not in text:
        return Mac(negatable)
    if "(IP address range)" in text and "Ip6" not in text:
        return AddressRange(negatable)
    if "Range[,Port]" in text:
        return Ports()
    if text.startswith("Num") and _RATE_NAME.search(argument.name):
        return Rate(argument.words)
    if found := _NUMBER.fullmatch(text):
        return Number(int(found["low"]), int(found["high"]), argument.words, found["suffix"] or "")
    if negatable and (found := _BOUNDS.search(text)):
        return Numbers(int(found["low"]), int(found["high"]))
    simple: dict[str, Kind] = {
        "A.B.C.D (IP address)": Address(argument.words),
        "A.B.C.D/M (IP prefix)": Address(argument.words),
        "Hour:Min:Sec; 00..24; 00..59": TimeOfDay(argument.words),
        "Year-Month-Day; 1970..2106; 1..12": Date(),
        "IPv4": Prefix() if argument.name == "dst-address" else Address(),
    }
    return simple.get(text)


def _by_words(argument: Argument) -> Kind | None:
    """Keywords without a description are all there are; one alone stands beside numbers or names I."""
    if argument.text or len(argument.words) < 2 or not all(word[0].isalpha() for word in argument.words):
        return None
    return OpenChoice(argument.words)


def _by_name(name: str) -> Kind:
    """Time spans are known by their names only."""
    return Duration(lenient=True) if _DURATION_NAME.search(name) else Text()
