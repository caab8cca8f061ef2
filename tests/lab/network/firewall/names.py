# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Names of the table's objects. RouterOS takes any text as a name, nft takes few characters."""

from __future__ import annotations

import re

TABLE = "lab"

KNOWN_CLIENTS, OUTSIDE_CLIENTS = "hotspot-known", "hotspot-outside"
"""Sets of devices and addresses behind them: Hotspot clients that are logged in, and those that are none."""


def encoded(text: str) -> str:
    """A text in nft's characters; different texts stay different."""
    return re.sub(r"[^A-Za-z0-9_-]", lambda found: "".join(f".{byte:02x}" for byte in found[0].encode()), text)


def chain(menu: str, name: str) -> str:
    """The nft chain of a RouterOS chain."""
    return f"{menu}-{encoded(name)}"


def address_set(name: str) -> str:
    """The nft set of an address list."""
    return f"list-{encoded(name)}"


def counter(menu: str, number: str) -> str:
    """The counter of a row, by the row's id (``*1A``)."""
    return f"row-{menu}-{number.removeprefix('*')}"
