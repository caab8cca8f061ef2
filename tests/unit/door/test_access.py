# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What lets a run in: the block, pasted on a lab router, and the certificate that it makes, fetched, compared, tried and kept."""

from __future__ import annotations

import socket
import ssl
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import librouteros
import pytest
from ansible_collections.multiwan.routeros.plugins.plugin_utils.door import access
from ansible_collections.multiwan.routeros.plugins.plugin_utils.door.access import (
    CERTIFICATE,
    GONE,
    Access,
    block,
    missing,
    not_kept,
    other,
    plain,
)
from ansible_collections.multiwan.routeros.plugins.plugin_utils.door.certificate import (
    Service,
    Unreachable,
    fingerprint,
    is_kept,
    keep,
)
from ansible_collections.multiwan.routeros.plugins.plugin_utils.door.problems import SCRIPTS, TOKENS, WRITING
from ansible_collections.multiwan.routeros.plugins.plugin_utils.findings import Finding

from tests.lab.router.factory import set_device_mode
from tests.lab.router.lab import Lab

ACCESS = Access("127.0.0.1", "multiwan", 'q"u$o\\t?e d')
TODAY = date.today()


@pytest.fixture
def lab() -> Iterator[Lab]:
    with Lab(tls_port=0, interfaces=4) as made:
        yield made


def pasted(lab: Lab, text: str) -> tuple[str, str]:
    """What the block puts, and the error that ends it."""
    job = lab.device.start_script(text)
    job.wait()
    return "\n".join(job.output), job.error.reason if job.error else ""


def make(lab: Lab, to: Access = ACCESS, today: date = TODAY) -> tuple[str, str]:
    return pasted(lab, block(to, today, "ansible-playbook -e it="))


def service(lab: Lab) -> Service:
    assert lab.tls_port
    return Service(lab.host, lab.tls_port, timeout=5)


def log_in(lab: Lab, certificate: bytes, to: Access = ACCESS) -> librouteros.api.Api:
    context = ssl.create_default_context(cadata=ssl.DER_cert_to_PEM_cert(certificate))

    def wrap(connection: socket.socket, **_: object) -> ssl.SSLSocket:
        return context.wrap_socket(connection, server_hostname=lab.host)

    return librouteros.connect(lab.host, to.username, to.password, port=lab.tls_port, ssl_wrapper=wrap)


def test_pasted_once_it_lets_a_run_in(lab: Lab) -> None:
    output, error = make(lab)
    assert error == ""
    certificate = service(lab).fetch()
    assert output.splitlines()[-1] == f"Now on your machine: ansible-playbook -e it={fingerprint(certificate)}"
    service(lab).check(certificate, name=True)
    api = log_in(lab, certificate)
    assert [row["name"] for row in api.path("user")] == ["admin", "multiwan"]
    with pytest.raises(librouteros.exceptions.TrapError, match="not enough permissions"):
        tuple(api("/user/add", name="more", group="full"))


@pytest.mark.parametrize("needed", [WRITING, (*WRITING, *SCRIPTS), (*WRITING, *SCRIPTS, *TOKENS)])
def test_the_user_has_no_more_rights_than_a_run_needs(lab: Lab, needed: tuple[str, ...]) -> None:
    make(lab, replace(ACCESS, needed=(*WRITING, *SCRIPTS, *TOKENS)))
    make(lab, replace(ACCESS, needed=needed))
    (policy,) = (row.values["policy"] for row in lab.router.table(("user", "group")) if row.name == "multiwan")
    assert sorted(word for word in str(policy).split(",") if not word.startswith("!")) == sorted(("api", *needed))


def test_pasted_again_it_makes_all_of_it_anew_and_it_can_be_taken_away(lab: Lab) -> None:
    before = lab.dump()
    make(lab)
    first = service(lab).fetch()
    again = replace(ACCESS, password="another one")
    assert make(lab, again)[1] == ""
    second = service(lab).fetch()
    assert fingerprint(first) != fingerprint(second)
    with pytest.raises(Unreachable) as refused:
        service(lab).check(first, name=True)
    assert "is not signed by a CA that is trusted here" in refused.value.finding.text
    log_in(lab, second, again)
    assert [str(line) for line in lab.load(GONE, on_error="stop").skipped] == []
    assert lab.dump() == before


def test_what_is_somebody_elses_is_left_alone(lab: Lab) -> None:
    before = lab.dump()
    output, error = make(lab, replace(ACCESS, username="admin"))
    assert "there is a user admin already, for something else" in error
    assert (output, lab.dump()) == ("", before)
    lab.load(
        "/certificate add name=shop common-name=shop\n/certificate sign shop\n/ip service set api-ssl certificate=shop", on_error="stop"
    )
    before = lab.dump()
    assert "api-ssl has the certificate shop already" in make(lab)[1]
    assert lab.dump() == before


