# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What /tool/fetch does on the network: HTTP and HTTPS, with the certificate checked against those whom the router trusts.

The texts of failures differ between versions of RouterOS; these are among those that were seen [WILD, EWORM] O.
"""

from __future__ import annotations

import base64
import contextlib
import http.client
import socket
import ssl
import time
from collections.abc import Callable
from typing import Any
from urllib.parse import SplitResult, urlsplit

from ..router.services import Fetch, Fetched, FetchFailed, Resolver
from ..router.wire import to_bytes, to_text

TIMEOUT = 5.0
"""Seconds without an answer after which a fetch fails, if its own ``idle-timeout`` is not shorter; RouterOS waits for 10 s
[SCH] O."""
WHOLE = 30.0
"""Seconds after which an answer that still trickles in fails; the lab's own."""
PIECE = 65_536
"""Bytes that are read at a time."""
FORM = "application/x-www-form-urlencoded"
"""What data is without a header that says otherwise [MAN:Fetch] D."""

Inside = Callable[..., Any]
"""Calls a function in the place where the router's sockets are, such as ``namespace.inside``."""


class Fetcher:
    """Fetches for one router.

    :param resolve: finds the address of a name; an address is its own.
    :param timeout: seconds.
    """

    def __init__(self, resolve: Resolver, inside: Inside, timeout: float = TIMEOUT) -> None:
        self._resolve = resolve
        self._inside = inside
        self._timeout = timeout

    def __call__(self, fetch: Fetch) -> Fetched:
        """Fetches. Redirections are not followed.

        :raises FetchFailed: when there is no answer, or another one than 2xx.
        """
        parts = urlsplit(fetch.url)
        address = self._resolve(parts.hostname or "")
        if address is None:
            raise FetchFailed("resolve failed")
        port = parts.port or (443 if parts.scheme == "https" else 80)
        try:
            reason, fetched = self._ask(fetch, parts, (address, port))
        except ssl.SSLCertVerificationError as error:
            raise FetchFailed(f"SSL: certificate problem: {error.verify_message}") from error
        except ssl.SSLError as error:
            raise FetchFailed(f"SSL: handshake failed: {error.reason}") from error
        except TimeoutError as error:
            raise FetchFailed(f"closing connection: <connection timeout> {address}:{port} (4)") from error
        except (OSError, http.client.HTTPException) as error:
            raise FetchFailed(f"closing connection: <connection failed> {address}:{port} (4)") from error
        if not 200 <= fetched.status < 300:
            raise FetchFailed(f"Status {fetched.status}, {reason}", fetched)
        return fetched

    def _ask(self, fetch: Fetch, parts: SplitResult, server: tuple[str, int]) -> tuple[str, Fetched]:
        deadline = time.monotonic() + WHOLE
        target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        connection = http.client.HTTPConnection(parts.hostname or "", parts.port or server[1])
        with contextlib.closing(connection):
            connection.sock = self._open(fetch, server)
            if parts.scheme == "https":
                connection.default_port = http.client.HTTPS_PORT
                connection.sock = _context(fetch).wrap_socket(connection.sock, server_hostname=parts.hostname)
            connection.request(fetch.method, target, to_bytes(fetch.data) or None, _headers(fetch))
            with contextlib.closing(connection.getresponse()) as answer:
                return answer.reason, Fetched(to_text(_read(answer, deadline)), answer.getheaders(), answer.status)

    def _open(self, fetch: Fetch, server: tuple[str, int]) -> socket.socket:
        """A connection; the socket stays where it was made, the waiting is done here."""
        opened: socket.socket = self._inside(socket.socket)
        try:
            opened.settimeout(min(fetch.idle_timeout, self._timeout))
            if fetch.src_address is not None:
                opened.bind((fetch.src_address, 0))
            opened.connect(server)
        except BaseException:
            opened.close()
            raise
        return opened


def _context(fetch: Fetch) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = fetch.check_certificate
    context.verify_mode = ssl.CERT_REQUIRED if fetch.check_certificate else ssl.CERT_NONE
    if fetch.authorities:
        context.load_verify_locations(cadata="\n".join(fetch.authorities))
    return context


def _headers(fetch: Fetch) -> dict[str, str]:
    headers = {"Connection": "close", **({"Content-Type": FORM} if fetch.data else {})}
    if fetch.user:
        credentials = base64.b64encode(to_bytes(f"{fetch.user}:{fetch.password}")).decode()
        headers["Authorization"] = f"Basic {credentials}"
    given = dict(fetch.headers)
    replaced = {name.lower() for name in given}
    return {name: value for name, value in headers.items() if name.lower() not in replaced} | given


def _read(answer: http.client.HTTPResponse, deadline: float) -> bytes:
    """The body.

    :raises TimeoutError: when it does not end in time.
    """
    pieces: list[bytes] = []
    while piece := answer.read1(PIECE):
        pieces.append(piece)
        if time.monotonic() > deadline:
            raise TimeoutError("the answer does not end")
    if answer.length:
        raise http.client.IncompleteRead(b"", answer.length)
    return b"".join(pieces)
