# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Certificates that the router makes itself: ``/certificate/add`` writes down a template, ``sign`` makes it a certificate, with the
key of an authority among the rows or with its own [MAN:Certificates] D."""

from __future__ import annotations

import datetime
from dataclasses import dataclass
from ipaddress import ip_address

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from .errors import failure, invalid_value
from .rows import Row
from .services import not_played
from .store import Router
from .trust import CERTIFICATE, certificate_state

Key = ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey

CURVES = {"prime256v1": ec.SECP256R1, "secp384r1": ec.SECP384R1, "secp521r1": ec.SECP521R1}
DIGESTS = {"sha256": hashes.SHA256, "sha384": hashes.SHA384, "sha512": hashes.SHA512}
"""Of ``digest-algorithm``; the older ones are not played."""

USUAL_USAGE = "digital-signature,key-encipherment,data-encipherment,key-cert-sign,crl-sign,tls-server,tls-client"
"""What a template without ``key-usage`` becomes [MAN:Certificates] D."""

USAGES = {
    "digital-signature": "digital_signature",
    "content-commitment": "content_commitment",
    "key-encipherment": "key_encipherment",
    "data-encipherment": "data_encipherment",
    "key-agreement": "key_agreement",
    "key-cert-sign": "key_cert_sign",
    "crl-sign": "crl_sign",
}
PURPOSES = {"tls-server": ExtendedKeyUsageOID.SERVER_AUTH, "tls-client": ExtendedKeyUsageOID.CLIENT_AUTH}
"""Words of ``key-usage``; the others are left out of what is made."""


@dataclass(frozen=True)
class Template:
    """What ``add`` wrote down.

    :param names: of ``subject-alt-name``, such as ``IP:127.0.0.1``.
    """

    common_name: str
    usage: frozenset[str]
    names: tuple[str, ...]
    key_size: str
    digest: str
    days: int

    @classmethod
    def of(cls, router: Router, row: Row) -> Template:
        """Reads a row."""

        def written(name: str, default: str = "") -> str:
            return router.written(row, name) or default

        return cls(
            written("common-name"),
            frozenset(written("key-usage", USUAL_USAGE).split(",")),
            tuple(filter(None, written("subject-alt-name").split(","))),
            written("key-size", "2048"),
            written("digest-algorithm", "sha256"),
            int(written("days-valid", "365")),
        )

    def make_key(self) -> Key:
        """A private key of the wanted size."""
        if self.key_size in CURVES:
            return ec.generate_private_key(CURVES[self.key_size]())
        return rsa.generate_private_key(65537, int(self.key_size))

    def certify(self, key: Key, issuer: x509.Certificate | None, signer: Key) -> x509.Certificate:
        """The certificate of a key.

        :param issuer: the authority; None for a certificate that vouches for itself.
        :param signer: the authority's key, or the same key.
        :raises Trap: for what cannot be played.
        """
        if self.digest not in DIGESTS:
            raise not_played(f"digest-algorithm={self.digest}")
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, self.common_name)])
        now = datetime.datetime.now(datetime.UTC)
        signs = "key-cert-sign" in self.usage
        usage = {attribute: word in self.usage for word, attribute in USAGES.items()}
        builder = (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(issuer.subject if issuer else subject)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - datetime.timedelta(minutes=1))
            .not_valid_after(now + datetime.timedelta(days=self.days))
            .add_extension(x509.BasicConstraints(ca=signs, path_length=None), critical=True)
            .add_extension(x509.KeyUsage(**usage, encipher_only=False, decipher_only=False), critical=True)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
            .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(signer.public_key()), critical=False)
        )
        if purposes := [purpose for word, purpose in PURPOSES.items() if word in self.usage]:
            builder = builder.add_extension(x509.ExtendedKeyUsage(purposes), critical=False)
        if self.names:
            builder = builder.add_extension(x509.SubjectAlternativeName([_name(text) for text in self.names]), critical=False)
        return builder.sign(signer, DIGESTS[self.digest]())


def sign(router: Router, row: Row, authority: Row | None, name: str) -> Row:
    """Makes a template a certificate; the template is gone then [MAN:Certificates] D.

    :param authority: whose key signs; None for the template's own.
    :raises Trap: for a row that is a certificate already, and for an authority without a key; the texts are unknown.
    """
    if "fingerprint" in row.state:
        raise failure("certificate is already signed")
    template = Template.of(router, row)
    key = template.make_key()
    issuer, signer = _authority(router, authority) if authority else (None, key)
    certificate = template.certify(key, issuer, signer)
    with router.lock:
        state = certificate_state(router, certificate) | {"private-key": "true", "authority": _flag("key-cert-sign" in template.usage)}
        router.services.keys[state["fingerprint"]] = key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        ).decode()
        if authority:
            state["ca"] = authority.name or ""
        values = {known: router.text(value) for known, value in row.values.items()}
        router.uninstall(CERTIFICATE, row)
        return router.install(CERTIFICATE, values | {"name": name, "trusted": "no" if authority else "yes"}, state)


def _authority(router: Router, row: Row) -> tuple[x509.Certificate, Key]:
    fingerprint = row.state.get("fingerprint", "")
    if row.state.get("authority") != "true" or fingerprint not in router.services.keys:
        raise invalid_value("ca")
    key = serialization.load_pem_private_key(router.services.keys[fingerprint].encode(), None)
    assert isinstance(key, ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey)
    return x509.load_pem_x509_certificate(router.services.certificates[fingerprint].encode()), key


def _name(text: str) -> x509.GeneralName:
    """A name of ``subject-alt-name``.

    :raises Trap: for an address that is none, and for a kind that is not played.
    """
    kind, _, value = text.partition(":")
    try:
        if kind == "IP":
            return x509.IPAddress(ip_address(value))
    except ValueError:
        raise invalid_value("subject-alt-name") from None
    if kind == "DNS":
        return x509.DNSName(value)
    raise not_played(f"subject-alt-name={text}")


def _flag(value: bool) -> str:
    return "true" if value else "false"
