"""Look for bots' tokens in all that the last ``make test`` has printed or left behind: there may be none."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from copy_tree import ROOT, VENV
from steps import BEGUN, LOGS

TOKEN = re.compile(rb"\d{6,}(?::|%3A)[\w-]{30,}")
"""What Telegram's tokens look like (core.telegram.org/bots/features, Generating an authentication token)."""
INSTALLED = ("bin", "collections", "include", "lib", "lib64", "share")
"""What setup.py has brought into .venv."""
GIVEN = {"given.json"}
"""Files in which a test writes down a user's own variables."""


def main() -> int:
    said = LOGS / "ansible.log"
    if not said.exists() or b"EXEC /bin/sh" not in said.read_bytes():
        print(f"tokens: {said} does not hold what Ansible says at -vvvv; run make test")
        return 1
    begun = began()
    sources = {file.read_bytes() for file in tracked()}
    files = [file for file in left_behind() if file.stat().st_ctime >= begun and file.read_bytes() not in sources]
    found = [f"{file.relative_to(VENV)}: {place}" for file in files for place in places(file)]
    for place in found[:40]:
        print(place)
    print(f"tokens: {len(found)} in {len(files)} files, {sum(file.stat().st_size for file in files) / 1e6:.0f} MB")
    return 1 if found else 0


def began() -> float:
    """When `make test` was called."""
    return BEGUN.stat().st_ctime


def tracked() -> Iterator[Path]:
    """The files of the repository, copies of which lie below .venv as well."""
    listing = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, check=True, capture_output=True, text=True)
    return (ROOT / name for name in listing.stdout.split("\0") if (ROOT / name).is_file())


def left_behind() -> Iterator[Path]:
    """All files below .venv that are not installed ones."""
    for entry in VENV.iterdir():
        if entry.name not in INSTALLED:
            yield from (file for file in (entry, *entry.rglob("*")) if file.is_file() and not file.is_symlink() and file.name not in GIVEN)


def places(file: Path) -> Iterator[str]:
    """The lines with a token, shortened; the token itself is not told again."""
    for number, line in enumerate(file.read_bytes().splitlines(), 1):
        if TOKEN.search(line):
            yield f"line {number}: {TOKEN.sub(b'...', line)[:160].decode(errors='replace')}"


if __name__ == "__main__":
    sys.exit(main())
