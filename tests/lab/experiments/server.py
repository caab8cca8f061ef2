# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A server of the internet, at every address at once: HTTP downloads and uploads.

``GET /stream`` sends blocks without end, ``PUT /stream`` takes them and counts the right ones, ``GET /whoami`` answers
with the address that the client seems to have: the line that it came by.
"""

from __future__ import annotations

import asyncio
import contextlib
import sys

from aiohttp import web

from .content import BLOCK, block

HTTP_PORT = 8080


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


async def serve() -> None:
    """Serves until the process ends; says ``ready`` first."""
    application = web.Application(client_max_size=sys.maxsize)
    application.add_routes([web.get("/whoami", whoami), web.get("/stream", send_stream), web.put("/stream", take_stream)])
    runner = web.AppRunner(application, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "0.0.0.0", HTTP_PORT, backlog=4096).start()
    print("ready", flush=True)
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(serve())
