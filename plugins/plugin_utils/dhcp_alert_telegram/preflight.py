# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The intent of alerts against the router: what must be mended before the first write, and what the user should know."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from urllib.parse import urlsplit

from ..device_mode import device_mode
from ..reading import IntentError
from ..routeros.paths import CERTIFICATES, CLOCK, DHCP_CLIENTS, DNS, INTERFACES, TRUST
from ..routeros.rows import Found, bridges, members
from .intent import API, Intent, hidden, read_intent
from .plan import interfaces

CLOCK_TOLERANCE = timedelta(days=2)
"""Time zones make one day."""


ROOT = "Go Daddy Root Certificate Authority - G2"
"""Who vouches for api.telegram.org (published for RouterOS scripts, 2026-07)."""


def check(data: Mapping[str, object], found: Found | None = None, today: date | None = None) -> dict[str, list[str]]:
    """Return `errors` (nothing may be written) and `warnings`, each a list of sentences.

    `data` is what `read_intent` takes. Without `found` only the intent itself is checked. `today` is the date here, if not the present one.
    """
    try:
        intent = read_intent(data)
    except IntentError as error:
        return {"errors": [str(error)], "warnings": []}
    if found is None:
        return {"errors": [], "warnings": list(_plain(intent))}
    errors = [
        *_missing(intent, found),
        *device_mode(found, ("fetch", "scheduler")),
        *_unresolved(intent, found),
        *_clock(found, today or date.today()),
        *_trust(intent, found),
    ]
    warnings = [*_plain(intent), *_other_roots(intent, found)]
    return {"errors": [hidden(text, data) for text in errors], "warnings": [hidden(text, data) for text in warnings]}


def _plain(intent: Intent) -> Iterator[str]:
    if intent.api_url.startswith("http:"):
        yield f"dhcp_alert_telegram_api_url: {intent.api_url} is not encrypted: token and messages can be read on the way; for tests only"


def _missing(intent: Intent, found: Found) -> Iterator[str]:
    """Where no alert works: interfaces that are not there, ports of bridges, and where the router itself asks for an address."""
    known = {str(row.get("name")) for row in found[INTERFACES]}
    clients = {str(row.get("interface")) for row in found[DHCP_CLIENTS] if not row.get("disabled")}
    for index, lan in enumerate(intent.interfaces):
        place = f"dhcp_alert_telegram_interfaces[{index}]"
        bridge = "" if lan.is_list else bridges(found).get(lan.name)
        if lan.is_list and not members(found, lan.name):
            yield str(IntentError(place, f"the interface list '{lan.name}' has no members; it has to have some"))
        elif not lan.is_list and lan.name not in known:
            yield str(IntentError(place, f"the router has no interface '{lan.name}'; it has {', '.join(sorted(known))}"))
        elif bridge:
            yield str(IntentError(place, f"'{lan.name}' is a port of the bridge '{bridge}', and no alert works there; write {bridge}"))
    for name in interfaces(intent, found):
        if name in clients:
            problem = f"'{name}' has a DHCP client, and no alert works there; leave '{name}' out, or /ip dhcp-client disable its client"
            yield str(IntentError("dhcp_alert_telegram_interfaces", problem))


def _unresolved(intent: Intent, found: Found) -> Iterator[str]:
    host = urlsplit(intent.api_url).hostname or ""
    if re.fullmatch(r"[\d.]+|.*:.*", host):
        return
    rows = found.get(DNS, ())
    if rows and not any(row.get(key) for row in rows for key in ("servers", "dynamic-servers", "use-doh-server")):
        yield f"/ip dns: the router has no DNS server and cannot find {host}; write /ip dns set servers=1.1.1.1"


def _clock(found: Found, today: date) -> Iterator[str]:
    """With a wrong date no certificate is valid, and messages have wrong times."""
    for row in found.get(CLOCK, ()):
        written = re.search(r"\d{4}-\d\d-\d\d", str(row.get("date") or ""))
        if written and abs(date.fromisoformat(written[0]) - today) > CLOCK_TOLERANCE:
            mend = "write /system ntp client set enabled=yes servers=pool.ntp.org"
            yield f"/system clock: it is {written[0]} there and {today} here, so certificates cannot be checked; {mend}"


def _trust(intent: Intent, found: Found) -> Iterator[str]:
    if not intent.api_url.startswith("http:") and not _trusts_built_in(found) and not _imported(found):
        yield (
            "/certificate: the router trusts nobody, so it cannot check the certificate of Telegram; write /certificate settings set "
            "builtin-trust-store=fetch (7.19 and 7.20: builtin-trust-anchors=trusted), or import the root certificate of the server"
        )


def _other_roots(intent: Intent, found: Found) -> Iterator[str]:
    """Roots that are imported may be those of something else, such as the API's own."""
    names = _imported(found)
    if intent.api_url == API and names and not _trusts_built_in(found) and not any(ROOT in name for name in names):
        yield (
            f"/certificate: the router trusts {', '.join(names)}; Telegram's certificate was signed by {ROOT} when this was written: "
            "import that root if no message arrives (playbook multiwan.routeros.alert_test)"
        )


def _trusts_built_in(found: Found) -> bool:
    """Roots of its own came in 7.19 as `builtin-trust-anchors`, from 7.21 `builtin-trust-store`; before, and where off, imported ones."""
    return any(
        str(row.get("builtin-trust-anchors", "")) == "trusted" or {"all", "fetch"} & set(str(row.get("builtin-trust-store", "")).split(","))
        for row in found.get(TRUST, ())
    )


def _imported(found: Found) -> list[str]:
    trusted = [row for row in found.get(CERTIFICATES, ()) if str(row.get("trusted", "")).lower() in ("true", "yes")]
    return [str(row.get("common-name") or row.get("name")) for row in trusted]
