"""Try the rulebook with the real ansible-rulebook, in an environment of its own; it needs Java 17 or newer.

Its rules run in a Java engine, so this is run by name (`make eda`) and not by `make test`.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys

from copy_tree import ROOT, VENV

RULEBOOK = VENV / "eda"
PACKAGES = ("ansible-rulebook==1.3.2", "ansible-core==2.19.14", "librouteros==4.2.2")


def main(arguments: list[str]) -> int:
    if not shutil.which("java"):
        print("eda: there is no java. On Debian and Ubuntu: apt-get install default-jre-headless", file=sys.stderr)
        return 1
    if not (RULEBOOK / "bin" / "ansible-rulebook").exists():
        shutil.rmtree(RULEBOOK, ignore_errors=True)
        run([sys.executable, "-m", "venv", str(RULEBOOK)])
        run([str(RULEBOOK / "bin" / "python"), "-m", "pip", "install", "-qq", "--disable-pip-version-check", "--no-input", *PACKAGES])
    print(subprocess.check_output([RULEBOOK / "bin" / "ansible-rulebook", "--version"], text=True))
    return subprocess.call(
        [sys.executable, "-m", "pytest", "tests/eda", *arguments], cwd=ROOT, env=os.environ | {"MULTIWAN_EDA": str(RULEBOOK)}
    )


def run(command: list[str]) -> None:
    if subprocess.run(command, stdin=subprocess.DEVNULL, check=False).returncode:
        shutil.rmtree(RULEBOOK, ignore_errors=True)
        sys.exit(f"eda: failed: {' '.join(command)}")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
