# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""All roles of a run together: what each wants, what is wrong with it, and what to write, in one order.

    options of each role ──► read() ──► Site ──► reads() ──► rows of the router ──► check() ──► Checked ──► steps()

Each role plans for the router as it will be when its turn comes. So a preview shows what the run does, and no role is warned of what
another one of the same run is about to do. Steps come only out of `Checked`, and only where nothing refuses: nobody has them unchecked.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from . import ledger
from .dhcp_alert_telegram import commands as alerts_commands
from .dhcp_alert_telegram import intent as alerts_intent
from .dhcp_alert_telegram import plan as alerts_plan
from .dhcp_alert_telegram import preflight as alerts_preflight
from .dhcp_alert_telegram import script as alerts_script
from .drains import drains
from .failover_netwatch import intent as failover_intent
from .failover_netwatch import plan as failover_plan
from .failover_netwatch import preflight as failover_preflight
from .failover_netwatch import script as failover_script
from .findings import Finding
from .gateways import is_without_lease, resolved
from .health import balanced_wans, demoted, out_of_use, probes_watch
from .pcc_balance import exemptions as balance_exemptions
from .pcc_balance import fasttrack, leases, near, removal, unmarked
from .pcc_balance import intent as balance_intent
from .pcc_balance import plan as balance_plan
from .pcc_balance import preflight as balance_preflight
from .pcc_balance.sides import sides
from .pcc_balance.surroundings import Surroundings
from .portions import portions
from .reading import IntentErrors, shown
from .routeros.changing import changed
from .routeros.names import ALERTS, BALANCE, FAILOVER, ROLES
from .routeros.paths import ADDRESS_LIST, DHCP_CLIENTS, FILTER
from .routeros.reads import Reads, together
from .routeros.rows import Found, Row
from .routeros.steps import Alter, Forget, Place, Step, is_about, placed, put_right


@dataclass(frozen=True)
class Site:
    """What a run is to do on one router.

    :param intents: of each role that is to be present, what its user wrote, read.
    :param absent: the roles whose rows are to go.
    :param probes_follow: whether role failover_netwatch has its turn later in this play.
    :param goes_anyway: whether what speaks against a removal only warns.
    """

    intents: Mapping[str, Any] = field(default_factory=dict)
    absent: frozenset[str] = frozenset()
    probes_follow: bool = False
    goes_anyway: bool = False


class Refused(Exception):
    """Nothing may be written: some of the findings refuse it."""

    def __init__(self, findings: Sequence[Finding]) -> None:
        super().__init__("\n".join(finding.text for finding in findings if finding.refuses))
        self.findings = tuple(findings)


@dataclass(frozen=True)
class Checked:
    """A run that was checked against a router."""

    findings: tuple[Finding, ...] = ()
    _steps: tuple[Step, ...] = ()
    _before: Found = field(default_factory=dict)

    def with_problems(self, problems: Sequence[Finding]) -> Checked:
        """Return the same with more findings, which come first."""
        return replace(self, findings=(*problems, *self.findings))

    @property
    def refuses(self) -> bool:
        """Whether one of the findings does."""
        return any(finding.refuses for finding in self.findings)

    def steps(self) -> tuple[Step, ...]:
        """Return what to write, in order.

        Raises `Refused` where a finding does.
        """
        if self.refuses:
            raise Refused(self.findings)
        return self._steps

    def portions(self) -> tuple[Sequence[Step], Sequence[Step]]:
        """Return what to write in two portions, of which the first one meets no packet (see portions.py).

        Raises `Refused` where a finding does.
        """
        return portions(self.steps(), self._before)


def read(
    wanted: Mapping[str, Mapping[str, object]], absent: Sequence[str] = (), probes_follow: bool = False, goes_anyway: bool = False
) -> tuple[Site, list[Finding]]:
    """Return what a run is to do, and what is wrong with what the user wrote.

    :param wanted: the options of each role that is to be present, by their short names.
    """
    intents: dict[str, Any] = {}
    problems: list[Finding] = []
    for role in ROLES:
        if role in wanted:
            try:
                intents[role] = _READERS[role](wanted[role])
            except IntentErrors as errors:
                problems += map(shown, errors.findings)
    return Site(intents, frozenset(absent), probes_follow, goes_anyway), problems


def reads(site: Site, user: str) -> Reads:
    """Return what to read of the router, as this user."""
    removed = [removal.reads(user)] if BALANCE in site.absent else []
    removed += [failover_preflight.LEFT] if FAILOVER in site.absent else []
    removed += [alerts_preflight.LEFT] if ALERTS in site.absent else []
    return together(*removed, *(_READS[role] for role in ROLES if role in site.intents))


def check(site: Site, found: Found) -> Checked:
    """Return the findings of all roles, and what to write on a router on which `found` is."""
    findings: list[Finding] = []
    steps: list[Step] = []
    before = found
    for turn in _turns(site):
        said, mine = turn(found)
        findings += said
        steps += [put_right(step, found.get(step["path"], ())) if isinstance(step, dict) else step for step in mine]
        found = after(found, mine)
    return Checked(tuple(findings), tuple(steps), before)


def after(found: Found, steps: Sequence[Step]) -> Found:
    """Return the rows of a router as they are once the steps were carried out, without what the router fills in."""
    rows = dict(found)
    for step in steps:
        if isinstance(step, Alter):
            rows[step.path] = [changed(row, step.changes) for row in rows.get(step.path, ())]
        elif isinstance(step, Place):
            rows[step.path] = placed(step, rows.get(step.path, ()))
        elif not isinstance(step, Forget):
            rows[step["path"]] = [*(row for row in rows.get(step["path"], ()) if not is_about(step, row)), *step["rows"]]
    return rows


