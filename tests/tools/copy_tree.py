"""Copy this collection to .venv/build/<purpose>/ansible_collections/multiwan/routeros, as Ansible's tools want it.

Some tools refuse a symlinked checkout, others walk into everything they find. The copy holds what git knows or would
add, and nothing else, so all of them see the same tree as a fresh clone would give.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
VENV = ROOT / ".venv"


def copy_tree(purpose: str) -> Path:
    """Make a new copy for one purpose and return where it is."""
    work = VENV / "build" / purpose
    shutil.rmtree(work, ignore_errors=True)
    target = work / "ansible_collections" / "multiwan" / "routeros"
    target.mkdir(parents=True)
    listing = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT, check=True, capture_output=True, text=True,
    )  # fmt: skip
    for name in filter(None, listing.stdout.split("\0")):
        source = ROOT / name
        if source.is_file() or source.is_symlink():  # a deleted file stays listed until it is committed
            destination = target / name
            destination.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(source, destination, follow_symlinks=False)
    # A repository of its own: asked about the copy, ours would say that everything below .venv/ is ignored, and
    # ansible-test and antsibull-docs would find nothing to check.
    subprocess.run(["git", "init", "--quiet"], cwd=target, check=True)
    return target


if __name__ == "__main__":
    print(copy_tree(sys.argv[1]))
