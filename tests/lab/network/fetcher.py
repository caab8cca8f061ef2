# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What /tool/fetch does on the network: HTTP and HTTPS, with the certificate checked against what the router trusts.

The texts of failures differ between versions of RouterOS; these are among those that were seen [WILD, EWORM] O.
"""

from __future__ import annotations

import http.client
import socket
import ssl
from collections.abc import Callable
from typing import Any
from urllib.parse import SplitResult, urlsplit

from ..router.services import Fetch, Fetched, FetchFailed, Resolver, Services
from ..router.wire import to_bytes, to_text

TIMEOUT = 5.0
"""Seconds without an answer after which a fetch fails; RouterOS waits longer [MAN:Fetch, idle-timeout 10 s] D."""
MOST = 64_512
"""Bytes of an answer that a script can have [MAN] D."""

Inside = Callable[..., Any]
"""Calls a function in the place where the router's sockets are, such as ``namespace.inside``."""


class Fetcher:
    """Fetches for one router.

    :param services: of the router, for whom it trusts.
    :param resolve: finds the address of a name; an address is its own.
    """

    def __init__(self, services: Services, resolve: Resolver, inside: Inside, timeout: float = TIMEOUT) -> None:
        self._services = services
        self._resolve = resolve
        self._inside = inside
        self._timeout = timeout

    def __call__(self, fetch: Fetch) -> Fetched:
        """Fetches.

        :raises FetchFailed: when there is no answer, or another one than 2xx.
        """
        parts = urlsplit(fetch.url)
        address = self._resolve(parts.hostname or "")
        if address is None:
            raise FetchFailed("resolve failed")
        port = parts.port or (443 if parts.scheme == "https" else 80)
        try:
            status, reason, data = self._inside(self._ask, fetch, parts, (address, port))
        except ssl.SSLCertVerificationError as error:
            raise FetchFailed(f"SSL: certificate problem: {error.verify_message}") from error
        except TimeoutError as error:
            raise FetchFailed(f"closing connection: <connection timeout> {address}:{port} (4)") from error
        except (OSError, http.client.HTTPException) as error:
            raise FetchFailed(f"closing connection: <connection failed> {address}:{port} (4)") from error
        if not 200 <= status < 300:
            raise FetchFailed(f"Status {status}, {reason}")
        return Fetched(to_text(data[:MOST]))

    def _ask(self, fetch: Fetch, parts: SplitResult, server: tuple[str, int]) -> tuple[int, str, bytes]:
        target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        connection = http.client.HTTPConnection(parts.hostname or "", server[1], timeout=self._timeout)
        plain = socket.create_connection(server, self._timeout)
        connection.sock = self._secured(plain, parts.hostname, fetch.check_certificate) if parts.scheme == "https" else plain
        try:
            connection.request(fetch.method, target, to_bytes(fetch.data) or None, dict(fetch.headers))
            answer = connection.getresponse()
            return answer.status, answer.reason, answer.read()
        finally:
            connection.close()

    def _secured(self, plain: socket.socket, name: str | None, check: bool) -> ssl.SSLSocket:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname = check
        context.verify_mode = ssl.CERT_REQUIRED if check else ssl.CERT_NONE
        if self._services.trusted:
            context.load_verify_locations(cadata="\n".join(self._services.trusted))
        return context.wrap_socket(plain, server_hostname=name)
