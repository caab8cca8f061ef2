# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A stand-in for Telegram's Bot API, over TLS: what it documents of getMe, sendMessage, getUpdates and webhooks,
its limits, and its troubles.

with Telegram(token, chats={"-1001"}) as telegram:  # on loopback; telegram_in(network, ...) is in the internet of a lab
    telegram.trouble = "429"
    telegram.messages
    telegram.updates.write(-1001, "/status")
    with telegram.closed():
        ...
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import secrets
import socket
import ssl
import tempfile
import threading
import time
from collections.abc import Callable, Collection, Coroutine, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any, Literal

from aiohttp import web

from ..network.network import Network
from ..router.tls import make_certificates
from .telegram_updates import TERMINATED, Conflict, Updates

HOST, ADDRESS = "api.telegram.org", "198.18.0.9"
"""Its name, and where that leads to in the internet of a lab."""
LONGEST = 4096
"""Letters of a message (core.telegram.org/bots/api, sendMessage)."""
LOOKS = 0.05
"""Seconds between two looks of a getUpdates that waits."""
PER_MINUTE = 20
"""Messages to a group (core.telegram.org/bots/faq, limits); one second apart in any chat."""

Trouble = Literal["", "401", "400", "429", "500", "slow", "refused", "lost"]
"""What is wrong. ``slow``: an answer takes three seconds. ``refused``: the connection is cut before anything is done. ``lost``: the
message is taken, and the connection cut in place of an answer. That nobody listens is ``closed``."""


def new_token() -> str:
    """A token of the form that Telegram's have."""
    return f"{secrets.randbelow(10**9) + 10**9}:{secrets.token_urlsafe(26)}"


@dataclass(frozen=True)
class Message:
    """A message that was taken.

    :param taken: when, in seconds of ``time.monotonic``.
    """

    taken: float
    chat: str
    text: str
    topic: int
    silent: bool


