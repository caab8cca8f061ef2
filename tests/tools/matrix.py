"""Run the package in somebody else's repository with every Ansible, Python and community.routeros that we support.

Each pair of ansible-core and Python has an environment of its own below .venv/matrix/, with nothing but what README.md asks for. It meets
the newest community.routeros and RouterOS; on its first Python each ansible-core meets the oldest of both, too. The routers are the lab's:
what is tested of RouterOS is what the lab knows of a release, and the schemas of real ones.
"""

from __future__ import annotations

import datetime
import json
import os
import re
import shutil
import subprocess
import sys
import time
import zipfile
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from setup import COLLECTIONS_SOURCE, ROOT, VENV

sys.path.insert(0, str(ROOT))
from tests.unit.schemas import supported_releases

MATRIX = VENV / "matrix"
REPORT = ROOT / "docs" / "matrix.md"
#: What each line of ansible-core runs on, of what we support.
CORES = {
    "2.18": ("3.11", "3.12", "3.13"),
    "2.19": ("3.11", "3.12", "3.13"),
    "2.20": ("3.12", "3.13"),
    "2.21": ("3.12", "3.13"),
}
OLDEST_SOURCE = COLLECTIONS_SOURCE.with_name("collections-oldest.txt")
OLDEST_ROUTEROS, NEWEST_ROUTEROS = "7.15.3", "7.25.2"
AT_ONCE = 2
ALL = "playbooks or door"
ESSENTIAL = "playbooks or roles_one_by_one or secret or undefined or refused"
"""Of the ways to run it, those in which a Python matters, as pytest selects tests: for the later Pythons of an ansible-core."""
NOT_RUN = "-"
SCHEMA_TESTS = ("tests/unit/apply", "tests/unit/failover_netwatch/test_schemas.py", "tests/unit/pcc_balance/test_golden.py")


@dataclass(frozen=True)
class Cell:
    """One run: an environment, a community.routeros, and what the router says it is."""

    core: str
    python: str
    collections: Path
    routeros: str


@dataclass(frozen=True)
class Outcome:
    """What became of a run.

    :param engine: how the modules of community.routeros were run where nothing else was asked for.
    """

    passed: bool
    engine: str
    seconds: float

    def __str__(self) -> str:
        return f"{'passed' if self.passed else '**FAILED**'}, {self.engine} ({self.seconds:.0f} s)"


def main() -> int:
    started = time.monotonic()
    MATRIX.mkdir(exist_ok=True)
    sides = [(unpack(OLDEST_SOURCE), OLDEST_ROUTEROS), (unpack(COLLECTIONS_SOURCE), NEWEST_ROUTEROS)]
    places = [(core, python) for core, pythons in CORES.items() for python in pythons]
    with ThreadPoolExecutor(AT_ONCE) as pool:
        made = dict(zip(places, pool.map(lambda place: environment(*place), places), strict=True))
        cells = [
            Cell(core, python, *side)
            for core, python in places
            if made[core, python]
            for side in sides
            if python == CORES[core][0] or side == sides[-1]
        ]
        outcomes = dict(zip(cells, pool.map(run, cells), strict=True))
    schemas = run_schemas()
    lines = table(places, made, sides, outcomes)
    print("\n".join(lines))
    print(schemas)
    REPORT.write_text(report(lines, schemas, time.monotonic() - started))
    failed = sum(not outcome.passed for outcome in outcomes.values()) + ("FAILED" in schemas)
    print(f"matrix: {len(outcomes)} runs, {failed} failed, {time.monotonic() - started:.0f} s; {REPORT.relative_to(ROOT)} is written")
    return 1 if failed else 0


def unpack(source: Path) -> Path:
    """The folder with the community.routeros that the `ansible` package of a requirements file holds."""
    (version,) = re.findall(r"^ansible==(\S+)", source.read_text(), re.MULTILINE)
    target = MATRIX / f"ansible-{version}"
    if not target.exists():
        download = MATRIX / "download"
        pip(VENV / "bin" / "python", "download", "--no-deps", "--ignore-requires-python", "--require-hashes", "--only-binary", ":all:",
            "--dest", str(download), "--requirement", str(source))  # fmt: skip
        (wheel,) = download.glob("*.whl")
        with zipfile.ZipFile(wheel) as archive:
            archive.extractall(target, [name for name in archive.namelist() if name.startswith("ansible_collections/community/routeros/")])
        shutil.rmtree(download)
    return target


def version_of(collections: Path) -> str:
    manifest = collections / "ansible_collections" / "community" / "routeros" / "MANIFEST.json"
    return str(json.loads(manifest.read_text())["collection_info"]["version"])


def environment(core: str, python: str) -> Path | None:
    """The environment of a pair, made when it is not there; None when this machine does not have the Python."""
    interpreter = find_python(python)
    if interpreter is None:
        return None
    where = MATRIX / f"core-{core}-python-{python}"
    if not (where / "bin" / "ansible-playbook").exists():
        subprocess.run([str(interpreter), "-m", "venv", "--clear", str(where)], check=True)
        (librouteros,) = re.findall(r"^librouteros==\S+", (Path(__file__).with_name("requirements.txt")).read_text(), re.MULTILINE)
        pip(where / "bin" / "python", "install", f"ansible-core=={core}.*", librouteros)
    return where


