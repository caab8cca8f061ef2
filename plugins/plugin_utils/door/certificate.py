# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The certificate of a router's api-ssl: fetched, tried as a run will, and kept in a file."""

from __future__ import annotations

import errno
import hashlib
import os
import socket
import ssl
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from ..findings import Finding
from .files import write
from .problems import unreachable

PORT = 8729
"""Of api-ssl (manual, "API")."""


class Unreachable(Exception):
    """The router did not answer as a run needs it; `finding` says why."""

    def __init__(self, finding: Finding) -> None:
        super().__init__(finding.text)
        self.finding = finding


@dataclass(frozen=True)
class Service:
    """Where api-ssl is.

    :param timeout: seconds that an answer may take.
    """

    host: str
    port: int = PORT
    timeout: float = 10

    @property
    def place(self) -> str:
        """As findings name it."""
        return f"{self.host}, port {self.port}"

    def fetch(self) -> bytes:
        """Return its certificate, whoever it is for (DER). Nothing is told to whoever answers.

        Raises `Unreachable`.
        """
        context = ssl.create_default_context()
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        return self._greeted(context)

    def check(self, certificate: bytes, *, name: bool) -> None:
        """See whether a run that trusts this certificate would be let in, so far as TLS goes.

        Raises `Unreachable`.

        :param name: whether it has to be for this host.
        """
        context = ssl.create_default_context(cadata=ssl.DER_cert_to_PEM_cert(certificate))
        context.check_hostname = name
        self._greeted(context)

    def _greeted(self, context: ssl.SSLContext) -> bytes:
        def greet() -> bytes:
            with (
                socket.create_connection((self.host, self.port), self.timeout) as connection,
                context.wrap_socket(connection, server_hostname=self.host) as encrypted,
            ):
                return encrypted.getpeercert(binary_form=True) or b""

        return self._reached(greet)

    def _reached(self, action: Callable[[], bytes]) -> bytes:
        try:
            return action()
        except (OSError, ValueError) as error:  # a name that cannot be one is a ValueError
            raise Unreachable(unreachable({"hostname": self.host, "port": self.port, "ssl": True}, str(error))) from None


def fingerprint(certificate: bytes) -> str:
    """Return what RouterOS shows of a certificate: SHA-256, in small letters (observed)."""
    return hashlib.sha256(certificate).hexdigest()


def keep(certificate: bytes, file: Path) -> bool:
    """Write a certificate into a file, in PEM; whether the file holds another one, or nothing, before.

    Raises `OSError`.
    """
    text = ssl.DER_cert_to_PEM_cert(certificate)
    if is_kept(certificate, file):
        return False
    if not file.parent.is_dir():  # a misspelt folder is none to be made
        raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), str(file.parent))
    write(file, text)
    return True


def is_kept(certificate: bytes, file: Path) -> bool:
    """Return whether a file holds this certificate."""
    return file.is_file() and file.read_bytes() == ssl.DER_cert_to_PEM_cert(certificate).encode()