@dataclass
class Telegram:
    """The server. It exists between ``start`` and ``stop``.

    :param chats: the numbers and names of the chats that the bot may write to.
    :param listen: opens the listening socket, for a server inside a namespace; without it the server is on loopback.
    :param refused: how many requests were not taken.
    :param updates: what people write to the bot; may be written to from any thread.
    """

    token: str
    chats: Collection[str]
    listen: Callable[[], socket.socket] | None = None
    trouble: Trouble = ""
    messages: list[Message] = field(default_factory=list)
    refused: int = 0
    updates: Updates = field(default_factory=lambda: Updates(time.time))
    _reader: int = 0

    def __enter__(self) -> Telegram:
        self.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.stop()

    @property
    def url(self) -> str:
        """Where it is, if it is on loopback."""
        return f"https://127.0.0.1:{self._address[1]}"

    def start(self) -> None:
        """Makes its certificates and listens; ``authority`` is the certificate of who signed them, in PEM."""
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="telegram", daemon=True)
        self._thread.start()
        with tempfile.TemporaryDirectory() as directory:
            files = make_certificates(Path(directory), HOST)
            self.authority = files.authority.read_text()
            context = files.server_context()
        listening = self.listen() if self.listen else socket.create_server(("127.0.0.1", 0))
        self._address = listening.getsockname()
        self._wait_for(self._serve(listening, context))

    def stop(self) -> None:
        """Ends."""
        self._wait_for(self._runner.cleanup())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    @contextlib.contextmanager
    def closed(self) -> Iterator[None]:
        """Nobody listens, for as long as the block lasts."""
        self._wait_for(self._site.stop())
        try:
            yield
        finally:
            listening = self.listen() if self.listen else socket.create_server(self._address)
            self._wait_for(self._listen_at(listening))

    def _wait_for(self, work: Coroutine[Any, Any, None]) -> None:
        asyncio.run_coroutine_threadsafe(work, self._loop).result()

    async def _serve(self, listening: socket.socket, context: ssl.SSLContext) -> None:
        self._context = context
        application = web.Application()
        application.add_routes([web.route("*", "/bot{token}/{method}", self._answer)])
        self._runner = web.AppRunner(application, access_log=None, shutdown_timeout=0)
        await self._runner.setup()
        await self._listen_at(listening)

    async def _listen_at(self, listening: socket.socket) -> None:
        self._site = web.SockSite(self._runner, listening, ssl_context=self._context)
        await self._site.start()

    async def _answer(self, request: web.Request) -> web.StreamResponse:
        if self.trouble == "refused":
            self.refused += 1
            return _hang_up(request)
        if self.trouble == "slow":
            await asyncio.sleep(3)
        if request.match_info["token"] != self.token or self.trouble == "401":
            return self._refuse(401, "Unauthorized")
        method = request.match_info["method"].lower()
        if method not in ("sendmessage", "getupdates", *self._known()):
            return self._refuse(404, "Not Found")
        try:
            as_json = request.content_type == "application/json" and await request.text()
            words = {**request.query, **(await request.json() if as_json else await request.post())}
        except ValueError:
            return self._refuse(400, "Bad Request: can't parse JSON object")
        if method == "getupdates":
            return await self._updates(words)
        if method in self._known():
            return _taken(self._known()[method](words))
        answer = self._take({name: value for name, value in words.items() if isinstance(value, (str, int, bool))})
        return _hang_up(request) if self.trouble == "lost" else answer

    def _known(self) -> dict[str, Callable[[dict[str, Any]], Any]]:
        """What is answered at once, by method."""
        return {"getme": self._me, "setwebhook": self._hook, "deletewebhook": self._hook, "getwebhookinfo": self._hooked}

    def _me(self, words: dict[str, Any]) -> dict[str, Any]:
        return {"id": int(self.token.partition(":")[0]), "is_bot": True, "first_name": "lab", "username": "lab_bot"}

    def _hook(self, words: dict[str, Any]) -> bool:
        self.updates.webhook = str(words.get("url", ""))
        if str(words.get("drop_pending_updates", "")).lower() == "true":
            self.updates.drop()
        return True

    def _hooked(self, words: dict[str, Any]) -> dict[str, Any]:
        waiting = len(self.updates.waiting())
        return {"url": self.updates.webhook, "has_custom_certificate": False, "pending_update_count": waiting}

    async def _updates(self, words: dict[str, Any]) -> web.Response:
        """One that waits is ended by the next one (tdlib/telegram-bot-api, Client.cpp)."""
        self._reader += 1
        mine, end = self._reader, time.monotonic() + float(words.get("timeout") or 0)
        try:
            while not (found := self.updates.get(words)) and time.monotonic() < end:
                await asyncio.sleep(LOOKS)
                if self._reader != mine:
                    raise Conflict(TERMINATED)
        except Conflict as conflict:
            return self._refuse(409, str(conflict))
        return _taken(found, ascii_only=True)

    def _take(self, words: dict[str, str | int | bool]) -> web.Response:
        chat, text = str(words.get("chat_id", "")), str(words.get("text", ""))
        if self.trouble == "500":
            return self._refuse(500, "Internal Server Error")
        if chat not in self.chats or self.trouble == "400":
            return self._refuse(400, "Bad Request: chat not found")
        if not text.strip():
            return self._refuse(400, "Bad Request: message text is empty")
        if len(text) > LONGEST:
            return self._refuse(400, "Bad Request: message is too long")
        now = time.monotonic()
        if wait := 5 if self.trouble == "429" else self._too_soon(chat, now):
            return self._refuse(429, f"Too Many Requests: retry after {wait}", wait)
        silent = str(words.get("disable_notification", "")).lower() == "true"
        self.messages.append(Message(now, chat, text, int(words.get("message_thread_id") or 0), silent))
        number = {"id": int(chat)} if chat.lstrip("-").isdecimal() else {"username": chat.removeprefix("@")}
        return _taken({"message_id": len(self.messages), "date": int(time.time()), "chat": number, "text": text})

    def _too_soon(self, chat: str, now: float) -> int:
        """Seconds to wait; 0 for none. A group's number is negative."""
        earlier = [message.taken for message in self.messages if message.chat == chat]
        if earlier and now - earlier[-1] < 1:
            return 1
        if chat.startswith("-") and len(earlier) >= PER_MINUTE and now - earlier[-PER_MINUTE] < 60:
            return int(60 - (now - earlier[-PER_MINUTE])) + 1
        return 0

    def _refuse(self, code: int, description: str, wait: int = 0) -> web.Response:
        """
        :param wait: seconds until the next try, which its answers say three times: in words, as a parameter, and in a header of HTTP
            (core.telegram.org/bots/api, ResponseParameters; tdlib/telegram-bot-api, HttpConnection.cpp).
        """
        self.refused += 1
        body: dict[str, object] = {"ok": False, "error_code": code, "description": description}
        body |= {"parameters": {"retry_after": wait}} if wait else {}
        headers = {"Retry-After": str(wait)} if wait else None
        return web.json_response(body, status=code, reason=description.partition(":")[0], headers=headers)


@contextlib.contextmanager
def telegram_in(network: Network, token: str, chats: Collection[str]) -> Iterator[Telegram]:
    """The server in the internet of a lab, under its own name; whom the router trusts is for the caller to say."""
    network.names[HOST] = ADDRESS

    def listen() -> socket.socket:
        return network.internet.namespace.inside(socket.create_server, (ADDRESS, 443))

    with Telegram(token, chats, listen) as telegram:
        yield telegram


def _hang_up(request: web.Request) -> web.Response:
    if request.transport is not None:
        request.transport.abort()
    return web.Response()


def _taken(result: object, *, ascii_only: bool = False) -> web.Response:
    """
    :param ascii_only: as the server answers; readers of ours are easier with letters.
    """
    dumps = (
        (lambda value: json.dumps(value, separators=(",", ":"))) if ascii_only else (lambda value: json.dumps(value, ensure_ascii=False))
    )
    return web.json_response({"ok": True, "result": result}, dumps=dumps)
