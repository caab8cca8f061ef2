# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A rehearsal as README has it, ``serve --load`` with the owner's inventory, beside a run against the router between its lines."""

from __future__ import annotations

import tempfile
from collections import Counter
from collections.abc import Mapping
from pathlib import Path

from tests.lab.cli import lab_of
from tests.lab.network.plugging import interface_of
from tests.lab.router.lab import Lab
from tests.lab.router.leases import Lease
from tests.unit.door.runs import look

from .cases import Case
from .inventory import options

Said = Counter[tuple[str, str, bool, str]]
"""Kind, place, whether it refuses, and the sentence, which names the rows."""


def said(case: Case, lab: Lab) -> tuple[Said, Said]:
    """What a run says with nothing set, and with the owner's variable."""
    return _said(case, lab, {}), _said(case, lab, case.variable)


def rehearsed(case: Case, leases: Mapping[str, Lease], *arguments: str) -> tuple[Said, Said]:
    """What is said of the export alone.

    :param leases: those of the router that its owner tells, by interface.
    :param arguments: of ``serve`` besides.
    """
    given = [f"--lease={name}={lease.address},{lease.gateway}" for name, lease in leases.items()]
    with tempfile.NamedTemporaryFile("w", suffix=".rsc", encoding="utf-8") as typed:
        typed.write(case.before)
        typed.flush()
        with lab_of(["serve", f"--load={case.file}", f"--load={typed.name}", *given, *arguments]) as lab:
            if skipped := lab.reports[0][Path(typed.name)].skipped:
                raise ValueError(str(skipped[0]))
            return said(case, lab)


def leases_of(case: Case) -> dict[str, Lease]:
    """The leases of the owner's lines, as ``/ip dhcp-client print`` shows them."""
    router = Lab(load=[case.file]).router
    return {interface_of(router, line): line.lease for line in case.lines if line.lease}


def difference(case: Case, there: tuple[Said, Said]) -> str:
    """What a rehearsal says otherwise than the router between its lines, in words; nothing if it says the same.

    Told of the leases, each sentence has to be the same; with leases that were made up, each kind and place.
    """
    found = _difference(rehearsed(case, leases_of(case)), there)
    return found or _difference(tuple(map(_without_words, rehearsed(case, {}))), tuple(map(_without_words, there)))


def _said(case: Case, lab: Lab, answers: Mapping[str, object]) -> Said:
    return Counter((found.kind, found.place, found.refuses, found.text) for found in look(lab, options(case, **answers)).findings)


def _without_words(findings: Said) -> Said:
    kept: Said = Counter()
    for (kind, place, refuses, _), count in findings.items():
        kept[kind, place, refuses, ""] += count
    return kept


def _difference(one: tuple[Said, ...], other: tuple[Said, ...]) -> str:
    for words, rehearsal, there in zip(("with nothing set", "with the variable"), one, other, strict=True):
        if rehearsal != there:
            more, less = sorted((rehearsal - there).elements()), sorted((there - rehearsal).elements())
            return f"{words}: {[text or kind for kind, _, _, text in more]} in place of {[text or kind for kind, _, _, text in less]}"
    return ""
