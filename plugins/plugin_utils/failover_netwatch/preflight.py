# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The intent of failover against the router: what must be mended before the first write, and what the user should know."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from ..device_mode import device_mode
from ..findings import Finding
from ..routeros.paths import ADDRESSES, DEVICE_MODE, NETWATCH, ROUTES, SCRIPTS, TABLES
from ..routeros.reads import WHOLE, Read, Reads
from ..routeros.rows import Found, is_ours, label
from ..routeros.spelling import literal
from .intent import Intent
from .plan import POLICY

READS: Reads = {
    ADDRESSES: WHOLE,
    ROUTES: WHOLE,
    TABLES: WHOLE,
    DEVICE_MODE: WHOLE,
    SCRIPTS: Read(("name", "policy", "dont-require-permissions")),
    NETWATCH: Read(hidden=True),
}
"""What `findings` and the plan look at."""


def findings(intent: Intent, found: Found, balanced: Collection[str]) -> list[Finding]:
    """Return what is wrong with a router that has the rows `found`, and what the user should know.

    `balanced` names the WANs that role pcc_balance has on the router (`health.balanced_wans`), or will have by the same run.
    """
    return [
        *_local_probes(intent, found),
        *_hooks(intent, found),
        *device_mode(found, ("scheduler",)),
        *_unbalanced(intent, balanced),
        *_foreign_watches(intent, found),
    ]


def _local_probes(intent: Intent, found: Found) -> Iterator[Finding]:
    own = {str(row.get("address") or "").partition("/")[0] for row in found[ADDRESSES]}
    for index, wan in enumerate(intent.wans):
        for number, address in enumerate(intent.probes[wan.name]):
            if address in own:
                place = f"multiwan_wans[{index}].probes[{number}]"
                yield Finding(place, f"'{address}' is an address of the router", "write one behind this line", kind="probe")


def _hooks(intent: Intent, found: Found) -> Iterator[Finding]:
    scripts = {str(row.get("name")): row for row in found[SCRIPTS]}
    for option, name in (("on_down", intent.on_down), ("on_up", intent.on_up)):
        place = f"failover_netwatch_{option}"
        if not name:
            continue
        if name not in scripts:
            yield Finding(place, f"the router has no script '{name}'", "write the name of one of /system script", kind="hook")
            continue
        wide = set(str(scripts[name].get("policy") or "").split(",")) - set(POLICY.split(","))
        if wide and not scripts[name].get("dont-require-permissions"):
            problem = f"script '{name}' has the policies {','.join(sorted(wide))}, which the control script has not"
            yield Finding(place, problem, command=f"/system script set {literal(name)} policy={POLICY}", kind="hook")


def _unbalanced(intent: Intent, balanced: Collection[str]) -> Iterator[Finding]:
    missing = [wan.name for wan in intent.wans if wan.name not in balanced]
    if missing:
        problem = f"role pcc_balance has not balanced {', '.join(missing)} yet"
        yield Finding("", problem, "until it runs, failover has nothing to steer there", refuses=False, kind="not-balanced")


def _foreign_watches(intent: Intent, found: Found) -> Iterator[Finding]:
    probed = {address: wan.name for wan in intent.wans for address in intent.probes[wan.name]}
    for row in found[NETWATCH]:
        host = str(row.get("host") or "")
        if host in probed and not is_ours(row):
            problem = f"it also watches {host}, and from now on by {probed[host]} only"
            yield Finding(f"/tool netwatch {label(row)}", problem, refuses=False, kind="netwatch")
