# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What a Hotspot server adds to the firewall by itself, and who is logged in.

The rows, their order and their ports are those of [MAN:Hotspot customisation] D and of four prints of 6.x and 7.x [WILD] O, which agree;
that they stand before all others is O. They are there while any server is enabled I.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from .paths import Path, path
from .rows import Change, Row
from .rules import is_allowed

if TYPE_CHECKING:
    from .store import Router

SERVER = path("ip hotspot")
PROFILE = path("ip hotspot profile")
ACTIVE = path("ip hotspot active")
BINDING = path("ip hotspot ip-binding")
GARDEN = path("ip hotspot walled-garden ip")
PAGES = path("ip hotspot walled-garden")
DEVICE_MODE = path("system device-mode")
NAT, FILTER = path("ip firewall nat"), path("ip firewall filter")

DNS_PORT, LOGIN_PORT, PROXY_PORT, TLS_PORT = 64872, 64873, 64874, 64875
"""Where the router's own services for clients listen [MAN:Hotspot customisation] D."""

WORDS = ("auth", "from-client", "http", "local-dst", "to-client")
"""What the matcher ``hotspot`` may name, each with ``!`` or without [SCH] O."""

Wanted = Mapping[str, str]


def _row(chain: str, action: str, **more: str) -> dict[str, str]:
    return {"chain": chain, "action": action, **{name.replace("_", "-"): value for name, value in more.items()}}


def _redirect(chain: str, port: int, dst_port: str, **more: str) -> dict[str, str]:
    return _row(chain, "redirect", to_ports=str(port), **more, dst_port=dst_port)


def _jump(chain: str, target: str, **more: str) -> dict[str, str]:
    return _row(chain, "jump", jump_target=target, **more)


def keep_rows(router: Router) -> None:
    """Gives a router the rows of its Hotspot from now on, whenever there is one."""
    kept = _Kept(router)
    router.observe(kept.notice)


def enabled_servers(router: Router) -> list[Row]:
    """The servers that work: enabled, on an interface that is there, and not turned off by device-mode [MAN:Device-mode] D."""
    if not is_allowed(router, "hotspot"):
        return []
    rows = [row for row in router.table(SERVER) if row.values.get("disabled") != "true"]
    return [row for row in rows if router.referenced_row(row.values.get("interface", ""))]


class _Kept:
    """The rows that are there because of a Hotspot."""

    def __init__(self, router: Router) -> None:
        self._router = router
        self._rows: dict[Path, list[tuple[Wanted, Row]]] = {NAT: [], FILTER: []}

    def notice(self, change: Change) -> None:
        if change.menu in (SERVER, GARDEN, DEVICE_MODE) or (change.menu[0] == "interface" and change.kind == "remove"):
            self._renew()

    def _renew(self) -> None:
        router = self._router
        with router.lock:
            works = bool(enabled_servers(router))
            for menu, rows in ((NAT, nat_rows(router)), (FILTER, filter_rows(router))):
                wanted = list(rows) if works else []
                if [row for row, _ in self._rows[menu]] != wanted:
                    self._replace(menu, wanted)

    def _replace(self, menu: Path, wanted: list[Wanted]) -> None:
        for _, row in self._rows[menu]:
            if row in self._router.table(menu):
                self._router.uninstall(menu, row)
        self._rows[menu] = [(row, self._router.install(menu, row, dynamic=True, place=place)) for place, row in enumerate(wanted)]


