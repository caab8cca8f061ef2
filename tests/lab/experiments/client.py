# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Clients of the LAN: reads a job as JSON from standard input, does it, writes what came of it as JSON.

Jobs: ``whoami`` asks servers for the address they see, ``stream`` transfers for some seconds, ``connect`` opens and
closes connections, ``knock`` tries all the time whether one opens, ``keep`` downloads and begins anew what breaks, ``speak`` sends
UDP as phones do.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import socket
import struct
import sys
import time
from collections.abc import AsyncIterator
from typing import Any

from aiohttp import ClientError, ClientSession, ClientTimeout, TCPConnector

from .content import BLOCK, block
from .server import HTTP_PORT

Pair = tuple[str, str]
"""The addresses of a client and a server."""

AT_ONCE = 200
"""Connections that are being opened at a time."""
ENDURANCE = 30.0
"""Seconds after the end of a transfer in which a connection has to show that it is alive, and what was sent has to arrive."""
CALLS_PORT = 3478
BROKEN = (ClientError, OSError, EOFError, asyncio.TimeoutError)


def _session(client: str) -> ClientSession:
    return ClientSession(connector=TCPConnector(local_addr=(client, 0)), timeout=ClientTimeout(sock_connect=10))


async def whoami(pairs: list[Pair]) -> list[str]:
    """The address that each server sees its client come from; the error's name where none answered."""

    async def ask(client: str, server: str) -> str:
        url, patience = f"http://{server}:{HTTP_PORT}/whoami", ClientTimeout(total=10)
        try:
            async with _session(client) as session, session.get(url, timeout=patience) as response:
                return await response.text()
        except BROKEN as error:
            return type(error).__name__

    return await asyncio.gather(*(ask(*pair) for pair in pairs))


async def stream(pairs: list[Pair], direction: str, seconds: float) -> dict[str, Any]:
    """Transfers without end over one connection per pair, for some seconds.

    :param direction: ``down`` or ``up``.
    :return: bytes that arrived as they were sent (``bytes``), connections with wrong bytes or cut off (``broken``), and how
        long it took (``seconds``).
    """
    begun = time.monotonic()
    deadline = begun + seconds
    work = download if direction == "down" else upload
    results = await asyncio.gather(*(work(*pair, deadline) for pair in pairs))
    return {
        "bytes": sum(arrived for arrived, _ in results),
        "broken": sum(not fine for _, fine in results),
        "seconds": time.monotonic() - begun,
    }


async def download(client: str, server: str, deadline: float) -> tuple[int, bool]:
    """Reads blocks until the deadline; how many bytes were right, and whether all were and the last one came.

    A connection that the router has forgotten says nothing: it is alive if one more block comes.
    """
    number = 0
    try:
        async with _session(client) as session, session.get(f"http://{server}:{HTTP_PORT}/stream") as response:
            while True:
                left = max(0.0, deadline - time.monotonic())
                data = await asyncio.wait_for(response.content.readexactly(BLOCK), left + ENDURANCE)
                if data != block(number):
                    return number * BLOCK, False
                number += 1
                if not left:
                    return number * BLOCK, True
    except BROKEN:
        return number * BLOCK, False


async def upload(client: str, server: str, deadline: float) -> tuple[int, bool]:
    """Sends blocks until the deadline; how many bytes the server found right, and whether all were."""

    async def blocks() -> AsyncIterator[bytes]:
        number = 0
        while time.monotonic() < deadline:
            yield block(number)
            number += 1

    try:
        async with (
            asyncio.timeout(max(0.0, deadline - time.monotonic()) + ENDURANCE),
            _session(client) as session,
            session.put(f"http://{server}:{HTTP_PORT}/stream", data=blocks()) as response,
        ):
            found = await response.json()
    except BROKEN:
        return 0, False
    return found["right"] * BLOCK, not found["wrong"]


async def connect(pairs: list[Pair], patience: float = 10) -> dict[str, int]:
    """Opens a connection per pair and ends it at once; how many were taken.

    :param patience: seconds that each may take.
    """
    gate = asyncio.Semaphore(AT_ONCE)

    async def once(client: str, server: str) -> bool:
        async with gate:
            with socket.socket() as connection:
                connection.setblocking(False)
                connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                connection.bind((client, 0))
                try:
                    await asyncio.wait_for(asyncio.get_running_loop().sock_connect(connection, (server, HTTP_PORT)), patience)
                except BROKEN:
                    return False
            return True

    return {"taken": sum(await asyncio.gather(*(once(*pair) for pair in pairs)))}