def test_a_home_router_is_told_what_it_keeps_off(lab: Lab) -> None:
    needs = replace(ACCESS, features=("scheduler", "fetch"))
    set_device_mode(lab.router, "home")
    before = lab.dump()
    assert make(lab, needs)[1] == (
        "this router keeps scheduler and fetch off; write: /system device-mode update scheduler=yes fetch=yes and cut its power when it "
        "asks, then paste this again"
    )
    assert lab.dump() == before
    lab.router.install_state(("system", "device-mode"), {"scheduler": "true"})
    assert make(lab, needs)[1] != ""
    assert make(lab, replace(needs, features=("scheduler",)))[1] == ""


def test_a_router_without_the_right_time_makes_no_certificate(lab: Lab) -> None:
    before = lab.dump()
    assert "the clock of this router is wrong" in make(lab, today=TODAY + timedelta(2))[1]
    assert lab.dump() == before
    assert make(lab, today=TODAY + timedelta(1))[1] == ""


SIGNING = f"  /certificate sign {CERTIFICATE}\n"


def test_signing_that_goes_on_behind_the_command_is_waited_for(lab: Lab) -> None:
    text = block(ACCESS, TODAY, "")
    assert text.count(SIGNING) == 1
    job = lab.device.start_script(text.replace(SIGNING, ""))
    time.sleep(2.5)
    assert job.running
    lab.load(SIGNING, on_error="stop")
    job.wait()
    assert job.error is None
    service(lab).check(service(lab).fetch(), name=True)


def test_signing_that_does_not_end_is_told(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(access, "WAIT", 1)
    _output, error = pasted(lab, block(ACCESS, TODAY, "").replace(SIGNING, ""))
    assert error == "the certificate is not signed yet; paste this again in a minute"
    with pytest.raises(Unreachable):
        service(lab).fetch()


def test_a_certificate_is_for_the_name_in_the_inventory(lab: Lab) -> None:
    make(lab, replace(ACCESS, host="router.lan"))
    certificate = service(lab).fetch()
    service(lab).check(certificate, name=False)
    with pytest.raises(Unreachable) as refused:
        service(lab).check(certificate, name=True)
    assert "the router's certificate is for another name" in refused.value.finding.text


def test_a_certificate_is_its_own_authority_also_for_a_strict_client(lab: Lab) -> None:
    """Python 3.13 is strict, and takes part of a chain, unless it is told otherwise."""
    make(lab)
    context = ssl.create_default_context(cadata=ssl.DER_cert_to_PEM_cert(service(lab).fetch()))
    context.verify_flags |= ssl.VERIFY_X509_STRICT
    context.verify_flags &= ~ssl.VERIFY_X509_PARTIAL_CHAIN
    with socket.create_connection((lab.host, lab.tls_port), 5) as connection, context.wrap_socket(connection, server_hostname=lab.host):
        pass


def test_nothing_there_yet(lab: Lab) -> None:
    with pytest.raises(Unreachable) as refused:
        service(lab).fetch()
    assert "give api-ssl a certificate with /ip service set api-ssl certificate=..." in refused.value.finding.text
    with pytest.raises(Unreachable) as refused:
        Service("127.0.0.1", 1, 5).fetch()
    assert "127.0.0.1, port 1: nothing listens there" in refused.value.finding.text


def test_it_is_kept_once(lab: Lab, tmp_path: Path) -> None:
    make(lab)
    certificate, file = service(lab).fetch(), tmp_path / "router.pem"
    assert not is_kept(certificate, file)
    assert [keep(certificate, file), keep(certificate, file)] == [True, False]
    assert is_kept(certificate, file) and [path.name for path in tmp_path.iterdir()] == ["router.pem"]
    ssl.create_default_context(cafile=str(file))
    with pytest.raises(OSError, match="No such file"):
        keep(certificate, tmp_path / "missing" / "router.pem")


def test_a_fingerprint_is_known_however_it_is_written() -> None:
    assert plain(" 2F:8B:0a ") == "2f8b0a"


def test_what_is_missing_is_said_in_these_words() -> None:
    assert texts(missing(replace(ACCESS, password=""), "", False)) == [
        "multiwan_api_tls: without TLS everybody on the way reads the password; leave it out",
        "multiwan_api_ca_path: it is not written; write the file that is to hold the router's certificate, such as router.pem",
        "multiwan_api_password: it is empty; write one",
    ]
    assert texts(missing(ACCESS, "router.pem", True)) == []
    assert other("192.0.2.1, port 8729", "aa", "bb").text == (
        "192.0.2.1, port 8729: a certificate with the fingerprint aa answers, and not bb; take the fingerprint that the router has printed "
        "last; if it is that one, somebody stands between you and the router"
    )
    assert not_kept("/there/router.pem", OSError(2, "No such file or directory")).text == (
        "multiwan_api_ca_path: /there/router.pem cannot be written: No such file or directory; write a file in a folder that is there"
    )


def texts(findings: Iterator[Finding]) -> list[str]:
    return [finding.text for finding in findings]


def test_the_block_is_a_page_of_plain_lines() -> None:
    text = block(ACCESS, TODAY, "ansible-playbook")
    assert text.isascii() and "\t" not in text and "?" not in text and CERTIFICATE in text
    assert text.startswith("{\n") and text.endswith("\n}")
    assert max(map(len, text.splitlines())) < 250
