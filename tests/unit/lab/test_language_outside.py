# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What scripts reach beyond the router: ping, fetch, connections, names."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import pytest

from tests.lab.router.language.errors import ScriptError
from tests.lab.router.paths import path
from tests.lab.router.services import Fetch, Fetched, FetchFailed, Ping, Services
from tests.lab.router.store import Router
from tests.lab.router.traits import Traits

from .client import connect, raw, rows
from .conftest import StartLab
from .scripting import execute, new, puts, value


@dataclass
class World:
    """A network that remembers what it was asked."""

    pings: list[Ping] = field(default_factory=list)
    fetches: list[Fetch] = field(default_factory=list)
    table: list[dict[str, str]] = field(default_factory=list)

    def ping(self, ping: Ping) -> Sequence[float | None]:
        if ping.host == "10.255.255.1":
            raise OSError(101, "Network is unreachable")
        self.pings.append(ping)
        return [0.0123, None, 0.02][: ping.count]

    def fetch(self, fetch: Fetch) -> Fetched:
        self.fetches.append(fetch)
        if "busy" in fetch.url:
            answer = Fetched("{}", [("Server", "lab"), ("Retry-After", "7")], 429)
            raise FetchFailed("Status 429, Too Many Requests", answer)
        if "broken" in fetch.url:
            raise FetchFailed("closing connection: <connection failed> 1.2.3.4:443 (4)")
        return Fetched("12345")

    def rows(self) -> Sequence[dict[str, str]]:
        return self.table

    def remove(self, ids: Sequence[str]) -> None:
        for number in ids:
            row = next((row for row in self.table if row[".id"] == number), None)
            if row is None:
                raise KeyError(number)
            self.table.remove(row)


@pytest.fixture
def world() -> World:
    rows = [("*1", "isp1"), ("*2", "isp2"), ("*3", "isp1")]
    return World(table=[{".id": number, "connection-mark": mark, "protocol": "tcp"} for number, mark in rows])


@pytest.fixture
def router(world: World) -> Router:
    made = new()
    made.services.pinger = world
    made.services.fetcher = world.fetch
    made.services.connections = world
    made.services.resolver = {"one.one.one.one": "1.1.1.1"}.get
    return made


@pytest.mark.parametrize("command", ["/ping", "/tool/ping", "/tool ping"])
def test_ping_gives_the_number_of_replies(router: Router, world: World, command: str) -> None:
    assert value(router, f"[{command} 1.1.1.1 count=3 interval=200ms src-address=10.0.0.2 ttl=9 size=64]") == "2"
    assert world.pings == [Ping("1.1.1.1", count=3, interval=0.2, timeout=0.2, size=64, src_address="10.0.0.2", ttl=9)]


def test_ping_as_value(router: Router) -> None:
    source = ':local a [/tool/ping 1.1.1.1 count=2 as-value]; :put ($a->0->"time"); :put ($a->1->"status"); :put ($a->1->"received")'
    assert puts(router, source) == ["12ms300us", "timeout", "1"]


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ("/ping 10.255.255.1 count=1", "failure: ping: Network is unreachable"),
        ("/ping 1.1.1.1", "lab: a ping without count= is not played here"),
        ("/ping count=1", "missing value(s) of argument(s) address"),
        ("/ping 1.1.1.1 count=1 vrf=isp1", "lab: vrf= of ping is not played here"),
        ("/ping 1.1.1.1 count=1 routing-table=isp1", "unknown parameter routing-table"),
        ("/ping 1.1.1.1 count=x", "invalid value for argument count"),
        ("/tool fetch", "lab: /tool/fetch without url= is not played here"),
        ("/tool fetch url=https://broken/ output=none", "failure: closing connection: <connection failed> 1.2.3.4:443 (4)"),
        (
            '/tool fetch url=https://x/ output=none http-header-field="nonsense"',
            "invalid value for argument http-header-field",
        ),
        ("/tool fetch url=https://x/ teleport=yes", "unknown parameter teleport"),
        (":resolve nowhere.example", "failure: dns name does not exist"),
        ("/ip firewall connection remove *99", "no such item"),
        ("/ip firewall connection get *99 protocol", "no such item"),
    ],
)
def test_refusals(router: Router, source: str, message: str) -> None:
    with pytest.raises(ScriptError) as caught:
        execute(router, source)
    assert caught.value.message == message


