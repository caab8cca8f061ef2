# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Whom a router trusts when it checks a server: the certificates that it was given, and the roots that RouterOS brings along.

A router trusts the rows of /certificate with ``trusted=yes`` and, where /certificate/settings says so, its built-in roots:
``builtin-trust-anchors`` in 7.19 and 7.20, ``builtin-trust-store`` from 7.21 on, whose ``default`` has fetch among others [EWORM, MAN] O.
Lists of revoked certificates are not played.
"""

from __future__ import annotations

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

from .paths import path
from .rows import Row
from .store import Router

CERTIFICATE = path("certificate")
SETTINGS = path("certificate settings")


def give_certificates(router: Router, text: str, name: str, *, trusted: bool = True) -> list[Row]:
    """Puts the certificates of a text in PEM into /certificate, as an import does.

    :param name: of the first; the others get a number behind it I.
    :raises ValueError: for a text that has none.
    """
    found = x509.load_pem_x509_certificates(text.encode())
    return [_give(router, one, f"{name}_{number}" if number else name, trusted) for number, one in enumerate(found)]


def _give(router: Router, certificate: x509.Certificate, name: str, trusted: bool) -> Row:
    names = certificate.subject.get_attributes_for_oid(NameOID.COMMON_NAME)
    values = {"name": name, "common-name": str(names[0].value) if names else "", "trusted": "yes" if trusted else "no"}
    return router.install(CERTIFICATE, values, certificate_state(router, certificate))


def certificate_state(router: Router, certificate: x509.Certificate) -> dict[str, str]:
    """Keeps a certificate, and returns what its row shows of it."""
    fingerprint = certificate.fingerprint(hashes.SHA256()).hex()
    router.services.certificates[fingerprint] = certificate.public_bytes(Encoding.PEM).decode()
    return {
        "fingerprint": fingerprint,
        "invalid-before": f"{certificate.not_valid_before_utc:%Y-%m-%d %H:%M:%S}",
        "invalid-after": f"{certificate.not_valid_after_utc:%Y-%m-%d %H:%M:%S}",
    }


def authorities(router: Router) -> list[str]:
    """The certificates, in PEM, that vouch for what the router fetches."""
    with router.lock:
        rows = [row for row in router.table(CERTIFICATE) if row.values.get("trusted") == "true" and "fingerprint" in row.state]
        chosen = [row for row in rows if _is_for_fetch(router.written(row, "trust-store") or "all")]
        roots = router.services.roots if _trusts_roots(router) else []
        return [*(router.services.certificates[row.state["fingerprint"]] for row in chosen), *roots]


def _trusts_roots(router: Router) -> bool:
    settings = router.table(SETTINGS)[0]
    return router.written(settings, "builtin-trust-anchors") == "trusted" or _is_for_fetch(router.written(settings, "builtin-trust-store"))


def _is_for_fetch(stores: str) -> bool:
    return not {"all", "default", "fetch"}.isdisjoint(stores.split(","))
