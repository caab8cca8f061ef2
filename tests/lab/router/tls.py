# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A certificate authority and a server certificate for 127.0.0.1, made when the lab starts; and what api-ssl speaks TLS with."""

from __future__ import annotations

import datetime
import ssl
import tempfile
from dataclasses import dataclass
from ipaddress import IPv4Address
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from .store import Router
from .trust import CERTIFICATE

SERVICE = ("ip", "service")
LIFETIME = datetime.timedelta(days=2)

GROUP = """\
-----BEGIN DH PARAMETERS-----
MIGHAoGBAP//////////yQ/aoiFowjTExmKLgNwc0SkCTgiKZ8x0Agu+pjsTmyJR
Sgh5jjQE3e+VGbPNOkMbMCsKbfJfFDdP4TVtbVHCReSFtXZiXn7G9ExC6aY37WsL
/1y29Aa37e44a/taiZ+lrp8kEXxLH+ZJKGZR7OZTgf//////////AgEC
-----END DH PARAMETERS-----
"""
"""The second Oakley group (RFC 2409, 6.2)."""


@dataclass(frozen=True)
class Certificates:
    """Files of one lab.

    :param authority: the CA's certificate in PEM, for clients.
    :param server: the server's certificate and key in PEM.
    """

    authority: Path
    server: Path

    def server_context(self) -> ssl.SSLContext:
        """What the server speaks TLS with."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.server)
        return context


def anonymous_context(directory: Path) -> ssl.SSLContext:
    """What api-ssl speaks without a certificate: anonymous Diffie-Hellman only [MAN, CR] D/O.

    :raises OSError: when the directory cannot be written.
    """
    file = directory / "group.pem"
    file.write_text(GROUP)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.maximum_version = ssl.TLSVersion.TLSv1_2  # later ones do not have it
    context.set_ciphers("ADH:@SECLEVEL=0")
    context.load_dh_params(str(file))
    return context


def service_context(router: Router) -> ssl.SSLContext:
    """What ``api-ssl`` speaks TLS with: the certificate that /ip/service names, from the moment at which it does. Without one every
    handshake fails; RouterOS offers anonymous Diffie-Hellman then [MAN, CR] D/O."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    _present(router, context)
    router.observe(lambda change: _present(router, context) if change.menu == SERVICE else None)
    return context


def _present(router: Router, context: ssl.SSLContext) -> None:
    service = next(row for row in router.table(SERVICE) if row.name == "api-ssl")
    name = router.written(service, "certificate")
    certificate = next((row for row in router.table(CERTIFICATE) if row.name == name), None)
    fingerprint = certificate.state.get("fingerprint", "") if certificate else ""
    if fingerprint in router.services.keys:
        with tempfile.NamedTemporaryFile("w", suffix=".pem") as file:  # ssl takes files only
            file.write(router.services.certificates[fingerprint] + router.services.keys[fingerprint])
            file.flush()
            context.load_cert_chain(file.name)


def make_certificates(directory: Path, name: str = "localhost") -> Certificates:
    """Writes ``ca.pem`` and ``server.pem`` into the directory.

    :param name: of the server, besides 127.0.0.1.

    :raises OSError: when the directory cannot be written.
    """
    authority_key, server_key = (ec.generate_private_key(ec.SECP256R1()) for _ in range(2))
    authority_name, server_name = _name("lab certificate authority"), _name(name)
    authority = (
        _builder(authority_name, authority_name, authority_key)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_usage(signs_certificates=True), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(authority_key.public_key()), critical=False)
        .sign(authority_key, hashes.SHA256())
    )
    names = x509.SubjectAlternativeName([x509.DNSName(name), x509.IPAddress(IPv4Address("127.0.0.1"))])
    server = (
        _builder(server_name, authority_name, server_key)
        .add_extension(names, critical=False)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_usage(signs_certificates=False), critical=True)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(authority_key.public_key()), critical=False)
        .sign(authority_key, hashes.SHA256())
    )
    key = server_key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    files = Certificates(directory / "ca.pem", directory / "server.pem")
    files.authority.write_bytes(authority.public_bytes(serialization.Encoding.PEM))
    files.server.write_bytes(server.public_bytes(serialization.Encoding.PEM) + key)
    files.server.chmod(0o600)
    return files


def _name(text: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])


def _builder(subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePrivateKey) -> x509.CertificateBuilder:
    now = datetime.datetime.now(datetime.UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(hours=1))
        .not_valid_after(now + LIFETIME)
    )


def _usage(signs_certificates: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=True,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=signs_certificates,
        crl_sign=signs_certificates,
        encipher_only=False,
        decipher_only=False,
    )
