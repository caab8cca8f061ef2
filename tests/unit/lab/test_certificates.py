# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Certificates that the router makes, and api-ssl with one of them."""

from __future__ import annotations

import ssl

import librouteros
import pytest
from librouteros.api import Api
from librouteros.exceptions import ConnectionClosed

from tests.lab.router.lab import Lab

from .client import add, connect, raw, refusal, rows
from .conftest import StartLab


@pytest.fixture
def lab(start_lab: StartLab) -> Lab:
    return start_lab(tls_port=0)


def make(api: Api, name: str, *words: str, ca: str = "", **template: str) -> None:
    """Adds a template and signs it."""
    add(api, "/certificate", name=f"{name}-template", **template)
    issuer = [f"=ca={ca}"] if ca else []
    assert raw(api, "/certificate/sign", f"=number={name}-template", f"=name={name}", *issuer, *words) == [{"progress": "done"}]


def make_both(api: Api, key_size: str = "prime256v1", names: str = "IP:127.0.0.1,DNS:router.test") -> str:
    """An authority and a server's certificate; returns the authority's in PEM."""
    make(api, "ca", common_name="authority", key_usage="key-cert-sign,crl-sign", key_size=key_size)
    make(api, "server", ca="ca", common_name="router", key_usage="digital-signature,tls-server", key_size=key_size, subject_alt_name=names)
    raw(api, "/certificate/export-certificate", "=numbers=ca", "=file-name=authority")
    return str(next(row["contents"] for row in rows(api, "/file") if row["name"] == "authority.crt"))


def greet(lab: Lab, authority: str, host: str = "127.0.0.1") -> None:
    """Logs in to api-ssl, and checks the certificate."""
    context = ssl.create_default_context(cadata=authority)
    librouteros.connect(
        host=lab.host,
        port=lab.tls_port,
        username="admin",
        password="",
        ssl_wrapper=lambda plain, **_: context.wrap_socket(plain, server_hostname=host),
    ).close()


@pytest.mark.parametrize("key_size", ["prime256v1", "2048"])
def test_api_ssl_has_the_certificate_that_the_service_names(lab: Lab, api: Api, key_size: str) -> None:
    authority = make_both(api, key_size)
    with pytest.raises((ssl.SSLError, ConnectionClosed, ConnectionError)):
        greet(lab, authority)
    raw(api, "/ip/service/set", "=numbers=api-ssl", "=certificate=server")
    greet(lab, authority)
    greet(lab, authority, "router.test")
    with pytest.raises(ssl.SSLCertVerificationError, match="Hostname mismatch"):
        greet(lab, authority, "other.test")
    connect(lab).close()  # api stays


def test_a_certificate_of_another_authority_is_not_taken(lab: Lab, api: Api) -> None:
    make_both(api)
    make(api, "other", common_name="other", key_usage="key-cert-sign", key_size="prime256v1")
    raw(api, "/certificate/export-certificate", "=numbers=other")
    other = next(row["contents"] for row in rows(api, "/file") if row["name"] == "cert_export_other.crt")
    raw(api, "/ip/service/set", "=numbers=api-ssl", "=certificate=server")
    with pytest.raises(ssl.SSLCertVerificationError):
        greet(lab, str(other))


def test_signing_replaces_the_template(api: Api) -> None:
    make_both(api)
    shown = {row["name"]: row for row in rows(api, "/certificate")}
    assert list(shown) == ["ca", "server"]
    assert shown["ca"]["trusted"] and shown["ca"]["authority"]
    assert not shown["server"]["trusted"] and not shown["server"]["authority"]
    assert shown["server"]["ca"] == "ca" and shown["server"]["private-key"]
    assert shown["server"]["subject-alt-name"] == "IP:127.0.0.1,DNS:router.test"
    assert len(str(shown["server"]["fingerprint"])) == 64


def test_what_cannot_be_signed_or_exported_is_refused(api: Api) -> None:
    make_both(api)
    add(api, "/certificate", name="late", common_name="late", key_size="prime256v1")
    assert "already signed" in refusal(api, "/certificate/sign", "=number=server")
    assert "argument ca" in refusal(api, "/certificate/sign", "=number=late", "=ca=server")
    assert "no such item" in refusal(api, "/certificate/sign", "=number=late", "=ca=nobody")
    assert "not signed" in refusal(api, "/certificate/export-certificate", "=numbers=late")
    assert "number" in refusal(api, "/certificate/sign")
    raw(api, "/certificate/set", "=numbers=late", "=subject-alt-name=IP:somewhere")
    assert "subject-alt-name" in refusal(api, "/certificate/sign", "=number=late")
    assert [row["name"] for row in rows(api, "/certificate")] == ["ca", "server", "late"]
