# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Lines of the lab router that somebody drains, by the row alone: what the control script makes of it."""

from __future__ import annotations

import itertools
import re
from datetime import UTC, datetime, timedelta

from ansible_collections.multiwan.routeros.plugins.plugin_utils import drains
from ansible_collections.multiwan.routeros.plugins.plugin_utils.drains import Drain
from ansible_collections.multiwan.routeros.plugins.plugin_utils.routeros.paths import ADDRESS_LIST, ROUTES

from tests.lab.router.paths import path
from tests.unit.apply.router import read

from .site import Site

LISTS = path(ADDRESS_LIST)
SOON = 11
"""Seconds until the script has run by the clock."""
_NUMBERS = itertools.count(1)


def shown(site: Site, seconds: float = 0) -> str:
    """What the router's clock shows, so much later."""
    now = datetime.fromtimestamp(site.lab.router.services.wall_time(), UTC) + timedelta(seconds=seconds)
    return now.strftime("%Y-%m-%d %H:%M:%S")


def row(site: Site, line: str, state: str = drains.BEGIN, seconds: int = 0, moves: bool = False) -> str:
    """The comment of a drain that begins now."""
    interface = next(str(wan["interface"]) for wan in site.lines if wan["name"] == line)
    until = shown(site, seconds) if seconds else ""
    return drains.text(Drain(interface, line, shown(site), until, seconds, "anna", moves, state), next(_NUMBERS), "by anna")


def begin(site: Site, line: str = "isp1", seconds: int = 0, moves: bool = False) -> None:
    """Somebody drains a line, and the script has seen it."""
    words = {
        "list": drains.LIST,
        "address": f"240.0.0.{len(rows(site)) + 1}",
        "disabled": "yes",
        "comment": row(site, line, seconds=seconds, moves=moves),
    }
    site.lab.router.add(LISTS, words)
    site.clock.advance(SOON)


def end(site: Site, line: str = "isp1") -> None:
    """Somebody undrains it, and the script has seen it."""
    comment = row(site, line, drains.END)
    (entry,) = [
        one for one in site.lab.router.table(LISTS) if str(one.values.get("comment", "")).startswith(comment.partition("\n")[0] + "\n")
    ]
    site.lab.router.set(LISTS, [entry], {"comment": comment})
    site.clock.advance(SOON)


def rows(site: Site) -> list[Drain]:
    """What is written of drains."""
    return drains.written(read(site.lab, [ADDRESS_LIST]))


def states(site: Site) -> dict[str, str]:
    """The state of each drain, by its line."""
    return {drain.line: drain.state for drain in rows(site)}


def distances(site: Site) -> dict[str, list[int]]:
    """By line: the distance of its own route for what is not balanced, and then that of the route in its own table."""
    found = {str(one.get("comment")): int(one["distance"]) for one in read(site.lab, [ROUTES])[ROUTES]}
    start = "multiwan:pcc_balance:route:"
    return {str(wan["name"]): [found[f"{start}main:{wan['name']}"], found[f"{start}{wan['name']}:{wan['name']}"]] for wan in site.lines}


def told(site: Site) -> list[str]:
    """What happened to which line, in order."""
    return [re.sub(r"^\S+ \d+ ", "", event) for event in site.events()]
