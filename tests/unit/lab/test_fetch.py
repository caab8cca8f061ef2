# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""/tool/fetch over this machine's loopback, and whom a router trusts."""

from __future__ import annotations

import re
import socket
import ssl
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager, suppress

import pytest

from tests.lab.network.fetcher import Fetcher
from tests.lab.router.engines.clock import ManualClock
from tests.lab.router.language.errors import ScriptError
from tests.lab.router.paths import path
from tests.lab.router.reading import read_rows
from tests.lab.router.resolving import resolve
from tests.lab.router.store import Router
from tests.lab.router.tls import Certificates, make_certificates
from tests.lab.router.traits import Traits
from tests.lab.router.trust import authorities, give_certificates

from .scripting import execute, new, puts, value

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nX-Lab: yes\r\n\r\nhello"
NAME = "server.example"


@pytest.fixture(scope="module")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Certificates:
    return make_certificates(tmp_path_factory.mktemp("tls"), NAME)


class Server:
    """Answers every connection with the same bytes, in pieces.

    :param pause: seconds after each piece.
    """

    def __init__(self, pieces: list[bytes], pause: float = 0, context: ssl.SSLContext | None = None) -> None:
        self.asked: list[bytes] = []
        self._pieces, self._pause, self._context = pieces, pause, context
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.port = self._listening.getsockname()[1]
        self.thread = threading.Thread(target=self._work, daemon=True)
        self.thread.start()

    def close(self) -> None:
        self._listening.shutdown(socket.SHUT_RDWR)
        self._listening.close()

    def _work(self) -> None:
        with suppress(OSError):
            while True:
                raw = self._listening.accept()[0]
                with suppress(OSError), closing(self._context.wrap_socket(raw, server_side=True) if self._context else raw) as connection:
                    self.asked.append(_request(connection))
                    for piece in self._pieces:
                        connection.sendall(piece)
                        time.sleep(self._pause)


def _request(connection: socket.socket) -> bytes:
    """A whole request: body and headers may come one after the other."""
    asked = connection.recv(200_000)
    while asked[:1].isalpha():  # TLS where none is spoken begins otherwise
        headers, end, body = asked.partition(b"\r\n\r\n")
        length = re.search(rb"Content-Length: (\d+)", headers)
        if end and len(body) >= int(length[1] if length else 0):
            break
        more = connection.recv(200_000)
        if not more:
            break
        asked += more
    return asked


@contextmanager
def serving(*pieces: bytes, pause: float = 0, context: ssl.SSLContext | None = None) -> Iterator[Server]:
    with closing(Server(list(pieces), pause, context)) as server:
        yield server


@pytest.fixture
def router() -> Router:
    return fetching(new())


def fetching(router: Router) -> Router:
    router.services.fetcher = Fetcher(lambda name: resolve(router, name), lambda function, *given: function(*given), timeout=0.5)
    router.services.resolver = {NAME: "127.0.0.1"}.get
    return router


def fetch(port: int, words: str = "", scheme: str = "http", host: str = "127.0.0.1") -> str:
    return f'/tool fetch url="{scheme}://{host}:{port}/a?b=1" {words}'


def problem(router: Router, source: str) -> str:
    with pytest.raises(ScriptError) as caught:
        execute(router, source)
    return caught.value.message


def test_what_is_asked_and_what_comes_back(router: Router) -> None:
    with serving(OK) as server:
        assert puts(router, f':put ([{fetch(server.port, "output=user as-value")}]->"data")') == ["hello"]
        execute(router, fetch(server.port, 'http-method=post http-data="a=\\C3\\A9" output=none user=u password=p'))
        execute(router, fetch(server.port, 'http-data=x http-header-field="Content-Type: text/plain" output=none'))
    plain, form, text = (asked.partition(b"\r\n\r\n") for asked in server.asked)
    assert plain[0].startswith(b"GET /a?b=1 HTTP/1.1\r\n") and f"Host: 127.0.0.1:{server.port}".encode() in plain[0]
    assert form[0].startswith(b"POST /a?b=1") and form[2] == b"a=\xc3\xa9"
    assert b"Content-Type: application/x-www-form-urlencoded" in form[0] and b"Authorization: Basic dTpw" in form[0]
    assert text[0].count(b"Content-Type") == 1 and b"Content-Type: text/plain" in text[0]


def test_headers_and_files(router: Router) -> None:
    with serving(OK) as server:
        shown = f'[{fetch(server.port, "output=user-with-headers as-value")}]->"http-headers"'
        assert "X-Lab: yes" in puts(router, f":put ({shown})")[0]
        for _ in range(2):
            execute(router, fetch(server.port))
        execute(router, fetch(server.port, "dst-path=b.txt"))
    assert [(row["name"], row["contents"], row["size"]) for row in read_rows(router, path("file"))] == [
        ("a", "hello", "5"),
        ("b.txt", "hello", "5"),
    ]


