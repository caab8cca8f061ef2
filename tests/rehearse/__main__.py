# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""``python -m tests.rehearse INVENTORY EXPORT``: a rehearsal from the first look to the removal, and a page of it.

Ends with 0 if all went well, with 1 if something did not or a run would be refused, with 2 if it could not begin.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path

import yaml
from ansible_collections.multiwan.routeros.plugins.plugin_utils.lines import Wan, balanced, read_lans, read_wans
from ansible_collections.multiwan.routeros.plugins.plugin_utils.reading import IntentErrors

from tests.lab.cli import lease_argument
from tests.lab.experiments.room import open_room
from tests.lab.network.namespace import NoNamespaces, become_root
from tests.lab.router.lab import Lab

from .ground import Unplayable, around
from .page import page, sentence
from .trial import ROOT, Owner, attempt, variables

PAGE = ROOT / ".venv" / "rehearsal.html"


def main(arguments: Sequence[str] | None = None) -> int:
    """Rehearses what is asked for."""
    parser = argparse.ArgumentParser(prog="python -m tests.rehearse", description="Your inventory on a copy of your router, with packets.")
    parser.add_argument("inventory", type=Path, help="a file or folder, as ansible-playbook takes it")
    parser.add_argument("export", type=Path, help="what /export has printed on the router")
    parser.add_argument("--host", default="routers", help="the router in the inventory, or its group (default: %(default)s)")
    parser.add_argument("--lease", type=lease_argument, action="append", default=[], metavar="INTERFACE=ADDRESS[/LENGTH][,GATEWAY]")
    parser.add_argument("--device-mode", default="advanced", help="home routers are shipped with home since 7.17")
    parser.add_argument("--page", type=Path, default=PAGE, help="where the page is kept (default: %(default)s)")
    options = parser.parse_args(arguments)
    for file in (options.inventory, options.export):
        if not file.exists():
            return _cannot(f"there is no {file}")
    try:
        become_root()
    except NoNamespaces as error:
        return _cannot(str(error))
    with tempfile.TemporaryDirectory(prefix="multiwan-rehearsal-") as name:
        try:
            return _rehearse(options, Path(name))
        except (Unplayable, ValueError, OSError) as error:
            return _cannot(str(error))


def _cannot(why: str) -> int:
    print(f"rehearse: {why}", file=sys.stderr)
    return 2


def _rehearse(options: argparse.Namespace, folder: Path) -> int:
    inventory = options.inventory.resolve()
    host, written = variables(inventory, options.host, folder)
    try:
        wans = read_wans(written["wans"])
        lans = read_lans(written["lan"], wans)
    except IntentErrors as errors:
        raise ValueError("\n".join(finding.text for finding in errors.findings)) from None
    with Lab(load=[options.export], rehearsal=True, leases=dict(options.lease)) as lab:
        lines, clients = around(lab, wans, lans)
        release = lab.version
    silent = (
        [] if clients else ["the LAN: no port of the export leads there, so nobody could be plugged in, and no connections were counted"]
    )
    with open_room("", lines, clients, load=[options.export], leave_out=True, device_mode=options.device_mode) as room:
        trial = attempt(Owner(inventory, host, room, folder), [wan.name for wan in wans])
    options.page.parent.mkdir(parents=True, exist_ok=True)
    options.page.write_text(page(trial, host, _weights(wans), _about(release), _text(inventory), silent), encoding="utf-8")
    print(f"\n{sentence(trial, host)}", *(f"  {problem}" for problem in trial.problems), f"The page: {options.page}", sep="\n")
    return 1 if trial.problems else 0


def _weights(wans: Sequence[Wan]) -> list[tuple[str, object]]:
    carry = {wan.name for wan in balanced(wans)}
    return [(wan.name, wan.weight if wan.name in carry else wan.weight * 0) for wan in wans]


def _about(release: str) -> str:
    ours = yaml.safe_load((ROOT / "galaxy.yml").read_text(encoding="utf-8"))["version"]
    day = time.strftime("%Y-%m-%d")
    return f"multiwan.routeros {ours}, the rows and commands of RouterOS {release}, ansible-core {version('ansible-core')}, on {day}"


def _text(inventory: Path) -> str:
    """The inventory for the page; of a folder the names of its files, since some of them may be secret."""
    if inventory.is_file():
        return inventory.read_text(encoding="utf-8", errors="replace")
    return "\n".join(str(file.relative_to(inventory)) for file in sorted(inventory.rglob("*")) if file.is_file())


if __name__ == "__main__":
    sys.exit(main())
