# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The pages of a Hotspot: its login page, and the proxy through which who is not logged in sees what the walled garden allows.

HTTP only, without a form: clients are logged in by ``router.hotspot.log_in``. The proxy's own connections leave as the router's do: by
main, and by the routing rules.
"""

from __future__ import annotations

import socket
import threading
from fnmatch import fnmatch
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import IPv4Address, IPv4Interface
from socketserver import TCPServer
from typing import Any

from ..router.hotspot import DEVICE_MODE, LOGIN_PORT, PAGES, PROXY_PORT, SERVER, enabled_servers
from ..router.interfaces import actual_interface
from ..router.paths import Path, path
from ..router.resolving import resolve
from ..router.rows import Change, Row
from ..router.store import Router
from .namespace import Namespace

LOGIN_PAGE = "login page"
"""What a client reads that is sent to the login page."""

PATIENCE = 10.0
"""Seconds that a page may take which the proxy asks for."""

ADDRESS = path("ip address")


class Portal:
    """The pages, for as long as the router has a Hotspot."""

    def __init__(self, namespace: Namespace, router: Router) -> None:
        self._namespace, self._router = namespace, router
        self._serving: list[ThreadingHTTPServer] = []
        self._lock = threading.Lock()
        self._stop_observing = router.observe(self._notice)
        self._follow()

    def close(self) -> None:
        """Ends them."""
        self._stop_observing()
        with self._lock:
            self._end()

    def _notice(self, change: Change) -> None:
        if change.menu in (SERVER, DEVICE_MODE):
            self._follow()

    def _follow(self) -> None:
        with self._lock:
            wanted = bool(enabled_servers(self._router))
            if wanted and not self._serving:
                pages = {LOGIN_PORT: _LoginPage, PROXY_PORT: _Proxy}
                self._serving = [self._namespace.inside(_Server, port, page, self._router, self._namespace) for port, page in pages.items()]
                for server in self._serving:
                    threading.Thread(target=server.serve_forever, name="portal", daemon=True).start()
            elif self._serving and not wanted:
                self._end()

    def _end(self) -> None:
        for server in self._serving:
            server.shutdown()
            server.server_close()
        self._serving = []


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, port: int, page: type[BaseHTTPRequestHandler], router: Router, namespace: Namespace) -> None:
        self.router, self.namespace = router, namespace
        super().__init__(("0.0.0.0", port), page)

    def server_bind(self) -> None:
        """Without asking anybody for the machine's name."""
        TCPServer.server_bind(self)


class _Page(BaseHTTPRequestHandler):
    server: _Server

    def answer(self, status: int, text: str, **headers: str) -> None:
        self.send_response(status)
        for name, value in {**headers, "Content-Length": str(len(text))}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(text.encode())

    def log_message(self, format: str, *arguments: Any) -> None:
        """Nobody reads it."""


class _LoginPage(_Page):
    def do_GET(self) -> None:
        """The login page, whatever is asked for."""
        self.answer(200, LOGIN_PAGE)


class _Proxy(_Page):
    def do_GET(self) -> None:
        """The page that was asked for if the walled garden allows it, else the way to the login page [MAN:HotSpot] D."""
        router = self.server.router
        host, _, port = self.headers.get("Host", "").partition(":")
        address = resolve(router, host) if _is_allowed(router, host, port or "80") else None
        if address is None:
            self.answer(302, "", Location=f"http://{_hotspot_address(router, self.client_address[0])}/login")
        else:
            self.wfile.write(self.server.namespace.inside(self._fetch, address, int(port or 80)))

    def _fetch(self, address: str, port: int) -> bytes:
        with socket.create_connection((address, port), PATIENCE) as server:
            server.sendall(f"GET {self.path} HTTP/1.0\r\nHost: {self.headers['Host']}\r\n\r\n".encode())
            with server.makefile("rb") as answer:
                return answer.read()


def _is_allowed(router: Router, host: str, port: str) -> bool:
    """The first entry of the walled garden that fits decides [MAN:Walled Garden] D."""
    with router.lock:
        for row in router.table(PAGES):
            wanted = router.written(row, "dst-host") or "*", router.written(row, "dst-port") or port
            if row.values.get("disabled") != "true" and fnmatch(host, wanted[0]) and port == wanted[1]:
                return router.written(row, "action") in ("", "allow")
    return False


def _hotspot_address(router: Router, client: str) -> str:
    """The address of the Hotspot that a client is behind: that of the profile, else the interface's own."""
    with router.lock:
        for server in enabled_servers(router):
            served = router.referenced_row(server.values["interface"])
            own = [router.written(row, "address") for row in router.table(ADDRESS) if _is_on(router, row, served)]
            for found in map(IPv4Interface, own):
                if IPv4Address(client) in found.network:
                    profile = router.referenced_row(server.values.get("profile", ""))
                    told = router.written(profile[1], "hotspot-address") if profile else ""
                    return told if told not in ("", "0.0.0.0") else str(found.ip)
    return "0.0.0.0"


def _is_on(router: Router, address: Row, interface: tuple[Path, Row] | None) -> bool:
    below = router.referenced_row(address.values["interface"])
    return below is not None and actual_interface(router, *below) == interface
