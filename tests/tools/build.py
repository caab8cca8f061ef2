"""Build the package as a release would, and import it as Galaxy would: any warning is a failure."""

from __future__ import annotations

import os
import re
import subprocess
import sys

import yaml
from copy_tree import VENV, copy_tree

IMPORTER_SETTINGS = {
    "GALAXY_IMPORTER_CHECK_REQUIRED_TAGS": "true",
    # `make lint` runs it with the collections that we depend on; the importer has none, so it cannot read our module_defaults
    "GALAXY_IMPORTER_RUN_ANSIBLE_LINT": "false",
    "GALAXY_IMPORTER_RUN_FLAKE8": "false",  # ruff does that, with settings of our own
    "GALAXY_IMPORTER_ANSIBLE_LOCAL_TMP": str(VENV / "build" / "importer"),
}


def main() -> int:
    os.environ.pop("ANSIBLE_VERBOSITY", None)  # antsibull-changelog reads what ansible-doc prints
    tree = copy_tree("package")
    version = yaml.safe_load((tree / "galaxy.yml").read_text())["version"]
    # Until a version is released its changelog is only fragments; the package must have the finished one.
    changelog = tree / "changelogs" / "changelog.yaml"
    released = yaml.safe_load(changelog.read_text())["releases"] if changelog.exists() else {}
    if version not in released:
        run(["antsibull-changelog", "release", "--version", version], tree)
    run(["ansible-galaxy", "collection", "build", "--force", "--output-path", str(VENV / "build")], tree)
    package = VENV / "build" / f"multiwan-routeros-{version}.tar.gz"

    environment = os.environ | IMPORTER_SETTINGS
    result = subprocess.run(
        [sys.executable, "-m", "galaxy_importer.main", str(package)],
        cwd=VENV / "build", env=environment, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False,
    )  # fmt: skip
    output = result.stdout + result.stderr
    print(output)
    complaints = re.findall(r"^(?:WARNING|ERROR|CRITICAL): .*|^Traceback.*", output, re.MULTILINE)
    if result.returncode or complaints or "Collection loading complete" not in output:
        print(f"build: galaxy-importer found {len(complaints) or 'other'} problem(s) in {package.name}")
        return 1
    print(f"build: {package.relative_to(VENV.parent)} is fit for Galaxy")
    return 0


def run(command: list[str], where: os.PathLike[str]) -> None:
    if subprocess.run(command, cwd=where, stdin=subprocess.DEVNULL, check=False).returncode:
        sys.exit(f"build: failed: {' '.join(command)}")


if __name__ == "__main__":
    sys.exit(main())
