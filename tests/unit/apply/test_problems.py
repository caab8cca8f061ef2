# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What the modules say when a router cannot be asked, by the real modules and real sockets, and the sentence that users get instead."""

from __future__ import annotations

import re
import socket
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.multiwan.routeros.plugins.plugin_utils.door.problems import problem, rights_problem
from ansible_collections.multiwan.routeros.plugins.plugin_utils.routeros.rows import Row

from tests.lab.router.lab import Lab

from .router import ModuleFailed, run_module

StartLab = Callable[..., Lab]
TABLES = {"path": "routing table", "handle_absent_entries": "remove", "handle_entries_content": "remove_as_much_as_possible"}


@pytest.fixture
def start_lab() -> Iterator[StartLab]:
    with ExitStack() as labs:
        yield lambda **options: labs.enter_context(Lab(**options))


@pytest.fixture
def lab(start_lab: StartLab) -> Lab:
    lab = start_lab(tls=True)
    users = """
/user add name=looker group=read password=""
/user group add name=mute policy=read,write
/user group add name=blind policy=write,api
/user add name=mute group=mute password=""
/user add name=blind group=blind password=""
"""
    assert not lab.load(users, on_error="stop").skipped
    return lab


def failure(lab: Lab, module: str = "api", **arguments: object) -> dict[str, Any]:
    """What a module returns when it fails; the certificate is checked, as by our playbooks."""
    checks = {"path": "system resource", "tls": True, "validate_cert_hostname": True, "ca_path": str(lab.certificate)}
    with pytest.raises(ModuleFailed) as failed:
        run_module(lab, module, **{**checks, **arguments})
    return failed.value.result


def say(result: dict[str, Any], doing: str = "system resource", secret: bool = False) -> str:
    """The sentence about a failure."""
    finding = problem(result, doing, secret)
    assert finding is not None and finding.refuses
    return finding.text


def sentence(lab: Lab, module: str = "api", **arguments: object) -> str:
    return say(failure(lab, module, **arguments))


def place(port: int, host: str = "127.0.0.1") -> str:
    return f"{host}, port {port}"


def test_nobody_listens(lab: Lab) -> None:
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    said = (
        f"{place(port)}: nothing listens there; write /ip service set api-ssl disabled=no on the router, or its port as multiwan_api_port"
    )
    assert sentence(lab, port=port) == said
    assert sentence(lab, port=port, tls=False) == said.replace("api-ssl", "api")


def _knock(port: int) -> socket.socket:
    """A connection that nobody waits for."""
    knocking = socket.socket()
    knocking.setblocking(False)
    knocking.connect_ex(("127.0.0.1", port))
    return knocking


def test_nobody_answers(lab: Lab) -> None:
    """A server that is too busy to take another connection drops the packet, as a firewall does."""
    with socket.create_server(("127.0.0.1", 0), backlog=0) as busy, ExitStack() as waiting:
        port = busy.getsockname()[1]
        for _ in range(2):
            waiting.enter_context(_knock(port))
        assert sentence(lab, port=port, timeout=1) == (
            f"{place(port)}: no answer; check ansible_host, "
            "and that neither a firewall nor the address= of /ip service api-ssl keeps you out"
        )


def test_no_such_name(lab: Lab) -> None:
    said = sentence(lab, hostname="router.invalid")
    assert said == f"{place(lab.port, 'router.invalid')}: this name has no address; write the router's address as ansible_host"


@pytest.mark.parametrize("login", [{"password": "wrong"}, {"username": "nobody"}, {"username": "mute"}])
def test_no_login(lab: Lab, login: dict[str, str]) -> None:
    assert sentence(lab, **login) == (
        f"{place(lab.port)}: the router does not let '{login.get('username', 'admin')}' in; check multiwan_api_username and "
        "multiwan_api_password, and that /user has it enabled, in a group with the policy api"
    )