@pytest.mark.parametrize(("output", "length"), [("user", 64_512), ("user-with-headers", 20_480)])
def test_a_script_gets_no_more_than_it_can_hold(router: Router, output: str, length: int) -> None:
    with serving(b"HTTP/1.1 200 OK\r\n\r\n", b"x" * 70_000) as server:
        assert value(router, f'[:len ([{fetch(server.port, f"output={output} as-value")}]->"data")]') == str(length)


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        (b"HTTP/1.1 401 Unauthorized\r\nContent-Length: 2\r\n\r\n{}", "failure: Status 401, Unauthorized"),
        (b"HTTP/1.1 302 Found\r\nLocation: /b\r\nContent-Length: 0\r\n\r\n", "failure: Status 302, Found"),
        (b"", "failure: closing connection: <connection failed> 127.0.0.1:PORT (4)"),
        (b"hello\r\n", "failure: closing connection: <connection failed> 127.0.0.1:PORT (4)"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhello", "failure: closing connection: <connection failed> 127.0.0.1:PORT (4)"),
    ],
)
def test_answers_that_are_failures(router: Router, answer: bytes, message: str) -> None:
    with serving(answer) as server:
        assert problem(router, fetch(server.port, "output=none")) == message.replace("PORT", str(server.port))


def test_nobody_there(router: Router) -> None:
    with closing(socket.create_server(("127.0.0.1", 0))) as free:
        port = free.getsockname()[1]
        begun = time.monotonic()
        assert "<connection timeout>" in problem(router, fetch(port, "output=none idle-timeout=100ms"))
        assert time.monotonic() - begun < 0.4
    assert "<connection failed>" in problem(router, fetch(port, "output=none"))
    assert problem(router, fetch(port, "output=none", host="nowhere.example")) == "failure: resolve failed"
    assert "<connection failed>" in problem(router, fetch(port, "output=none src-address=192.0.2.1"))


def test_an_answer_that_trickles_ends_all_the_same(router: Router, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tests.lab.network.fetcher.WHOLE", 0.4)
    with serving(b"HTTP/1.1 200 OK\r\n\r\n", *[b"x"] * 20, pause=0.1) as server:
        begun = time.monotonic()
        assert "<connection timeout>" in problem(router, fetch(server.port, "output=none"))
        assert time.monotonic() - begun < 1


def test_static_names_come_first(router: Router) -> None:
    execute(router, f"/ip dns static add name={NAME} address=127.0.0.2; /ip dns static add name=other.example address=127.0.0.1")
    assert [value(router, f"[:resolve {name}]") for name in (NAME, "other.example", "9.9.9.9")] == ["127.0.0.2", "127.0.0.1", "9.9.9.9"]
    execute(router, "/ip dns static disable [find]")
    assert value(router, f"[:resolve {NAME}]") == "127.0.0.1"


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ("url=ftp://x/", "lab: fetch of ftp is not played here"),
        ("url=x/y", "lab: fetch of an address without a scheme is not played here"),
        ("url=http://x/ mode=http", "lab: mode= of fetch is not played here"),
        ("url=http://x/ http-max-redirect-count=2", "lab: http-max-redirect-count= of fetch is not played here"),
        ("url=http://x/ idle-timeout=soon", "invalid value for argument idle-timeout"),
    ],
)
def test_what_is_not_played(router: Router, source: str, message: str) -> None:
    assert problem(router, f"/tool fetch output=none {source}") == message


def test_data_has_an_end(router: Router) -> None:
    source = ':local x "0123456789abcdef"; :for i from=1 to=12 do={:set x ($x . $x)}; /tool fetch url=http://x/ output=none http-data='
    assert problem(router, f'{source}"$x."') == "invalid value for argument http-data"
    assert problem(router, f"{source}$x") == "failure: resolve failed"


