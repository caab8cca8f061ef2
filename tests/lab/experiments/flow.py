# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A UDP flow that never ends, as phones and tunnels have them: one socket that sends, and a server that answers."""

from __future__ import annotations

import contextlib
import socket
import threading
import time
from collections.abc import Callable, Iterator

from ..network.namespace import Namespace

EVERY = 0.05
"""Seconds between two packets."""


class Flow:
    """What arrived of a flow: when and from which address at the server, and when an answer at the client."""

    def __init__(self) -> None:
        self.seen: list[tuple[float, str]] = []
        self.answers: list[float] = []

    def sources(self, seconds: float) -> set[str]:
        """The addresses that the server has seen in the last seconds."""
        since = time.monotonic() - seconds
        return {address for when, address in self.seen if when > since}

    def answered(self, seconds: float) -> int:
        """How many answers came in the last seconds."""
        since = time.monotonic() - seconds
        return sum(when > since for when in self.answers)


@contextlib.contextmanager
def flowing(client: Namespace, server: Namespace, source: str, target: tuple[str, int]) -> Iterator[Flow]:
    """A flow from a client to a server, for as long as the block lasts.

    :param source: the address that the client binds, ``0.0.0.0`` for any.
    """
    flow, over = Flow(), threading.Event()
    with contextlib.ExitStack() as opened:
        listening = opened.enter_context(server.inside(socket.socket, socket.AF_INET, socket.SOCK_DGRAM))
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind(target)
        sending = opened.enter_context(client.inside(socket.socket, socket.AF_INET, socket.SOCK_DGRAM))
        sending.bind((source, 0))
        for opened_socket in (listening, sending):
            opened_socket.settimeout(0.1)

        def send() -> None:
            while not over.wait(EVERY):
                with contextlib.suppress(OSError):  # without a cable there is no way for a moment
                    sending.sendto(b"question", target)

        def serve() -> None:
            _, (address, port) = listening.recvfrom(100)
            flow.seen.append((time.monotonic(), address))
            listening.sendto(b"answer", (address, port))

        def hear() -> None:
            sending.recv(100)
            flow.answers.append(time.monotonic())

        def again(step: Callable[[], None]) -> Callable[[], None]:
            def repeat() -> None:
                while not over.is_set():
                    with contextlib.suppress(OSError):
                        step()

            return repeat

        threads = [threading.Thread(target=work, daemon=True) for work in (send, again(serve), again(hear))]
        for thread in threads:
            thread.start()
        try:
            yield flow
        finally:
            over.set()
            for thread in threads:
                thread.join()