def test_another_authority(lab: Lab, start_lab: StartLab) -> None:
    other = start_lab(tls=True)
    for trusted in (str(other.certificate), None):
        assert sentence(lab, ca_path=trusted) == (
            f"{place(lab.port)}: the router's certificate is not signed by a CA that is trusted here; "
            "write the file of its CA as multiwan_api_ca_path"
        )


def test_another_name(lab: Lab) -> None:
    """The C library reads 127.1 as 127.0.0.1; for certificates it is another name."""
    assert sentence(lab, hostname="127.1") == (
        f"{place(lab.port, '127.1')}: the router's certificate is for another name; "
        "write a name that it has as ansible_host, or make one with this name"
    )


@pytest.mark.parametrize(
    ("reason", "remedy"),
    [
        ("certificate has expired", "the router's certificate has expired; give the router a new one"),
        (
            "certificate is not yet valid",
            "the router's certificate is not valid yet; check the clocks, here and with /system clock there",
        ),
    ],
)
def test_another_time(lab: Lab, reason: str, remedy: str) -> None:
    """In the words of Python's ssl; the lab's certificates are made when it starts."""
    said = failure(lab, ca_path=None)
    other = re.sub("unable to get local issuer certificate|self-signed certificate in certificate chain", reason, said["msg"])
    assert reason in other
    assert say({**said, "msg": other}) == f"{place(lab.port)}: {remedy}"


def test_no_file_of_the_authority(lab: Lab, tmp_path: Path) -> None:
    said = f"{place(lab.port)}: the file multiwan_api_ca_path %s; write the file of the router's CA"
    assert sentence(lab, ca_path=str(tmp_path / "none.pem")) == said % "cannot be read"
    (tmp_path / "other.pem").write_text("not a certificate\n")
    assert sentence(lab, ca_path=str(tmp_path / "other.pem")) == said % "holds no certificate in PEM"


def test_no_certificate_on_the_router(lab: Lab, start_lab: StartLab) -> None:
    anonymous = start_lab(tls="anonymous")
    assert sentence(lab, port=anonymous.port) == (
        f"{place(anonymous.port)}: the router hangs up; give api-ssl a certificate with /ip service set api-ssl certificate=..."
    )
    assert run_module(anonymous, "api", path="system resource", tls=True, force_no_cert=True)["msg"]


def test_the_other_service(lab: Lab, start_lab: StartLab) -> None:
    """The plain API waits for the end of what it takes for a word, or says that it is none."""
    plain = start_lab()
    with socket.create_server(("127.0.0.1", 0)) as silent:
        for port in (plain.port, silent.getsockname()[1]):
            assert sentence(lab, port=port, timeout=1) == (
                f"{place(port)}: TLS is not spoken there; write the port of api-ssl as multiwan_api_port"
            )
    assert sentence(lab, tls=False) == (
        f"{place(lab.port)}: the router hangs up; it may be api-ssl that listens there: write multiwan_api_tls: true"
    )


def test_a_user_who_may_not_read(lab: Lab) -> None:
    may_not = "on the router, put it into a group with the policies api, read, write, test and, for alerts, sensitive: "
    assert may_not in sentence(lab, username="blind")


def test_a_user_who_may_not_write(lab: Lab) -> None:
    data = [{"name": "multiwan-isp1", "fib": None, "comment": "multiwan:pcc_balance:table:isp1"}]
    said = failure(lab, "api_modify", username="looker", data=data, **TABLES)
    assert say(said, "Write /routing/table") == (
        "Write /routing/table: the user may not do this; on the router, put it into a group with the policies "
        "api, read, write, test and, for alerts, sensitive: /user group set ... policy=..."
    )
    users, groups = (run_module(lab, "api", tls=True, validate_certs=False, path=path)["msg"] for path in ("user", "user group"))
    assert rights_problem(users, groups, "admin") is rights_problem(users, groups, "of RADIUS") is None
    lacking = rights_problem(users, groups, "looker")
    assert lacking is not None and lacking.refuses
    assert lacking.text == (
        "multiwan_api_username: 'looker' is in the group 'read', which lacks the policy write; "
        "write /user group add name=multiwan policy=api,read,write; /user set looker group=multiwan"
    )


