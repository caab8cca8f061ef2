# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""How tests talk to the lab: librouteros, unmodified, and shortcuts around it."""

from __future__ import annotations

import socket
import ssl
from typing import Any

import librouteros
import pytest
from librouteros.api import Api
from librouteros.exceptions import TrapError
from librouteros.protocol import encode_sentence

from tests.lab.router.lab import Lab
from tests.lab.router.wire import Decoder

Row = dict[str, Any]


def connect(lab: Lab, username: str = "admin", password: str = "", router: int = 0) -> Api:
    """Logs in with librouteros, over TLS where the lab serves that, and checks the certificate then."""
    options: dict[str, Any] = {}
    if lab.certificate is not None:
        context = ssl.create_default_context(cafile=str(lab.certificate))
        options["ssl_wrapper"] = lambda plain, **_: context.wrap_socket(plain, server_hostname=lab.host)
    return librouteros.connect(
        host=lab.host,
        port=lab.ports[router],
        username=username,
        password=password,
        encoding="utf-8",
        timeout=10,
        **options,
    )


def rows(api: Api, path: str) -> list[Row]:
    """All rows of a menu, written as ``/ip/route``."""
    return list(api(f"{path}/print"))


def add(api: Api, path: str, **values: Any) -> str:
    """Adds a row and returns its id; underscores in names stand for hyphens."""
    words = {name.replace("_", "-"): value for name, value in values.items()}
    return str(next(iter(api(f"{path}/add", **words)))["ret"])


def raw(api: Api, *words: str) -> list[Row]:
    """Sends words as they are."""
    return list(api.rawCmd(*words))


def row(api: Api, path: str, number: str) -> Row:
    """The row with this id."""
    return next(item for item in rows(api, path) if item[".id"] == number)


def refusal(api: Api, *words: str) -> str:
    """The message of the trap that a sentence meets."""
    with pytest.raises(TrapError) as caught:
        raw(api, *words)
    return str(caught.value.message)


def comments(api: Api, path: str) -> list[str]:
    """The comments of a menu's rows, in order."""
    return [item.get("comment", "") for item in rows(api, path)]


class Wire:
    """A bare connection, to see sentences as they are."""

    def __init__(self, lab: Lab) -> None:
        self._socket = socket.create_connection((lab.host, lab.port), timeout=5)
        self._decoder = Decoder()
        self._sentences: list[list[str]] = []

    def __enter__(self) -> Wire:
        return self

    def __exit__(self, *_: object) -> None:
        self._socket.close()

    def send(self, *words: str) -> None:
        """Sends one sentence."""
        self._socket.sendall(encode_sentence(*words, encoding="utf-8"))

    def send_bytes(self, data: bytes) -> None:
        """Sends bytes as they are."""
        self._socket.sendall(data)

    def receive(self) -> list[str]:
        """The next sentence; empty when the peer has closed."""
        while not self._sentences:
            data = self._socket.recv(65536)
            if not data:
                return []
            self._sentences += self._decoder.feed(data)
        return self._sentences.pop(0)

    def ask(self, *words: str) -> list[list[str]]:
        """Sends a sentence and returns its replies up to ``!done`` or ``!fatal``."""
        self.send(*words)
        replies = [self.receive()]
        while replies[-1] and replies[-1][0] not in ("!done", "!fatal"):
            replies.append(self.receive())
        return replies

    def log_in(self) -> Wire:
        """Logs in as admin."""
        assert self.ask("/login", "=name=admin", "=password=") == [["!done"]]
        return self
