# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The intent of failover against the router: what must be mended before the first write, and what the user should know."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from ..device_mode import device_mode
from ..reading import IntentError
from ..routeros.names import BALANCE, PREFIX, comment
from ..routeros.paths import ADDRESSES, NETWATCH, ROUTES, SCRIPTS
from ..routeros.rows import Found
from ..routeros.spelling import literal
from .intent import Intent, read_intent
from .plan import POLICY


def check(data: Mapping[str, object], found: Found | None = None) -> dict[str, list[str]]:
    """Return `errors` (nothing may be written) and `warnings`, each a list of sentences.

    `data` is what `read_intent` takes. Without `found` only the intent itself is checked.
    """
    try:
        intent = read_intent(data)
    except IntentError as error:
        return {"errors": [str(error)], "warnings": []}
    if found is None:
        return {"errors": [], "warnings": []}
    errors = [*_local_probes(intent, found), *_hooks(intent, found), *device_mode(found, ("scheduler",))]
    return {"errors": errors, "warnings": [*_unbalanced(intent, found), *_foreign_watches(intent, found)]}


def _local_probes(intent: Intent, found: Found) -> Iterator[str]:
    own = {str(row.get("address") or "").partition("/")[0] for row in found[ADDRESSES]}
    for index, wan in enumerate(intent.wans):
        for number, address in enumerate(intent.probes[wan.name]):
            if address in own:
                place = f"multiwan_wans[{index}].probes[{number}]"
                yield str(IntentError(place, f"'{address}' is an address of the router; write one behind this line"))


def _hooks(intent: Intent, found: Found) -> Iterator[str]:
    scripts = {str(row.get("name")): row for row in found[SCRIPTS]}
    for option in ("on_down", "on_up"):
        name = getattr(intent, option)
        place = f"failover_netwatch_{option}"
        if not name:
            continue
        if name not in scripts:
            yield str(IntentError(place, f"the router has no script '{name}'; write the name of one of /system script"))
            continue
        wide = set(str(scripts[name].get("policy") or "").split(",")) - set(POLICY.split(","))
        if wide and not scripts[name].get("dont-require-permissions"):
            mend = f"/system script set {literal(name)} policy={POLICY}"
            extra = ",".join(sorted(wide))
            yield str(IntentError(place, f"script '{name}' has the policies {extra}, which the control script has not; write {mend}"))


def _unbalanced(intent: Intent, found: Found) -> Iterator[str]:
    comments = {str(row.get("comment") or "") for row in found[ROUTES]}
    missing = [wan.name for wan in intent.wans if comment(BALANCE, "route", "main", wan.name) not in comments]
    if missing:
        yield f"role pcc_balance has not balanced {', '.join(missing)} yet; until it runs, failover has nothing to steer there"


def _foreign_watches(intent: Intent, found: Found) -> Iterator[str]:
    probed = {address: wan.name for wan in intent.wans for address in intent.probes[wan.name]}
    for row in found[NETWATCH]:
        host = str(row.get("host") or "")
        if host in probed and not str(row.get("comment") or "").startswith(f"{PREFIX}:"):
            label = row.get("comment") or row.get(".id", "")
            yield f"/tool netwatch {label}: it also watches {host}, and from now on by {probed[host]} only"
