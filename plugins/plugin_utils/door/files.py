# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Files beside the user's own, on the machine that runs Ansible."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path


def write(file: Path, text: str, mode: int = 0o644) -> None:
    """Write a file whole: whoever reads it meanwhile sees the old one or the new one. Its folder is made where it is not there.

    :param mode: who may read it.

    Raises `OSError`.
    """
    file.parent.mkdir(parents=True, exist_ok=True)
    descriptor, name = tempfile.mkstemp(dir=file.parent, prefix=f".{file.name}.")
    partial = Path(name)
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as opened:
            opened.write(text)
        partial.chmod(mode)
        partial.replace(file)
    except OSError:
        partial.unlink(missing_ok=True)
        raise


def of_host(folder: str, host: str, ending: str) -> Path:
    """Return the file of one host in a folder of the user's; a name of an inventory may hold what is no name of a file."""
    return Path(folder).expanduser() / f"{host.replace('/', '_')}.{ending}"
