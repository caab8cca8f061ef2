# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Whether a router can check the certificate of Telegram: by the roots that RouterOS brings along, or by one that was imported.

Roots came in 7.19 as ``builtin-trust-anchors``, which is a switch. Since 7.21 ``builtin-trust-store`` says what they are for: a set of
uses, ``all``, ``untrusted``, or since 7.22 ``default``, whose uses ``current-defaults`` spells out (command trees of real routers; rows of
7.23 and 7.24). To write a set takes all other uses away, such as ``dns``, by which DNS over HTTPS is checked.
"""

from __future__ import annotations

from collections.abc import Iterator

from ..findings import COMMAND, Finding
from ..releases import of_router
from ..routeros.paths import CERTIFICATES, RESOURCE, TRUST
from ..routeros.rows import Found, Row
from .intent import API, Intent

ROOT = "Go Daddy Root Certificate Authority - G2"
"""Who vouches for api.telegram.org (published for RouterOS scripts, 2026-07)."""
FINGERPRINT = "45140b3247eb9cc8c5b4f0d7b53091f73292089e6e5a63e2749dd3aca9198eda"
"""SHA-256 of that root, as Debian's package ca-certificates has it."""
IMPORT = """\
/tool fetch url="https://certs.godaddy.com/repository/gdroot-g2.crt" dst-path=gdroot-g2.crt
/certificate import file-name=gdroot-g2.crt passphrase="\""""

SMALL = "smips"
"""The architecture of hAP lite and hAP mini, which have five roots, and not that one (manual, "Certificates", 2026-10)."""

ANCHORS, STORE = (7, 19, 0), (7, 21, 0)
"""The first releases with these properties."""
SETTINGS = "/certificate settings set"


def untrusted(intent: Intent, found: Found) -> Iterator[Finding]:
    """Yield why messages cannot be sent over TLS: the router trusts nobody, or maybe not whoever has signed Telegram's certificate."""
    if all(url.startswith("http:") for url in intent.servers) or _has_roots(intent, found):
        return
    names = _imported(found)
    if not names:
        yield _nobody(intent, found)
    elif API in intent.servers and not any(ROOT in name for name in names):
        remedy = (
            f"Telegram's certificate was signed by {ROOT} when this was written: "
            "import that root if no message arrives (playbook multiwan.routeros.alert_test)"
        )
        yield Finding("/certificate", f"the router trusts {', '.join(names)}", remedy, refuses=False, kind="trust")


def _nobody(intent: Intent, found: Found) -> Finding:
    problem = f"the router trusts nobody, so it cannot check the certificate of {'Telegram' if intent.chats else 'your server'}"
    if command := "" if _is_small(found) else _trusting(found):
        remedy = f"write {COMMAND}, or import the root certificate of the server"
        return Finding("/certificate", problem, remedy, command, kind="trust")
    if API not in intent.servers:
        return Finding("/certificate", problem, "import the root certificate of the server", kind="trust")
    if _is_small(found):
        problem = f"a board of the architecture {SMALL} has few roots, and not the one that has signed Telegram's certificate"
    remedy = f"import that root: write {COMMAND}; /certificate print detail then shows the fingerprint {FINGERPRINT}"
    return Finding("/certificate", problem, remedy, IMPORT, kind="trust")


def _has_roots(intent: Intent, found: Found) -> bool:
    """Whether RouterOS' own roots are trusted for what the script fetches, and are those that it needs."""
    if API in intent.servers and _is_small(found):
        return False
    return any(row.get("builtin-trust-anchors") == "trusted" or {"all", "default", "fetch"} & _uses(row) for row in found.get(TRUST, ()))


def _trusting(found: Found) -> str:
    """The command that lets fetch use the roots, and takes nothing away; empty before 7.19, where there are none."""
    now = of_router(found)
    if now < ANCHORS:
        return ""
    if now < STORE:
        return f"{SETTINGS} builtin-trust-anchors=trusted"
    uses = {use for row in found.get(TRUST, ()) for use in _uses(row)}
    return f"{SETTINGS} builtin-trust-store={','.join([*sorted(uses), 'fetch'])}"


def _uses(row: Row) -> set[str]:
    """What the roots are trusted for; ``default`` stands for what it means where the router says so."""
    uses = set(str(row.get("builtin-trust-store") or "").split(",")) - {"", "untrusted"}
    meant = set(str(row.get("current-defaults") or "").split(",")) - {""}
    return uses - {"default"} | meant if "default" in uses and meant else uses


def _is_small(found: Found) -> bool:
    return any(row.get("architecture-name") == SMALL for row in found.get(RESOURCE, ()))


def _imported(found: Found) -> list[str]:
    """What the router trusts others by. One whose key it has was made there, such as that of its API, and vouches for nobody else."""
    trusted = [row for row in found.get(CERTIFICATES, ()) if _is_set(row, "trusted") and not _is_set(row, "private-key")]
    return [str(row.get("common-name") or row.get("name")) for row in trusted]


def _is_set(row: Row, field: str) -> bool:
    return str(row.get(field, "")).lower() in ("true", "yes")