async def knock(client: str, server: str, seconds: float, every: float = 0.05) -> list[float]:
    """Tries all the time to open a connection; each attempt is one packet, for it ends before the packet is sent again.

    :param every: seconds between two attempts; they do not wait for one another.
    :return: when the attempts began that were answered, on the clock of ``time.monotonic``, which all processes share.
    """

    async def attempt() -> float | None:
        begun = time.monotonic()
        with socket.socket() as connection:
            connection.setblocking(False)
            connection.bind((client, 0))
            try:
                await asyncio.wait_for(asyncio.get_running_loop().sock_connect(connection, (server, HTTP_PORT)), 0.9)
            except BROKEN:
                return None
        return begun

    deadline, attempts = time.monotonic() + seconds, []
    while time.monotonic() < deadline:
        attempts.append(asyncio.create_task(attempt()))
        await asyncio.sleep(every)
    return [begun for begun in await asyncio.gather(*attempts) if begun is not None]


async def keep(pairs: list[Pair], seconds: float, stall: float = 2.0) -> dict[str, int]:
    """Downloads for some seconds, as people do: what breaks, or stands still, is begun anew.

    :param stall: seconds without data, or without a connection, after which a client gives up.
    :return: bytes that arrived as they were sent (``bytes``), downloads that were begun anew (``again``), and the longest
        time in seconds that each client was without data (``waited``).
    """
    deadline = time.monotonic() + seconds

    async def person(client: str, server: str) -> tuple[int, int, float]:
        arrived, again, waited, last = 0, 0, 0.0, time.monotonic()

        async def once() -> None:
            nonlocal arrived, waited, last
            number = 0
            async with contextlib.AsyncExitStack() as opened:
                async with asyncio.timeout(stall):
                    session = await opened.enter_async_context(_session(client))
                    response = await opened.enter_async_context(session.get(f"http://{server}:{HTTP_PORT}/stream"))
                while True:
                    async with asyncio.timeout(stall):
                        if await response.content.readexactly(BLOCK) != block(number):
                            return
                    number += 1
                    arrived += BLOCK
                    waited, last = max(waited, time.monotonic() - last), time.monotonic()

        # Not wait_for: one inside another may lose the end of the outer one, up to Python 3.11.
        while (left := deadline - time.monotonic()) > 0:
            with contextlib.suppress(*BROKEN):
                async with asyncio.timeout(left):
                    await once()
            again += time.monotonic() < deadline
        return arrived, again, max(waited, time.monotonic() - last)

    results = await asyncio.gather(*(person(*pair) for pair in pairs))
    bytes_, again, waited = zip(*results, strict=True)
    return {"bytes": sum(bytes_), "again": sum(again), "waited": waited}


async def speak(pairs: list[Pair], seconds: float, every: float = 0.05) -> dict[str, int]:
    """Sends UDP, each pair from one socket of its own for all the time; how many datagrams were sent (``sent``).

    :param every: seconds between two of a pair.
    """
    deadline, sent = time.monotonic() + seconds, 0
    with contextlib.ExitStack() as opened:
        sockets = [(opened.enter_context(socket.socket(type=socket.SOCK_DGRAM)), server) for _, server in pairs]
        for (speaker, _), (client, _server) in zip(sockets, pairs, strict=True):
            speaker.bind((client, 0))
        while time.monotonic() < deadline:
            for speaker, server in sockets:
                with contextlib.suppress(OSError):  # a line without a cable has no way for a moment
                    speaker.sendto(b"hello", (server, CALLS_PORT))
                    sent += 1
            await asyncio.sleep(every)
    return {"sent": sent}


JOBS = {"whoami": whoami, "stream": stream, "connect": connect, "knock": knock, "keep": keep, "speak": speak}

if __name__ == "__main__":
    job = json.load(sys.stdin)
    print(json.dumps(asyncio.run(JOBS[job.pop("job")](**job))))
