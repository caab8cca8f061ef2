# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The lab for tests: routers served from a background thread.

with Lab(version="7.21.4", load=[Path("export.rsc")]) as lab:
    api = librouteros.connect(host=lab.host, port=lab.port, username="admin", password="")
"""

from __future__ import annotations

import asyncio
import json
import ssl
import tempfile
import threading
from collections.abc import Coroutine, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Literal, TypeVar

from .device import Device
from .dump import dump
from .factory import Hardware, ports, set_device_mode
from .faults import Faults
from .hardware import USUAL_PORTS, ports_of
from .leases import Lease
from .load import LoadReport, OnError
from .records import Record
from .rehearsal import furnish_lines
from .server import ApiServer
from .services import Services
from .store import Router
from .tls import Certificates, anonymous_context, make_certificates, service_context
from .traits import Traits
from .upgrade import release_of
from .wire import to_text

HOST = "127.0.0.1"
ADDRESS_LIST = "ip firewall address-list"
Result = TypeVar("Result")


class Lab:
    """One or more routers. Attributes without a number mean the first router.

    :param version: the RouterOS release that they say they are; without one that of the scripts' headers, or the usual one.
    :param tls: serve api-ssl instead of api; ``certificate`` is the CA's file then. ``anonymous``: api-ssl has no certificate.
    :param host: where to listen.
    :param tls_port: of the first router: serve api-ssl there beside api, with the certificate that /ip/service names.
    :param load: configuration scripts for every router, in order; what they skip is in ``reports``.
    :param on_load_error: ``stop`` ends a file at its first refused line.
    :param interfaces: how many ethernet ports; ``auto`` takes those that the scripts speak of.
    :param port: of the first router, 0 lets the system choose; the other routers' ports are always chosen.
    :param engines: whether scheduler and netwatch run while the lab serves.
    :param leases: what is given to DHCP clients, by the interface's name.
    :param rehearsal: what a script does not hold and its router has: DHCP clients without a known lease get a plausible one, dialed
        interfaces run, built-in roots are trusted as shipped.
    :param device_mode: what the routers are in once the scripts are loaded; CHR are ``advanced`` [MAN:Device-mode] D.
    :param services: the first router's clock and network; the other routers have real time and no network.
    :raises ValueError: for a text that is no version, and for leases of interfaces that are not there.
    :raises OSError: for scripts that cannot be read, and from ``start`` for a port that is taken.
    """

    def __init__(
        self,
        version: str | None = None,
        *,
        tls: bool | Literal["anonymous"] = False,
        host: str = HOST,
        tls_port: int | None = None,
        load: Sequence[Path] = (),
        on_load_error: OnError = "continue",
        routers: int = 1,
        interfaces: int | Literal["auto"] = "auto",
        user: str = "admin",
        password: str = "",
        traits: Traits | None = None,
        port: int = 0,
        engines: bool = False,
        services: Services | None = None,
        leases: Mapping[str, Lease] | None = None,
        rehearsal: bool = False,
        device_mode: str = "advanced",
    ) -> None:
        self.host = host
        self.user, self.password = user, password
        self._wanted_port, self._wanted_tls_port = port, tls_port
        self._tls = tls
        sources = {file: to_text(file.read_bytes()) for file in load}
        self.version = version or release_of(list(sources.values()))
        if interfaces == "auto":
            hardware_ports = ports_of(sources.values()) if sources else ports(USUAL_PORTS)
        else:
            hardware_ports = ports(interfaces)
        hardware = Hardware(hardware_ports, self.version, user, password)
        self._with_engines = engines
        first = services or Services()
        self.devices = [Device(hardware, traits or Traits(), Services() if number else first) for number in range(routers)]
        self.reports: list[dict[Path, LoadReport]] = [
            {file: device.load_export(source, str(file), on_load_error) for file, source in sources.items()} for device in self.devices
        ]
        for device in self.devices:
            furnish_lines(device.router, leases or {}, others=rehearsal)
            set_device_mode(device.router, device_mode)
        self._servers = [ApiServer(device) for device in self.devices]
        self._tls_server = ApiServer(self.devices[0])
        for server in (*self._servers, self._tls_server):
            server.device.on_boot.append(server.restart)
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread: threading.Thread | None = None
        self._directory: tempfile.TemporaryDirectory[str] | None = None
        self._certificates: Certificates | None = None

    def __enter__(self) -> Lab:
        self.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.stop()

    def start(self) -> None:
        """Begins to serve; returns when connections are taken."""
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="lab", daemon=True)
        self._thread.start()
        try:
            context = self._secure() if self._tls else None
            for index, server in enumerate(self._servers):
                self._wait_for(server.start(self.host, 0 if index else self._wanted_port, context))
            if self._wanted_tls_port is not None:
                self._wait_for(self._tls_server.start(self.host, self._wanted_tls_port, service_context(self.router)))
            for device in self.devices if self._with_engines else ():
                device.engines.start()
        except BaseException:
            self.stop()
            raise

    def stop(self) -> None:
        """Ends what runs by itself, cuts all connections, ends the thread, removes the certificates."""
        for device in self.devices:
            device.engines.stop()
            device.services.clock.stop()
        if self._loop is not None and self._thread is not None:
            for server in (*self._servers, self._tls_server):
                self._wait_for(server.stop())
            self._loop.call_soon_threadsafe(self._loop.stop)
            self._thread.join()
            self._loop.close()
            self._loop = self._thread = None
        if self._directory is not None:
            self._directory.cleanup()

    @property
    def ports(self) -> list[int]:
        """Where the routers serve, in order."""
        return [server.port for server in self._servers]

    @property
    def port(self) -> int:
        """Where the first router serves."""
        return self.ports[0]

    @property
    def tls_port(self) -> int | None:
        """Where the first router serves api-ssl beside api; None where it does not."""
        return self._tls_server.port or None

    @property
    def certificate(self) -> Path | None:
        """The CA's certificate in PEM; None without TLS."""
        return self._certificates.authority if self._certificates else None

    @property
    def device(self) -> Device:
        """The first router with its log and faults."""
        return self.devices[0]

    @property
    def router(self) -> Router:
        """The first router's rows."""
        return self.device.router

    @property
    def faults(self) -> Faults:
        """What goes wrong with the first router."""
        return self.device.faults

    @property
    def writes(self) -> list[Record]:
        """What clients wrote to the first router."""
        return self.device.log.writes

    @property
    def refused(self) -> list[Record]:
        """What clients were refused to write by the first router."""
        return self.device.log.refused

    def load(self, source: str, filename: str = "script", on_error: OnError = "continue") -> LoadReport:
        """Runs a configuration script on the first router."""
        return self.device.load(source, filename, on_error)

    def dump(self) -> str:
        """The first router's configuration as canonical text."""
        return dump(self.router)

    def lasting(self) -> str:
        """The same without entries of address lists that vanish by themselves, which an export does not have either."""
        rows = json.loads(self.dump())
        if ADDRESS_LIST in rows:
            rows[ADDRESS_LIST] = [row for row in rows[ADDRESS_LIST] if "timeout" not in row]
        return json.dumps(rows, indent=1, sort_keys=True)

    def _secure(self) -> ssl.SSLContext:
        """Makes what TLS needs, in a directory that ends with the lab."""
        self._directory = tempfile.TemporaryDirectory(prefix="lab-")
        directory = Path(self._directory.name)
        if self._tls == "anonymous":
            return anonymous_context(directory)
        self._certificates = make_certificates(directory)
        return self._certificates.server_context()

    def _wait_for(self, work: Coroutine[Any, Any, Result]) -> Result:
        assert self._loop is not None
        return asyncio.run_coroutine_threadsafe(work, self._loop).result()