def find_python(version: str) -> Path | None:
    """An interpreter of this version: on the path, or one of pyenv's."""
    found = shutil.which(f"python{version}")
    if found and subprocess.run([found, "-c", "import ensurepip"], capture_output=True, check=False).returncode == 0:
        return Path(found)
    root = Path(os.environ.get("PYENV_ROOT") or Path.home() / ".pyenv")
    kept = sorted(root.glob(f"versions/{version}.*/bin/python"), key=lambda path: int(path.parts[-3].rpartition(".")[2]))
    return kept[-1] if kept else None


def run(cell: Cell) -> Outcome:
    """Apply, apply again, remove, and be refused, in a repository of somebody else, in all ways in which people run it."""
    started = time.monotonic()
    place = MATRIX / f"core-{cell.core}-python-{cell.python}"
    log = MATRIX / f"{place.name}-{cell.collections.name}-routeros-{cell.routeros}.log"
    told, which = log.with_suffix(".xml"), ALL if cell.python == CORES[cell.core][0] else ESSENTIAL
    told.unlink(missing_ok=True)
    with log.open("w") as output:
        done = subprocess.run(
            [VENV / "bin" / "python", "-m", "pytest", "tests/package", "-k", which, "--programs", place / "bin",
             "--collections", cell.collections, "--routeros", cell.routeros, "--junitxml", told],
            cwd=ROOT, stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT, check=False,
        )  # fmt: skip
    engines = re.findall(r'<property name="engine, import" value="(\w+)"', told.read_text()) if told.exists() else []
    passed = done.returncode == 0 and len(engines) == 1
    outcome = Outcome(passed, engines[0] if engines else "unknown engine", time.monotonic() - started)
    print(f"matrix: {log.stem}: {outcome}", flush=True)
    return outcome


def run_schemas() -> str:
    """Whether what we write is valid in the command trees of real releases, in a sentence."""
    releases = sorted(supported_releases(), key=lambda version: [int(part) for part in version.split(".")])
    if not releases:
        return "Command trees of real RouterOS releases: not here."
    done = subprocess.run(
        [VENV / "bin" / "python", "-m", "pytest", "-q", *SCHEMA_TESTS],
        cwd=ROOT, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False,
    )  # fmt: skip
    (MATRIX / "schemas.log").write_text(done.stdout + done.stderr)
    result = "passed" if done.returncode == 0 else "**FAILED**"
    (counted,) = re.findall(r"(\d+) passed", done.stdout) or ["0"]
    return f"What is written, against the command trees of RouterOS {', '.join(releases)}: {result} ({counted} tests)."


def table(
    places: Sequence[tuple[str, str]],
    made: dict[tuple[str, str], Path | None],
    sides: Sequence[tuple[Path, str]],
    outcomes: dict[Cell, Outcome],
) -> list[str]:
    """A row for each pair of ansible-core and Python, in Markdown."""
    heads = [f"community.routeros {version_of(collections)}, RouterOS {routeros}" for collections, routeros in sides]
    lines = [f"| ansible-core | Python | {' | '.join(heads)} |", "|---" * (2 + len(heads)) + "|"]
    for core, python in places:
        where = made[core, python]
        names = versions(where) if where else (f"{core}", f"{python}: not here")
        results = [str(outcomes.get(Cell(core, python, *side), NOT_RUN if where else "not here")) for side in sides]
        lines.append(f"| {' | '.join([*names, *results])} |")
    return lines


def versions(where: Path) -> tuple[str, str]:
    """Which ansible-core and which Python an environment has."""
    code = "import ansible.release, platform; print(ansible.release.__version__, platform.python_version())"
    core, python = subprocess.run([where / "bin" / "python", "-c", code], check=True, capture_output=True, text=True).stdout.split()
    return core, python


def report(lines: Sequence[str], schemas: str, seconds: float) -> str:
    """docs/matrix.md."""
    return f"""# Matrix

Written by `make matrix` on {datetime.date.today():%Y-%m-%d}, in {seconds / 60:.0f} minutes.

Each run installs the package into an empty infrastructure repository and runs the playbooks there against a lab router: refused with a
wrong password, applied, applied again without a change, removed, and the router is as before, byte for byte; and runs it in all ways of
`tests/package/test_door.py`, with the later Pythons of each ansible-core in some of them. Beside the result stands how the modules of
`community.routeros` were run: in Ansible's worker over one connection, or one by one (`modules`). A router of the lab knows
which menus and properties its release has; it is not RouterOS. `{NOT_RUN}` is not run: the oldest meet each ansible-core once.

{chr(10).join(lines)}

{schemas}

RouterOS 7.25 is known by what differs from 7.24: its one public command tree (7.25rc1, tikoci/restraml) is not among these. Read by hand,
on 2026-11-27, it has the arguments of 7.24 in `/routing/rule`, `/routing/settings`, `/routing/table`, `/system/scheduler`,
`/system/script` and `/tool/netwatch`; other menus were not compared. RouterOS 7.24.0 is refused, so its tree stands for 7.24.1 to 7.24.5.

`community.routeros` is allowed from 3.17.0. No `ansible` package on PyPI holds that release (13.4.0 has 3.16.0, 13.5.0 has 3.18.0), so the
oldest here is 3.18.0.
"""


def pip(python: Path, *arguments: str) -> None:
    command = [str(python), "-m", "pip", arguments[0], "-qq", "--disable-pip-version-check", "--no-input", *arguments[1:]]
    if subprocess.run(command, stdin=subprocess.DEVNULL, check=False).returncode:
        sys.exit(f"matrix: failed: {' '.join(command)}")


if __name__ == "__main__":
    sys.exit(main())
