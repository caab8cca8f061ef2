# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Whom a router trusts when it checks a server: the certificates that it was given, and the roots that RouterOS brings along.

A router trusts the rows of /certificate with ``trusted=yes`` and, where /certificate/settings says so, its built-in roots:
``builtin-trust-anchors`` in 7.19 and 7.20, ``builtin-trust-store`` from 7.21 on [EWORM, MAN] O. From 7.22 on that is ``default`` until
somebody says otherwise, and ``current-defaults`` spells it out, as rows of the API and exports of several unrelated routers with 7.23 and
7.24 show [WILD] O. Boards of the architecture smips (hAP lite, hAP mini) have a handful of roots, and Telegram's is not among them
[MAN:Certificates, 2026-10] D: they have none of the lab's. Lists of revoked certificates are not played.
"""

from __future__ import annotations

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

from .paths import path
from .rows import Change, Row
from .store import Router
from .versions import DEFAULT_TRUST

CERTIFICATE = path("certificate")
SETTINGS = path("certificate settings")
RESOURCE = path("system resource")
SETTLING = 2.0
"""Seconds, "one or two" [WILD] O."""


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
    (resource,) = router.table(RESOURCE)
    if resource.state.get("architecture-name") == "smips":
        return False
    usual = "default" if router.version >= DEFAULT_TRUST else ""
    stores = router.written(settings, "builtin-trust-store") or usual
    return router.written(settings, "builtin-trust-anchors") == "trusted" or _is_for_fetch(stores)


def settle(router: Router, change: Change) -> None:
    """A change of the settings takes a moment: verified fetches fail meanwhile, as two unrelated projects saw [WILD] O."""
    if change.menu == SETTINGS and change.kind == "set" and router.traits.trust_takes_time:
        router.services.trust_settles = router.services.clock.now() + SETTLING


def _is_for_fetch(stores: str) -> bool:
    return not {"all", "default", "fetch"}.isdisjoint(stores.split(","))