def nat_rows(router: Router) -> Iterator[Wanted]:
    """The rows of NAT; ``hs-smtp`` and ``pre-hotspot`` are chains for the owner."""
    tcp, udp = {"protocol": "tcp"}, {"protocol": "udp"}
    yield _jump("dstnat", "hotspot", hotspot="from-client")
    yield _jump("hotspot", "pre-hotspot")
    yield _redirect("hotspot", DNS_PORT, "53", **udp)
    yield _redirect("hotspot", DNS_PORT, "53", **tcp)
    yield _redirect("hotspot", LOGIN_PORT, "80", hotspot="local-dst", **tcp)
    yield _redirect("hotspot", TLS_PORT, "443", hotspot="local-dst", **tcp)
    yield _jump("hotspot", "hs-unauth", hotspot="!auth", **tcp)
    yield _jump("hotspot", "hs-auth", hotspot="auth", **tcp)
    for row in _garden(router):
        if row.values.get("action", "accept") == "accept" and router.written(row, "protocol") in ("", "tcp"):
            yield _row("hs-unauth", "return", **_meant(router, row)) | tcp
    yield _redirect("hs-unauth", PROXY_PORT, "80", **tcp)
    yield _redirect("hs-unauth", PROXY_PORT, "3128", **tcp)
    yield _redirect("hs-unauth", PROXY_PORT, "8080", **tcp)
    yield _redirect("hs-unauth", TLS_PORT, "443", **tcp)
    yield _jump("hs-unauth", "hs-smtp", dst_port="25", **tcp)
    yield _row("hs-auth", "redirect", to_ports=str(PROXY_PORT), hotspot="http", **tcp)
    yield _jump("hs-auth", "hs-smtp", dst_port="25", **tcp)


def filter_rows(router: Router) -> Iterator[Wanted]:
    """The rows of the filter, which keep out who is not logged in."""
    ports = f"{DNS_PORT}-{TLS_PORT}"
    yield _jump("forward", "hs-unauth", hotspot="from-client,!auth")
    yield _jump("forward", "hs-unauth-to", hotspot="to-client,!auth")
    yield _jump("input", "hs-input", hotspot="from-client")
    yield _row("input", "drop", protocol="tcp", hotspot="!from-client", dst_port=ports)
    yield _jump("hs-input", "pre-hs-input")
    yield _row("hs-input", "accept", protocol="udp", dst_port=str(DNS_PORT))
    yield _row("hs-input", "accept", protocol="tcp", dst_port=ports)
    yield _jump("hs-input", "hs-unauth", hotspot="!auth")
    actions = {"accept": "return", "drop": "drop", "reject": "reject"}
    garden = [(row, actions[router.written(row, "action") or "accept"]) for row in _garden(router)]
    for row, action in garden:
        yield _row("hs-unauth", action, **_meant(router, row))
    for row, action in garden:
        if action == "return":
            yield _row("hs-unauth-to", action, **_turned(_meant(router, row)))
    yield _row("hs-unauth", "reject", protocol="tcp", reject_with="tcp-reset")
    yield _row("hs-unauth", "reject", reject_with="icmp-net-prohibited")
    yield _row("hs-unauth-to", "reject", reject_with="icmp-host-prohibited")


_GARDEN_MATCHERS = ("protocol", "src-address", "dst-address", "src-address-list", "dst-address-list", "dst-port", "comment")


def _garden(router: Router) -> list[Row]:
    """Entries of the walled garden that name addresses. Those that name a host would need its addresses, again and again."""
    rows = [row for row in router.table(GARDEN) if row.values.get("disabled") != "true"]
    return [row for row in rows if "dst-host" not in row.values]


def _meant(router: Router, row: Row) -> dict[str, str]:
    return {name: router.written(row, name) for name in _GARDEN_MATCHERS if name in row.values}


def _turned(matchers: Wanted) -> dict[str, str]:
    """The same for answers, source for destination."""
    other = {"src": "dst", "dst": "src"}
    return {f"{other.get(name[:3], name[:3])}{name[3:]}": value for name, value in matchers.items()}


def log_in(router: Router, address: str, user: str = "") -> Row:
    """A client has logged in; ``/ip/hotspot/active`` shows it, and removing that row logs it out [MAN:HotSpot] D.

    :param address: the client's.
    """
    with router.lock:
        for row in router.table(ACTIVE):
            if row.state["address"] == address:
                return row
        (server, *_) = enabled_servers(router) or (None,)
        state = {"user": user or f"client-{address}", "address": address, "uptime": "0s", "login-by": "http-chap"}
        return router.install(ACTIVE, {}, state | ({"server": server.name or ""} if server else {}))


def log_out(router: Router, address: str) -> None:
    """A client has logged out; who was not logged in is not."""
    with router.lock:
        for row in [row for row in router.table(ACTIVE) if row.state["address"] == address]:
            router.uninstall(ACTIVE, row)


def logged_in(router: Router) -> set[str]:
    """The addresses of the clients that are logged in."""
    return {row.state["address"] for row in router.table(ACTIVE)}