class TestTrust:
    """Certificates are checked against those whom the router trusts."""

    @pytest.fixture
    def port(self, certificates: Certificates) -> Iterator[int]:
        with ExitStack() as opened:
            yield opened.enter_context(serving(OK, context=certificates.server_context())).port

    def test_only_who_is_trusted_vouches(self, router: Router, port: int, certificates: Certificates) -> None:
        checked = fetch(port, "output=none check-certificate=yes", "https", NAME)
        assert problem(router, checked).startswith("failure: SSL: certificate problem: ")
        execute(router, fetch(port, "output=none check-certificate=no", "https", NAME))
        execute(router, fetch(port, "output=none", "https", NAME))
        give_certificates(router, certificates.authority.read_text(), "ca")
        execute(router, checked)
        execute(router, checked.replace("=yes", "=yes-without-crl"))
        execute(router, "/certificate set ca trusted=no")
        assert problem(router, checked).startswith("failure: SSL: ")

    def test_the_name_has_to_be_right(self, router: Router, port: int, certificates: Certificates) -> None:
        give_certificates(router, certificates.authority.read_text(), "ca")
        execute(router, "/ip dns static add name=other.example address=127.0.0.1")
        refused = problem(router, fetch(port, "output=none check-certificate=yes", "https", "other.example"))
        assert refused.startswith("failure: SSL: certificate problem: Hostname mismatch")

    def test_tls_where_there_is_none(self, router: Router) -> None:
        with serving(b"hello") as server:
            assert problem(router, fetch(server.port, "output=none", "https")).startswith("failure: SSL: handshake failed: ")

    def test_a_certificate_is_imported(self, router: Router, certificates: Certificates) -> None:
        pem = certificates.authority.read_text().replace("\n", "\\n")
        execute(router, f'/file add name=ca.pem contents="{pem}"; /certificate import file-name=ca.pem passphrase=""')
        (row,) = read_rows(router, path("certificate"))
        assert (row["name"], row["common-name"], row["trusted"]) == ("ca.pem_0", "lab certificate authority", "true")
        assert authorities(router) == [certificates.authority.read_text()]
        assert problem(router, "/certificate import file-name=nowhere") == "failure: no such file"
        execute(router, "/certificate remove ca.pem_0")
        assert authorities(router) == []

    @pytest.mark.parametrize(
        ("version", "setting", "trusted"),
        [
            ("7.21.4", "builtin-trust-store=fetch", True),
            ("7.21.4", "builtin-trust-store=all", True),
            ("7.21.4", "builtin-trust-store=dns,fetch", True),
            ("7.21.4", "builtin-trust-store=dns", False),
            ("7.21.4", "builtin-trust-store=untrusted", False),
            ("7.22.3", "builtin-trust-store=default", True),
            ("7.20.8", "builtin-trust-anchors=trusted", True),
            ("7.20.8", "builtin-trust-anchors=not-trusted", False),
        ],
    )
    def test_built_in_roots(self, version: str, setting: str, trusted: bool) -> None:
        router = new(version)
        router.services.roots.append("root")
        execute(router, f"/certificate settings set {setting}")
        assert authorities(router) == (["root"] if trusted else [])

    @pytest.mark.parametrize(
        ("version", "trusted"), [("7.18.2", False), ("7.20.8", False), ("7.21.4", False), ("7.22", True), ("7.24.5", True)]
    )
    def test_built_in_roots_as_shipped(self, version: str, trusted: bool) -> None:
        router = new(version)
        router.services.roots.append("root")
        assert authorities(router) == (["root"] if trusted else [])
        router.install_state(path("system resource"), {"architecture-name": "smips"})
        assert authorities(router) == []

    @pytest.mark.parametrize(
        ("version", "shows", "shown"),
        [
            ("7.21.4", True, ["", ""]),
            ("7.24.5", True, ["default", "fetch,mqtt,email,netwatch,container,lora,wiliot,dns,www,reverse-proxy"]),
            ("7.24.5", False, ["default", ""]),
        ],
    )
    def test_what_the_settings_show(self, version: str, shows: bool, shown: list[str]) -> None:
        router = new(version, Traits(shows_current_defaults=shows))
        (row,) = read_rows(router, path("certificate settings"))
        assert [row.get(name, "") for name in ("builtin-trust-store", "current-defaults")] == shown

    def test_a_change_takes_a_moment(self, router: Router, port: int, certificates: Certificates) -> None:
        clock = ManualClock()
        router.services.clock = clock
        give_certificates(router, certificates.authority.read_text(), "ca")
        verified = fetch(port, "output=none check-certificate=yes", "https")
        execute(router, verified)
        execute(router, "/certificate settings set builtin-trust-store=all")
        assert problem(router, verified).startswith("failure: SSL: ")
        execute(router, verified.replace("=yes", "=no"))
        clock.advance(2)
        execute(router, verified)

    @pytest.mark.parametrize(
        ("version", "name"),
        [
            ("7.18.2", "builtin-trust-anchors"),
            ("7.21.4", "builtin-trust-anchors"),
            ("7.20.8", "builtin-trust-store"),
        ],
    )
    def test_built_in_roots_by_version(self, version: str, name: str) -> None:
        assert problem(new(version), f"/certificate settings set {name}=all") == f"unknown parameter {name}"

    def test_stores_by_version(self) -> None:
        refused = "input does not match any value of builtin-trust-store"
        for version, store in (("7.21.4", "default"), ("7.21.4", "www"), ("7.24.5", "wifi")):
            assert problem(new(version), f"/certificate settings set builtin-trust-store={store}") == refused

    def test_not_every_trust_is_for_fetch(self, router: Router, certificates: Certificates) -> None:
        give_certificates(router, certificates.authority.read_text(), "ca")
        for store, count in (("ipsec", 0), ("ipsec,fetch", 1), ("all", 1)):
            execute(router, f"/certificate set ca trust-store={store}")
            assert len(authorities(router)) == count