def test_fetch(router: Router, world: World) -> None:
    source = """
    :local answer [/tool fetch url="https://api.telegram.org/botX/sendMessage" http-method=post http-data="chat_id=1&text=a" \\
        http-header-field="A: 1\\\\,2,B: x" check-certificate=yes-without-crl output=user as-value]
    :put ($answer->"status"); :put ($answer->"data"); :put [:typeof ($answer->"data")]
    """
    assert puts(router, source) == ["finished", "12345", "str"]
    (fetch,) = world.fetches
    assert (fetch.method, fetch.data, fetch.check_certificate) == ("POST", "chat_id=1&text=a", True)
    assert list(fetch.headers) == [("A", "1,2"), ("B", "x")]
    assert fetch.url == "https://api.telegram.org/botX/sendMessage"


CAUGHT = """
:onerror message,more in={/tool/fetch url=https://%s/ output=none} do={
  :put $message; :put [:typeof ($more->"code")]; :put ($more->"code"); :put [:typeof ($more->"http-headers")]; :put ($more->"http-headers")
}
"""


@pytest.mark.parametrize(
    ("host", "as_array", "told"),
    [
        (
            "busy",
            False,
            ["failure: Status 429, Too Many Requests (/tool/fetch; line 2)", "num", "429", "str", "Server: lab;Retry-After: 7"],
        ),
        (
            "busy",
            True,
            ["failure: Status 429, Too Many Requests (/tool/fetch; line 2)", "num", "429", "array", "Server: lab;Retry-After: 7"],
        ),
        ("broken", False, ["failure: closing connection: <connection failed> 1.2.3.4:443 (4) (/tool/fetch; line 2)", *["nothing", ""] * 2]),
    ],
)
def test_what_a_failed_fetch_tells(world: World, host: str, as_array: bool, told: list[str]) -> None:
    router = new("7.22", Traits(headers_are_array=as_array))
    router.services.fetcher = world.fetch
    assert puts(router, CAUGHT % host) == told


@pytest.mark.parametrize("word", ["output=none", "keep-result=no"])
def test_fetch_that_keeps_nothing(router: Router, word: str) -> None:
    assert value(router, f"[:typeof [/tool fetch url=https://x/ {word}]]") == "nothing"


def test_fetch_by_version_and_device_mode(world: World) -> None:
    router = new("7.14.3")
    router.services.fetcher = world.fetch
    with pytest.raises(ScriptError, match="unknown parameter idle-timeout"):
        execute(router, "/tool fetch url=https://x/ output=none idle-timeout=5s")
    router.install_state(path("system device-mode"), {"fetch": "false"})
    with pytest.raises(ScriptError, match="failure: not allowed by device-mode"):
        execute(router, "/tool fetch url=https://x/ output=none")


def test_connections(router: Router, world: World) -> None:
    assert value(router, '[/ip firewall connection print count-only where connection-mark="isp1"]') == "2"
    assert value(router, "[/ip firewall connection get *1 protocol]") == "tcp"
    assert value(router, "[:len [/ip firewall connection find where connection-mark=isp1 !fasttrack]]") == "2"
    execute(router, '/ip firewall connection remove [find where connection-mark="isp1"]')
    assert [row[".id"] for row in world.table] == ["*2"]


def test_resolve(router: Router) -> None:
    assert value(router, "[:resolve one.one.one.one]") == "1.1.1.1"


@pytest.mark.parametrize(
    ("source", "what"),
    [
        ("/ping 1.1.1.1 count=1", "/ping"),
        ("/tool/ping 1.1.1.1 count=1", "/tool/ping"),
        ("/tool fetch url=https://x/ output=none", "/tool/fetch"),
        (":resolve x", ":resolve"),
        ("/ip firewall connection print", "/ip/firewall/connection"),
        ("/ip firewall connection remove *1", "/ip/firewall/connection"),
        ("/system script run x", "/system/script/run"),
        ("/system reboot", "/system/reboot"),
        (":execute {:put 1}", ":execute"),
    ],
)
def test_without_a_service(source: str, what: str) -> None:
    with pytest.raises(ScriptError) as caught:
        execute(new(), source)
    assert caught.value.message == f"lab: {what} is not played here"


def test_a_client_pings_and_fetches(start_lab: StartLab, world: World) -> None:
    services = Services(pinger=world, fetcher=world.fetch, connections=world)
    lab = start_lab(services=services)
    api = connect(lab)
    sent = raw(api, "/tool/ping", "=address=1.1.1.1", "=count=2")
    assert [(reply.get("time"), reply.get("status"), reply["packet-loss"]) for reply in sent] == [
        ("12ms300us", None, 0),
        (None, "timeout", 50),
    ]
    assert raw(api, "/tool/fetch", "=url=https://x/", "=output=user")[0]["data"] == 12345
    raw(api, "/ip/firewall/connection/remove", "=.id=*1,*3")
    assert [row["connection-mark"] for row in rows(api, "/ip/firewall/connection")] == ["isp2"]
    assert [record.command for record in lab.writes] == ["remove"]
    api.close()
