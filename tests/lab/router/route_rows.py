# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Routes as rows of /ip/route."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .leases import Default
from .routes import ROUTE, Route, compute_routes
from .rows import Row, id_text

if TYPE_CHECKING:
    from .store import Router


def read_routes(router: Router) -> list[dict[str, str]]:
    """All rows of /ip/route as they read."""
    routes = compute_routes(router)
    known = {id(route.row): route for route in routes if route.row is not None}
    shown = [_show_own(route) for route in routes if route.row is None]
    for row in router.table(ROUTE):
        shown.append(_show_static(router, known[id(row)]) if id(row) in known else _show_disabled(router, row))
    return shown


def own_routes(router: Router) -> list[dict[str, str]]:
    """The rows of /ip/route that the router made itself."""
    return [_show_own(route) for route in compute_routes(router) if route.row is None]


def _show_own(route: Route) -> dict[str, str]:
    return _show_connected(route) if route.given is None else _show_given(route, route.given)


def _show_given(route: Route, given: Default) -> dict[str, str]:
    """A default route of a lease [REST23] O, or of a dialed interface I."""
    return {
        ".id": id_text(route.id),
        "dst-address": str(route.network),
        "routing-table": route.table,
        "gateway": given.gateway,
        "immediate-gw": ",".join(route.immediate),
        "distance": str(route.distance),
        "scope": str(route.scope),
        "target-scope": str(route.target_scope),
        "vrf-interface": given.interface,
        "dynamic": "true",
        **({"active": "true"} if route.active else {}),
        "inactive": "false" if route.usable else "true",
        given.kind: "true",
        **({"ecmp": "true"} if route.ecmp else {}),
    }


def _show_connected(route: Route) -> dict[str, str]:
    """Connected routes to one network share it, and their rows say so [WILD] O."""
    return {
        ".id": id_text(route.id),
        "dst-address": str(route.network),
        "routing-table": route.table,
        "gateway": route.hops[0].text,
        "immediate-gw": route.immediate[0],
        "distance": "0",
        "scope": "10",
        "target-scope": str(route.target_scope),
        "local-address": route.local_address,
        "dynamic": "true",
        **({"active": "true"} if route.active else {}),
        "inactive": "false",
        "connect": "true",
        **({"ecmp": "true"} if route.ecmp else {}),
    }


def _show_static(router: Router, route: Route) -> dict[str, str]:
    """In use, beaten (neither active nor inactive), or inactive; ``disabled`` is absent [REST23] O [MAN] D/I. A gateway
    that is checked and silent is not in ``immediate-gw`` I."""
    row = route.row
    assert row is not None
    values = {name: router.text(value) for name, value in row.values.items() if name != "disabled"}
    return {
        ".id": id_text(row.id),
        **values,
        **({} if route.blackhole else {"immediate-gw": ",".join(route.immediate)}),
        "dynamic": "false",
        **({"active": "true"} if route.active else {}),
        "inactive": "false" if route.usable else "true",
        "static": "true",
        **({"ecmp": "true"} if route.ecmp else {}),
    }


def _show_disabled(router: Router, row: Row) -> dict[str, str]:
    """Short: no distance, no table [REST23] O. Long by the trait, for what another release may do."""
    short = {"dst-address", "gateway", "blackhole", "comment"}
    wanted = short if router.traits.disabled_route_is_short else row.values.keys()
    return {
        ".id": id_text(row.id),
        **{name: router.text(value) for name, value in row.values.items() if name in wanted},
        "disabled": "true",
        "inactive": "false",
        "static": "true",
    }
