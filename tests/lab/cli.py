# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The command line: ``python -m tests.lab serve``."""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import queue
import signal
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Never, cast

from .experiments.telegram import Telegram, Trouble, new_token
from .network.fetcher import Fetcher
from .router.calls import Reply
from .router.factory import MODES
from .router.giving import lease_of
from .router.lab import HOST, Lab
from .router.leases import CLIENT, Lease
from .router.reading import read_rows
from .router.services import Ping
from .router.traits import Traits
from .router.versions import DEFAULT_VERSION, OLDEST_VERSION


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs a command and returns the exit code."""
    options = _parser().parse_args(arguments)
    try:
        lab = _lab(options)
    except (OSError, ValueError) as error:
        print(f"lab: {error}", file=sys.stderr)
        return 2
    if options.nobody_answers:
        for device in lab.devices:
            device.services.prober = Nobody()
    with contextlib.ExitStack() as opened:
        about: dict[str, object] = {}
        if options.telegram_chat:
            about = _add_telegram(lab, opened.enter_context(Telegram(new_token(), options.telegram_chat)))
        return serve(lab, options.announce, about)


class Nobody:
    """What netwatch and check-gateway meet on lines that lead nowhere."""

    def ping(self, ping: Ping) -> Sequence[None]:
        time.sleep(ping.timeout)
        return [None] * ping.count

    def connect(self, _host: str, _port: int, timeout: float, _src_address: str | None) -> Never:
        time.sleep(timeout)
        raise TimeoutError

    def http_get(self, _host: str, _port: int, timeout: float, _src_address: str | None, *, tls: bool, verify: bool) -> Never:
        time.sleep(timeout)
        raise TimeoutError


def _add_telegram(lab: Lab, telegram: Telegram) -> dict[str, object]:
    """Lets the routers fetch from the stand-in, and clients of /lab see what it has; returns where it is."""

    def show(_words: Mapping[str, str]) -> Reply:
        return Reply(rows=[{"chat": message.chat, "text": message.text} for message in list(telegram.messages)])

    def change(words: Mapping[str, str]) -> Reply:
        telegram.trouble = cast("Trouble", words.get("trouble", ""))
        return Reply()

    def write(words: Mapping[str, str]) -> Reply:
        numbers = {name: int(words[name]) for name in ("user", "age", "topic") if name in words}
        telegram.updates.write(int(words["chat"]), words.get("text", ""), **numbers)
        return Reply()

    for device in lab.devices:
        device.trust(telegram.authority)
        device.services.fetcher = Fetcher(_loopback, lambda function, *given: function(*given))
        device.lab_commands |= {("telegram", "print"): show, ("telegram", "set"): change, ("telegram", "write"): write}
    return {"telegram": telegram.url, "telegram_token": telegram.token}


def _loopback(name: str) -> str | None:
    """A lab without a network reaches what this machine serves to itself, nothing else."""
    return name if name.startswith("127.") else None


def serve(lab: Lab, announce: Path | None = None, about: Mapping[str, object] | None = None) -> int:
    """Serves until SIGTERM or SIGINT, after one line of JSON that says where, on standard output or in a file."""
    ended: queue.SimpleQueue[int] = queue.SimpleQueue()  # its put may interrupt its get, which Event.set may not
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda number, _frame: ended.put(number))
    for skipped in (item for report in lab.reports[0].values() for item in report.skipped):
        print(skipped, file=sys.stderr)
    try:
        with lab:
            line = json.dumps({**_announcement(lab), **(about or {})})
            if announce is None:
                print(line, flush=True)
            else:
                partial = announce.with_name(f"{announce.name}.part")
                partial.write_text(f"{line}\n", encoding="utf-8")
                partial.replace(announce)  # whoever sees the file sees all of it
            ended.get()
    except OSError as error:
        print(f"lab: {error}", file=sys.stderr)
        return 1
    return 0


def _announcement(lab: Lab) -> dict[str, object]:
    """What clients need to know, and that this is a lab."""
    login = {"user": lab.user, "password": lab.password, "version": lab.version}
    return {
        "lab": True,
        "routers": [{"host": lab.host, "port": port, **login} for port in lab.ports],
        "host": lab.host,
        "port": lab.port,
        "tls_port": lab.tls_port,
        **login,
        "leases": _leases(lab),
        "pid": os.getpid(),
        "certificate": str(lab.certificate) if lab.certificate else None,
        "loaded": [
            {"file": str(file), "applied": report.applied, "skipped": len(report.skipped)} for file, report in lab.reports[0].items()
        ],
    }


def _leases(lab: Lab) -> dict[str, dict[str, str]]:
    """The leases of the first router, by interface: an inventory may name their gateways."""
    rows = [row for row in read_rows(lab.router, CLIENT) if "address" in row]
    return {row["interface"]: {name: row[name] for name in ("address", "gateway") if name in row} for row in rows}


def lab_of(arguments: Sequence[str]) -> Lab:
    """The lab that ``serve`` with its arguments would serve.

    :raises OSError: for files that cannot be read.
    :raises ValueError: for leases of interfaces that are not there.
    """
    return _lab(_parser().parse_args(arguments))


def _lab(options: argparse.Namespace) -> Lab:
    return Lab(
        options.routeros_version,
        tls=options.tls,
        host=options.host,
        tls_port=options.tls_port,
        load=options.load,
        on_load_error=options.on_load_error,
        routers=options.routers,
        interfaces=options.interfaces,
        user=options.user,
        password=options.password,
        traits=Traits.parse(options.trait),
        port=options.port,
        engines=True,
        leases=dict(options.lease),
        rehearsal=bool(options.load) and not options.nobody_gives,
        device_mode=options.device_mode,
    )


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.lab", description="The lab. It is not RouterOS.")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    serving = commands.add_parser("serve", help="serve the binary API of one or more routers")
    serving.add_argument("--port", type=int, default=0, help="of the first router; 0 (default) lets the system choose")
    serving.add_argument("--host", default=HOST, metavar="ADDRESS", help="where to listen (default %(default)s)")
    secure = serving.add_mutually_exclusive_group()
    secure.add_argument("--tls", action="store_true", help="api-ssl in place of api, with a certificate made at start")
    secure.add_argument("--anonymous-tls", action="store_const", const="anonymous", dest="tls", help="api-ssl without a certificate")
    serving.add_argument("--tls-port", type=int, metavar="PORT", help="api-ssl beside api, with the certificate that /ip service names")
    serving.add_argument(
        "--lease",
        type=lease_argument,
        action="append",
        default=[],
        metavar="INTERFACE=ADDRESS[/LENGTH][,GATEWAY]",
        help="what the DHCP client of an interface is given, such as ether1=198.51.100.7/24,198.51.100.1; "
        "of a loaded file, the clients of other interfaces are given something plausible, and dialed interfaces run",
    )
    serving.add_argument("--device-mode", choices=sorted(MODES), default="advanced", help="home routers are shipped with home since 7.17")
    serving.add_argument("--nobody-gives", action="store_true", help="no other leases, and no dialed interface runs")
    serving.add_argument("--nobody-answers", action="store_true", help="let netwatch and check-gateway run, on lines that lead nowhere")
    serving.add_argument(
        "--routeros-version",
        metavar="VERSION",
        help=f"default: that of the loaded export's header ({OLDEST_VERSION} for an older one), {DEFAULT_VERSION} without a file",
    )
    serving.add_argument("--load", type=Path, action="append", default=[], metavar="FILE.rsc")
    serving.add_argument("--on-load-error", choices=("continue", "stop"), default="continue")
    serving.add_argument("--routers", type=_positive, default=1, metavar="N")
    serving.add_argument(
        "--interfaces",
        type=_interfaces,
        default="auto",
        metavar="N|auto",
        help="ethernet ports; auto (default): those that the loaded files speak of, eight without files",
    )
    serving.add_argument("--announce", type=Path, metavar="FILE", help="write the line of JSON there, not on standard output")
    serving.add_argument("--user", default="admin")
    serving.add_argument("--password", default="")
    serving.add_argument(
        "--telegram-chat",
        action="append",
        default=[],
        metavar="CHAT",
        help="also serve a stand-in for Telegram's Bot API, to a bot that may write to this chat; the line of JSON has its token",
    )
    serving.add_argument("--trait", action="append", default=[], metavar="NAME=true|false")
    return parser


def _positive(text: str) -> int:
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError("at least 1")
    return number


def lease_argument(text: str) -> tuple[str, Lease]:
    interface, _, given = text.rpartition("=")
    address, _, gateway = given.partition(",")
    if not interface:
        raise argparse.ArgumentTypeError("write INTERFACE=ADDRESS/LENGTH,GATEWAY")
    try:
        return interface, lease_of(address, gateway)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from error


def _interfaces(text: str) -> int | str:
    return text if text == "auto" else _positive(text)
