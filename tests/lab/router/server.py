# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The binary API over a socket: sentences in, replies out, one task per connection."""

from __future__ import annotations

import asyncio
import ssl
import traceback
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, field

from .calls import Call, Reply
from .commands import is_long, run
from .control import ROOT, run_control
from .device import Device
from .errors import INTERRUPTED, Trap, no_such_command
from .paths import Path
from .reading import Shown, read_rows
from .records import Attributes
from .rows import Change, id_text
from .services import Session
from .users import check_permission, log_in, policies
from .values import INTERFACES
from .versions import EMPTY_REPLY
from .wire import Decoder, WireError, encode_sentence

CHUNK = 65536
LOOK = 0.02
"""Seconds between two looks at whether packets pass again."""
ANSWER_TIME = 0.05
"""How many seconds a client's reboot has for its answer."""


class Dropped(Exception):
    """The connection is to be cut without another word."""


@dataclass(frozen=True)
class Sentence:
    """A client's sentence, taken apart.

    :param path: the menu; the last word of the command line is the command.
    :param attributes: ``=name=value`` words in their order.
    :param queries: ``?...`` words without the question mark.
    :param tag: what ``.tag`` says; None without one.
    """

    path: Path
    command: str
    attributes: Attributes
    queries: tuple[str, ...]
    tag: str | None

    @classmethod
    def parse(cls, words: list[str]) -> Sentence:
        """Sorts the words of a sentence; words of no known form are passed over."""
        attributes: list[tuple[str, str]] = []
        queries: list[str] = []
        tag: str | None = None
        for word in words[1:]:
            if word.startswith("="):
                name, _, value = word[1:].partition("=")
                attributes.append((name, value))
            elif word.startswith("?"):
                queries.append(word[1:])
            elif word.startswith(".tag="):
                tag = word[5:]
        names = tuple(filter(None, words[0].split("/")))
        return cls(names[:-1], names[-1] if names else "", tuple(attributes), tuple(queries), tag)


@dataclass
class ApiServer:
    """Serves one device's API.

    :param device: the router and what the lab keeps beside it.
    """

    device: Device
    port: int = 0
    _loop: asyncio.AbstractEventLoop | None = None
    _server: asyncio.Server | None = None
    _connections: set[asyncio.Task[None]] = field(default_factory=set)

    async def start(self, host: str, port: int, tls: ssl.SSLContext | None = None) -> None:
        """Begins to listen.

        :param port: 0 lets the system choose; the choice is in ``port`` afterwards.
        :raises OSError: when the port is taken.
        """
        self._loop = asyncio.get_running_loop()
        self._server = await asyncio.start_server(self._serve, host, port, ssl=tls)
        self.port = self._server.sockets[0].getsockname()[1]

    async def stop(self) -> None:
        """Stops listening and cuts all connections."""
        self._loop = None
        if self._server is not None:
            self._server.close()
        self._cut(list(self._connections))
        await asyncio.gather(*self._connections, return_exceptions=True)

    def restart(self) -> None:
        """Cuts in a moment all connections that there are, as a boot does; an answer to the reboot gets out before. Any thread."""
        if self._loop is not None:
            self._loop.call_soon_threadsafe(self._loop.call_later, ANSWER_TIME, self._cut, list(self._connections))

    def _cut(self, connections: Iterable[asyncio.Task[None]]) -> None:
        for task in connections:
            task.cancel()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._connections.add(task)
        connection = Connection(self.device, writer)
        try:
            await connection.talk(reader)
        except (ConnectionError, ssl.SSLError, asyncio.CancelledError):
            writer.transport.abort()
        finally:
            connection.close()
            writer.close()
            self._connections.discard(task)