GROUPS = [{"name": "read", "policy": "local,api,read,test,!write"}, {"name": "my group", "policy": "api,read,!write,!test"}]
OURS = {"name": "multiwan", "policy": "api,read,write"}


@pytest.mark.parametrize(
    ("group", "groups", "needed", "command"),
    [
        ("my group", GROUPS, ("read", "write", "test"), '/user group set "my group" policy=api,read,write,test'),
        (
            "read",
            GROUPS,
            ("read", "write", "test", "sensitive"),
            '/user group add name=multiwan policy=api,read,write,test,sensitive\n/user set "my user" group=multiwan',
        ),
        (
            "read",
            [*GROUPS, OURS],
            ("read", "write", "test"),
            '/user group set multiwan policy=api,read,write,test\n/user set "my user" group=multiwan',
        ),
        ("multiwan", [*GROUPS, OURS], ("read", "write", "test"), "/user group set multiwan policy=api,read,write,test"),
    ],
)
def test_how_a_user_gets_what_it_lacks(group: str, groups: list[Row], needed: tuple[str, ...], command: str) -> None:
    said = rights_problem([{"name": "my user", "group": group}], groups, "my user", needed)
    assert said is not None and said.refuses and said.command == command
    assert rights_problem([{"name": "my user", "group": "multiwan"}], [OURS], "my user") is None


def test_a_connection_that_is_lost(lab: Lab) -> None:
    lab.faults.drop_before_write = 1
    said = failure(lab, "api_modify", data=[{"name": "multiwan-isp1"}], **TABLES)
    assert say(said, "Write /routing/table") == (
        "Write /routing/table: the connection was lost; run it again: what is written stays, and the rest follows"
    )


def test_what_is_secret_stays_so() -> None:
    failed = {"failed": True, "msg": "Error while creating entry: failure: 123456:token is no password"}
    assert "123456:token" in say(failed, "Write /ppp/secret")
    assert say(failed, "Write /ppp/secret", secret=True) == (
        "Write /ppp/secret: the router refuses it, in words that may hold the secret and are not shown"
    )


def test_what_went_well_is_no_problem() -> None:
    assert problem({"changed": False, "msg": []}, "ip route") is None


def test_the_words_of_module_api_are_a_list() -> None:
    assert say({"failed": True, "msg": ["no such command prefix"]}, "tool netwatch") == "tool netwatch: no such command prefix"
    assert say({"failed": True}, "tool netwatch") == "tool netwatch: it failed without a word"


def test_what_is_wrong_in_the_defaults_of_the_modules(lab: Lab) -> None:
    place = "module_defaults of the group community.routeros.api"
    assert sentence(lab, port="nope") == f"{place}: port is not of type int; write another value, with our playbooks as multiwan_api_port"
    assert sentence(lab, tls="maybe") == f"{place}: tls is not of type bool; write another value, with our playbooks as multiwan_api_tls"
    assert sentence(lab, hostnam="x") == f"{place}: community.routeros.api does not know hostnam; see ansible-doc community.routeros.api"


def test_what_is_missing_here() -> None:
    assert say({"failed": True, "msg": "missing required arguments: hostname, username"}) == (
        "module_defaults of the group community.routeros.api: hostname, username missing; write them as playbooks/site.yml does"
    )
    library = (
        "Failed to import the required Python library (librouteros) on here's Python /usr/bin/python3. Please read the module "
        "documentation and install it in the appropriate location."
    )
    assert say({"failed": True, "msg": library}) == (
        "Python /usr/bin/python3: it has no librouteros, which talks to routers; install it there with pip"
    )
