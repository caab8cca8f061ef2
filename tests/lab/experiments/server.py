# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A server of the internet, at every address at once: HTTP downloads and uploads, and what resolvers have.

``GET /stream`` sends blocks without end, ``PUT /stream`` takes them and counts the right ones, ``GET /whoami`` answers
with the address that the client seems to have: the line that it came by. DNS has one answer to every question; at the port
of DNS over TLS connections open, and end.
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
import struct
import sys

from aiohttp import web

from .content import BLOCK, block

HTTP_PORT = 8080
DNS_PORT, DNS_OVER_TLS_PORT = 53, 853

MOST = 512
"""Bytes of a question."""
IP_PKTINFO, PACKET_INFO = 8, struct.Struct("=I4s4s")
"""Of Linux: by which interface a packet came, the local address for answers, and the address that it was sent to."""

FOUND = bytes([0x81, 0x80])
ANSWER = bytes([0xC0, 12, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4, 198, 18, 0, 1])
"""Of DNS (RFC 1035): the flags of an answer without an error, and one address for the name at byte 12."""


async def whoami(request: web.Request) -> web.Response:
    """The client's address."""
    return web.Response(text=request.remote)


async def send_stream(request: web.Request) -> web.StreamResponse:
    """Blocks from ``?first=`` on; without end, or until ``?count=`` are sent."""
    number, count = int(request.query.get("first", 0)), int(request.query.get("count", sys.maxsize))
    response = web.StreamResponse()
    await response.prepare(request)
    with contextlib.suppress(ConnectionError):  # clients hang up when they have had enough
        for index in range(number, number + count):
            await response.write(block(index))
    return response


async def take_stream(request: web.Request) -> web.Response:
    """Counts the blocks that arrive as they were sent."""
    right = wrong = 0
    while data := await _read_block(request):
        good = data == block(right + wrong)
        right, wrong = right + good, wrong + (not good)
    return web.json_response({"right": right, "wrong": wrong})


async def _read_block(request: web.Request) -> bytes:
    try:
        return await request.content.readexactly(BLOCK)
    except asyncio.IncompleteReadError as error:
        return error.partial


def resolver() -> socket.socket:
    """A socket for questions to any address; whoever answers has to do so from the address that was asked (ip(7))."""
    opened = socket.socket(type=socket.SOCK_DGRAM)
    opened.setsockopt(socket.IPPROTO_IP, IP_PKTINFO, 1)
    opened.bind(("0.0.0.0", DNS_PORT))
    opened.setblocking(False)
    return opened


def answer(opened: socket.socket) -> None:
    """Answers one question."""
    data, extras, _flags, client = opened.recvmsg(MOST, socket.CMSG_SPACE(PACKET_INFO.size))
    _interface, _local, asked = PACKET_INFO.unpack(extras[0][2])
    counts = bytes([0, 1, 0, 1, 0, 0, 0, 0])
    source = (socket.IPPROTO_IP, IP_PKTINFO, PACKET_INFO.pack(0, asked, bytes(4)))
    opened.sendmsg([data[:2], FOUND, counts, data[12:], ANSWER], [source], 0, client)


async def hang_up(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Ends a connection that was opened."""
    writer.close()


async def serve() -> None:
    """Serves until the process ends; says ``ready`` first."""
    application = web.Application(client_max_size=sys.maxsize)
    application.add_routes([web.get("/whoami", whoami), web.get("/stream", send_stream), web.put("/stream", take_stream)])
    runner = web.AppRunner(application, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "0.0.0.0", HTTP_PORT, backlog=4096).start()
    await asyncio.start_server(hang_up, "0.0.0.0", DNS_OVER_TLS_PORT, backlog=4096)
    questions = resolver()
    asyncio.get_running_loop().add_reader(questions, answer, questions)
    print("ready", flush=True)
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(serve())