Turn = Callable[[Found], tuple[Sequence[Finding], Sequence[Step]]]


def _turns(site: Site) -> Iterator[Turn]:
    """The roles in order. Once nothing watches the WANs, pcc_balance puts all of them in use: so failover goes before, and comes after."""
    if FAILOVER in site.absent:
        stays = not {BALANCE} & {*site.absent, *site.intents}
        yield lambda found: (tuple(failover_preflight.unfollowed(found)) if stays else (), failover_plan.remove_steps())
    if BALANCE in site.absent:
        yield lambda found: _give_back(site, found)
    if BALANCE in site.intents:
        yield lambda found: _balance(site, found)
    if FAILOVER in site.intents:
        yield lambda found: _watch(site, found)
    if ALERTS in site.absent:
        yield lambda found: ((), alerts_plan.remove_steps(found))
    if ALERTS in site.intents:
        yield lambda found: _alert(site, found)


def _balance(site: Site, found: Found) -> tuple[Sequence[Finding], Sequence[Step]]:
    intent = _resolved(site.intents[BALANCE], found)
    probed = FAILOVER in site.intents or site.probes_follow or probes_watch(found)
    theirs = ledger.original(found)
    router = Surroundings(intent, theirs)
    findings = balance_preflight.findings(intent, theirs, probed, found)
    made = [finding for finding in findings if finding.is_made]
    findings += _left(findings, balance_preflight.findings(intent, _mended(theirs, made), probed, found))
    tracked = [change.row for finding in made if finding.kind == "fasttrack" for change in finding.changes]
    instead = fasttrack.rows(router, tracked, probed)
    down = out_of_use(found, intent.wans) | _without_lease(intent, found)
    exempt = balance_exemptions.exemptions(router)
    drained = drains(found, intent.wans).keys() if probed else frozenset()
    rows = balance_plan.plan(intent, down, probed, unmarked.order(router), exempt, sides(router), drained)
    additions = [
        *(addition for finding in made for addition in finding.additions),
        *((path, row) for path, more in instead.items() for row in more),
        *((ADDRESS_LIST, row) for row in near.rows(router)),
        *((ADDRESS_LIST, row) for row in removal.notes(router)),
        *((DHCP_CLIENTS, row) for row in leases.client_rows(router)),
    ]
    for path, row in additions:
        rows[path] = [*rows.get(path, ()), row]
    taken = ledger.steps(found, [change for finding in made for change in finding.changes])
    told = [*ledger.told(found), *(finding for finding in findings if not finding.is_made), *fasttrack.remarks(router, tracked, probed)]
    return told, [*taken, *balance_plan.apply_steps(rows, found), *fasttrack.places(instead[FILTER], tracked, theirs, found)]


def _resolved(intent: Any, found: Found) -> Any:
    """An intent whose gateways are as the router knows them."""
    return replace(intent, wans=resolved(intent.wans, found))


def _without_lease(intent: balance_intent.Intent, found: Found) -> frozenset[str]:
    """The new WANs that have to wait for their first lease: they are out of use from the beginning."""
    return frozenset(wan.name for wan in intent.wans if is_without_lease(wan)) - balanced_wans(found)


def _mended(found: Found, made: Sequence[Finding]) -> Found:
    """The router of its owner with all that they agree to."""
    rows: dict[str, Sequence[Row]] = dict(found)
    changes = [change for finding in made for change in finding.changes]
    for path in {change.path for change in changes}:
        rows[path] = [changed(row, [change for change in changes if change.path == path]) for row in rows[path]]
    for path, row in (addition for finding in made for addition in finding.additions):
        rows[path] = [*rows[path], row]
    return rows


def _left(findings: Sequence[Finding], then: Sequence[Finding]) -> list[Finding]:
    """What refuses only once the owner's rows are as they agree to: a run that writes them may not be green and in vain."""
    said = {finding.problem for finding in findings}
    return [finding for finding in then if finding.refuses and finding.problem not in said]


def _give_back(site: Site, found: Found) -> tuple[Sequence[Finding], Sequence[Step]]:
    """Rows of ours go first: those of others that have come back would meet what ours still mark."""
    findings = [*ledger.told(found), *removal.findings(ledger.original(found), site.goes_anyway)]
    return findings, [*balance_plan.remove_steps(found), *ledger.steps(found)]


def _watch(site: Site, found: Found) -> tuple[Sequence[Finding], Sequence[Step]]:
    intent = failover_preflight.with_targets(_resolved(site.intents[FAILOVER], found), found)
    drained = drains(found, intent.wans).keys()
    rows = failover_plan.plan(intent, failover_script.source(intent), demoted(found), failover_plan.router(found), drained)
    steps = [*failover_plan.apply_steps(rows, found), *failover_plan.uncheck(found)]
    return failover_preflight.findings(intent, ledger.original(found), balanced_wans(found)), steps


def _alert(site: Site, found: Found) -> tuple[Sequence[Finding], Sequence[Step]]:
    intent = site.intents[ALERTS]
    commands = alerts_commands.source(intent) if intent.commands else ""
    rows = alerts_plan.plan(intent, alerts_script.source(intent), found, commands)
    return alerts_preflight.findings(intent, ledger.original(found)), alerts_plan.apply_steps(rows, intent.channels)


_READERS: Mapping[str, Callable[[Mapping[str, object]], Any]] = {
    BALANCE: balance_intent.read_intent,
    FAILOVER: failover_intent.read_intent,
    ALERTS: alerts_intent.read_intent,
}
_READS: Mapping[str, Reads] = {
    BALANCE: balance_preflight.READS,
    FAILOVER: failover_preflight.READS,
    ALERTS: alerts_preflight.READS,
}
