# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What people read of an intent and a router: the sentences that refuse, and those that warn."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import date
from typing import TypeVar

from ansible_collections.multiwan.routeros.plugins.plugin_utils.dhcp_alert_telegram import intent as alerts_intent
from ansible_collections.multiwan.routeros.plugins.plugin_utils.dhcp_alert_telegram import preflight as alerts_preflight
from ansible_collections.multiwan.routeros.plugins.plugin_utils.failover_netwatch import intent as failover_intent
from ansible_collections.multiwan.routeros.plugins.plugin_utils.failover_netwatch import preflight as failover_preflight
from ansible_collections.multiwan.routeros.plugins.plugin_utils.findings import Finding, texts
from ansible_collections.multiwan.routeros.plugins.plugin_utils.health import balanced_wans, probes_watch
from ansible_collections.multiwan.routeros.plugins.plugin_utils.pcc_balance import intent as balance_intent
from ansible_collections.multiwan.routeros.plugins.plugin_utils.pcc_balance import preflight as balance_preflight
from ansible_collections.multiwan.routeros.plugins.plugin_utils.reading import IntentErrors
from ansible_collections.multiwan.routeros.plugins.plugin_utils.routeros.rows import Found

T = TypeVar("T")
Sentences = dict[str, list[str]]


def balance(data: Mapping[str, object], found: Found | None = None) -> Sentences:
    """Of role pcc_balance; without `found`, of the intent alone."""

    def look(intent: balance_intent.Intent) -> list[Finding]:
        return [] if found is None else balance_preflight.findings(intent, found, probes_watch(found))

    return _sentences(balance_intent.read_intent, look, data)


def failover(data: Mapping[str, object], found: Found) -> Sentences:
    """Of role failover_netwatch."""
    return _sentences(failover_intent.read_intent, lambda intent: failover_preflight.findings(intent, found, balanced_wans(found)), data)


def alerts(data: Mapping[str, object], found: Found, today: date) -> Sentences:
    """Of role dhcp_alert_telegram."""
    return _sentences(alerts_intent.read_intent, lambda intent: alerts_preflight.findings(intent, found, today), data)


def _sentences(read: Callable[[Mapping[str, object]], T], look: Callable[[T], Iterable[Finding]], data: Mapping[str, object]) -> Sentences:
    try:
        findings = list(look(read(data)))
    except IntentErrors as refused:
        findings = list(refused.findings)
    return {"errors": texts(findings, refusing=True), "warnings": texts(findings, refusing=False)}