class Connection:
    """One client."""

    def __init__(self, device: Device, writer: asyncio.StreamWriter) -> None:
        self._device = device
        self._writer = writer
        self._loop = asyncio.get_running_loop()
        self._user: str | None = None
        self._session: int | None = None
        self._listeners: dict[str | None, Callable[[], None]] = {}

    async def talk(self, reader: asyncio.StreamReader) -> None:
        """Answers sentences until the client, or a fault, ends the connection."""
        decoder = Decoder()
        try:
            while data := await reader.read(CHUNK):
                await self._pass(established=self._user is not None)
                for words in decoder.feed(data):
                    if not await self._answer(Sentence.parse(words)):
                        await self._writer.drain()
                        return
                await self._writer.drain()
            await self._pass(established=self._user is not None)
        except WireError as error:
            self._send(["!fatal", str(error)])
            await self._writer.drain()
        except Dropped:
            self._writer.transport.abort()

    async def _pass(self, *, established: bool) -> None:
        """Waits for as long as packets are dropped without a word, both ways, the end of the connection too.

        :param established: whether it is older than the moment; where only new ones are dropped, it goes on.
        :raises Dropped: when TCP gives up.
        """
        faults, begun = self._device.faults, self._loop.time()
        while faults.is_silent(established):
            if self._loop.time() - begun >= faults.silence:
                raise Dropped
            await asyncio.sleep(LOOK)

    def close(self) -> None:
        """Ends what still listens, and the session."""
        self._log_out()
        for stop in self._listeners.values():
            stop()
        self._listeners.clear()

    async def _answer(self, sentence: Sentence) -> bool:
        """Answers one sentence; False when the connection is to end."""
        name = "/".join((*sentence.path, sentence.command))
        if sentence.path[:1] != (ROOT,) and self._device.faults.delay > 0:
            await asyncio.sleep(self._device.faults.delay)
        if name == "login":
            await self._attempt(sentence, self._login)
        elif self._user is None:
            self._send(["!fatal", "not logged in"])
            return False
        elif name == "quit":
            self._send(["!fatal", "session terminated on request"])
            return False
        elif name == "cancel":
            self._cancel(dict(sentence.attributes).get("tag"))
            self._done(sentence.tag)
        elif sentence.command == "listen" and sentence.path[:1] != (ROOT,):
            self._listen(sentence)
        else:
            await self._attempt(sentence, self._run)
        return True

    async def _attempt(self, sentence: Sentence, action: Callable[[Sentence], Awaitable[Reply]]) -> None:
        """Carries a command out and sends its rows, its refusal, and its one ``!done``."""
        try:
            reply = await action(sentence)
            await self._pass(established=True)
        except Trap as trap:
            await self._pass(established=True)
            self._trap(trap, sentence.tag)
            self._done(sentence.tag)
            return
        except Dropped:
            raise
        except Exception as error:
            traceback.print_exc()
            self._trap(Trap(f"lab: internal error: {error!r}"), sentence.tag)
            self._done(sentence.tag)
            return
        for row in reply.rows or ():
            self._send(["!re", *_attribute_words(row)], sentence.tag)
        if reply.rows == [] and self._device.router.version >= EMPTY_REPLY:
            self._send(["!empty"], sentence.tag)
        self._done(sentence.tag, reply.ret)

    async def _login(self, sentence: Sentence) -> Reply:
        words = dict(sentence.attributes)
        if self._device.faults.refuse_logins:
            raise Trap("invalid user name or password (6)")
        self._user = log_in(self._device.router, words.get("name", ""), words.get("password", ""))
        self._device.log.logins += 1
        self._log_out()
        services, secured = self._device.services, self._writer.get_extra_info("ssl_object") is not None
        address = str(self._writer.get_extra_info("peername")[0])
        self._session = services.log_in(Session(self._user, address, "api-ssl" if secured else "api", services.wall_time()))
        return Reply()

    def _log_out(self) -> None:
        self._device.services.sessions.pop(self._session or 0, None)
        if self._session is not None:
            self._device.router.safe_mode.ended(self._session)
            self._session = None

    async def _run(self, sentence: Sentence) -> Reply:
        """Runs a command of the router, or of the lab's own menu; logs writes and breaks at the one it is told to."""
        if (*sentence.path, sentence.command)[0] == ROOT:
            return run_control(self._device, sentence.path, sentence.command, dict(sentence.attributes))
        self._device.log.sentences += 1
        user = self._user or ""
        granted = policies(self._device.router, user)
        words = (sentence.path, sentence.command, sentence.attributes, sentence.queries)
        call = Call(self._device.router, granted, *words, user=user, session=self._session)
        if not call.writes:
            return await _carry_out(call)
        drop = self._device.faults.next_write()
        if drop == "before":
            raise Dropped
        facts = (user, sentence.path, sentence.command, sentence.attributes)
        try:
            reply = await _carry_out(call)
        except Trap as trap:
            self._device.log.refuse(*facts, trap)
            if drop == "after":
                raise Dropped from None
            raise
        self._device.log.written(*facts, reply.ret or ",".join(id_text(row.id) for row in reply.touched))
        if drop == "after":
            raise Dropped
        return reply

    def _listen(self, sentence: Sentence) -> None:
        """Sends a row per change from now on, until cancelled [MAN, TIK4] D/O."""
        router = self._device.router
        try:
            check_permission(policies(router, self._user or ""), sentence.path, "listen")
            if "print" not in router.menu(sentence.path).commands:
                raise no_such_command()
        except Trap as trap:
            self._trap(trap, sentence.tag)
            self._done(sentence.tag)
            return

        def tell(change: Change) -> None:
            if change.menu == sentence.path or (sentence.path == INTERFACES and change.menu[:1] == INTERFACES):
                rows = _changed_rows(self._device, sentence.path, change)
                self._loop.call_soon_threadsafe(self._send_all, rows, sentence.tag)

        self._cancel(sentence.tag)
        self._listeners[sentence.tag] = router.observe(tell)

    def _send_all(self, rows: list[Shown], tag: str | None) -> None:
        if tag in self._listeners and not self._writer.is_closing():
            for row in rows:
                self._send(["!re", *_attribute_words(row)], tag)

    def _cancel(self, tag: str | None) -> None:
        """Ends what runs under a tag, or everything; each ends with its own trap and done [MAN] D."""
        for running in [tag] if tag in self._listeners else list(self._listeners) if tag is None else []:
            self._listeners.pop(running)()
            self._trap(Trap("interrupted", INTERRUPTED), running)
            self._done(running)

    def _trap(self, trap: Trap, tag: str | None) -> None:
        category = [] if trap.category is None else [f"=category={trap.category}"]
        self._send(["!trap", *category, f"=message={trap.message}"], tag)

    def _done(self, tag: str | None, ret: str | None = None) -> None:
        self._send(["!done", *([] if ret is None else [f"=ret={ret}"])], tag)

    def _send(self, words: list[str], tag: str | None = None) -> None:
        self._writer.write(encode_sentence([*words, *([] if tag is None else [f".tag={tag}"])]))


async def _carry_out(call: Call) -> Reply:
    """Runs a command; one that may take long does not hold other connections up."""
    return await asyncio.to_thread(run, call) if is_long(call) else run(call)


def _attribute_words(row: Shown) -> Iterable[str]:
    return (f"={name}={value}" for name, value in row.items())


def _changed_rows(device: Device, path: Path, change: Change) -> list[Shown]:
    """The rows of a change; a removed one is its id and ``.dead`` [TIK4] O."""
    ids = [id_text(number) for number in change.ids]
    if change.kind == "remove":
        return [{".id": number, ".dead": "true"} for number in ids]
    return [row for row in read_rows(device.router, path) if row.get(".id") in (*ids, None)]
